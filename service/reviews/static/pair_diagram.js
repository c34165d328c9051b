// @ts-check
import { Diagram } from "/static/diagram.js";

/** @typedef {import("./rep_diagram.js").Loop} Loop */

const COLORS = ["lumbar", "near"];

/** One repetition of each of two sets in one lumbar–hip diagram. */
export class PairDiagram extends Diagram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{hip: string, lumbar: string, limit: string}} words
   */
  constructor(canvas, words) {
    super(canvas, words);
    /** @type {(Loop | null)[]} */
    this.loops = [null, null];
    this.indexes = [0, 0];
  }

  /**
   * @param {0 | 1} side
   * @param {Loop} loop
   */
  setLoop(side, loop) {
    this.loops[side] = loop;
    for (const { hip, lumbar, se } of loop.points) this.widen(hip, lumbar + se);
    this.draw();
  }

  /**
   * @param {0 | 1} side
   * @param {number} index of the picture that is shown on that side
   */
  show(side, index) {
    this.indexes[side] = index;
    this.draw();
  }

  /** @override */
  draw() {
    const { width, height } = this.canvas;
    if (!width || !height || !this.loops) return;
    this.measure(width, height);
    this.context.clearRect(0, 0, width, height);
    this.drawGrid();
    this.drawRays();
    const style = getComputedStyle(this.canvas);
    this.loops.forEach((loop, side) => {
      if (!loop) return;
      this.colors.lumbar = style.getPropertyValue(`--${COLORS[side]}`).trim();
      this.drawRep(loop, true);
      const here = loop.points.find(({ index }) => index === this.indexes[side]);
      if (here) this.ring(this.place(here.hip, here.lumbar), 0.62 * this.text);
    });
  }
}
