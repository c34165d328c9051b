// @ts-check
import { fitCanvas } from "./scrubbing.js";
import { degrees } from "./words.js";

/** @typedef {import("./motion.js").Motion} Motion */
/** @typedef {{name: string, color: string, least: number, most: number}} Track */

const TRACKS = ["trunk", "hip", "knee", "lumbar"];
/** @type {Record<string, string>} */
const COLORS = { trunk: "near", hip: "hip", knee: "knee", lumbar: "lumbar" };
/** A track reaches at least this far, so that noise does not fill it. */
const LEAST_REACH_DEG = 30;
const STEPS_S = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300];
const LEAST_TICK_PX = 60;
/** @type {Record<string, number>} */
const SHADES = { descent: 0.06, bottom: 0.2, ascent: 0.12 };

/** Angles over time, one track each over one time axis, with phases and the moment shown. */
export class Curves {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Motion} motion
   * @param {(key: string) => string} words
   */
  constructor(canvas, motion, words) {
    this.canvas = canvas;
    this.motion = motion;
    this.words = words;
    this.index = 0;
    this.still = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.style = getComputedStyle(canvas);
    this.ratio = 1;
    this.text = 0;
    this.edges = { left: 0, right: 0, bottom: 0 };
    this.tracks = TRACKS.map((name) => this.track(name)).filter((track) => track !== null);
    new ResizeObserver(() => this.redraw()).observe(canvas);
    this.redraw();
  }

  /**
   * @param {string} name
   * @returns {Track | null} null when it was measured at no moment
   */
  track(name) {
    const { motion } = this;
    let [least, most] = [0, LEAST_REACH_DEG];
    let known = false;
    for (let index = 0; index < motion.count; index += 1) {
      const value = motion.value(name, index);
      if (value === null) continue;
      known = true;
      least = Math.min(least, value - motion.error(name, index));
      most = Math.max(most, value + motion.error(name, index));
    }
    return known ? { name, color: COLORS[name], least, most } : null;
  }

  /** Draw everything anew, after a change of size or colours. */
  redraw() {
    this.ratio = fitCanvas(this.canvas);
    const { width, height } = this.canvas;
    if (!width || !height) return;
    this.text = 12.5 * this.ratio;
    const margin = 8 * this.ratio;
    this.edges = { left: margin, right: width - margin, bottom: height - 1.7 * this.text };
    this.still.width = width;
    this.still.height = height;
    const live = this.context;
    this.context = /** @type {CanvasRenderingContext2D} */ (this.still.getContext("2d"));
    this.drawPhases();
    this.tracks.forEach((track, row) => this.drawTrack(track, row));
    this.drawTimes();
    this.context = live;
    this.show(this.index);
  }

  /** @param {string} name */
  color(name) {
    return this.style.getPropertyValue(`--${name}`).trim();
  }

  /** @param {number} tS */
  x(tS) {
    const { left, right } = this.edges;
    return left + (tS / Math.max(this.motion.endS, 0.001)) * (right - left);
  }

  /**
   * The picture at a place.
   * @param {number} x
   */
  indexAt(x) {
    const { left, right } = this.edges;
    return this.motion.nearest(((x - left) / (right - left)) * this.motion.endS);
  }

  /** @param {number} row */
  band(row) {
    const height = this.edges.bottom / Math.max(1, this.tracks.length);
    return { top: row * height + 1.5 * this.text, bottom: (row + 1) * height - 2 * this.ratio };
  }

  /**
   * @param {Track} track
   * @param {number} row
   * @param {number} value
   */
  y(track, row, value) {
    const { top, bottom } = this.band(row);
    return bottom - ((value - track.least) / (track.most - track.least)) * (bottom - top);
  }

  drawPhases() {
    const { context, edges } = this;
    context.fillStyle = context.strokeStyle = this.color("stage-ink");
    for (const rep of this.motion.reps) {
      for (const { phase, start_s: startS, end_s: endS } of rep.phases) {
        context.globalAlpha = SHADES[phase] ?? 0;
        context.fillRect(this.x(startS), 0, this.x(endS) - this.x(startS), edges.bottom);
      }
      context.globalAlpha = 0.55;
      context.lineWidth = this.ratio;
      context.setLineDash([2 * this.ratio, 3 * this.ratio]);
      this.line([[this.x(rep.bottom_s), 0], [this.x(rep.bottom_s), edges.bottom]]);
      context.setLineDash([]);
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {Track} track
   * @param {number} row
   */
  drawTrack(track, row) {
    const { context } = this;
    const color = this.color(track.color);
    const zero = this.y(track, row, 0);
    context.lineWidth = this.ratio;
    context.strokeStyle = this.color("stage-line");
    this.line([[this.edges.left, zero], [this.edges.right, zero]]);
    context.fillStyle = context.strokeStyle = color;
    for (const run of this.runs(track.name)) {
      context.globalAlpha = 0.22;
      this.ribbon(track, row, run);
      context.globalAlpha = 1;
      context.lineWidth = 1.8 * this.ratio;
      this.line(run.map((index) => this.point(track, row, index)));
    }
  }

  /**
   * @param {Track} track
   * @param {number} row
   * @param {number} index
   * @returns {[number, number]}
   */
  point(track, row, index, errors = 0) {
    const value = this.motion.value(track.name, index) ?? 0;
    const shifted = value + errors * this.motion.error(track.name, index);
    return [this.x(this.motion.times[index]), this.y(track, row, shifted)];
  }

  /**
   * Stretches of pictures in which a signal is known, thinned to what the canvas can show.
   * @param {string} name
   */
  runs(name) {
    const stride = Math.max(1, Math.floor(this.motion.count / (2 * this.canvas.width)));
    /** @type {number[][]} */
    const found = [];
    let open = false;
    for (let index = 0; index < this.motion.count; index += stride) {
      const known = this.motion.value(name, index) !== null;
      if (known && !open) found.push([]);
      if (known) found[found.length - 1].push(index);
      open = known;
    }
    return found;
  }

  /**
   * @param {Track} track
   * @param {number} row
   * @param {number[]} run
   */
  ribbon(track, row, run) {
    const above = run.map((index) => this.point(track, row, index, 1));
    const below = run.map((index) => this.point(track, row, index, -1)).reverse();
    this.context.beginPath();
    for (const [x, y] of [...above, ...below]) this.context.lineTo(x, y);
    this.context.fill();
  }

  drawTimes() {
    const { left, right, bottom } = this.edges;
    const perSecond = (right - left) / Math.max(this.motion.endS, 0.001);
    const stepS = STEPS_S.find((step) => step * perSecond >= LEAST_TICK_PX * this.ratio) ?? 600;
    for (let tS = 0; tS <= this.motion.endS; tS += stepS) {
      const align = tS === 0 ? "left" : "center";
      const y = bottom + 0.95 * this.text;
      this.write(`${tS} s`, this.x(tS), y, align, this.color("stage-muted"));
    }
    for (const rep of this.motion.reps) {
      const middle = this.x((rep.start_s + rep.end_s) / 2);
      const ink = this.color("stage-ink");
      this.write(String(rep.number), middle, 0.8 * this.text, "center", ink, 700);
    }
  }

  /**
   * Show the moment of a picture.
   * @param {number} index
   */
  show(index) {
    this.index = index;
    const { context, canvas } = this;
    if (!canvas.width) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.still, 0, 0);
    const x = this.x(this.motion.times[index] ?? 0);
    context.strokeStyle = this.color("stage-ink");
    context.lineWidth = 2 * this.ratio;
    this.line([[x, 0], [x, this.edges.bottom]]);
    this.tracks.forEach((track, row) => this.drawValue(track, row, index));
  }

  /**
   * @param {Track} track
   * @param {number} row
   * @param {number} index
   */
  drawValue(track, row, index) {
    const { context } = this;
    const value = this.motion.value(track.name, index);
    const color = this.color(track.color);
    const told = `${this.words(track.name)}  ${degrees(value, "–")}`;
    const y0 = this.band(row).top - 0.7 * this.text;
    this.write(told, this.edges.left, y0, "left", color, 650, true);
    if (value === null) return;
    const [x, y] = this.point(track, row, index);
    context.beginPath();
    context.arc(x, y, 4.5 * this.ratio, 0, 2 * Math.PI);
    context.fillStyle = this.color("stage-ink");
    context.fill();
    context.strokeStyle = color;
    context.lineWidth = 2 * this.ratio;
    context.stroke();
  }

  /** @param {[number, number][]} points */
  line(points) {
    const { context } = this;
    context.beginPath();
    points.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.lineJoin = "round";
    context.stroke();
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {CanvasTextAlign} align
   * @param {string} color
   * @param {number} [weight]
   * @param {boolean} [onPaper] with the stage's colour behind it
   */
  write(text, x, y, align, color, weight = 400, onPaper = false) {
    const { context } = this;
    context.font = `${weight} ${this.text}px ${this.style.fontFamily}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    if (onPaper) {
      context.globalAlpha = 0.8;
      context.fillStyle = this.color("stage");
      const { width } = context.measureText(text);
      context.fillRect(x - 3, y - 0.7 * this.text, width + 8, 1.4 * this.text);
      context.globalAlpha = 1;
    }
    context.fillStyle = color;
    context.fillText(text, x, y);
  }
}
