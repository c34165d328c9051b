// @ts-check

const FIELDS = "input, select, textarea";
const PRESSED_BY_SPACE = "button, a, summary";
/** A digit so soon after another one belongs to the same number. */
const SAME_NUMBER_MS = 1000;

/**
 * Call an action by its key. Keys in fields, with a modifier, or held down are left alone, and so
 * is Space on something that it presses.
 * @param {Record<string, (event: KeyboardEvent) => void>} actions by the name of the key in lower
 *   case
 * @param {() => boolean} [areOn]
 */
export function listenForKeys(actions, areOn = () => true) {
  addEventListener("keydown", (event) => {
    const at = event.target instanceof Element ? event.target : document.body;
    const action = actions[event.key.toLowerCase()];
    if (!action || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (at.closest(FIELDS) || !areOn()) return;
    if (event.key === " " && at.closest(PRESSED_BY_SPACE)) return;
    event.preventDefault();
    action(event);
  });
}

/** Reads numbers from 0 to 10 off the digit keys: 1, and 0 right after it, are ten. */
export class NumberKeys {
  constructor() {
    this.oneMs = -Infinity;
  }

  /**
   * @param {number} digit
   * @param {number} nowMs
   */
  read(digit, nowMs) {
    const isTen = digit === 0 && nowMs - this.oneMs <= SAME_NUMBER_MS;
    this.oneMs = digit === 1 ? nowMs : -Infinity;
    return isTen ? 10 : digit;
  }
}
