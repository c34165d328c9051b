// @ts-check
import { byId, element, icon, setText } from "/static/elements.js";
import { Emitter } from "/static/emitter.js";
import { clock } from "./words.js";
import { ask } from "/static/asking.js";

/** @typedef {import("/static/texts.js").Texts} Texts */
/** @typedef {import("./sketch.js").Stroke} Stroke */
/**
 * @typedef {object} Note
 * @property {string} id
 * @property {number | null} t_s
 * @property {string} text
 * @property {Stroke[] | null} drawing
 * @property {string | null} author
 * @property {boolean} may_change
 */

/**
 * What a coach wrote and drew, kept by the server.
 *
 * Emits `open` with a note whose moment is to be shown, `write` with a note to be changed or null
 * for a new one, and `done` after one was kept or left as it was.
 */
export class Notes extends Emitter {
  /**
   * @param {string} address where the server keeps them
   * @param {Texts} texts
   * @param {() => {tS: number, drawing: Stroke[]}} here the moment that is shown, and what is drawn
   * @param {(canvas: HTMLCanvasElement, note: Note) => void} illustrate draws the picture of a note
   */
  constructor(address, texts, here, illustrate) {
    super();
    this.address = address;
    this.texts = texts;
    this.here = here;
    this.illustrate = illustrate;
    /** @type {Note[]} */
    this.notes = [];
    /** @type {Note | null} */
    this.changing = null;
    this.isSaving = false;
    byId("note-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.saveOnce();
    });
    byId("note-cancel").addEventListener("click", () => {
      this.edit(null);
      this.emit("done");
    });
    byId("note-open").addEventListener("click", () => this.write(null));
    byId("note-form").addEventListener("change", () => this.showMoment());
    void this.attempt(() => this.load());
  }

  async load() {
    this.notes = (await ask(this.address)).notes;
    this.render();
  }

  /** Save; a second press while the first is under way makes no second note. */
  async saveOnce() {
    if (this.isSaving) return;
    this.isSaving = true;
    await this.attempt(() => this.save());
    this.isSaving = false;
  }

  async save() {
    const text = byId("note-text").value.trim();
    const atMoment = byId("note-moment").checked;
    const { tS, drawing } = this.here();
    const drawn = atMoment && drawing.length ? drawing : null;
    if (!text && !drawn) {
      this.tell("review.notes.empty");
      return;
    }
    const note = { text, t_s: atMoment ? tS : null, drawing: drawn };
    const old = this.changing;
    if (old) await ask(`${this.address}/${old.id}`, { method: "PATCH", body: { text } });
    else await ask(this.address, { method: "POST", body: note });
    this.edit(null);
    await this.load();
    this.tell("review.notes.saved");
    this.emit("done");
  }

  /** @param {Note} note */
  async remove(note) {
    await ask(`${this.address}/${note.id}`, { method: "DELETE" });
    await this.load();
    this.tell("review.notes.removed");
    byId("note-open").focus();
  }

  /**
   * Do something with the server, and say so where it could not be done.
   * @param {() => Promise<void>} act
   */
  async attempt(act) {
    try {
      await act();
    } catch (error) {
      const why = error instanceof Error && "status" in error ? error.message : "";
      setText(byId("note-status"), `${this.texts.of("review.notes.not_saved")} ${why}`.trim());
    }
  }

  /** @param {string} key */
  tell(key) {
    setText(byId("note-status"), this.texts.of(key));
  }

  /** Say which moment a new note is about. */
  showMoment() {
    setText(byId("note-time"), clock(this.here().tS));
  }

  /** @param {Note | null} note to be changed; null to write a new one */
  edit(note) {
    this.changing = note;
    byId("note-text").value = note?.text ?? "";
    byId("note-about").hidden = byId("sketch-tools").hidden = note !== null;
  }

  /**
   * Open the place to write in.
   * @param {Note | null} note to be changed; null to write a new one
   */
  write(note) {
    if (note || this.changing) this.edit(note);
    this.emit("write", note);
    setText(byId("note-status"), "");
    byId("note-text").focus();
  }

  render() {
    const inOrder = [...this.notes].sort((a, b) => (a.t_s ?? -1) - (b.t_s ?? -1));
    const rows = inOrder.map((note) => this.row(note));
    byId("note-list").replaceChildren(...rows);
    inOrder.forEach((note, at) => {
      const canvas = rows[at].querySelector("canvas");
      if (canvas) this.illustrate(canvas, note);
    });
    byId("notes-none").hidden = this.notes.length > 0;
    byId("notes").classList.toggle("empty", !this.notes.length);
  }

  /** @param {Note} note */
  row(note) {
    const buttons = element("div", { class: "note-buttons" });
    for (const [key, act] of /** @type {[string, () => void][]} */ ([
      ["change", () => this.write(note)],
      ["remove", () => void this.attempt(() => this.remove(note))],
    ])) {
      const words = this.texts.of(`review.notes.${key}`);
      buttons.append(element("button", { type: "button", onclick: act }, words));
    }
    const row = element("li", {}, this.moment(note));
    if (note.text) row.append(element("p", { class: "note-text" }, note.text));
    if (note.drawing?.length) {
      const label = this.texts.of("review.notes.picture");
      row.append(element("canvas", { class: "note-picture", role: "img", "aria-label": label }));
    }
    if (note.author) row.append(element("p", { class: "quiet" }, note.author));
    if (note.may_change) row.append(buttons);
    return row;
  }

  /** @param {Note} note */
  moment(note) {
    const whole = this.texts.of("review.notes.whole_set");
    if (note.t_s === null) return element("span", { class: "note-when" }, whole);
    const drawn = note.drawing?.length ? [icon("cue"), this.texts.of("review.notes.drawn")] : [];
    const words = element("span", {}, clock(note.t_s));
    const opens = { type: "button", class: "note-when", onclick: () => this.emit("open", note) };
    return element("button", opens, words, ...drawn);
  }
}
