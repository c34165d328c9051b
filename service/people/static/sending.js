// @ts-check
import { ask, readAnswer, Refusal } from "/static/asking.js";

const ADDRESS = "/api/v1/uploads";
const PART_BYTES = 4 * 1024 * 1024;
/** Waits between tries while there is no connection; the last one goes on. */
const WAITS_MS = [500, 1000, 2000, 4000, 8000, 15000];
/** A connection on which nothing moves for this long is given up, and another one tried. */
const SILENCE_MS = 60_000;
/** Somebody else sends the same file just now, or the server knows of other bytes than we do. */
const OUT_OF_STEP = [409, 423];

/** Somebody did not want a video to be sent any more. */
export class Cancelled extends Error {}

/**
 * What a sending tells on its way.
 * @typedef {object} Told
 * @property {(upload: any) => void} begun
 * @property {(sent: number) => void} sent
 * @property {() => void} away
 * @property {() => void} checking
 */

/** Sends one file in parts, and goes on by itself where a connection broke. */
export class Sending {
  /**
   * @param {File} file
   * @param {object} request what the server needs to know of it
   * @param {string} key names this sending, however often it is begun
   * @param {Told} told
   */
  constructor(file, request, key, told) {
    this.file = file;
    this.request = request;
    this.key = key;
    this.told = told;
    this.id = "";
    this.isCancelled = false;
    this.misses = 0;
    /** @type {XMLHttpRequest | null} */
    this.part = null;
    /** @type {(() => void) | null} */
    this.wake = null;
  }

  /**
   * Send the file; returns what the server made of it.
   * @returns {Promise<any>}
   * @throws {Refusal | Cancelled}
   */
  async run() {
    let upload = await this.patiently(() => this.begin());
    while (upload.state === "receiving") {
      const { offset } = upload;
      upload = await this.patiently(() => this.goOn(offset));
      this.misses = 0;
    }
    if (upload.state === "refused") throw new Refusal(upload.reason ?? "", 422);
    return upload;
  }

  /** Stop, and let the server forget what it has. */
  async cancel() {
    this.isCancelled = true;
    this.part?.abort();
    this.wake?.();
    if (this.id) await this.takeBack();
  }

  /** What the server is at just now ends first; what became a set meanwhile is not analysed. */
  async takeBack() {
    for (const wait of WAITS_MS) {
      try {
        await ask(`${ADDRESS}/${this.id}`, { method: "DELETE" });
        return;
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return;
      }
      const job = ask(`/api/v1/jobs/${this.id}/cancel`, { method: "POST" });
      if (await job.catch(() => null)) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Try until there is an answer. @param {() => Promise<any>} step */
  async patiently(step) {
    for (;;) {
      if (this.isCancelled) throw new Cancelled();
      try {
        return await step();
      } catch (error) {
        if (this.isCancelled) throw new Cancelled();
        if (!(error instanceof Refusal) || !error.passes) throw error;
        this.told.away();
        await this.pause();
      }
    }
  }

  async begin() {
    const headers = { "idempotency-key": this.key };
    const upload = await ask(ADDRESS, { method: "POST", body: this.request, headers });
    this.id = upload.id;
    this.told.begun(upload);
    return upload;
  }

  /** Send the next part, after a look at what the server has. @param {number} offset */
  async goOn(offset) {
    if (!this.misses) {
      try {
        return await this.send(offset);
      } catch (error) {
        this.misses += 1;
        if (!(error instanceof Refusal)) throw error;
        if (!error.passes && !OUT_OF_STEP.includes(error.status)) throw error;
        if (error.passes) this.told.away();
        await this.pause();
      }
    }
    return ask(`${ADDRESS}/${this.id}`);
  }

  /** @param {number} offset */
  send(offset) {
    const end = Math.min(offset + PART_BYTES, this.file.size);
    const request = new XMLHttpRequest();
    this.part = request;
    return new Promise((resolve, reject) => {
      const missed = () => reject(new Refusal("", 0));
      const hear = endOnSilence(request);
      request.upload.onprogress = ({ loaded }) => {
        hear();
        this.told.sent(offset + loaded);
      };
      request.upload.onload = () => {
        hear();
        if (end === this.file.size) this.told.checking();
      };
      request.onerror = missed;
      request.onabort = missed;
      request.onload = () => {
        try {
          resolve(readAnswer(request.status, request.responseText));
        } catch (error) {
          reject(error);
        }
      };
      request.open("PATCH", `${ADDRESS}/${this.id}`);
      request.setRequestHeader("upload-offset", String(offset));
      request.setRequestHeader("content-type", "application/offset+octet-stream");
      request.send(this.file.slice(offset, end));
    });
  }

  /** Wait a while, longer each time; shorter when the connection comes back. */
  async pause() {
    const wait = WAITS_MS[Math.min(this.misses, WAITS_MS.length - 1)];
    this.misses += 1;
    await new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        this.wake = null;
        resolve(null);
      };
      const timer = setTimeout(done, wait);
      window.addEventListener("online", done);
      this.wake = done;
    });
  }
}

/**
 * End a request on which nothing moves any more.
 * @param {XMLHttpRequest} request
 * @returns {() => void} to be called whenever something moved
 */
function endOnSilence(request) {
  let timer = 0;
  const hear = () => {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), SILENCE_MS);
  };
  request.onloadend = () => clearTimeout(timer);
  hear();
  return hear;
}
