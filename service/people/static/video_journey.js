// @ts-check
import { ask, Refusal } from "/static/asking.js";
import { Cancelled, Sending } from "./sending.js";
import { sizeText } from "./sizes.js";
import { UploadRow } from "./upload_row.js";

/** @typedef {import("/static/texts.js").Texts} Texts */
/** @typedef {import("./following.js").Following} Following */
/** @typedef {import("./following.js").Job} Job */
/** @typedef {import("./remembered.js").Entry} Entry */
/** @typedef {import("./remembered.js").Remembered} Remembered */
/** @typedef {import("./upload_row.js").Action} Action */

/**
 * What all videos on a page share.
 * @typedef {object} Shared
 * @property {Texts} texts
 * @property {Following} following
 * @property {Remembered} remembered
 * @property {(text: string) => void} say
 * @property {() => void} changed
 */

/** One video from the choice of its file to its report. */
export class VideoJourney {
  /**
   * @param {Entry} entry
   * @param {File | null} file null after a page was loaded anew
   * @param {Shared} shared
   */
  constructor(entry, file, shared) {
    this.entry = entry;
    this.file = file;
    this.shared = shared;
    this.texts = shared.texts;
    this.isSending = false;
    this.isWaiting = false;
    /** @type {Sending | null} */
    this.sending = null;
    this.row = new UploadRow(entry.request, shared.texts, (action) => this.act(action));
  }

  /** Wait until others are sent. */
  wait() {
    this.isWaiting = true;
    this.row.show({ words: this.texts.of("upload.waiting"), share: 0, actions: ["cancel"] });
  }

  /** The page was loaded anew: go on as far as that goes without the file. */
  goOn() {
    if (this.entry.job) this.follow(this.entry.job);
    else this.row.show({ words: this.texts.of("upload.choose_again"), actions: ["remove"] });
  }

  /** Tell why it is not sent. @param {string} words */
  refuse(words) {
    this.row.show({ words, mark: "note", actions: ["remove"] });
  }

  /** Send it, then follow its analysis. */
  async send() {
    if (!this.file) return;
    this.isWaiting = false;
    this.isSending = true;
    this.remember({});
    this.sending = new Sending(this.file, this.entry.request, this.entry.key, this.tellers());
    try {
      const upload = await this.sending.run();
      this.remember({ job: upload.job.id });
      this.follow(upload.job.id, upload.same_as, upload.job);
    } catch (error) {
      this.stopped(error);
    } finally {
      this.isSending = false;
    }
  }

  /** @returns {import("./sending.js").Told} */
  tellers() {
    const size = sizeText(this.entry.request.bytes, this.texts);
    const actions = /** @type {Action[]} */ (["cancel"]);
    /** @param {number} sent */
    const sent = (sent) => {
      const share = Math.min(1, sent / this.entry.request.bytes);
      const words = this.texts.of("upload.sending", { percent: Math.floor(share * 100), size });
      this.row.show({ words, share, actions });
    };
    return {
      begun: (upload) => {
        this.remember({ upload: upload.id });
        sent(upload.offset);
      },
      sent,
      away: () => this.row.show({ words: this.texts.of("upload.away"), share: null, actions }),
      checking: () =>
        this.row.show({ words: this.texts.of("upload.checking"), share: null, actions }),
    };
  }

  /** @param {unknown} error */
  stopped(error) {
    if (error instanceof Cancelled) {
      this.forget();
      this.row.show({ words: this.texts.of("upload.cancelled"), actions: ["remove"] });
      return;
    }
    const isFinal = error instanceof Refusal && [409, 413, 422].includes(error.status);
    if (isFinal) this.forget();
    const words = this.wordsOf(error);
    this.row.show({ words, mark: "note", actions: isFinal ? ["remove"] : ["again", "remove"] });
  }

  /**
   * @param {string} id of the job
   * @param {string | null} [sameAs] id of an earlier set of the same video
   * @param {Job} [job] as far as it is known
   */
  follow(id, sameAs = null, job = { status: "queued", progress: null, reason: null }) {
    this.tell(job, id, sameAs);
    this.shared.following.follow(id, (now) => this.tell(now, id, sameAs));
  }

  /**
   * @param {Job} job
   * @param {string} id
   * @param {string | null} sameAs
   */
  tell(job, id, sameAs) {
    const { texts, row } = this;
    if (job.status === "done") {
      const words = texts.of("upload.done");
      row.show({ words, mark: "good", report: id, ready: true, sameAs, actions: ["remove"] });
      this.shared.say(texts.of("upload.said_done", { name: this.entry.request.name }));
    } else if (job.status === "failed") {
      row.show({ words: job.reason ?? "", mark: "note", actions: ["again", "remove"] });
    } else if (job.status === "cancelled") {
      row.show({ words: texts.of("upload.cancelled"), actions: ["again", "remove"] });
    } else if (job.status === "gone") {
      this.remove();
    } else {
      const share = job.status === "working" ? job.progress : undefined;
      const reason = job.has_worker === false ? texts.of("upload.no_worker") : "";
      const words = this.jobWords(job);
      row.show({ words, share, reason, report: id, sameAs, actions: ["cancel"] });
    }
  }

  /** @param {Job} job */
  jobWords({ status, progress, place }) {
    if (status === "queued" && place) return this.texts.of("upload.queued_place", { place });
    if (status === "queued") return this.texts.of("upload.queued");
    if (progress === null) return this.texts.of("upload.analysing_begins");
    return this.texts.of("upload.analysing", { percent: Math.round(progress * 100) });
  }

  /** @param {Action} action */
  async act(action) {
    if (action === "cancel") await this.cancel();
    else if (action === "again") await this.again();
    else await this.discard();
  }

  async cancel() {
    const { job } = this.entry;
    if (this.sending && this.isSending) await this.sending.cancel();
    else if (job) await ask(`/api/v1/jobs/${job}/cancel`, { method: "POST" }).catch(() => null);
    else this.stopped(new Cancelled());
    this.isWaiting = false;
  }

  async again() {
    const { job } = this.entry;
    if (!job) {
      this.wait();
      this.shared.changed();
      return;
    }
    try {
      await ask(`/api/v1/jobs/${job}/restart`, { method: "POST" });
      this.follow(job);
    } catch (error) {
      this.row.show({ words: this.wordsOf(error), mark: "note", actions: ["again", "remove"] });
    }
  }

  /** Take it off the list; what was sent of an unfinished one is forgotten by the server too. */
  async discard() {
    const { upload, job } = this.entry;
    this.remove();
    if (upload && !job) {
      await ask(`/api/v1/uploads/${upload}`, { method: "DELETE" }).catch(() => null);
    }
  }

  /** What the server said, where it said something. @param {unknown} error */
  wordsOf(error) {
    return (error instanceof Refusal && error.message) || this.texts.of("upload.no_answer");
  }

  remove() {
    this.forget();
    this.row.remove();
    this.shared.changed();
  }

  /** @param {Partial<Entry>} more */
  remember(more) {
    this.entry = { ...this.entry, ...more };
    this.shared.remembered.keep(this.entry);
  }

  forget() {
    this.shared.remembered.forget(this.entry);
  }
}
