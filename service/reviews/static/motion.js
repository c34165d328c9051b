// @ts-check

/** @typedef {[number, number]} Point */
/** @typedef {{index: number, hip: number, lumbar: number, se: number}} CurvePoint */
/** @typedef {{phase: string, start_s: number, end_s: number}} Span */
/**
 * @typedef {object} Rep
 * @property {number} number
 * @property {number} start_s
 * @property {number} bottom_s
 * @property {number} end_s
 * @property {Span[]} phases
 * @property {{word: string, measured: Record<string, any>} | null} lumbar
 */

/** Clock and container round times; a picture is not missed for that. */
const SLACK_S = 0.002;
/** Standard deviation of the Gaussian that takes single frames' jitter out of the diagram. */
const SMOOTHING_S = 0.05;
const REACH_S = 3 * SMOOTHING_S;

/** What was found in every picture of a set, as the server wrote it. */
export class Motion {
  /** @param {any} told */
  constructor(told) {
    this.told = told;
    /** @type {number[]} */
    this.times = told.t_s;
    /** @type {Rep[]} */
    this.reps = told.reps;
    /** @type {[number, number]} */
    this.size = told.size;
  }

  get count() {
    return this.times.length;
  }

  get endS() {
    return this.times.at(-1) ?? 0;
  }

  /**
   * The picture that stands at a time.
   * @param {number} tS
   */
  frameAt(tS) {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= tS + SLACK_S) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /**
   * The picture whose time is nearest.
   * @param {number} tS
   */
  nearest(tS) {
    const before = this.frameAt(tS);
    const after = Math.min(before + 1, this.count - 1);
    return this.times[after] - tS < tS - this.times[before] ? after : before;
  }

  /**
   * A time at which a player surely shows a picture, and not the one before it.
   * @param {number} index
   */
  timeWithin(index) {
    const start = this.times[index];
    const end = this.times[index + 1] ?? start + 2 * SLACK_S;
    return start + Math.min((end - start) / 2, 0.02);
  }

  /**
   * What is drawn over a picture.
   * @param {number} index
   */
  frame(index) {
    return {
      size: this.size,
      t_ms: 1000 * this.times[index],
      landmarks: this.told.landmarks[index],
      outline: this.told.outlines[index] ?? [],
      hip_deg: this.value("hip", index),
      knee_deg: this.value("knee", index),
    };
  }

  /**
   * @param {string} signal
   * @param {number} index
   * @returns {number | null}
   */
  value(signal, index) {
    return this.told.series[signal].value[index] ?? null;
  }

  /**
   * @param {string} signal
   * @param {number} index
   * @returns {number}
   */
  error(signal, index) {
    return this.told.series[signal].se[index] ?? 0;
  }

  /**
   * The repetition that a moment belongs to.
   * @param {number} tS
   */
  repAt(tS) {
    return this.reps.find((rep) => tS >= rep.start_s - SLACK_S && tS <= rep.end_s + SLACK_S);
  }

  /** @param {number} number */
  rep(number) {
    return this.reps.find((rep) => rep.number === number);
  }

  /** The repetition that stands for the set, else the first. */
  get typical() {
    return this.rep(this.told.lumbar?.typical_rep) ?? this.reps[0];
  }

  /**
   * @param {number} tS
   * @returns {string}
   */
  phaseAt(tS) {
    const spans = this.repAt(tS)?.phases ?? [];
    return spans.find((span) => tS < span.end_s)?.phase ?? "standing";
  }

  /**
   * The lumbar–hip diagram of a repetition, by time, and where its bottom is.
   * @param {Rep} rep
   * @returns {{points: CurvePoint[], bottom: number | null}}
   */
  curve(rep) {
    const [first, last] = [this.nearest(rep.start_s), this.nearest(rep.end_s)];
    const points = [];
    for (let index = first; index <= last; index += 1) {
      const [hip, lumbar] = [this.smooth("true_hip", index), this.smooth("lumbar", index)];
      if (hip === null || lumbar === null) continue;
      points.push({ index, hip, lumbar, se: this.error("lumbar", index) });
    }
    const bottom = points.findIndex(({ index }) => this.times[index] >= rep.bottom_s - SLACK_S);
    return { points, bottom: bottom < 0 ? null : bottom };
  }

  /**
   * @param {string} signal
   * @param {number} index
   */
  smooth(signal, index) {
    if (this.value(signal, index) === null) return null;
    let [sum, weights] = [0, 0];
    for (const step of [-1, 1]) {
      for (let at = step < 0 ? index : index + 1; ; at += step) {
        const apart = Math.abs((this.times[at] ?? Infinity) - this.times[index]);
        if (apart > REACH_S) break;
        const value = this.value(signal, at);
        if (value === null) continue;
        const weight = Math.exp(-0.5 * (apart / SMOOTHING_S) ** 2);
        sum += weight * value;
        weights += weight;
      }
    }
    return sum / weights;
  }
}
