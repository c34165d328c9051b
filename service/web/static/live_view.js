// @ts-check
import { byId, setIcon, setText } from "./elements.js";
import { iconOfGuide } from "./guides.js";

/** @typedef {import("./texts.js").Texts} Texts */

/** What the one button says, where it does not finish a set. @type {Record<string, string>} */
const FINISH_WORDS = { summary: "live.start_set", calibrating: "live.leave" };
/** The meter reaches past the usual depth, so that going deeper shows. */
const METER_REACHES = 1.2;
const METER_SPOKEN_MS = 1000;
/** Words and numbers stand at least this long; a lost measurement is told a little later. */
const CAPTION_STANDS_MS = 6000;
const LUMBAR_STANDS_MS = 250;
const LUMBAR_HELD_MS = 700;

/** Everything on the stage of the live page but the drawings. */
export class LiveView {
  /** @param {Texts} texts */
  constructor(texts) {
    this.texts = texts;
    this.body = byId("live");
    this.guideIcon = byId("guide").querySelector(".icon");
    this.phaseIcon = byId("phase").querySelector(".icon");
    this.meter = byId("meter");
    this.view = byId("video").parentElement;
    this.captionTimer = 0;
    this.lumbarChangedMs = -Infinity;
    this.lumbarSeenMs = -Infinity;
    this.meterSpokenMs = -Infinity;
  }

  get screen() {
    return this.body.dataset.screen;
  }

  /**
   * Whether the canvas shows the picture that was measured, or the video shows what is filmed now.
   * @param {boolean} measured
   */
  showMeasured(measured) {
    this.view.classList.toggle("measured", measured);
  }

  /** @param {string} screen */
  showScreen(screen) {
    if (this.body.dataset.screen !== screen) this.body.dataset.screen = screen;
  }

  /**
   * @param {any} frame
   * @param {number} nowMs
   */
  showFrame(frame, nowMs) {
    this.showReps(frame.reps);
    this.showPhase(frame.phase);
    this.showRange(frame, nowMs);
    this.showLumbar(frame.lumbar, nowMs);
    this.showQuality(frame.quality.text);
  }

  /** @param {number} reps */
  showReps(reps) {
    if (byId("reps").textContent === String(reps)) return;
    setText(byId("reps"), String(reps));
    setText(byId("reps-word"), this.texts.of(reps === 1 ? "live.reps_one" : "live.reps_many"));
    byId("count").classList.remove("counted");
    if (reps) requestAnimationFrame(() => byId("count").classList.add("counted"));
  }

  /** @param {string} phase */
  showPhase(phase) {
    setText(byId("phase-word"), this.texts.of(`phase.${phase}`));
    setIcon(this.phaseIcon, phase);
  }

  /**
   * @param {{range: number | null, reps: number}} frame
   * @param {number} nowMs
   */
  showRange({ range, reps }, nowMs) {
    const share = Math.max(0, Math.min(METER_REACHES, range ?? 0));
    this.meter.style.setProperty("--share", String(share / METER_REACHES));
    this.meter.classList.toggle("reached", share >= 1);
    this.meter.classList.toggle("unknown", range === null);
    setText(byId("meter-goal"), this.texts.of(reps ? "live.range_usual" : "live.range_aim"));
    if (nowMs - this.meterSpokenMs < METER_SPOKEN_MS) return;
    this.meterSpokenMs = nowMs;
    const percent = Math.round(100 * share);
    const known = reps ? "live.range_value" : "live.range_value_aim";
    const spoken = this.texts.of(range === null ? "live.range_unknown" : known, { percent });
    this.meter.setAttribute("aria-valuenow", String(percent));
    this.meter.setAttribute("aria-valuetext", spoken);
  }

  /**
   * @param {{flexion_deg: number | null, se_deg: number | null, reason: string}} lumbar
   * @param {number} nowMs
   */
  showLumbar(lumbar, nowMs) {
    const place = byId("lumbar");
    const measured = lumbar.flexion_deg !== null;
    if (measured) this.lumbarSeenMs = nowMs;
    else if (nowMs - this.lumbarSeenMs < LUMBAR_HELD_MS) return;
    if (nowMs - this.lumbarChangedMs < LUMBAR_STANDS_MS) return;
    this.lumbarChangedMs = nowMs;
    place.classList.toggle("waiting", !measured);
    if (!measured) setText(place, lumbar.reason || this.texts.of("live.lumbar_waiting"));
    else this.showLumbarValue(place, lumbar.flexion_deg ?? 0, lumbar.se_deg);
  }

  /**
   * @param {HTMLElement} place
   * @param {number} value
   * @param {number | null} error
   */
  showLumbarValue(place, value, error) {
    const large = document.createElement("b");
    large.textContent = this.texts.of("live.lumbar_value", { value: Math.round(value) });
    const whole = Math.max(1, Math.round(error ?? 0));
    const range = error === null ? "" : this.texts.of("live.lumbar_error", { error: whole });
    place.replaceChildren(large, ` ${range}`);
  }

  /** @param {string} text */
  showQuality(text) {
    const place = byId("quality");
    place.hidden = !text;
    if (text) setText(place.lastElementChild, text);
  }

  /**
   * One large instruction with a shape; null shows none.
   * @param {{key: string, text: string, detail: string} | null} guide
   */
  showGuide(guide) {
    const place = byId("guide");
    place.classList.toggle("empty", !guide);
    if (!guide) return this.writeGuide("", "");
    place.dataset.key = guide.key;
    setIcon(this.guideIcon, iconOfGuide(guide.key));
    this.writeGuide(guide.text, guide.detail);
  }

  /**
   * @param {string} text
   * @param {string} detail
   */
  writeGuide(text, detail) {
    setText(byId("guide-text"), text);
    setText(byId("guide-detail"), detail);
  }

  /** @param {{text: string, kind: string}} caption */
  showCaption({ text, kind }) {
    clearTimeout(this.captionTimer);
    const place = byId("caption");
    place.dataset.kind = kind;
    place.textContent = text;
  }

  /** Take the caption away a while after it was said; a summary's stays. */
  fadeCaption() {
    clearTimeout(this.captionTimer);
    if (byId("caption").dataset.kind === "summary") return;
    const nothing = { text: "", kind: "info" };
    this.captionTimer = window.setTimeout(() => this.showCaption(nothing), CAPTION_STANDS_MS);
  }

  /** @param {string} text */
  showHint(text) {
    setText(byId("hint"), text);
  }

  /** @param {string} text */
  showNumbers(text) {
    byId("numbers").hidden = !text;
    setText(byId("numbers"), text);
  }

  /**
   * The one button that changes with what is going on.
   * @param {string} state
   * @param {number} reps
   */
  showFinish(state, reps) {
    const button = byId("finish");
    const key = FINISH_WORDS[state] ?? "live.finish_set";
    button.disabled = !(state === "summary" || state === "calibrating" || reps > 0);
    setText(button.querySelector("span"), this.texts.of(key));
    setIcon(button.querySelector(".icon"), state === "summary" ? "begin" : "finish");
    byId("calibrate").disabled = state === "calibrating";
  }
}
