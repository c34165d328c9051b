// @ts-check
import { element, icon } from "./elements.js";

/** @typedef {import("./texts.js").Texts} Texts */
/**
 * What can be done with a summary; what is left out is not shown.
 * @typedef {object} Actions
 * @property {(pain: number) => void} [pain]
 * @property {() => void} [next]
 * @property {() => void} [keep]
 * @property {() => void} [discard]
 * @property {string} [kept] address of the report of a set that was kept
 */

export const MOST_PAIN = 10;

/**
 * Fill a place with the summary of a set.
 * @param {HTMLElement} place
 * @param {any} summary as sent by the server
 * @param {Texts} texts
 * @param {Actions} [actions]
 */
export function renderSummary(place, summary, texts, actions = {}) {
  const told = message(summary, texts);
  if (actions.pain) told.append(painQuestion(summary.pain, texts, actions.pain));
  const seen = facts(summary, texts);
  if (summary.qr) seen.prepend(qrCode(summary.qr, texts));
  const sides = [told, seen].filter((side) => side.childElementCount);
  const card = element("div", { class: "summary-sides" }, ...sides);
  place.replaceChildren(heading(summary, texts), card);
}

/**
 * The buttons for what can be done with a summary.
 * @param {Texts} texts
 * @param {Actions} actions
 */
export function summaryButtons(texts, actions) {
  const names = /** @type {const} */ (["next", "keep", "discard"]).filter((name) => actions[name]);
  const buttons = names.map((name) => actionButton(name, texts, actions[name]));
  return actions.kept ? [...buttons, reportLink(actions.kept, texts)] : buttons;
}

/**
 * @param {any} summary
 * @param {Texts} texts
 */
function heading(summary, texts) {
  const set = texts.of("live.summary.set", { number: summary.set_number });
  return element(
    "header",
    { class: "summary-head" },
    element("p", { class: "summary-reps", "aria-hidden": "true" }, String(summary.reps)),
    element(
      "div",
      {},
      element("p", { class: "summary-set" }, set),
      element("h2", { class: "summary-title", tabindex: "-1" }, summary.headline),
    ),
  );
}

/**
 * What went well, then one change, why, and how to try it.
 * @param {any} summary
 * @param {Texts} texts
 */
function message(summary, texts) {
  const side = element("div", { class: "summary-message" });
  side.append(...step("good", summary.good, texts));
  if (summary.change) {
    const title = element("h3", {}, texts.of("live.summary.change"));
    const change = element("div", { class: "step cue" }, icon("cue"), title);
    change.append(element("p", { class: "say" }, summary.change));
    if (summary.why) change.append(element("p", { class: "more" }, summary.why));
    side.append(change);
  }
  side.append(...step("try_it", summary.try_it, texts));
  return side;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Texts} texts
 */
function step(name, text, texts) {
  if (!text) return [];
  const title = element("h3", {}, texts.of(`live.summary.${name}`));
  return [element("div", { class: `step ${name}` }, icon(name), title, element("p", {}, text))];
}

/**
 * @param {any} summary
 * @param {Texts} texts
 */
function facts(summary, texts) {
  const side = element("div", { class: "summary-facts" });
  if (summary.since_last) side.append(fact("since_last", summary.since_last, texts));
  if (summary.per_rep.length) side.append(repetitions(summary, texts));
  if (summary.lumbar) side.append(fact("lumbar", summary.lumbar, texts));
  if (summary.evidence) side.append(element("p", { class: "evidence" }, summary.evidence));
  if (summary.notes.length) side.append(noteList(summary.notes));
  return side;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Texts} texts
 */
function fact(name, text, texts) {
  const title = element("h3", {}, texts.of(`live.summary.${name}`));
  return element("div", { class: `fact ${name}` }, icon(name), title, element("p", {}, text));
}

/** @param {string[]} notes */
function noteList(notes) {
  const rows = notes.map((note) => element("li", {}, icon("note"), note));
  return element("ul", { class: "notes" }, ...rows);
}

/**
 * @param {any} summary
 * @param {Texts} texts
 */
function repetitions(summary, texts) {
  const reps = summary.per_rep.map((/** @type {any} */ rep) => repetition(rep, summary, texts));
  return element(
    "div",
    { class: "rep-words" },
    element("h3", {}, texts.of("live.summary.per_rep")),
    element("ol", {}, ...reps),
  );
}

/**
 * @param {any} rep
 * @param {any} summary
 * @param {Texts} texts
 */
function repetition(rep, summary, texts) {
  const number = element("b", {}, String(rep.number));
  const row = element("li", {}, number, element("span", {}, rep.word));
  for (const role of ["best", "typical"]) {
    if (summary[role] !== rep.number) continue;
    row.classList.add(role);
    row.append(element("em", {}, icon(role), texts.of(`live.summary.${role}`)));
  }
  if (rep.note) row.append(element("small", {}, rep.note));
  return row;
}

/**
 * @param {number | null} chosen
 * @param {Texts} texts
 * @param {(pain: number) => void} answer
 */
function painQuestion(chosen, texts, answer) {
  const buttons = Array.from({ length: MOST_PAIN + 1 }, (_, pain) => {
    const pressed = String(pain === chosen);
    const marks = { type: "button", "aria-pressed": pressed, "data-pain": String(pain) };
    const keys = pain === MOST_PAIN ? { title: texts.of("live.summary.pain_ten") } : {};
    return element("button", { ...marks, ...keys, onclick: () => answer(pain) }, String(pain));
  });
  const ends = ["pain_none", "pain_most"].map((end) =>
    element("span", {}, texts.of(`live.summary.${end}`)),
  );
  return element(
    "div",
    { class: "pain", role: "group", "aria-label": texts.of("live.summary.pain") },
    element("p", { class: "pain-question" }, texts.of("live.summary.pain")),
    element("div", { class: "pain-scale" }, ...buttons),
    element("p", { class: "pain-ends" }, ...ends),
  );
}

/**
 * @param {string} name
 * @param {Texts} texts
 * @param {(() => void) | undefined} act
 */
function actionButton(name, texts, act) {
  const main = name === "next" ? "main" : "";
  const attributes = { type: "button", class: main, "data-action": name, onclick: act };
  return element("button", attributes, icon(name), texts.of(`live.summary.${name}`));
}

/**
 * @param {string} url
 * @param {Texts} texts
 */
function reportLink(url, texts) {
  const place = { href: url, target: "_blank", rel: "noopener" };
  const attributes = { class: "button", "data-action": "kept", ...place };
  const words = `${texts.of("live.summary.kept")} ${texts.of("live.summary.open_report")}`;
  return element("a", attributes, icon("good"), words);
}

/**
 * The code as a picture of its own: nothing in it can run.
 * @param {string} svg
 * @param {Texts} texts
 */
export function qrCode(svg, texts) {
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  return element(
    "figure",
    { class: "qr" },
    element("img", { src: address, alt: texts.of("live.summary.qr_alt") }),
    element("figcaption", {}, texts.of("live.summary.qr")),
  );
}
