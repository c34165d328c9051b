// @ts-check
import { ask, Refusal } from "/static/asking.js";
import { byId, setText } from "/static/elements.js";
import { readTexts } from "/static/texts.js";

/** Status of the answer where a set cannot be given to somebody else as it is. */
const CONFLICT = 409;

/** The dialog that says whose a set is; the page is loaded anew then. */
class Giving {
  constructor() {
    this.texts = readTexts();
    /** @type {HTMLDialogElement} */
    this.dialog = byId("give-dialog");
    /** @type {HTMLInputElement} */
    this.person = byId("give-person");
    byId("give").addEventListener("click", () => this.open());
    for (const button of this.dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.dialog.close());
    }
    byId("give-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.save();
    });
    this.person.addEventListener("input", () => setText(byId("give-refusal"), ""));
    document.getElementById("give-nobody")?.addEventListener("click", () => void this.give(null));
  }

  open() {
    this.person.value = "";
    setText(byId("give-refusal"), "");
    this.dialog.showModal();
  }

  save() {
    const label = this.person.value.trim();
    if (label) void this.give(label);
    else this.refuse(this.texts.of("people_page.no_name"));
  }

  /** @param {string | null} person label of whose it is; null for nobody */
  async give(person) {
    this.allow(false);
    setText(byId("give-refusal"), "");
    try {
      await ask(this.dialog.dataset.address ?? "", { method: "PATCH", body: { person } });
      location.reload();
    } catch (error) {
      this.allow(true);
      this.refuse(this.wordsOf(error));
    }
  }

  /** @param {unknown} error */
  wordsOf(error) {
    if (error instanceof Refusal && error.status === CONFLICT) {
      return this.texts.of("review.give.stays");
    }
    const words = error instanceof Refusal ? error.message : "";
    return words || this.texts.of("people_page.no_answer");
  }

  /** @param {boolean} may whether something can be pressed, as while nothing is under way */
  allow(may) {
    for (const button of this.dialog.querySelectorAll("button")) button.disabled = !may;
  }

  /**
   * What cannot be done is told, also to somebody who closed the dialog meanwhile.
   * @param {string} words
   */
  refuse(words) {
    if (!this.dialog.open) this.dialog.showModal();
    setText(byId("give-refusal"), words);
    this.person.focus();
  }
}

new Giving();
