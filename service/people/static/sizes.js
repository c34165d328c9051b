// @ts-check

/** @typedef {import("/static/texts.js").Texts} Texts */

const KILO = 1000;

/**
 * Write the size of a file, no more exactly than is of use.
 * @param {number} bytes
 * @param {Texts} texts
 */
export function sizeText(bytes, texts) {
  let value = bytes / KILO;
  let unit = "kb";
  for (const larger of ["mb", "gb"]) {
    if (value < KILO) break;
    value /= KILO;
    unit = larger;
  }
  const digits = value >= 10 ? 0 : 1;
  const number = value.toLocaleString(texts.language, { maximumFractionDigits: digits });
  return texts.of(`upload.${unit}`, { value: number });
}
