// @ts-check
import { Emitter } from "./emitter.js";

/** @typedef {"insecure" | "denied" | "none" | "busy" | "unplugged" | "unknown"} CameraProblem */

const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
/** A camera that another program holds sends no event when it is let go. */
const BUSY_RETRY_MS = 4000;
const LEAST_STEP_MS = 0.01;

/** @type {Record<string, CameraProblem>} */
const PROBLEM_OF_ERROR = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

/**
 * What stands in the way, by the error of the browser.
 * @param {unknown} error
 * @returns {CameraProblem}
 */
export function problemOf(error) {
  if (error instanceof InsecureError) return "insecure";
  return (error instanceof DOMException && PROBLEM_OF_ERROR[error.name]) || "unknown";
}

/**
 * Time of every picture in milliseconds on the page's clock, strictly increasing.
 *
 * Where the browser tells when the camera took a picture, that time counts; else the media's own
 * time does, laid onto the page's clock at the first picture; else the moment it arrived. Which
 * one is settled at the first picture of a stream: a change half way would be a jump.
 */
export class PictureClock {
  constructor() {
    this.lastMs = -1;
    this.kind = "";
    this.offsetMs = 0;
  }

  /** Begin a new stream. */
  restart() {
    this.kind = "";
    this.offsetMs = 0;
  }

  /**
   * @param {number} nowMs
   * @param {{captureTime?: number, mediaTime?: number}} [metadata]
   * @returns {number | null} null for a picture that is no newer than the last one
   */
  time(nowMs, metadata = {}) {
    if (!this.kind) this.settle(nowMs, metadata);
    const taken = this.reading(nowMs, metadata);
    if (!isTime(taken) || taken < this.lastMs + LEAST_STEP_MS) return null;
    this.lastMs = taken;
    return taken;
  }

  /**
   * @param {number} nowMs
   * @param {{captureTime?: number, mediaTime?: number}} metadata
   */
  settle(nowMs, metadata) {
    if (isTime(metadata.captureTime)) this.kind = "capture";
    else if (isTime(metadata.mediaTime)) {
      this.kind = "media";
      this.offsetMs = nowMs - 1000 * Number(metadata.mediaTime);
    } else this.kind = "arrival";
  }

  /**
   * @param {number} nowMs
   * @param {{captureTime?: number, mediaTime?: number}} metadata
   */
  reading(nowMs, metadata) {
    if (this.kind === "capture") return metadata.captureTime;
    if (this.kind === "arrival") return nowMs;
    return 1000 * Number(metadata.mediaTime) + this.offsetMs;
  }
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isTime(value) {
  return Number.isFinite(value);
}

/**
 * The camera of this computer.
 *
 * Emits `started`, `picture` with the time in ms of what the video element shows now, `problem`
 * with what stands in the way, and `devices` when cameras come or go. After a problem it begins
 * again by itself as soon as that can work.
 */
export class Camera extends Emitter {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.video = video;
    this.clock = new PictureClock();
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {CameraProblem | ""} */
    this.problem = "";
    this.deviceId = "";
    this.starts = 0;
    navigator.mediaDevices?.addEventListener("devicechange", () => this.devicesChanged());
  }

  /**
   * Begin, or begin anew with another camera.
   * @param {string} [deviceId]
   */
  async start(deviceId = this.deviceId) {
    this.stop();
    this.deviceId = deviceId;
    const attempt = this.starts;
    try {
      const stream = await openStream(deviceId);
      if (attempt !== this.starts) stopTracks(stream);
      else await this.show(stream);
    } catch (error) {
      if (attempt === this.starts) this.failed(problemOf(error));
    }
  }

  stop() {
    this.starts += 1;
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
  }

  /** Cameras that could be chosen; without permission they have no names. */
  async choices() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return devices
      .filter((device) => device.kind === "videoinput")
      .map((device) => ({ id: device.deviceId, label: device.label }));
  }

  /** @param {MediaStream} stream */
  async show(stream) {
    const start = this.starts;
    this.stream = stream;
    this.problem = "";
    this.clock.restart();
    stream.getVideoTracks()[0].addEventListener("ended", () => this.trackEnded(stream));
    this.video.srcObject = stream;
    await this.video.play();
    if (start !== this.starts) return;
    this.emit("started", stream);
    this.nextPicture(start);
  }

  /** @param {number} start */
  nextPicture(start) {
    const picture = (/** @type {number} */ nowMs, /** @type {any} */ metadata) => {
      if (start !== this.starts) return;
      this.nextPicture(start);
      const tMs = this.clock.time(nowMs, metadata);
      if (tMs !== null) this.emit("picture", tMs);
    };
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(picture);
    else setTimeout(() => picture(performance.now(), {}), 33);
  }

  /** @param {MediaStream} stream */
  trackEnded(stream) {
    if (stream === this.stream) this.failed("unplugged");
  }

  /** @param {CameraProblem} problem */
  failed(problem) {
    this.stop();
    this.problem = problem;
    this.emit("problem", problem);
    if (problem === "busy") this.retryLater(this.starts);
    if (problem === "denied") this.awaitPermission(this.starts);
  }

  /** @param {number} attempt */
  retryLater(attempt) {
    setTimeout(() => attempt === this.starts && this.start(), BUSY_RETRY_MS);
  }

  /** @param {number} attempt */
  async awaitPermission(attempt) {
    const name = /** @type {PermissionName} */ ("camera");
    const status = await navigator.permissions?.query({ name }).catch(() => null);
    status?.addEventListener("change", () => {
      if (attempt === this.starts && status.state !== "denied") this.start();
    });
  }

  devicesChanged() {
    this.emit("devices");
    if (["none", "busy", "unplugged"].includes(this.problem)) this.start();
  }
}

/** @param {string} deviceId */
async function openStream(deviceId) {
  if (!navigator.mediaDevices?.getUserMedia) throw new InsecureError();
  const chosen = deviceId ? { deviceId: { ideal: deviceId } } : {};
  return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, ...chosen } });
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** The browser gives no camera to a page that came without encryption from another computer. */
class InsecureError extends Error {}
