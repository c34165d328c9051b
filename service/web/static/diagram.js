// @ts-check

/** @typedef {{hip: number, lumbar: number, se: number}} Sample */
/** @typedef {{curve: [number, number][], bottom: number | null, se: number}} DrawnRep */
/**
 * A person's own free forward bend.
 * @typedef {{max_deg: number, curve: [number, number][]}} OwnBend
 */

/** Equal shares of the lower back that a ray is drawn for, as in the report. */
const SHARES_PERCENT = [20, 30, 40, 50];
/** Share of the own full bend at which a line is drawn, as in the report. */
const OWN_LIMIT = 0.8;
const LEAST_HIP_DEG = 80;
const LEAST_LUMBAR_DEG = 40;
const LOWEST_LUMBAR_DEG = -10;
const STEP_DEG = 20;
const MOST_SAMPLES = 600;
const MOST_REPS = 12;
/** Samples nearer than this to the last one are not worth a point. */
const LEAST_MOVE_DEG = 0.4;
const REDRAW_MS = 60;

/** The lumbar–hip diagram: hips to the right, lower back up, drawing itself as a person bends. */
export class Diagram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{hip: string, lumbar: string, limit: string}} words of the axes and of the line at a
   *   share of the own full bend
   */
  constructor(canvas, words) {
    this.canvas = canvas;
    this.words = words;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {OwnBend | null} */
    this.own = null;
    this.drawnMs = -Infinity;
    this.text = 0;
    this.height = 0;
    this.font = "";
    this.colors = { line: "", words: "", lumbar: "", ink: "", paper: "" };
    this.edges = { left: 0, right: 0, top: 0, bottom: 0 };
    /** @type {Sample[]} */
    this.trail = [];
    /** @type {DrawnRep[]} */
    this.reps = [];
    this.most = { hip: LEAST_HIP_DEG, lumbar: LEAST_LUMBAR_DEG };
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  /** Begin a new set. */
  reset() {
    this.trail = [];
    this.reps = [];
    this.most = { hip: LEAST_HIP_DEG, lumbar: LEAST_LUMBAR_DEG };
    this.makeRoomForOwnBend();
  }

  /** @param {OwnBend | null} own null when there is none, or none any more */
  setOwnBend(own) {
    this.own = own;
    this.makeRoomForOwnBend();
    this.draw();
  }

  makeRoomForOwnBend() {
    for (const [hip, lumbar] of this.own?.curve ?? []) this.widen(hip, lumbar);
  }

  /**
   * Add what one picture showed; nothing when the lower back was not measured.
   * @param {{flexion_deg: number | null, se_deg: number | null, hip_deg: number | null}} now
   * @param {boolean} [stands] somebody who stands leaves no trail, only the point where they are
   */
  add(now, stands = false) {
    if (now.flexion_deg === null || now.hip_deg === null) return;
    const last = this.trail.at(-1);
    const sample = { hip: now.hip_deg, lumbar: now.flexion_deg, se: now.se_deg ?? 0 };
    const moved = last ? Math.hypot(sample.hip - last.hip, sample.lumbar - last.lumbar) : Infinity;
    if (moved < LEAST_MOVE_DEG) return;
    if (stands) this.trail = [];
    this.trail.push(sample);
    if (this.trail.length > MOST_SAMPLES) this.trail.shift();
    this.widen(sample.hip, sample.lumbar);
    this.drawSometimes();
  }

  /**
   * Keep a finished repetition, paler than what is being drawn.
   * @param {{curve: [number, number][], bottom: number | null, lumbar_se_deg: number | null}} rep
   */
  finishRep({ curve, bottom, lumbar_se_deg: seDeg }) {
    this.trail = [];
    if (curve.length) this.reps.push({ curve, bottom, se: seDeg ?? 0 });
    if (this.reps.length > MOST_REPS) this.reps.shift();
    for (const [hip, lumbar] of curve) this.widen(hip, lumbar);
    this.draw();
  }

  /** Whether there is no line to see. */
  get isEmpty() {
    return !this.own && !this.trail.length && !this.reps.length;
  }

  /**
   * @param {number} hip
   * @param {number} lumbar
   */
  widen(hip, lumbar) {
    const up = (/** @type {number} */ value) => STEP_DEG * Math.ceil(value / STEP_DEG);
    this.most = {
      hip: Math.max(this.most.hip, up(hip)),
      lumbar: Math.max(this.most.lumbar, up(lumbar + 2)),
    };
  }

  resize() {
    const ratio = Math.min(2, devicePixelRatio);
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.draw();
  }

  drawSometimes() {
    if (performance.now() - this.drawnMs > REDRAW_MS) this.draw();
  }

  draw() {
    const { width, height } = this.canvas;
    if (!width || !height) return;
    this.drawnMs = performance.now();
    this.measure(width, height);
    this.context.clearRect(0, 0, width, height);
    this.drawGrid();
    this.drawRays();
    this.drawOwnBend();
    const latest = this.trail.length > 1 ? null : this.reps.at(-1);
    for (const rep of this.reps) this.drawRep(rep, rep === latest);
    this.drawTrail();
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  measure(width, height) {
    const style = getComputedStyle(this.canvas);
    const color = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const text = Math.max(12, Math.min(width, height) / 21);
    this.text = text * Math.max(1, width / this.canvas.clientWidth / 2);
    this.font = `${this.text}px ${style.fontFamily}`;
    this.height = height;
    this.colors = {
      line: color("stage-line"),
      words: color("stage-muted"),
      lumbar: color("lumbar"),
      ink: color("stage-ink"),
      paper: color("stage-raised"),
    };
    this.edges = {
      left: 3.6 * this.text,
      right: width - 3 * this.text,
      top: 1.7 * this.text,
      bottom: height - 2.9 * this.text,
    };
  }

  /**
   * @param {number} hip
   * @param {number} lumbar
   * @returns {[number, number]}
   */
  place(hip, lumbar) {
    const { left, right, top, bottom } = this.edges;
    const across = hip / this.most.hip;
    const up = (lumbar - LOWEST_LUMBAR_DEG) / (this.most.lumbar - LOWEST_LUMBAR_DEG);
    return [left + across * (right - left), bottom - up * (bottom - top)];
  }

  drawGrid() {
    const { left, right, top, bottom } = this.edges;
    for (let hip = 0; hip <= this.most.hip; hip += STEP_DEG) {
      const [x] = this.place(hip, 0);
      this.line([[x, top], [x, bottom]], this.colors.line, 1);
      this.write(`${hip}°`, x, bottom + 0.9 * this.text, "center");
    }
    for (let lumbar = 0; lumbar <= this.most.lumbar; lumbar += STEP_DEG) {
      const [, y] = this.place(0, lumbar);
      this.line([[left, y], [right, y]], lumbar ? this.colors.line : this.colors.words, 1);
      this.write(`${lumbar}°`, left - 0.4 * this.text, y, "right");
    }
    const below = bottom + 2.2 * this.text;
    this.write(this.words.hip, (left + right) / 2, below, "center", this.colors.ink);
    this.writeUp(this.words.lumbar, 0.75 * this.text);
  }

  drawRays() {
    for (const percent of SHARES_PERCENT) {
      const slope = percent / (100 - percent);
      const leavesOnTop = slope * this.most.hip > this.most.lumbar;
      const hip = leavesOnTop ? this.most.lumbar / slope : this.most.hip;
      const [x, y] = this.place(hip, slope * hip);
      this.line([this.place(0, 0), [x, y]], this.colors.words, 1, [2, 5]);
      if (leavesOnTop) this.write(`${percent} %`, x, y - 0.8 * this.text, "center");
      else this.write(`${percent} %`, x + 0.35 * this.text, y, "left");
    }
  }

  /** The own bend as a broad pale way, and a line at a share of its largest. */
  drawOwnBend() {
    if (!this.own) return;
    const { context } = this;
    const way = this.own.curve.map(([hip, lumbar]) => this.place(hip, lumbar));
    context.globalAlpha = 0.42;
    this.line(way, this.colors.words, 0.5 * this.text);
    context.globalAlpha = 1;
    const { left, right } = this.edges;
    const [, y] = this.place(0, OWN_LIMIT * this.own.max_deg);
    this.line([[left, y], [right, y]], this.colors.words, 2, [12, 5, 3, 5]);
    this.writeOver(this.words.limit, left + 0.5 * this.text, y - 0.85 * this.text);
  }

  /**
   * @param {DrawnRep} rep
   * @param {boolean} isLatest
   */
  drawRep({ curve, bottom, se }, isLatest) {
    const { context } = this;
    const points = curve.map(([hip, lumbar]) => ({ hip, lumbar, se }));
    if (isLatest && se) this.ribbon(points);
    context.globalAlpha = isLatest ? 1 : 0.45;
    const turn = bottom ?? curve.length - 1;
    const way = curve.map(([hip, lumbar]) => this.place(hip, lumbar));
    const thickness = isLatest ? 3.5 : 1.75;
    this.line(way.slice(0, turn + 1), this.colors.lumbar, thickness);
    this.line(way.slice(turn), this.colors.lumbar, thickness, [7, 6]);
    context.globalAlpha = 1;
    if (bottom !== null && way[bottom]) this.diamond(way[bottom], isLatest ? 7 : 4);
  }

  drawTrail() {
    if (!this.trail.length) return;
    this.ribbon(this.trail);
    this.line(this.trail.map(({ hip, lumbar }) => this.place(hip, lumbar)), this.colors.lumbar, 4);
    const { hip, lumbar } = this.trail[this.trail.length - 1];
    this.ring(this.place(hip, lumbar), 8);
  }

  /**
   * One standard error either way; parts that lie on each other are one band.
   * @param {Sample[]} samples
   */
  ribbon(samples) {
    const { context } = this;
    context.save();
    context.globalAlpha = 0.16;
    context.strokeStyle = context.fillStyle = this.colors.lumbar;
    context.beginPath();
    for (let row = 1; row < samples.length; row += 1) {
      const [a, b] = samples.slice(row - 1, row + 1).sort((one, other) => one.hip - other.hip);
      context.moveTo(...this.place(a.hip, a.lumbar + a.se));
      context.lineTo(...this.place(b.hip, b.lumbar + b.se));
      context.lineTo(...this.place(b.hip, b.lumbar - b.se));
      context.lineTo(...this.place(a.hip, a.lumbar - a.se));
      context.closePath();
    }
    context.fill("nonzero");
    context.restore();
  }

  /**
   * @param {[number, number][]} points
   * @param {string} color
   * @param {number} width
   * @param {number[]} [dash]
   */
  line(points, color, width, dash = []) {
    const { context } = this;
    context.beginPath();
    points.forEach(([x, y], row) => (row ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.strokeStyle = color;
    context.lineWidth = width;
    context.lineJoin = context.lineCap = "round";
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * @param {[number, number]} center
   * @param {number} size
   */
  diamond([x, y], size) {
    const { context } = this;
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.closePath();
    context.fillStyle = this.colors.ink;
    context.fill();
  }

  /**
   * @param {[number, number]} center
   * @param {number} radius
   */
  ring([x, y], radius) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = this.colors.ink;
    context.fill();
    context.strokeStyle = this.colors.lumbar;
    context.lineWidth = 3;
    context.stroke();
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {CanvasTextAlign} align
   * @param {string} [color]
   * @param {number} [longest] in pixels; a longer text is squeezed
   */
  write(text, x, y, align, color = this.colors.words, longest = undefined) {
    const { context } = this;
    context.font = this.font;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.fillStyle = color;
    context.fillText(text, x, y, longest);
  }

  /**
   * Write so that lines below it do not cross the letters.
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  writeOver(text, x, y) {
    const { context } = this;
    context.font = this.font;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.strokeStyle = this.colors.paper;
    context.lineWidth = 0.4 * this.text;
    context.strokeText(text, x, y);
    this.write(text, x, y, "left", this.colors.ink);
  }

  /**
   * Write from the bottom up, in the middle of the height, and no longer than it.
   * @param {string} text
   * @param {number} x
   */
  writeUp(text, x) {
    const { context } = this;
    context.save();
    context.translate(x, this.height / 2);
    context.rotate(-Math.PI / 2);
    this.write(text, 0, 0, "center", this.colors.ink, this.height - this.text);
    context.restore();
  }
}
