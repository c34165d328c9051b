// @ts-check

/** @typedef {import("./texts.js").Texts} Texts */

const STAND_MS = 2500;
const BENDS = 2;

/** Which step of the calibration a person is at, by what the pictures show. */
export class CalibrationSteps {
  constructor() {
    this.beganMs = 0;
    this.step = "stand";
  }

  /** @param {number} tMs */
  begin(tMs) {
    this.beganMs = tMs;
    this.step = "stand";
  }

  /**
   * @param {{t_ms: number, reps: number, phase: string}} frame
   * @returns {string} key of the words below `live.calibrating`
   */
  see({ t_ms: tMs, reps, phase }) {
    if (reps >= BENDS) this.step = "thanks";
    else if (phase === "bottom" || phase === "ascent") this.step = "up";
    else if (reps === 1) this.step = "again";
    else if (this.step !== "stand" || tMs - this.beganMs > STAND_MS) this.step = "bend";
    return this.step;
  }
}
