// @ts-check
// What a browser remembers between visits. A browser may have no storage, or refuse it: then
// everything works and is forgotten.

const PREFIX = "hingewise.";

/**
 * @template T
 * @param {string} name
 * @param {T} otherwise what holds when nothing was remembered
 * @returns {T}
 */
export function recall(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage is off or full.
  }
}
