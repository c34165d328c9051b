// @ts-check

const MOST_SAMPLES = 900;
const RATE_WINDOW_MS = 2000;

/** Keeps pace and delay, for the small print and for whoever looks into a running page. */
export class Pace {
  constructor() {
    /** @type {number[]} */
    this.latencyMs = [];
    /** @type {number[]} */
    this.drawnMs = [];
    this.frames = 0;
  }

  /**
   * A picture was drawn with what was found in it.
   * @param {number} takenMs when the camera took it, on the page's clock
   * @param {number} nowMs
   */
  drew(takenMs, nowMs) {
    this.frames += 1;
    this.latencyMs.push(nowMs - takenMs);
    this.drawnMs.push(nowMs);
    if (this.latencyMs.length > MOST_SAMPLES) this.latencyMs.shift();
    if (this.drawnMs.length > MOST_SAMPLES) this.drawnMs.shift();
  }

  /** @param {number} [nowMs] */
  fps(nowMs = performance.now()) {
    const recent = this.drawnMs.filter((drawnMs) => nowMs - drawnMs < RATE_WINDOW_MS);
    return recent.length / (RATE_WINDOW_MS / 1000);
  }

  /** Middle of the latest delays, ms; 0 before the first. */
  delayMs() {
    const latest = this.latencyMs.slice(-60).sort((a, b) => a - b);
    return latest[Math.floor(latest.length / 2)] ?? 0;
  }
}

/**
 * Show what the page knows as `window.hingewise`; reading it changes nothing.
 * @param {Record<string, () => unknown>} readings
 */
export function expose(readings) {
  const shown = {};
  for (const [name, read] of Object.entries(readings)) {
    Object.defineProperty(shown, name, { get: read, enumerable: true });
  }
  Object.defineProperty(window, "hingewise", { value: Object.freeze(shown) });
}
