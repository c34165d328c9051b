// @ts-check
import { drawStrokes } from "./sketch.js";
import { ReviewOverlay } from "./review_overlay.js";
import { Projection } from "/static/overlay.js";
import { fitted } from "/static/pictures.js";

/** @typedef {import("./motion.js").Motion} Motion */
/** @typedef {import("./sketch.js").Stroke} Stroke */
/** @typedef {{canvas: HTMLCanvasElement, index: number, strokes?: Stroke[]}} Wanted */

const LONGEST_SIDE_PX = 560;
/** A picture that does not come in this time is drawn without what was filmed. */
const PATIENCE_MS = 4000;

/** Keeps the size that its canvas was given, whatever room the page has for it. */
class StillOverlay extends ReviewOverlay {
  /** @override */
  resize() {}
}

/** Draws single pictures of a video with what was measured in them, one after the other. */
export class StillPictures {
  /**
   * @param {Motion} motion
   * @param {string} address of the video, empty when it is not kept
   */
  constructor(motion, address) {
    this.motion = motion;
    /** @type {HTMLVideoElement | null} */
    this.video = null;
    if (address) {
      this.video = document.createElement("video");
      Object.assign(this.video, { muted: true, preload: "auto", src: address });
    }
    /** @type {Promise<void>} */
    this.last = Promise.resolve();
  }

  /**
   * Draw a picture when those before are done.
   * @param {Wanted} wanted
   */
  draw(wanted) {
    this.last = this.last.then(() => this.drawNow(wanted));
    return this.last;
  }

  /** @param {Wanted} wanted */
  async drawNow({ canvas, index, strokes = [] }) {
    const shown = this.video ? await this.sought(this.video, index) : false;
    [canvas.width, canvas.height] = fitted(...this.motion.size, LONGEST_SIDE_PX);
    const overlay = new StillOverlay(canvas);
    overlay.learn({ landmarks: this.motion.told.names, edges: this.motion.told.edges });
    overlay.near = this.motion.told.near_side === "right" ? "right" : "left";
    overlay.draw(this.motion.frame(index), shown ? this.video : null);
    const place = new Projection(this.motion.size, [canvas.width, canvas.height], false);
    const color = getComputedStyle(canvas).getPropertyValue("--note").trim();
    drawStrokes(overlay.context, strokes, place, color);
    canvas.dataset.index = String(index);
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {number} index
   * @returns {Promise<boolean>} whether the video shows it now
   */
  sought(video, index) {
    if (video.error) return Promise.resolve(false);
    return new Promise((done) => {
      const answers = new AbortController();
      const timer = setTimeout(() => finish(false), PATIENCE_MS);
      const finish = (/** @type {boolean} */ shown) => {
        clearTimeout(timer);
        answers.abort();
        done(shown);
      };
      const { signal } = answers;
      video.addEventListener("error", () => finish(false), { signal });
      video.addEventListener("seeked", () => finish(video.readyState >= 2), { signal });
      video.currentTime = this.motion.timeWithin(index);
    });
  }
}
