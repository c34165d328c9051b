// @ts-check

/** Words of the page by dotted key, as in the text files of the server. */
export class Texts {
  /**
   * @param {string} language
   * @param {Record<string, string>} entries
   */
  constructor(language, entries) {
    this.language = language;
    this.entries = entries;
  }

  /** @param {string} key */
  has(key) {
    return Object.hasOwn(this.entries, key);
  }

  /**
   * The text of a key with its {placeholders} filled; a key without a text stands for itself.
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  of(key, values = {}) {
    const text = this.entries[key] ?? key.slice(key.lastIndexOf(".") + 1).replaceAll("_", " ");
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /**
   * The text for a count: KEY_one or KEY_many, with {count} filled.
   * @param {string} key
   * @param {number} count
   */
  count(key, count) {
    return this.of(`${key}_${count === 1 ? "one" : "many"}`, { count });
  }
}

/**
 * Read the words that the server put into the page.
 * @param {Document} [page]
 */
export function readTexts(page = document) {
  const { language, entries } = JSON.parse(page.getElementById("texts")?.textContent ?? "{}");
  return new Texts(language ?? "en", entries ?? {});
}
