// @ts-check
import { byId } from "/static/elements.js";
import { Player } from "./player.js";
import { ReviewOverlay } from "./review_overlay.js";
import { SilentFilm } from "./silent_film.js";

/** @typedef {import("./motion.js").Motion} Motion */

/**
 * A set on a screen: the video with what was measured in it, or that alone where there is no video.
 */
export class Screen {
  /**
   * @param {Motion} motion
   * @param {string} address of the video, empty when it is not kept
   * @param {string} suffix of the names of its elements
   */
  constructor(motion, address, suffix = "") {
    this.motion = motion;
    this.note = byId(`no-video${suffix}`);
    const video = byId(`video${suffix}`);
    /** @type {HTMLVideoElement | null} */
    this.video = address ? video : null;
    video.hidden = !address;
    this.player = new Player(address ? video : new SilentFilm(motion.endS), motion);
    this.overlay = new ReviewOverlay(byId(`overlay${suffix}`));
    this.overlay.learn({ landmarks: motion.told.names, edges: motion.told.edges });
    this.overlay.near = motion.told.near_side === "right" ? "right" : "left";
    if (!address) return;
    video.addEventListener("error", () => this.doWithout(video));
    video.src = address;
  }

  /**
   * The video does not come: show what was measured, from the same moment on, and say so.
   * @param {HTMLVideoElement} video
   */
  doWithout(video) {
    this.video = null;
    video.hidden = true;
    this.note.hidden = false;
    this.player.change(new SilentFilm(this.motion.endS));
  }

  /** Draw the picture that the video shows, with what was found in that very picture. */
  draw() {
    const picture = this.video && this.video.readyState >= 2 ? this.video : null;
    this.overlay.draw(this.motion.frame(this.player.index), picture);
  }
}
