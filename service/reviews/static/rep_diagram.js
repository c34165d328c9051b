// @ts-check
import { Diagram } from "/static/diagram.js";

/** @typedef {import("./motion.js").Motion} Motion */
/** @typedef {import("./motion.js").CurvePoint} CurvePoint */
/**
 * @typedef {object} Loop
 * @property {number} number
 * @property {CurvePoint[]} points
 * @property {[number, number][]} curve
 * @property {number | null} bottom
 * @property {number} se
 */

/** A picture later on the same loop counts as this many pixels further away from the pointer. */
const PX_PER_PICTURE = 1.2;
const MOST_PICTURES = 25;

/** The lumbar–hip diagram of a finished set: one repetition stands out, a point runs along it. */
export class RepDiagram extends Diagram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Motion} motion
   * @param {{hip: string, lumbar: string, limit: string}} words
   */
  constructor(canvas, motion, words) {
    super(canvas, words);
    this.motion = motion;
    /** @type {Loop[]} */
    this.loops = motion.reps.map((rep) => loopOf(motion, rep)).filter((loop) => loop.points.length);
    for (const { hip, lumbar, se } of this.loops.flatMap((loop) => loop.points)) {
      this.widen(hip, lumbar + se);
    }
    const typical = motion.typical?.number;
    this.chosen = this.loops.find((loop) => loop.number === typical) ?? this.loops[0];
    this.index = 0;
    const own = motion.told.lumbar?.own_bend;
    if (own) this.setOwnBend(ownBendOf(own));
    this.draw();
  }

  get isEmpty() {
    return !this.loops.length;
  }

  /**
   * Show the moment of a picture; the repetition it belongs to stands out.
   * @param {number} index
   */
  show(index) {
    this.index = index;
    const rep = this.motion.repAt(this.motion.times[index]);
    this.chosen = this.loops.find((loop) => loop.number === rep?.number) ?? this.chosen;
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
    this.drawOwnBend();
    for (const loop of this.loops) if (loop !== this.chosen) this.drawRep(loop, false);
    if (this.chosen) this.drawRep(this.chosen, true);
    const here = this.chosen?.points.find(({ index }) => index === this.index);
    if (here) this.ring(this.place(here.hip, here.lumbar), 0.62 * this.text);
  }

  /**
   * The picture nearest to a place.
   * @param {[number, number]} place
   * @param {boolean} begins whether any repetition may be meant, or the one that is being dragged
   */
  indexAt([x, y], begins) {
    const loops = begins || !this.chosen ? this.loops : [this.chosen];
    let [found, least] = [this.index, Infinity];
    for (const { hip, lumbar, index } of loops.flatMap((loop) => loop.points)) {
      const [px, py] = this.place(hip, lumbar);
      const later = begins ? 0 : Math.min(MOST_PICTURES, Math.abs(index - this.index));
      const away = Math.hypot(px - x, py - y) + PX_PER_PICTURE * later;
      if (away < least) [found, least] = [index, away];
    }
    return found;
  }
}

/**
 * @param {{max_deg: number, hip_deg: number[], lumbar_deg: number[]}} own
 * @returns {import("/static/diagram.js").OwnBend}
 */
function ownBendOf({ max_deg, hip_deg: hips, lumbar_deg: backs }) {
  return { max_deg, curve: hips.map((hip, node) => [hip, backs[node]]) };
}

/**
 * @param {Motion} motion
 * @param {import("./motion.js").Rep} rep
 * @returns {Loop}
 */
export function loopOf(motion, rep) {
  const { points, bottom } = motion.curve(rep);
  /** @type {[number, number][]} */
  const curve = points.map(({ hip, lumbar }) => [hip, lumbar]);
  const se = bottom === null ? 0 : points[bottom].se;
  return { number: rep.number, points, curve, bottom, se };
}
