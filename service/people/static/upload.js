// @ts-check
import { Following } from "./following.js";
import { newKey, printOf, Remembered } from "./remembered.js";
import { sizeText } from "./sizes.js";
import { VideoJourney } from "./video_journey.js";
import { byId, setText } from "/static/elements.js";
import { readTexts } from "/static/texts.js";

/** The page to send videos: takes files, sends one after the other, follows their analysis. */
class UploadPage {
  constructor() {
    this.texts = readTexts();
    this.mostBytes = JSON.parse(byId("limits").textContent).most_bytes;
    this.remembered = new Remembered();
    /** @type {import("./video_journey.js").Shared} */
    this.shared = {
      texts: this.texts,
      following: new Following(),
      remembered: this.remembered,
      say: (text) => setText(byId("said"), text),
      changed: () => this.changed(),
    };
    /** @type {VideoJourney[]} */
    this.journeys = [];
    this.isSending = false;
  }

  begin() {
    this.choosePerson();
    for (const entry of this.remembered.entries) this.list(entry, null).goOn();
    byId("choose").addEventListener("click", () => byId("files").click());
    byId("files").addEventListener("change", () => {
      this.take([...byId("files").files]);
      byId("files").value = "";
    });
    byId("form").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    window.addEventListener("beforeunload", (event) => {
      if (this.journeys.some((one) => one.isSending)) event.preventDefault();
    });
    this.takeDrops(byId("drop"));
  }

  /** The page of a person leads here with their name. */
  choosePerson() {
    const person = new URLSearchParams(location.search).get("person");
    const field = document.getElementById("person");
    if (person && field instanceof HTMLInputElement) field.value = person;
  }

  /** @param {HTMLElement} place */
  takeDrops(place) {
    /** @param {boolean} over */
    const mark = (over) => place.classList.toggle("over", over);
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      mark(true);
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) mark(false);
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      mark(false);
      this.take(droppedFiles(event), droppedFolders(event));
    });
  }

  /**
   * @param {File[]} files
   * @param {string[]} [folders] names
   */
  take(files, folders = []) {
    for (const name of folders) {
      const entry = { print: `folder\n${name}`, key: "", request: { name, bytes: 0 } };
      this.list(entry, null).refuse(this.texts.of("upload.no_folder"));
    }
    const taken = files.filter((file) => this.takeOne(file));
    if (taken.length) this.shared.say(this.texts.count("upload.said_added", taken.length));
    this.journeys.at(-1)?.row.place.scrollIntoView({ block: "nearest" });
    this.pump();
  }

  /** Put a file on the list; false where it cannot be sent or is there. @param {File} file */
  takeOne(file) {
    const print = printOf(file);
    const there = this.journeys.find((one) => one.entry.print === print);
    const known = this.remembered.find(print);
    if (there && (there.isSending || there.isWaiting || known?.job)) {
      there.row.place.focus();
      return false;
    }
    const entry = known ?? { print, key: newKey(), request: this.requestOf(file) };
    if (there) this.drop(there);
    const journey = this.list(entry, file);
    const refusal = this.refusalOf(file);
    if (refusal) journey.refuse(refusal);
    else journey.wait();
    return !refusal;
  }

  /** Why a file is not sent at all; empty where it is. @param {File} file */
  refusalOf(file) {
    if (!file.size) return this.texts.of("upload.empty");
    if (file.size <= this.mostBytes) return "";
    const size = sizeText(file.size, this.texts);
    return this.texts.of("upload.too_large", { size, most: sizeText(this.mostBytes, this.texts) });
  }

  /** @param {File} file */
  requestOf(file) {
    const person = /** @type {HTMLInputElement | null} */ (document.getElementById("person"));
    const label = person?.value.trim();
    return {
      name: file.name,
      bytes: file.size,
      ...(label ? { person: label } : {}),
      ...(byId("filmed-on").value ? { filmed_at: byId("filmed-on").value } : {}),
      movement: byId("movement").value,
      tape: byId("tape").checked,
      language: this.texts.language,
    };
  }

  /**
   * @param {import("./remembered.js").Entry} entry
   * @param {File | null} file
   */
  list(entry, file) {
    const journey = new VideoJourney(entry, file, this.shared);
    this.journeys.push(journey);
    byId("rows").append(journey.row.place);
    byId("sent").hidden = false;
    return journey;
  }

  /** @param {VideoJourney} journey */
  drop(journey) {
    this.journeys = this.journeys.filter((one) => one !== journey);
    journey.row.place.remove();
  }

  changed() {
    this.journeys = this.journeys.filter((one) => one.row.place.isConnected);
    byId("sent").hidden = !this.journeys.length;
    this.pump();
  }

  /** Send what waits, one after the other. */
  async pump() {
    if (this.isSending) return;
    this.isSending = true;
    for (;;) {
      const next = this.journeys.find((one) => one.isWaiting);
      if (!next) break;
      await next.send();
    }
    this.isSending = false;
  }
}

/** @param {DragEvent} event */
function droppedFiles(event) {
  const items = [...(event.dataTransfer?.items ?? [])].filter((item) => !isFolder(item));
  return items.map((item) => item.getAsFile()).filter((file) => file !== null);
}

/** @param {DragEvent} event */
function droppedFolders(event) {
  const items = [...(event.dataTransfer?.items ?? [])].filter(isFolder);
  return items.map((item) => item.webkitGetAsEntry()?.name ?? "");
}

/** @param {DataTransferItem} item */
function isFolder(item) {
  return item.webkitGetAsEntry?.()?.isDirectory ?? false;
}

new UploadPage().begin();
