// @ts-check
import { element, icon } from "./elements.js";

/** @typedef {import("./texts.js").Texts} Texts */
/** @typedef {{address: string, words: string}} Way */

/**
 * Show what an erasure removed and what a second look found.
 * @param {HTMLElement} place
 * @param {any} proof as the server gives it
 * @param {Way} back where there is something to be seen
 * @param {Texts} texts
 */
export function showProof(place, proof, back, texts) {
  const left = Object.entries(proof.found);
  const kind = left.length ? "erased_left" : "erased";
  const told = kind === "erased" && proof.kind === "set" ? "erased_set" : kind;
  const title = element("h2", { tabindex: "-1" }, texts.of(`people_page.${kind}_title`));
  const mark = left.length ? [] : [icon("good")];
  place.replaceChildren(
    element("div", { class: "dialog-head proof-head" }, ...mark, title),
    element("p", {}, texts.of(`people_page.${told}_text`)),
    ...(left.length ? [counts(left, "erased_still", texts)] : []),
    counts(removedKinds(proof), "erased_what", texts),
    element("p", { class: "quiet" }, lookedAt(proof.looked_at, texts)),
    actions(proof, back, texts),
  );
  place.hidden = false;
  title.focus();
}

/**
 * @param {any} proof
 * @returns {[string, number][]}
 */
function removedKinds({ removed }) {
  return /** @type {[string, number][]} */ (Object.entries(removed)).filter(([, count]) => count);
}

/**
 * @param {[string, unknown][]} rows
 * @param {string} title key of the first column's
 * @param {Texts} texts
 */
function counts(rows, title, texts) {
  const heads = [title, "erased_count"].map((key) =>
    element("th", { scope: "col" }, texts.of(`people_page.${key}`)),
  );
  const body = rows.map(([name, count]) => {
    const head = element("th", { scope: "row" }, kindName(name, texts));
    return element("tr", {}, head, element("td", {}, String(count)));
  });
  const head = element("thead", {}, element("tr", {}, ...heads));
  return element("table", {}, head, element("tbody", {}, ...body));
}

/**
 * What a kind is called; a place that has no name of its own is named as it is.
 * @param {string} name
 * @param {Texts} texts
 */
function kindName(name, texts) {
  const key = `people_page.kind_${name.replaceAll(" ", "_")}`;
  return texts.has(key) ? texts.of(key) : name;
}

/**
 * @param {Record<string, number>} lookedAt
 * @param {Texts} texts
 */
function lookedAt(lookedAt, texts) {
  const { columns = 0, files = 0 } = lookedAt;
  return texts.of("people_page.looked_at", { columns, files });
}

/**
 * @param {any} proof
 * @param {Way} back
 * @param {Texts} texts
 */
function actions(proof, back, texts) {
  const text = JSON.stringify(proof, null, 2);
  const file = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const save = { class: "button", href: file, download: "erasure.json" };
  return element(
    "p",
    { class: "dialog-actions" },
    element("a", save, icon("keep"), texts.of("people_page.proof_save")),
    element("a", { class: "button main", href: back.address }, back.words),
  );
}
