// @ts-check

/** @typedef {"start" | "stay" | "back"} Action */

/** Keys that are pressed together with others, or move about the page. */
const NO_HAND = new Set(["Alt", "AltGraph", "CapsLock", "Control", "Fn", "Meta", "NumLock", "Shift", "Tab"]);
const BACK = new Set(["Escape", "Backspace"]);
const PRESSES = new Set(["Enter", " "]);

/**
 * What a key means in the kiosk: any key works as a raised hand, but for a few.
 * @param {{key: string, repeat?: boolean, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean}} event
 * @param {string} screen
 * @returns {Action | "staff" | "language" | null}
 */
export function meaning(event, screen) {
  const { key } = event;
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || NO_HAND.has(key)) return null;
  if (key === "F2") return "staff";
  if (/^F\d+$/.test(key)) return null;
  if (BACK.has(key)) return "back";
  if (key.toLowerCase() === "l") return "language";
  return screen === "still_there" ? "stay" : "start";
}

/**
 * Call `act` with what each key or tap means; keys that press a link or button are left to it.
 * @param {() => string} screen
 * @param {(action: Action | "staff" | "language") => void} act
 */
export function listenForAnyKey(screen, act) {
  addEventListener("keydown", (event) => {
    const presses = PRESSES.has(event.key) && isControl(event.target);
    const action = presses ? null : meaning(event, screen());
    if (!action) return;
    event.preventDefault();
    act(action);
  });
  addEventListener("click", (event) => {
    if (!isControl(event.target)) act(screen() === "still_there" ? "stay" : "start");
  });
}

/** @param {EventTarget | null} target */
function isControl(target) {
  return target instanceof Element && target.closest("a, button") !== null;
}
