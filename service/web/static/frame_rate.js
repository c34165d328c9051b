// @ts-check

/** @typedef {import("./camera.js").Camera} Camera */
/** @typedef {import("./support.js").Pace} Pace */

/** Pictures a second that a camera is asked for, from the best; below 12 nothing is judged. */
export const RATES = [30, 15];
const JUDGED_EVERY_MS = 1000;
/** Below this share of pictures answered, the next lower rate loses next to nothing. */
const LATE_SHARE = 0.5;
const LATE_FOR_MS = 3000;
/** Nearly all answered: there may be room for more. */
const EASY_SHARE = 0.9;
const EASY_FOR_MS = 20000;
/** A higher rate that holds for so long is taken for good. */
const PROVEN_MS = 10000;
const LONGEST_WAIT_MS = 640000;

/**
 * Chooses how many pictures a second the camera is asked for.
 *
 * A picture that the server has no time for still costs this computer its decoding and drawing.
 * Where server and pages share a computer, asking for fewer leaves more for looking at them. A
 * higher rate that fails doubles the wait for the next try.
 */
export class FrameRate {
  constructor() {
    this.at = 0;
    this.waitMs = EASY_FOR_MS;
    /** @type {number | null} */
    this.lateSinceMs = null;
    /** @type {number | null} */
    this.easySinceMs = null;
    this.climbedMs = -Infinity;
  }

  get fps() {
    return RATES[this.at];
  }

  /**
   * @param {number} nowMs
   * @param {number} answeredFps pictures a second that were answered of late
   * @returns {boolean} whether the rate changed
   */
  update(nowMs, answeredFps) {
    const isLate = answeredFps > 0 && answeredFps < LATE_SHARE * this.fps; // 0: it stands still
    this.lateSinceMs = since(isLate, this.lateSinceMs, nowMs);
    this.easySinceMs = since(answeredFps > EASY_SHARE * this.fps, this.easySinceMs, nowMs);
    const canFall = this.at < RATES.length - 1;
    if (canFall && lasted(this.lateSinceMs, nowMs, LATE_FOR_MS)) return this.fall(nowMs);
    if (this.at > 0 && lasted(this.easySinceMs, nowMs, this.waitMs)) return this.climb(nowMs);
    return false;
  }

  /** Begin to judge anew: nothing is known of a time without pictures. */
  forget() {
    this.lateSinceMs = this.easySinceMs = null;
  }

  /** @param {number} nowMs */
  fall(nowMs) {
    const failed = nowMs - this.climbedMs < PROVEN_MS;
    this.waitMs = failed ? Math.min(2 * this.waitMs, LONGEST_WAIT_MS) : EASY_FOR_MS;
    return this.move(1);
  }

  /** @param {number} nowMs */
  climb(nowMs) {
    this.climbedMs = nowMs;
    return this.move(-1);
  }

  /** @param {number} step */
  move(step) {
    this.at += step;
    this.forget();
    return true;
  }
}

/**
 * Ask the camera for no more pictures than can be answered.
 * @param {Camera} camera
 * @param {Pace} pace
 * @param {() => boolean} isFlowing whether pictures are sent now
 */
export function keepPace(camera, pace, isFlowing) {
  const rate = new FrameRate();
  camera.on("started", () => camera.setFrameRate(rate.fps));
  setInterval(() => {
    if (!isFlowing()) return rate.forget();
    if (rate.update(performance.now(), pace.fps())) camera.setFrameRate(rate.fps);
  }, JUDGED_EVERY_MS);
  return rate;
}

/**
 * @param {boolean} holds
 * @param {number | null} sinceMs
 * @param {number} nowMs
 */
function since(holds, sinceMs, nowMs) {
  return holds ? (sinceMs ?? nowMs) : null;
}

/**
 * @param {number | null} sinceMs
 * @param {number} nowMs
 * @param {number} atLeastMs
 */
function lasted(sinceMs, nowMs, atLeastMs) {
  return sinceMs !== null && nowMs - sinceMs >= atLeastMs;
}
