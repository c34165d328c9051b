// @ts-check
import { packPicture } from "./connection.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {OffscreenCanvas | HTMLCanvasElement} Canvas */

export const LONGEST_SIDE_PX = 640;
const QUALITY = 0.8;
/** A picture that would wait for longer is left out: a newer one will take its place. */
const SOON_MS = 50;
/** One being encoded, one waiting, one in flight. */
const PLACES = 3;

/**
 * Size of a picture that fits a longest side, whole pixels.
 * @param {number} width
 * @param {number} height
 * @param {number} [longest]
 * @returns {[number, number]}
 */
export function fitted(width, height, longest = LONGEST_SIDE_PX) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}

/** @returns {Canvas} */
function makeCanvas() {
  return typeof OffscreenCanvas === "function"
    ? new OffscreenCanvas(1, 1)
    : document.createElement("canvas");
}

/**
 * @param {Canvas} canvas
 * @returns {Promise<Blob | null>}
 */
function toJpeg(canvas) {
  if (canvas instanceof HTMLCanvasElement) {
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/**
 * Turns what the camera shows into pictures for the server.
 *
 * The next picture is encoded while the last one is looked at, so that the server does not wait;
 * its canvas is kept until its frame comes, so that what was measured is drawn on that very
 * picture.
 */
export class PictureFlow {
  /** @param {Connection} connection */
  constructor(connection) {
    this.connection = connection;
    this.number = 0;
    this.encoding = false;
    this.encoded = 0;
    /** @type {Canvas[]} */
    this.canvases = Array.from({ length: PLACES }, makeCanvas);
  }

  /**
   * Encode what is shown now and offer it; skipped while another one is being encoded.
   * @param {HTMLVideoElement} video
   * @param {number} tMs
   */
  async take(video, tMs) {
    const { connection } = this;
    if (this.encoding || connection.paused || connection.status !== "ready") return;
    if (connection.busyMs > SOON_MS) return;
    const canvas = this.canvases.find((place) => !this.isInUse(place));
    if (!canvas || !video.videoWidth) return;
    this.encoding = true;
    try {
      const number = this.number++;
      const bytes = await encode(video, canvas, number, tMs);
      if (bytes) connection.offer({ number, bytes, canvas });
      this.encoded += 1;
    } finally {
      this.encoding = false;
    }
  }

  /** @param {Canvas} canvas */
  isInUse(canvas) {
    const { inFlight, waiting } = this.connection;
    return inFlight?.canvas === canvas || waiting?.canvas === canvas;
  }
}

/**
 * @param {HTMLVideoElement} video
 * @param {Canvas} canvas
 * @param {number} number
 * @param {number} tMs
 */
async function encode(video, canvas, number, tMs) {
  const [width, height] = fitted(video.videoWidth, video.videoHeight);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = /** @type {OffscreenCanvasRenderingContext2D | null} */ (
    canvas.getContext("2d", { alpha: false })
  );
  context?.drawImage(video, 0, 0, width, height);
  const jpeg = await toJpeg(canvas);
  return jpeg && packPicture(number, tMs, await jpeg.arrayBuffer());
}
