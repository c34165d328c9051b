// @ts-check

/** @typedef {(now: number, about: {mediaTime: number}) => void} FrameCallback */

/** Runs through the times of a set whose video is not kept, as a video element would. */
export class SilentFilm extends EventTarget {
  /** @param {number} duration seconds */
  constructor(duration) {
    super();
    this.duration = duration;
    this.readyState = 4;
    this.paused = true;
    this.rate = 1;
    this.at = 0;
    this.defaultPlaybackRate = 1;
    /** @type {FrameCallback[]} */
    this.callbacks = [];
    this.lastMs = 0;
  }

  get ended() {
    return this.at >= this.duration;
  }

  get currentTime() {
    return this.at;
  }

  set currentTime(tS) {
    this.at = Math.max(0, Math.min(this.duration, tS));
    queueMicrotask(() => {
      this.dispatchEvent(new Event("seeked"));
      this.tell();
    });
  }

  get playbackRate() {
    return this.rate;
  }

  set playbackRate(rate) {
    this.rate = rate;
    this.dispatchEvent(new Event("ratechange"));
  }

  /** @param {FrameCallback} callback */
  requestVideoFrameCallback(callback) {
    this.callbacks.push(callback);
  }

  async play() {
    if (!this.paused) return;
    this.paused = false;
    this.lastMs = performance.now();
    this.dispatchEvent(new Event("play"));
    requestAnimationFrame((nowMs) => this.run(nowMs));
  }

  pause() {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }

  /** @param {number} nowMs */
  run(nowMs) {
    if (this.paused) return;
    const goneS = Math.max(0, nowMs - this.lastMs) / 1000;
    this.at = Math.min(this.duration, this.at + this.rate * goneS);
    this.lastMs = nowMs;
    this.tell();
    if (this.ended) {
      this.paused = true;
      this.dispatchEvent(new Event("ended"));
    } else requestAnimationFrame((laterMs) => this.run(laterMs));
  }

  tell() {
    const waiting = this.callbacks.splice(0);
    for (const callback of waiting) callback(performance.now(), { mediaTime: this.at });
  }
}
