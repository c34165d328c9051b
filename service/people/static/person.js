// @ts-check
import { ask, Refusal } from "/static/asking.js";
import { choosePair } from "./pair.js";
import { byId, setText } from "/static/elements.js";
import { Erasing } from "/static/erasing.js";
import { readTexts } from "/static/texts.js";

/** The page of one person: another name, erasure, two sets to compare. */
const texts = readTexts();
const person = JSON.parse(byId("person").textContent);
const address = `/api/v1/people/${encodeURIComponent(person.id)}`;

const naming = byId("rename-dialog");
byId("rename").addEventListener("click", () => naming.showModal());
naming.querySelector("[data-close]").addEventListener("click", () => naming.close());
byId("rename-form").addEventListener("submit", rename);
new Erasing(texts);
choosePair();

/** @param {Event} event */
async function rename(event) {
  event.preventDefault();
  const label = byId("label").value.trim();
  if (!label) {
    setText(byId("rename-refusal"), texts.of("people_page.no_name"));
    return;
  }
  try {
    await ask(address, { method: "PATCH", body: { label } });
    location.reload();
  } catch (error) {
    setText(byId("rename-refusal"), wordsOf(error));
  }
}

/** @param {unknown} error */
function wordsOf(error) {
  const words = error instanceof Refusal ? error.message : "";
  return words || texts.of("people_page.no_answer");
}
