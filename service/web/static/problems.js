// @ts-check
import { element, icon } from "./elements.js";

/** @typedef {import("./texts.js").Texts} Texts */

/** @type {Record<string, string>} */
const ICONS = {
  denied: "no-camera",
  none: "no-camera",
  busy: "camera",
  unplugged: "plug",
  insecure: "lock",
  unknown: "no-camera",
  stations_busy: "people",
  protocol: "try_it",
  lost: "plug",
  internal: "try_it",
};

/** A full page that says what stands in the way, and what to do, step by step. */
export class ProblemPage {
  /**
   * @param {HTMLElement} place
   * @param {Texts} texts
   * @param {() => void} again what "Try again" does
   */
  constructor(place, texts, again) {
    this.place = place;
    this.texts = texts;
    this.again = again;
    this.kind = "";
    this.text = "";
  }

  /**
   * @param {string} kind
   * @param {string} [text] said in place of the usual one
   */
  show(kind, text = "") {
    if (kind === this.kind && text === this.text) return;
    this.kind = kind;
    this.text = text;
    const { texts } = this;
    const key = `live.problem.${kind}`;
    const steps = ["step1", "step2", "step3"].filter((step) => texts.has(`${key}.${step}`));
    this.place.replaceChildren(
      icon(ICONS[kind] ?? "note"),
      element("h2", {}, texts.of(`${key}.title`)),
      element("p", {}, text || texts.of(`${key}.text`)),
      element("ol", {}, ...steps.map((step) => element("li", {}, texts.of(`${key}.${step}`)))),
      element("p", { class: "problem-waits" }, texts.of("live.problem.waiting")),
      this.buttons(),
    );
    this.place.dataset.kind = kind;
    this.place.hidden = false;
  }

  buttons() {
    const { texts } = this;
    const again = { type: "button", class: "main", onclick: this.again };
    return element(
      "div",
      { class: "problem-actions" },
      element("button", again, icon("try_it"), texts.of("live.problem.again")),
      element("a", { class: "button", href: "/" }, icon("home"), texts.of("live.problem.home")),
    );
  }

  /**
   * Take the page away, when it is one of these kinds; any kind without.
   * @param {...string} kinds
   */
  clear(...kinds) {
    if (!this.kind || (kinds.length && !kinds.includes(this.kind))) return;
    this.kind = "";
    this.place.hidden = true;
    this.place.replaceChildren();
  }
}
