// @ts-check
import { Emitter } from "./emitter.js";

/** @typedef {{number: number, bytes: Uint8Array, canvas?: CanvasImageSource}} Picture */

export const PROTOCOL_VERSION = 1;
export const BROWSER_FRAME = 1;
export const SERVER_FRAME = 2;

const HEADER_BYTES = 13;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;
const BUSY_RETRY_MS = 10000;
const QUIET_PING_MS = 3000;
const QUIET_LOST_MS = 12000;
const WATCH_MS = 1000;
/** Share of the newest answer in the running mean of what answers take. */
const NEWEST_SHARE = 0.2;
/** Refusals after which the picture in flight will not be acknowledged. */
const LOSES_PICTURE = new Set(["frame", "message"]);

/**
 * Address of the live WebSocket beside a page.
 * @param {{protocol: string, host: string}} [place]
 */
export function liveAddress(place = location) {
  return `${place.protocol === "https:" ? "wss" : "ws"}://${place.host}/ws/v1/live`;
}

/**
 * Put the header of a picture before its JPEG.
 * @param {number} number
 * @param {number} tMs
 * @param {ArrayBuffer} jpeg
 */
export function packPicture(number, tMs, jpeg) {
  const bytes = new Uint8Array(HEADER_BYTES + jpeg.byteLength);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, BROWSER_FRAME);
  header.setUint32(1, number);
  header.setFloat64(5, tMs);
  bytes.set(new Uint8Array(jpeg), HEADER_BYTES);
  return bytes;
}

/**
 * Read a picture that the server took.
 * @param {ArrayBuffer} message
 */
export function unpackPicture(message) {
  const header = new DataView(message);
  return {
    kind: header.getUint8(0),
    number: header.getUint32(1),
    tMs: header.getFloat64(5),
    jpeg: new Blob([message.slice(HEADER_BYTES)], { type: "image/jpeg" }),
  };
}

/**
 * The conversation with the server: begins again by itself, and has one picture in flight.
 *
 * Emits every message under its type; `frame` comes with the picture that it is about. Besides:
 * `status` ("connecting", "open", "ready", "lost", "refused", "closed"), `picture` of a camera
 * that is attached to the server, and `retry` with the milliseconds until the next try.
 */
export class Connection extends Emitter {
  /**
   * @param {{url?: string, hello: () => object, socket?: (url: string) => WebSocket}} options
   *   `hello` makes the first message anew for every try.
   */
  constructor({ url = liveAddress(), hello, socket = (address) => new WebSocket(address) }) {
    super();
    this.url = url;
    this.hello = hello;
    this.makeSocket = socket;
    this.status = "closed";
    this.paused = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Picture | null} */
    this.inFlight = null;
    /** @type {Picture | null} */
    this.waiting = null;
    this.sentMs = 0;
    /** What an answer takes, ms: running mean. */
    this.answerMs = 0;
    this.counts = { sent: 0, replaced: 0, acknowledged: 0 };
    /** @type {Record<string, number>} */
    this.messages = {};
    this.tries = 0;
    this.retryTimer = 0;
    this.watchTimer = 0;
    this.pings = 0;
    this.heardMs = 0;
    this.askedMs = Infinity;
    /** @type {string} code of the refusal that ended the last connection */
    this.refusal = "";
  }

  open() {
    this.close();
    this.connect();
  }

  close() {
    clearTimeout(this.retryTimer);
    this.leave();
    this.setStatus("closed");
  }

  /** @param {object} message */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /**
   * Send a picture as soon as the server is free; a newer one takes the place of one that waits.
   * @param {Picture} picture
   * @returns {Picture | null} the one that was replaced
   */
  offer(picture) {
    if (this.status !== "ready" || this.paused) return picture;
    const replaced = this.waiting;
    if (replaced) this.counts.replaced += 1;
    this.waiting = picture;
    if (!this.inFlight) this.sendWaiting();
    return replaced;
  }

  /** Milliseconds for which the server is expected to look at the picture in flight. */
  get busyMs() {
    return this.inFlight ? Math.max(0, this.sentMs + this.answerMs - performance.now()) : 0;
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    this.waiting = null;
  }

  connect() {
    this.setStatus("connecting");
    this.refusal = "";
    const socket = this.makeSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.addEventListener("open", () => this.opened());
    socket.addEventListener("message", (event) => this.heard(event.data));
    socket.addEventListener("close", () => this.ended(socket));
  }

  opened() {
    this.heardMs = performance.now();
    this.askedMs = Infinity;
    this.watchTimer = window.setInterval(() => this.watch(), WATCH_MS);
    this.setStatus("open");
  }

  /** @param {string | ArrayBuffer} data */
  heard(data) {
    this.heardMs = performance.now();
    this.askedMs = Infinity;
    if (typeof data === "string") return this.heardText(JSON.parse(data));
    const picture = unpackPicture(data);
    if (picture.kind === SERVER_FRAME) this.emit("picture", picture);
  }

  /** @param {any} message */
  heardText(message) {
    this.messages[message.type] = (this.messages[message.type] ?? 0) + 1;
    if (message.type === "frame") this.acknowledge(message);
    else {
      if (message.type === "welcome") this.greet(message);
      if (message.type === "refused") this.refused(message);
      if (message.type === "ready") this.begun();
      this.emit(message.type, message);
    }
  }

  /** @param {{protocol: number}} welcome */
  greet(welcome) {
    if (welcome.protocol === PROTOCOL_VERSION) this.send(this.hello());
    else this.disagree();
  }

  /** The server speaks another version: say so as it would, and leave it alone. */
  disagree() {
    const refusal = { code: "protocol", text: "", final: true };
    this.leave();
    this.refused(refusal);
    this.emit("refused", refusal);
  }

  begun() {
    this.tries = 0;
    this.setStatus("ready");
  }

  /** @param {{code: string, final: boolean}} refusal */
  refused(refusal) {
    if (LOSES_PICTURE.has(refusal.code)) this.inFlight = null;
    if (!refusal.final) return;
    this.refusal = refusal.code;
    this.setStatus("refused");
  }

  /** @param {any} frame */
  acknowledge(frame) {
    const picture = this.inFlight?.number === frame.number ? this.inFlight : null;
    if (picture) {
      this.counts.acknowledged += 1;
      this.answerMs += NEWEST_SHARE * (performance.now() - this.sentMs - this.answerMs);
      this.inFlight = null;
      this.sendWaiting();
    }
    this.emit("frame", { frame, picture });
  }

  sendWaiting() {
    const picture = this.waiting;
    if (!picture || this.socket?.readyState !== WebSocket.OPEN) return;
    this.waiting = null;
    this.inFlight = picture;
    this.counts.sent += 1;
    this.sentMs = performance.now();
    this.socket.send(picture.bytes);
  }

  /** Ask a silent server whether it is there, and give it up when it stays silent. */
  watch() {
    const nowMs = performance.now();
    const unansweredMs = nowMs - this.askedMs; // a page that slept has not asked yet
    if (unansweredMs > QUIET_LOST_MS - QUIET_PING_MS && this.socket) this.ended(this.socket);
    else if (nowMs - this.heardMs > QUIET_PING_MS) this.ask(nowMs);
  }

  /** @param {number} nowMs */
  ask(nowMs) {
    this.askedMs = Math.min(this.askedMs, nowMs);
    this.send({ type: "ping", number: (this.pings += 1) });
  }

  /** @param {WebSocket} socket */
  ended(socket) {
    if (socket !== this.socket) return;
    this.leave();
    if (this.status !== "refused") this.setStatus("lost");
    if (this.refusal !== "protocol") this.retryLater();
  }

  retryLater() {
    const doubled = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.tries);
    const waitMs = this.refusal === "busy" ? BUSY_RETRY_MS : doubled * (0.8 + 0.4 * Math.random());
    this.tries += 1;
    this.retryTimer = window.setTimeout(() => this.connect(), waitMs);
    this.emit("retry", waitMs);
  }

  leave() {
    clearInterval(this.watchTimer);
    const socket = this.socket;
    this.socket = this.inFlight = this.waiting = null;
    socket?.close();
  }

  /** @param {string} status */
  setStatus(status) {
    if (status === this.status) return;
    this.status = status;
    this.emit("status", status);
  }
}
