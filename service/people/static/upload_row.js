// @ts-check
import { sizeText } from "./sizes.js";
import { byId, element, icon, setText } from "/static/elements.js";

/** @typedef {import("/static/texts.js").Texts} Texts */
/** @typedef {"cancel" | "again" | "remove"} Action */
/**
 * What a row shows.
 * @typedef {object} Shown
 * @property {string} words how far it is
 * @property {number | null} [share] 0 to 1; null while nobody knows, left out for no bar
 * @property {string} [reason] in the words of the server
 * @property {string} [mark] icon beside the words
 * @property {Action[]} [actions]
 * @property {string} [report] id of the set, once there is something to see
 * @property {boolean} [ready] whether its report is
 * @property {string | null} [sameAs] id of an earlier set
 */

const ICONS = { cancel: "discard", again: "try_it", remove: "discard" };

/** One video in the list: its name and size, how far it is, and what can be done. */
export class UploadRow {
  /**
   * @param {{name: string, bytes: number, person?: string}} file
   * @param {Texts} texts
   * @param {(action: Action) => void} act
   */
  constructor(file, texts, act) {
    this.name = file.name;
    this.texts = texts;
    this.act = act;
    this.words = element("p", { class: "row-words" });
    this.reason = element("p", { class: "row-reason" });
    this.bar = element("progress", {
      max: "100",
      "aria-label": texts.of("upload.progress_name", { name: file.name }),
    });
    this.doings = element("p", { class: "row-actions" });
    const name = element("bdi", { class: "row-name" }, file.name);
    const size = element("span", { class: "quiet" }, sizeText(file.bytes, texts));
    const whose = file.person ? [whoseName(file.person, texts)] : [];
    const head = element("p", { class: "row-head" }, name, ...whose, size);
    this.place = element("li", { class: "card row", tabindex: "-1" });
    this.place.append(head, this.words, this.bar, this.reason, this.doings);
  }

  /** @param {Shown} shown */
  show({ words, share, reason = "", mark, actions = [], report, ready = false, sameAs }) {
    this.words.replaceChildren(...(mark ? [icon(mark)] : []), element("span", {}, words));
    this.words.classList.toggle("ready", ready);
    this.showBar(share);
    setText(this.reason, reason);
    this.reason.hidden = !reason;
    const made = [
      ...(report ? [this.link(report, ready)] : []),
      ...actions.map((action) => this.button(action)),
      ...(sameAs ? [this.earlier(sameAs)] : []),
    ];
    this.keepFocus(() => this.doings.replaceChildren(...made));
  }

  /** @param {number | null | undefined} share */
  showBar(share) {
    this.bar.hidden = share === undefined;
    if (typeof share === "number") this.bar.setAttribute("value", String(Math.round(share * 100)));
    else this.bar.removeAttribute("value");
  }

  /**
   * Somebody who was at a button stays there when the buttons are made anew.
   * @param {() => void} change
   */
  keepFocus(change) {
    const at = this.doings.contains(document.activeElement) ? document.activeElement : null;
    const action = at?.getAttribute("data-action");
    change();
    if (!at) return;
    /** @type {HTMLElement | null} */
    const same = this.doings.querySelector(`[data-action="${action}"]`);
    (same ?? this.place).focus();
  }

  /** Take the row away; whoever was at it goes on at the next one, else at the choice of files. */
  remove() {
    const next = this.place.nextElementSibling ?? this.place.previousElementSibling;
    const target = /** @type {HTMLElement} */ (next ?? byId("choose"));
    const isHere = this.place.contains(document.activeElement);
    this.place.remove();
    if (isHere) target.focus();
  }

  /** @param {Action} action */
  button(action) {
    const words = this.texts.of(`upload.${action}`);
    const label = this.texts.of(`upload.${action}_name`, { name: this.name });
    const marks = { type: "button", "data-action": action, "aria-label": label };
    const onclick = () => this.act(action);
    return element("button", { ...marks, onclick }, icon(ICONS[action]), words);
  }

  /**
   * @param {string} id
   * @param {boolean} ready
   */
  link(id, ready) {
    const words = this.texts.of(ready ? "upload.open" : "upload.follow");
    const look = ready ? "button main" : "button";
    const marks = { class: look, "data-action": "open", href: reviewAddress(id) };
    const named = element("span", { class: "hidden" }, `: ${this.name}`);
    return element("a", marks, words, named);
  }

  /** @param {string} id */
  earlier(id) {
    const link = element("a", { href: reviewAddress(id) }, this.texts.of("upload.same_open"));
    return element("span", { class: "quiet same" }, this.texts.of("upload.same_as"), link);
  }
}

/** @param {string} id */
function reviewAddress(id) {
  return `/review/${encodeURIComponent(id)}${location.search.match(/^\?lang=\w+/)?.[0] ?? ""}`;
}

/**
 * @param {string} label
 * @param {Texts} texts
 */
function whoseName(label, texts) {
  return element("bdi", { class: "row-whose" }, texts.of("people_page.whose", { label }));
}
