// @ts-check
import { ask, Refusal } from "/static/asking.js";

const ADDRESS = "/api/v1/jobs";
/** A browser holds few connections to one server; what waits in the queue can wait here too. */
const MOST = 3;
const AGAIN_MS = 4000;
const FINAL = ["done", "failed", "cancelled", "gone"];

/**
 * How an analysis goes.
 * @typedef {object} Job
 * @property {string} status
 * @property {number | null} progress
 * @property {string | null} reason
 * @property {number | null} [place] in the queue
 * @property {boolean | null} [has_worker] whether any worker runs, while it waits
 */

/** Whether nothing more happens. @param {Job} job */
export function isFinal(job) {
  return FINAL.includes(job.status);
}

/** Follows analyses as they go on, a few at a time, in the order in which they came. */
export class Following {
  constructor() {
    /** @type {{id: string, told: (job: Job) => void}[]} */
    this.waiting = [];
    /** @type {Map<string, EventSource>} */
    this.open = new Map();
  }

  /**
   * @param {string} id of a job
   * @param {(job: Job) => void} told of every change; "gone" where it is not known any more
   */
  follow(id, told) {
    this.waiting.push({ id, told });
    this.next();
  }

  next() {
    while (this.open.size < MOST) {
      const one = this.waiting.shift();
      if (!one) return;
      this.listen(one.id, one.told);
    }
  }

  /**
   * @param {string} id
   * @param {(job: Job) => void} told
   */
  listen(id, told) {
    const source = new EventSource(`${ADDRESS}/${id}/events`);
    this.open.set(id, source);
    source.onmessage = ({ data }) => {
      const job = JSON.parse(data);
      told(job);
      if (isFinal(job)) this.leave(id);
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.lookAgain(id, told);
    };
  }

  /**
   * The server refused to tell: see why, and go on when it does again.
   * @param {string} id
   * @param {(job: Job) => void} told
   */
  async lookAgain(id, told) {
    try {
      const job = await ask(`${ADDRESS}/${id}`);
      told(job);
      if (isFinal(job)) {
        this.leave(id);
        return;
      }
    } catch (error) {
      if (error instanceof Refusal && [401, 403, 404].includes(error.status)) {
        told({ status: "gone", progress: null, reason: null });
        this.leave(id);
        return;
      }
    }
    setTimeout(() => {
      if (this.open.has(id)) this.listen(id, told);
    }, AGAIN_MS);
  }

  /** @param {string} id */
  leave(id) {
    this.open.get(id)?.close();
    this.open.delete(id);
    this.waiting = this.waiting.filter((one) => one.id !== id);
    this.next();
  }
}
