// @ts-check
import { Emitter } from "/static/emitter.js";

/** @typedef {import("./motion.js").Motion} Motion */
/** @typedef {HTMLVideoElement | import("./silent_film.js").SilentFilm} Film */

/**
 * Plays a video picture by picture.
 *
 * Emits `frame` with the number of the picture that is shown, `wanted` with that of the one that
 * was asked for, and `state` when playing begins or ends, or the speed changes.
 */
export class Player extends Emitter {
  /**
   * @param {Film} film
   * @param {Motion} motion
   */
  constructor(film, motion) {
    super();
    this.motion = motion;
    this.index = 0;
    this.wanted = 0;
    this.sought = 0;
    this.seeking = false;
    this.film = film;
    this.followed = this.follow();
  }

  /**
   * Go on with another film of the same set, at the same moment and speed, playing where it played.
   * @param {Film} film
   */
  change(film) {
    const plays = this.playing;
    this.followed.abort();
    this.film.pause();
    film.playbackRate = film.defaultPlaybackRate = this.speed;
    this.film = film;
    this.followed = this.follow();
    this.seeking = false;
    this.seek(this.wanted);
    if (plays) void film.play();
    this.emit("state");
  }

  get playing() {
    return !this.film.paused && !this.film.ended;
  }

  get speed() {
    return this.film.playbackRate;
  }

  /** Time of the picture that is shown, seconds. */
  get tS() {
    return this.motion.times[this.index] ?? 0;
  }

  /** Tell of the film whatever happens, until it is given up. */
  follow() {
    const { film } = this;
    const followed = new AbortController();
    const { signal } = followed;
    for (const name of ["play", "pause", "ended", "ratechange"]) {
      film.addEventListener(name, () => this.emit("state"), { signal });
    }
    film.addEventListener("seeked", () => this.seeked(), { signal });
    this.followPictures(film, signal);
    return followed;
  }

  /**
   * Tell of every picture: by the browser's own callback, else as often as it says the time.
   * @param {Film} film
   * @param {AbortSignal} signal
   */
  followPictures(film, signal) {
    if ("requestVideoFrameCallback" in film) {
      const shown = (/** @type {number} */ _now, /** @type {{mediaTime: number}} */ about) => {
        if (signal.aborted) return;
        this.show(this.motion.nearest(about.mediaTime));
        film.requestVideoFrameCallback(shown);
      };
      film.requestVideoFrameCallback(shown);
      return;
    }
    const look = () => this.show(this.motion.frameAt(/** @type {Film} */ (film).currentTime));
    for (const name of ["timeupdate", "seeked", "loadeddata"]) {
      /** @type {Film} */ (film).addEventListener(name, look, { signal });
    }
  }

  /** @param {number} index */
  show(index) {
    this.index = index;
    if (!this.seeking) this.wanted = index;
    this.emit("frame", index);
  }

  /**
   * Go to a picture. While one is being looked up the newest wish waits, and none in between.
   * @param {number} index
   */
  seek(index) {
    this.wanted = Math.max(0, Math.min(this.motion.count - 1, index));
    this.emit("wanted", this.wanted);
    if (this.seeking) return;
    this.seeking = true;
    if (this.film.readyState > 0) this.look();
    else this.film.addEventListener("loadedmetadata", () => this.look(), { once: true });
  }

  look() {
    this.sought = this.wanted;
    this.film.currentTime = this.motion.timeWithin(this.wanted);
  }

  seeked() {
    this.seeking = false;
    if (this.sought !== this.wanted) this.seek(this.wanted);
    else requestAnimationFrame(() => requestAnimationFrame(() => this.settle()));
  }

  /** A browser may tell nothing of a picture that it showed just before; then it is told here. */
  settle() {
    if (!this.seeking && !this.playing) this.show(this.motion.frameAt(this.film.currentTime));
  }

  /** @param {number} tS */
  seekTime(tS) {
    this.pause();
    this.seek(this.motion.nearest(tS));
  }

  /**
   * Go some pictures on or back.
   * @param {number} count
   */
  step(count) {
    this.pause();
    this.seek(this.wanted + count);
  }

  async play() {
    if (this.index >= this.motion.count - 1) this.seek(0);
    await this.film.play().catch(() => this.emit("state")); // it was stopped before it began
  }

  pause() {
    this.film.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else void this.play();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.film.playbackRate = speed;
    this.film.defaultPlaybackRate = speed;
  }
}
