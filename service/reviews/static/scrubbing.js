// @ts-check

/** Width of a canvas for its place on the page, and what a pixel of the page is on it. */
const MOST_RATIO = 2;
/** Pictures that an arrow key goes with Shift. */
export const LONG_STEP = 10;

/**
 * Fit a canvas to its place; returns how many of its pixels one of the page has.
 * @param {HTMLCanvasElement} canvas
 */
export function fitCanvas(canvas) {
  const ratio = Math.min(MOST_RATIO, devicePixelRatio);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return ratio;
}

/**
 * Where on a canvas a pointer is, in the canvas's own pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {PointerEvent} event
 * @returns {[number, number]}
 */
export function placeOn(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const across = ((event.clientX - box.left) / box.width) * canvas.width;
  return [across, ((event.clientY - box.top) / box.height) * canvas.height];
}

/**
 * Call for every place that a pointer presses or drags to, fingers and pens included.
 * @param {HTMLCanvasElement} canvas
 * @param {(place: [number, number], begins: boolean) => void} moved
 * @param {() => void} [ended]
 */
export function listenForDrags(canvas, moved, ended = () => {}) {
  let pointer = -1;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    moved(placeOn(canvas, event), true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === pointer) moved(placeOn(canvas, event), false);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (/** @type {PointerEvent} */ (event).pointerId !== pointer) return;
      pointer = -1;
      ended();
    });
  }
}

/**
 * What the keys of a slider do.
 * @typedef {object} SliderMoves
 * @property {(count: number) => void} step pictures on or back
 * @property {(way: 1 | -1) => void} leap
 * @property {(last: boolean) => void} end
 */

/**
 * Make a canvas that scrubs work with keys, as a slider does.
 * @param {HTMLCanvasElement} canvas
 * @param {SliderMoves} does
 */
export function listenAsSlider(canvas, does) {
  /** @type {Record<string, (count: number) => void>} */
  const actions = {
    ArrowLeft: (count) => does.step(-count),
    ArrowDown: (count) => does.step(-count),
    ArrowRight: (count) => does.step(count),
    ArrowUp: (count) => does.step(count),
    PageUp: () => does.leap(1),
    PageDown: () => does.leap(-1),
    Home: () => does.end(false),
    End: () => does.end(true),
  };
  canvas.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    action(event.shiftKey ? LONG_STEP : 1);
  });
}
