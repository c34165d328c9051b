// @ts-check
import { Projection } from "/static/overlay.js";
import { fitCanvas, listenForDrags } from "./scrubbing.js";

/**
 * A line of points, each a share of the picture's width and height.
 * @typedef {[number, number][]} Stroke
 */
/** @typedef {"free" | "line" | "arrow"} Tool */

const CASING = "rgba(6, 12, 11, 0.82)";
const DECIMALS = 10_000;
const MOST_STROKES = 60;
const MOST_POINTS = 400;
/** Points of a free line nearer than this to the last one are left out. */
const LEAST_STEP = 0.004;
const HEAD_LENGTH = 0.05;
const HEAD_ANGLE = 0.45;

/** Draws on a picture that stands still: freehand, lines and arrows; each can be undone. */
export class Sketch {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {[number, number]} size of the picture
   */
  constructor(canvas, size) {
    this.canvas = canvas;
    this.size = size;
    /** @type {Tool} */
    this.tool = "free";
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Stroke | null} */
    this.growing = null;
    this.isOpen = false;
    /** @type {() => void} */
    this.changed = () => {};
    listenForDrags(canvas, (place, begins) => this.moved(place, begins), () => this.finish());
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** @param {boolean} open */
  open(open) {
    this.isOpen = open;
    this.canvas.classList.toggle("open", open);
  }

  /** @param {Stroke[]} strokes */
  show(strokes) {
    this.strokes = strokes.map((stroke) => [...stroke]);
    this.redraw();
  }

  clear() {
    this.show([]);
    this.changed();
  }

  undo() {
    this.strokes.pop();
    this.redraw();
    this.changed();
  }

  projection() {
    return new Projection(this.size, [this.canvas.width, this.canvas.height], false);
  }

  /**
   * @param {[number, number]} place
   * @param {boolean} begins
   */
  moved([x, y], begins) {
    if (!this.isOpen || (begins && this.strokes.length >= MOST_STROKES)) return;
    const { left, top, scale } = this.projection();
    const [width, height] = this.size.map((length) => length * scale);
    /** @type {[number, number]} */
    const point = [share((x - left) / width), share((y - top) / height)];
    if (begins) this.growing = [point];
    else this.grow(point);
    this.redraw();
  }

  /** @param {[number, number]} point */
  grow(point) {
    if (!this.growing) return;
    const [start] = this.growing;
    const last = this.growing[this.growing.length - 1];
    if (this.tool === "line") this.growing = [start, point];
    else if (this.tool === "arrow") this.growing = arrow(start, point, this.size[0] / this.size[1]);
    else if (this.growing.length < MOST_POINTS && distance(last, point) >= LEAST_STEP) {
      this.growing.push(point);
    }
  }

  finish() {
    if (this.growing && this.growing.length > 1) this.strokes.push(this.growing);
    this.growing = null;
    this.redraw();
    this.changed();
  }

  redraw() {
    fitCanvas(this.canvas);
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const drawn = this.growing ? [...this.strokes, this.growing] : this.strokes;
    const color = getComputedStyle(this.canvas).getPropertyValue("--note").trim();
    drawStrokes(context, drawn, this.projection(), color);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {Projection} place
 * @param {string} color
 */
export function drawStrokes(context, strokes, place, color) {
  context.lineCap = context.lineJoin = "round";
  const width = Math.max(2.5, 0.9 * place.unit());
  for (const stroke of strokes) {
    context.beginPath();
    for (const [x, y] of stroke) {
      context.lineTo(...place.point([x * place.size[0], y * place.size[1]]));
    }
    for (const [paint, extra] of [[CASING, 0.7 * width], [color, 0]]) {
      context.strokeStyle = String(paint);
      context.lineWidth = width + Number(extra);
      context.stroke();
    }
  }
}

/**
 * @param {[number, number]} start
 * @param {[number, number]} tip
 * @param {number} aspect width of the picture over its height
 * @returns {Stroke}
 */
export function arrow(start, tip, aspect) {
  const way = Math.atan2(tip[1] - start[1], (tip[0] - start[0]) * aspect);
  const heads = [-HEAD_ANGLE, HEAD_ANGLE].map((turn) => {
    const back = way + Math.PI + turn;
    const [x, y] = [Math.cos(back) / aspect, Math.sin(back)].map((way) => HEAD_LENGTH * way);
    return /** @type {[number, number]} */ ([share(tip[0] + x), share(tip[1] + y)]);
  });
  return [start, tip, heads[0], tip, heads[1]];
}

/**
 * A share of the picture: from 0 to 1, no more exactly than a pixel of it.
 * @param {number} value
 */
function share(value) {
  return Math.round(Math.max(0, Math.min(1, value)) * DECIMALS) / DECIMALS;
}

/**
 * @param {[number, number]} one
 * @param {[number, number]} other
 */
function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0);
}
