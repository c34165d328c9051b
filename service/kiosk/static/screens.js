// @ts-check
import { byId, element, icon, setIcon, setText } from "/static/elements.js";
import { iconOfGuide } from "/static/guides.js";

/** @typedef {import("/static/texts.js").Texts} Texts */
/** @typedef {{screen: string, seconds_left: number | null, title: string, text: string}} Screen */

const METER_REACHES = 1.2;
const METER_SPOKEN_MS = 1000;
const CAPTION_STAYS_MS = 2500;
/** Words are written smaller step by step until they fit, but not so small that nobody reads them. */
const FIT_STEP = 0.04;
const SMALLEST_FIT = 0.5;

/** Everything that the kiosk shows but the drawing on the picture. */
export class Screens {
  /** @param {Texts} texts */
  constructor(texts) {
    this.texts = texts;
    this.body = byId("kiosk");
    /** @type {HTMLElement[]} */
    this.parts = [...document.querySelectorAll("[data-for]")].map((part) => /** @type {HTMLElement} */ (part));
    this.fullS = 1;
    this.meterSpokenMs = -Infinity;
    this.captionTimer = 0;
    this.showParts("waiting");
    new ResizeObserver(() => this.fit()).observe(byId("stage"));
  }

  get current() {
    return this.body.dataset.screen ?? "";
  }

  /** @param {Screen} screen */
  show({ screen, seconds_left: seconds, title, text }) {
    const isNew = screen !== this.current;
    if (isNew) this.showParts(screen);
    if (isNew || screen !== "turn") this.tell(title, text);
    if (isNew) this.fit();
    this.showSeconds(seconds ?? 0, isNew);
    const forgets = screen === "still_there";
    byId("time").hidden = !forgets;
    setText(byId("time"), forgets ? this.texts.of("kiosk.forgetting", { seconds: seconds ?? 0 }) : "");
  }

  /** @param {string} screen */
  showParts(screen) {
    this.body.dataset.screen = screen;
    for (const part of this.parts) part.toggleAttribute("hidden", !part.dataset.for?.split(" ").includes(screen));
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  tell(title, text) {
    if (byId("title").textContent === title && byId("text").textContent === text) return;
    setText(byId("title"), title);
    setText(byId("text"), text);
    this.fit();
  }

  /** Write the words as large as there is room. */
  fit() {
    const stage = byId("stage");
    const places = [stage, stage.querySelector(".words")];
    for (let fit = 1; fit >= SMALLEST_FIT; fit -= FIT_STEP) {
      stage.style.setProperty("--fit", fit.toFixed(2));
      if (places.every((place) => place.scrollHeight <= place.clientHeight + 1)) return;
    }
  }

  /**
   * The number in the ring, and how much of the ring is left.
   * @param {number} seconds
   * @param {boolean} isNew
   */
  showSeconds(seconds, isNew) {
    if (isNew || seconds > this.fullS) this.fullS = Math.max(1, seconds);
    setText(byId("seconds"), String(seconds));
    byId("ring").style.setProperty("--left", String(seconds / this.fullS));
  }

  /**
   * The one thing to do so that the movement can be seen; null when all is well.
   * @param {{key: string, text: string, detail: string} | null} guide
   */
  guide(guide) {
    setIcon(byId("way"), guide ? iconOfGuide(guide.key) : "ready");
    this.body.classList.toggle("well", !guide);
    const steady = { text: this.texts.of("kiosk.steady.title"), detail: this.texts.of("kiosk.steady.text") };
    const { text, detail } = guide ?? steady;
    this.tell(text, detail);
  }

  /** @param {number} reps */
  showReps(reps) {
    if (byId("reps").textContent === String(reps)) return;
    setText(byId("reps"), String(reps));
    setText(byId("reps-word"), this.texts.of(reps === 1 ? "kiosk.reps_one" : "kiosk.reps_many"));
    byId("count").classList.remove("counted");
    if (reps) requestAnimationFrame(() => byId("count").classList.add("counted"));
  }

  /** @param {number | null} range */
  showRange(range) {
    const share = Math.max(0, Math.min(METER_REACHES, range ?? 0));
    const meter = byId("meter");
    meter.style.setProperty("--share", String(share / METER_REACHES));
    meter.classList.toggle("reached", share >= 1);
    const nowMs = performance.now();
    if (nowMs - this.meterSpokenMs < METER_SPOKEN_MS) return;
    this.meterSpokenMs = nowMs;
    meter.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }

  /**
   * Write what is said, unless it is what the screen shows in large letters.
   * @param {{text: string, kind: string}} caption
   */
  showCaption({ text, kind }) {
    clearTimeout(this.captionTimer);
    const place = byId("caption");
    const shown = [byId("title"), byId("text")].map((part) => part.textContent ?? "");
    place.dataset.kind = kind;
    place.textContent = text === sentence(...shown) || shown.includes(text) ? "" : text;
  }

  /** Leave a caption that was said to whoever reads it, then take it away. */
  endCaption() {
    clearTimeout(this.captionTimer);
    this.captionTimer = window.setTimeout(() => setText(byId("caption"), ""), CAPTION_STAYS_MS);
  }

  /**
   * What went well, the one thing to practise, how; then the lower back with its evidence.
   * @param {any} summary
   */
  showSummary(summary) {
    const { texts } = this;
    setText(byId("headline"), summary.headline);
    byId("found").replaceChildren(
      ...finding("good", "good", summary.good, texts),
      ...finding("change", "cue", summary.change, texts),
      ...finding("try_it", "try_it", summary.try_it, texts),
      ...(summary.since_last ? [element("p", { class: "since" }, icon("since_last"), summary.since_last)] : []),
      ...(summary.lumbar ? [lowerBack(summary)] : []),
    );
    byId("code").replaceChildren(...(summary.qr ? [code(summary.qr, texts)] : []));
    this.body.classList.toggle("without-code", !summary.qr);
    this.fit();
  }

  /** Leave nothing of a visit on the page. */
  forget() {
    setText(byId("headline"), "");
    byId("found").replaceChildren();
    byId("code").replaceChildren();
    this.showReps(0);
    this.showRange(null);
    setText(byId("caption"), "");
  }
}

/**
 * Join short texts into something to say.
 * @param {...string} texts
 */
export function sentence(...texts) {
  return texts.map((text) => (/[.?!]$/.test(text) ? text : `${text}.`)).join(" ");
}

/**
 * @param {string} name
 * @param {string} picture
 * @param {string} text
 * @param {Texts} texts
 */
function finding(name, picture, text, texts) {
  if (!text) return [];
  const title = element("h2", {}, texts.of(`kiosk.${name}`));
  return [element("div", { class: `finding ${name}` }, icon(picture), title, element("p", {}, text))];
}

/** @param {any} summary */
function lowerBack(summary) {
  return element("div", { class: "lower-back" }, element("p", {}, summary.lumbar), element("small", {}, summary.evidence));
}

/**
 * The code as a picture of its own: nothing in it can run.
 * @param {string} svg
 * @param {Texts} texts
 */
function code(svg, texts) {
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  return element(
    "figure",
    {},
    element("img", { src: address, alt: texts.of("kiosk.scan_alt") }),
    element("figcaption", {}, element("b", {}, texts.of("kiosk.scan")), element("span", {}, texts.of("kiosk.scan_text"))),
  );
}
