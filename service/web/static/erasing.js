// @ts-check
import { ask, Refusal } from "./asking.js";
import { byId, setText } from "./elements.js";
import { showProof } from "./proof.js";

/** @typedef {import("./texts.js").Texts} Texts */

/** The dialog that erases something for good, after a question, and shows that it is gone. */
export class Erasing {
  /** @param {Texts} texts */
  constructor(texts) {
    this.texts = texts;
    this.dialog = byId("erase-dialog");
    this.button = byId("erase-do");
    this.words = this.button.textContent ?? "";
    byId("erase").addEventListener("click", () => this.dialog.showModal());
    for (const button of this.dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.dialog.close());
    }
    this.button.addEventListener("click", () => void this.erase());
    this.dialog.addEventListener("close", () => this.leaveErased());
  }

  async erase() {
    const { address, back, backWords } = this.dialog.dataset;
    this.button.disabled = true;
    setText(this.button, this.texts.of("people_page.erasing"));
    try {
      const proof = await ask(address, { method: "DELETE" });
      this.keepOpen();
      byId("erase-question").hidden = true;
      showProof(byId("erase-proof"), proof, { address: back, words: backWords }, this.texts);
    } catch (error) {
      this.keepOpen();
      setText(byId("erase-refusal"), this.wordsOf(error));
      this.button.disabled = false;
      setText(this.button, this.words);
    }
  }

  /** What became of an erasure is told, also to somebody who closed the dialog meanwhile. */
  keepOpen() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** After an erasure there is nothing left to be shown here. */
  leaveErased() {
    if (!byId("erase-proof").hidden) location.assign(this.dialog.dataset.back);
  }

  /** @param {unknown} error */
  wordsOf(error) {
    const words = error instanceof Refusal ? error.message : "";
    return words || this.texts.of("people_page.no_answer");
  }
}
