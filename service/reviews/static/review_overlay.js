// @ts-check
import { Overlay } from "/static/overlay.js";

/** @typedef {"skeleton" | "outline" | "angles"} Layer */

/** The drawing of the live page over a video that can be stopped; each layer can be left out. */
export class ReviewOverlay extends Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas, { mirrored: false });
    /** @type {Record<Layer, boolean>} */
    this.layers = { skeleton: true, outline: true, angles: true };
    /** @type {() => void} */
    this.redraw = () => {};
  }

  resize() {
    super.resize();
    this.redraw?.();
  }

  /**
   * @param {Layer} layer
   * @param {boolean} shown
   */
  setLayer(layer, shown) {
    this.layers[layer] = shown;
    this.redraw();
  }

  /** @override @type {Overlay["drawSkeleton"]} */
  drawSkeleton(landmarks, place) {
    if (this.layers.skeleton) super.drawSkeleton(landmarks, place);
  }

  /** @override @type {Overlay["drawBack"]} */
  drawBack(outline, place) {
    if (this.layers.outline) super.drawBack(outline, place);
  }

  /** @override @type {Overlay["drawArcs"]} */
  drawArcs(frame, at, place) {
    if (this.layers.angles) super.drawArcs(frame, at, place);
  }

  /**
   * A picture can stand still here, so its numbers are always its own.
   * @override
   * @param {any} frame
   */
  refreshNumbers(frame) {
    this.numbers.changedMs = -Infinity;
    super.refreshNumbers(frame);
  }
}
