// @ts-check

/** @typedef {import("./motion.js").Rep} Rep */
/**
 * Start of a repetition, and ends of its descent, bottom and ascent: times that do not fall.
 * @typedef {[number, number, number, number]} Bounds
 */

/**
 * Where a repetition goes down, stays low and comes up. One without a way down or up has that part
 * with no length.
 * @param {Rep} rep
 * @returns {Bounds}
 */
export function boundsOf(rep) {
  const low = rep.phases.filter(({ phase }) => phase === "bottom");
  const start = low.length ? low[0].start_s : rep.bottom_s;
  const end = low.length ? low[low.length - 1].end_s : rep.bottom_s;
  const [first, last] = [rep.start_s, rep.end_s];
  return [first, Math.max(first, start), Math.max(start, end), Math.max(end, last)];
}

/**
 * Two repetitions side by side: a place from 0 to 1 is a time in each, the same phase in both.
 *
 * Between the ends of the phases time runs evenly in both. A phase takes the room of its mean
 * length, so that none jumps.
 */
export class PhasePair {
  /**
   * @param {Bounds} a
   * @param {Bounds} b
   */
  constructor(a, b) {
    this.bounds = [a, b];
    const lengths = [0, 1, 2].map((part) => (a[part + 1] - a[part] + b[part + 1] - b[part]) / 2);
    this.lengthS = Math.max(0.001, lengths[0] + lengths[1] + lengths[2]);
    /** @type {number[]} */
    this.edges = [0, lengths[0] / this.lengthS, 1 - lengths[2] / this.lengthS, 1];
  }

  /**
   * Which part a place lies in: 0 going down, 1 low, 2 coming up.
   * @param {number} place
   */
  part(place) {
    const part = [0, 1, 2].find((each) => place < this.edges[each + 1]);
    return part ?? 2;
  }

  /**
   * Time in a repetition at a place.
   * @param {number} place
   * @param {0 | 1} side
   */
  time(place, side) {
    const part = this.part(place);
    const [from, to] = [this.edges[part], this.edges[part + 1]];
    const share = to > from ? (Math.min(1, Math.max(0, place)) - from) / (to - from) : 1;
    const [start, end] = [this.bounds[side][part], this.bounds[side][part + 1]];
    return start + share * (end - start);
  }

  /**
   * Place of a time in a repetition.
   * @param {number} tS
   * @param {0 | 1} side
   */
  place(tS, side) {
    const bounds = this.bounds[side];
    const inside = Math.min(bounds[3], Math.max(bounds[0], tS));
    const part = [0, 1, 2].find((each) => inside < bounds[each + 1]) ?? 2;
    const [start, end] = [bounds[part], bounds[part + 1]];
    const share = end > start ? (inside - start) / (end - start) : 1;
    return this.edges[part] + share * (this.edges[part + 1] - this.edges[part]);
  }

  /**
   * How fast one side must run so that both end a part together, the other at 1.
   * @param {number} place
   * @param {0 | 1} side
   */
  pace(place, side) {
    const part = this.part(place);
    const [own, other] = [side, 1 - side].map(
      (each) => this.bounds[each][part + 1] - this.bounds[each][part],
    );
    return other > 0 ? own / other : 1;
  }
}
