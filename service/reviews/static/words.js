// @ts-check

/**
 * A time as minutes and seconds, to a hundredth.
 * @param {number} tS
 */
export function clock(tS) {
  const hundredths = Math.round(tS * 100);
  const seconds = (hundredths % 6000) / 100;
  return `${Math.floor(hundredths / 6000)}:${seconds.toFixed(2).padStart(5, "0")}`;
}

/**
 * @param {number | null} value
 * @param {string} unknown
 */
export function degrees(value, unknown) {
  return value === null ? unknown : `${Math.round(value)}°`.replace("-", "−");
}
