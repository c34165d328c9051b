// @ts-check
import { ask, Refusal } from "/static/asking.js";
import { choosePair } from "./pair.js";
import { showProof } from "./proof.js";
import { byId, setText } from "/static/elements.js";
import { readTexts } from "/static/texts.js";

/** The page of one person: another name, erasure, two sets to compare. */
const texts = readTexts();
const person = JSON.parse(byId("person").textContent);
const address = `/api/v1/people/${encodeURIComponent(person.id)}`;

for (const name of ["rename", "erase"]) {
  const dialog = byId(`${name}-dialog`);
  byId(name).addEventListener("click", () => dialog.showModal());
  for (const button of dialog.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => dialog.close());
  }
}
byId("rename-form").addEventListener("submit", rename);
byId("erase-do").addEventListener("click", erase);
byId("erase-dialog").addEventListener("close", leaveErased);
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

async function erase() {
  const button = byId("erase-do");
  button.disabled = true;
  setText(button, texts.of("people_page.erasing"));
  try {
    const proof = await ask(address, { method: "DELETE" });
    byId("erase-question").hidden = true;
    showProof(byId("erase-proof"), proof, texts);
  } catch (error) {
    setText(byId("erase-refusal"), wordsOf(error));
    button.disabled = false;
    setText(button, texts.of("people_page.erase_do"));
  }
}

/** After an erasure there is nothing left to be shown here. */
function leaveErased() {
  if (!byId("erase-proof").hidden) location.assign(`/people${location.search}`);
}

/** @param {unknown} error */
function wordsOf(error) {
  const words = error instanceof Refusal ? error.message : "";
  return words || texts.of("people_page.no_answer");
}
