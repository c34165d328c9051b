// @ts-check

const PAPER = "printing";

/**
 * Call whenever the page is about to be printed, and after, when its colours have changed.
 * @param {() => void} redraw
 */
export function followPrinting(redraw) {
  const become = (/** @type {boolean} */ printed) => {
    document.documentElement.classList.toggle(PAPER, printed);
    redraw();
  };
  addEventListener("beforeprint", () => become(true));
  addEventListener("afterprint", () => become(false));
  matchMedia("print").addEventListener("change", ({ matches }) => become(matches));
}
