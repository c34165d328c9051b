// @ts-check

/** @typedef {[number, number]} Point */

const MOST_PIXELS_WIDE = 1280;
/** A number on the picture stands at least this long, so that it can be read. */
const NUMBER_STANDS_MS = 150;
const CASING = "rgba(6, 12, 11, 0.82)";

/** Where pixels of a picture lie on the canvas, fitted into it, mirrored when asked for. */
export class Projection {
  /**
   * @param {[number, number]} size of the picture
   * @param {[number, number]} canvas
   * @param {boolean} mirrored
   */
  constructor(size, canvas, mirrored) {
    this.size = size;
    this.mirrored = mirrored;
    this.scale = Math.min(canvas[0] / size[0], canvas[1] / size[1]);
    this.left = (canvas[0] - size[0] * this.scale) / 2;
    this.top = (canvas[1] - size[1] * this.scale) / 2;
  }

  /**
   * @param {Point} point
   * @returns {Point}
   */
  point([x, y]) {
    const across = this.mirrored ? this.size[0] - x : x;
    return [this.left + across * this.scale, this.top + y * this.scale];
  }

  /** Length on the canvas that looks the same on every screen: a share of the picture's height. */
  unit() {
    return (this.size[1] * this.scale) / 100;
  }
}

/**
 * The side of the body that the camera sees, by where the feet point.
 * @param {(name: string) => Point | null} at
 * @returns {"left" | "right" | null}
 */
export function nearSide(at) {
  let forward = 0;
  for (const side of ["left", "right"]) {
    const [heel, toe] = [at(`${side}_heel`), at(`${side}_foot_index`)];
    if (heel && toe) forward += toe[0] - heel[0];
  }
  if (forward === 0) return null;
  return forward > 0 ? "right" : "left";
}

/** Draws picture, skeleton, outline of the back and joint arcs; words are not mirrored. */
export class Overlay {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{mirrored?: boolean, picture?: boolean}} [options] whether the picture is mirrored, and
   *   drawn here so that what was measured lies on that very picture
   */
  constructor(canvas, { mirrored = true, picture = true } = {}) {
    this.canvas = canvas;
    this.mirrored = mirrored;
    this.withPicture = picture;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {string[]} */
    this.names = [];
    /** @type {[number, number][]} */
    this.edges = [];
    /** @type {"left" | "right"} */
    this.near = "left";
    this.numbers = { hip: "", knee: "", changedMs: -Infinity };
    this.colors = { near: "", far: "", back: "", hip: "", knee: "" };
    this.font = "";
    this.readColors();
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  /**
   * Take names and edges of the landmarks from the server's first message.
   * @param {{landmarks: string[], edges: [number, number][]}} welcome
   */
  learn({ landmarks, edges }) {
    this.names = landmarks.map((name) => name.toLowerCase());
    this.edges = edges;
  }

  readColors() {
    const style = getComputedStyle(this.canvas);
    const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    this.colors = {
      near: read("near"),
      far: read("far"),
      back: read("back"),
      hip: read("hip"),
      knee: read("knee"),
    };
    this.font = style.fontFamily;
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = Math.min(devicePixelRatio, MOST_PIXELS_WIDE / Math.max(1, clientWidth));
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * Draw what one picture showed.
   * @param {any} frame
   * @param {CanvasImageSource | null} [picture]
   */
  draw(frame, picture = null) {
    const { width, height } = this.canvas;
    const place = new Projection(frame.size, [width, height], this.mirrored);
    this.clear();
    if (picture && this.withPicture) this.drawPicture(picture, place);
    if (!frame.landmarks) return;
    const at = (/** @type {string} */ name) => frame.landmarks[this.names.indexOf(name)] ?? null;
    this.near = nearSide(at) ?? this.near;
    this.drawSkeleton(frame.landmarks, place);
    this.drawBack(frame.outline ?? [], place);
    this.drawArcs(frame, at, place);
  }

  /**
   * @param {CanvasImageSource} picture
   * @param {Projection} place
   */
  drawPicture(picture, place) {
    const { context } = this;
    const [width, height] = place.size.map((length) => length * place.scale);
    context.save();
    context.translate(place.left + (place.mirrored ? width : 0), place.top);
    context.scale(place.mirrored ? -1 : 1, 1);
    context.drawImage(picture, 0, 0, width, height);
    context.restore();
  }

  /**
   * @param {(Point | null)[]} landmarks
   * @param {Projection} place
   */
  drawSkeleton(landmarks, place) {
    const unit = place.unit();
    const isNear = (/** @type {[number, number]} */ edge) =>
      edge.every((row) => this.names[row]?.startsWith(this.near));
    const seen = this.edges.filter(([a, b]) => landmarks[a] && landmarks[b]);
    const line = (/** @type {[number, number]} */ edge) =>
      edge.map((row) => place.point(/** @type {Point} */ (landmarks[row])));
    const far = seen.filter((edge) => !isNear(edge)).map(line);
    const near = seen.filter(isNear).map(line);
    this.stroke(far, this.colors.far, 0.4 * unit);
    this.stroke(near, this.colors.near, 0.8 * unit);
    const joints = new Set(seen.filter(isNear).flat());
    for (const row of joints) {
      this.dot(place.point(/** @type {Point} */ (landmarks[row])), 0.8 * unit);
    }
  }

  /**
   * The line that matters most: solid where the back was seen, dashes where something covers it.
   * @param {[number, number, boolean][]} outline
   * @param {Projection} place
   */
  drawBack(outline, place) {
    const unit = place.unit();
    for (const { covered, points } of stretches(outline)) {
      const line = points.map((point) => place.point(point));
      if (covered) this.stroke([line], this.colors.back, 0.6 * unit, [1.6 * unit, 1.6 * unit]);
      else this.stroke([line], this.colors.back, 1.3 * unit);
    }
  }

  /**
   * @param {any} frame
   * @param {(name: string) => Point | null} at
   * @param {Projection} place
   */
  drawArcs(frame, at, place) {
    const [shoulder, hip, knee, ankle] = ["shoulder", "hip", "knee", "ankle"].map((part) => {
      const point = at(`${this.near}_${part}`);
      return point && place.point(point);
    });
    if (!shoulder || !hip || !knee || !ankle) return;
    this.refreshNumbers(frame);
    const radius = 0.22 * Math.hypot(shoulder[0] - hip[0], shoulder[1] - hip[1]);
    const across = (frame.outline?.length ?? 0) > 0;
    this.arc([beyond(knee, hip), hip, shoulder], radius, this.colors.hip, this.numbers.hip, across);
    this.arc([beyond(hip, knee), knee, ankle], radius, this.colors.knee, this.numbers.knee, false);
  }

  /** @param {any} frame */
  refreshNumbers(frame) {
    if (Math.abs(frame.t_ms - this.numbers.changedMs) < NUMBER_STANDS_MS) return;
    const { hip_deg: hip, knee_deg: knee, t_ms: changedMs } = frame;
    this.numbers = { hip: wholeDegrees(hip), knee: wholeDegrees(knee), changedMs };
  }

  /**
   * The shorter way round between two rays, with its number outside, or across the joint.
   * @param {Point[]} corner
   * @param {number} radius
   * @param {string} color
   * @param {string} text
   * @param {boolean} across
   */
  arc([start, vertex, end], radius, color, text, across) {
    if (!text) return;
    const first = Math.atan2(start[1] - vertex[1], start[0] - vertex[0]);
    const last = Math.atan2(end[1] - vertex[1], end[0] - vertex[0]);
    const turn = Math.atan2(Math.sin(last - first), Math.cos(last - first));
    const { context } = this;
    for (const [paint, width] of [[CASING, 0.2], [color, 0.12]]) {
      context.beginPath();
      context.arc(...vertex, radius, first, first + turn, turn < 0);
      context.lineWidth = Math.max(2, Number(width) * radius);
      context.strokeStyle = String(paint);
      context.setLineDash([]);
      context.stroke();
    }
    const middle = first + turn / 2 + (across ? Math.PI : 0);
    const size = Math.max(14, 0.5 * radius);
    const away = radius + 1.1 * size;
    const [x, y] = [Math.cos(middle), Math.sin(middle)].map((way) => away * way);
    this.label(text, [vertex[0] + x, vertex[1] + y], size, color);
  }

  /**
   * @param {string} text
   * @param {Point} center
   * @param {number} size
   * @param {string} color
   */
  label(text, [x, y], size, color) {
    const { context } = this;
    context.font = `700 ${size}px ${this.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const width = context.measureText(text).width + 0.7 * size;
    context.fillStyle = CASING;
    context.beginPath();
    context.roundRect(x - width / 2, y - 0.75 * size, width, 1.5 * size, 0.35 * size);
    context.fill();
    context.fillStyle = color;
    context.fillText(text, x, y + 0.04 * size);
  }

  /**
   * Lines with a dark edge, so that any background does.
   * @param {Point[][]} lines
   * @param {string} color
   * @param {number} width
   * @param {number[]} [dash]
   */
  stroke(lines, color, width, dash = []) {
    const { context } = this;
    context.lineCap = context.lineJoin = "round";
    context.setLineDash(dash);
    context.beginPath();
    for (const line of lines) {
      line.forEach(([x, y], row) => (row ? context.lineTo(x, y) : context.moveTo(x, y)));
    }
    for (const [paint, extra] of [[CASING, Math.max(2, 0.5 * width)], [color, 0]]) {
      context.strokeStyle = String(paint);
      context.lineWidth = Math.max(1.5, width) + Number(extra);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /**
   * @param {Point} center
   * @param {number} radius
   */
  dot([x, y], radius) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.strokeStyle = CASING;
    context.lineWidth = Math.max(1.5, 0.35 * radius);
    context.stroke();
  }
}

/** @param {number | null} value */
function wholeDegrees(value) {
  return value === null ? "" : `${Math.round(value)}°`;
}

/**
 * The point as far behind a joint as another one lies before it.
 * @param {Point} from
 * @param {Point} joint
 * @returns {Point}
 */
function beyond(from, joint) {
  return [2 * joint[0] - from[0], 2 * joint[1] - from[1]];
}

/**
 * Cut an outline into stretches that are covered or not; neighbours share their end point.
 * @param {[number, number, boolean][]} outline
 */
export function stretches(outline) {
  /** @type {{covered: boolean, points: Point[]}[]} */
  const found = [];
  for (let row = 1; row < outline.length; row += 1) {
    const [before, after] = [outline[row - 1], outline[row]];
    const covered = before[2] || after[2];
    if (found.at(-1)?.covered !== covered) {
      found.push({ covered, points: [[before[0], before[1]]] });
    }
    found.at(-1)?.points.push([after[0], after[1]]);
  }
  return found;
}
