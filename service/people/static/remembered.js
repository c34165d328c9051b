// @ts-check
import { recall, remember } from "/static/storage.js";

const NAME = "uploads";
const MOST = 50;
const KEY_BYTES = 16;

/**
 * A file that was sent or is to be sent from this browser.
 * @typedef {object} Entry
 * @property {string} print tells files apart
 * @property {string} key names the sending to the server, so that it begins only once
 * @property {{name: string, bytes: number}} request
 * @property {string} [upload] its id, once the server knows of it
 * @property {string} [job] its id, once all of it was sent
 */

/** What tells a file from others without reading it. @param {File} file */
export function printOf(file) {
  return `${file.name}\n${file.size}\n${file.lastModified}`;
}

/** A key that nobody else has. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Files by their print, kept in the browser so that a page loaded anew knows them. */
export class Remembered {
  constructor() {
    /** @type {Entry[]} */
    this.entries = recall(NAME, []);
  }

  /** @param {string} print */
  find(print) {
    return this.entries.find((entry) => entry.print === print);
  }

  /** @param {Entry} entry */
  keep(entry) {
    const others = this.entries.filter((one) => one.print !== entry.print);
    this.entries = [...others, entry].slice(-MOST);
    remember(NAME, this.entries);
  }

  /** @param {Entry} entry */
  forget(entry) {
    this.entries = this.entries.filter((one) => one.print !== entry.print);
    remember(NAME, this.entries);
  }
}
