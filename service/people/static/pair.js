// @ts-check
// Two sets that are ticked can be compared; the third tick takes the place of the first.

const PAIR = 2;

/** Let two sets of the page be chosen. */
export function choosePair() {
  const button = document.getElementById("compare");
  if (!(button instanceof HTMLButtonElement)) return;
  /** @type {HTMLInputElement[]} */
  let ticked = [];
  const change = (/** @type {HTMLInputElement} */ box) => {
    ticked = ticked.filter((one) => one !== box);
    if (box.checked) ticked.push(box);
    if (ticked.length > PAIR) {
      const first = ticked.shift();
      if (first) first.checked = false;
    }
    button.disabled = ticked.length !== PAIR;
  };
  for (const box of boxes()) {
    box.checked = false;
    box.addEventListener("change", () => change(box));
  }
  button.addEventListener("click", () => location.assign(compareAddress(ticked)));
}

/**
 * The earlier set stands first, whichever was ticked first.
 * @param {HTMLInputElement[]} ticked
 */
function compareAddress(ticked) {
  const [earlier, later] = [...ticked].sort((one, other) => timeOf(one) - timeOf(other));
  const query = new URLSearchParams(location.search);
  const asked = new URLSearchParams({ a: earlier.value, b: later.value });
  const language = query.get("lang");
  if (language) asked.set("lang", language);
  return `/compare?${asked}`;
}

/** @param {HTMLInputElement} box */
function timeOf(box) {
  return Number(box.dataset.at);
}

/** @returns {NodeListOf<HTMLInputElement>} */
function boxes() {
  return document.querySelectorAll(".sets input[type=checkbox]");
}
