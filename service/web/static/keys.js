// @ts-check

const FIELDS = "input, select, textarea";
const PRESSED_BY_SPACE = "button, a, summary";

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
