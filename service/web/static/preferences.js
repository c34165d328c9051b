// @ts-check
import { byId, element, setIcon, setText } from "./elements.js";
import { Emitter } from "./emitter.js";
import { recall, remember } from "./storage.js";

/** @typedef {import("./texts.js").Texts} Texts */
/** @typedef {import("./voice.js").Voice} Voice */

const VOLUME_STEP = 0.1;

/**
 * What a person chooses on the live page, and remembers.
 *
 * Emits `configure` with what changed for the server, `camera` with the id of a camera,
 * `calibrate`, `person`, and `numbers`.
 */
export class Preferences extends Emitter {
  /**
   * @param {Texts} texts
   * @param {Voice} voice
   */
  constructor(texts, voice) {
    super();
    this.texts = texts;
    this.voice = voice;
    this.bindChoices();
    this.bindChecks();
    this.bindSound();
    this.bindCalibration();
    this.bindDialogs();
  }

  /** What the first message says of the person's choices. */
  hello() {
    const { movement, goal, cues, person } = this.values();
    return { movement, goal, cues, person: person || null, language: this.texts.language };
  }

  values() {
    const read = (/** @type {string} */ id) => byId(id).value;
    return {
      movement: read("movement"),
      goal: read("goal"),
      cues: read("cues"),
      person: read("person").trim(),
      keys: byId("use-keys").checked,
      numbers: byId("show-numbers").checked,
    };
  }

  bindChoices() {
    for (const name of ["movement", "goal", "cues"]) {
      const field = byId(name);
      if (name !== "movement") field.value = recall(name, field.value);
      if (!field.value) field.value = field.options[0].value; // where that is no choice any more
      field.addEventListener("change", () => {
        remember(name, field.value);
        if (!field.matches(":focus-visible")) field.blur(); // so that Space is a shortcut again
        this.emit("configure", { [name]: field.value });
      });
    }
    byId("camera").addEventListener("change", () => this.emit("camera", byId("camera").value));
  }

  bindChecks() {
    for (const [id, otherwise] of [["use-keys", true], ["show-numbers", false]]) {
      const box = byId(String(id));
      box.checked = recall(String(id), otherwise);
      box.addEventListener("change", () => {
        remember(String(id), box.checked);
        this.emit("numbers", byId("show-numbers").checked);
      });
    }
  }

  toggleNumbers() {
    byId("show-numbers").click();
  }

  bindSound() {
    const { voice } = this;
    byId("mute").addEventListener("click", () => voice.set({ muted: !voice.muted }));
    byId("speaks").addEventListener("change", () => voice.set({ speaks: byId("speaks").checked }));
    const volume = byId("volume");
    volume.addEventListener("input", () => voice.set({ volume: volume.value / 100 }));
    volume.addEventListener("change", () => voice.tone("good"));
    voice.on("change", () => this.showSound());
    this.showSound();
  }

  showSound() {
    const { muted, speaks, volume } = this.voice;
    const button = byId("mute");
    setIcon(button.querySelector(".icon"), muted ? "muted" : "sound");
    setText(button.querySelector("span"), this.texts.of(muted ? "live.mute" : "live.unmute"));
    byId("speaks").checked = speaks;
    byId("volume").value = String(Math.round(100 * volume));
  }

  /** @param {1 | -1} direction */
  changeVolume(direction) {
    const volume = Math.max(0, Math.min(1, this.voice.volume + direction * VOLUME_STEP));
    this.voice.set({ volume, muted: false });
    this.voice.tone("good");
  }

  bindCalibration() {
    const person = byId("person");
    person.value = recall("person", "");
    person.addEventListener("change", () => {
      remember("person", person.value.trim());
      this.emit("person", person.value.trim());
    });
    byId("calibrate-now").addEventListener("click", () => {
      byId("settings").close();
      this.emit("calibrate");
    });
  }

  bindDialogs() {
    for (const name of ["settings", "help"]) {
      const dialog = byId(name);
      byId(`open-${name}`).addEventListener("click", () => dialog.showModal());
      dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    }
  }

  /** @param {"settings" | "help"} name */
  toggleDialog(name) {
    const dialog = byId(name);
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) dialog.showModal();
  }

  /** @param {{id: string, title: string}[]} movements */
  showMovements(movements) {
    const field = byId("movement");
    const wanted = recall("movement", field.value);
    const options = movements.map(({ id, title }) =>
      element("option", { value: id }, id === "auto" ? this.texts.of("live.settings.auto") : title),
    );
    field.replaceChildren(...options);
    const known = movements.some(({ id }) => id === wanted);
    field.value = known ? wanted : "auto";
    if (known && wanted !== "auto") this.emit("configure", { movement: wanted });
  }

  /** @param {{id: string, label: string}[]} cameras */
  showCameras(cameras, chosen = "") {
    byId("camera-field").hidden = cameras.length < 2;
    const options = cameras.map(({ id, label }, row) => {
      const named = label || this.texts.of("live.settings.camera_number", { number: row + 1 });
      return element("option", { value: id }, named);
    });
    byId("camera").replaceChildren(...options);
    if (chosen) byId("camera").value = chosen;
  }
}
