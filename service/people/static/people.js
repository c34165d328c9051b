// @ts-check
import { ask, Refusal } from "/static/asking.js";
import { byId, setText } from "/static/elements.js";
import { readTexts } from "/static/texts.js";

/** The list of people: adds somebody and goes to their page. */
const texts = readTexts();
const form = document.getElementById("add");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const label = byId("label").value.trim();
  if (!label) {
    refuse(texts.of("people_page.no_name"));
    return;
  }
  try {
    const person = await ask("/api/v1/people", { method: "POST", body: { label } });
    location.assign(`/people/${encodeURIComponent(person.id)}${location.search}`);
  } catch (error) {
    const words = error instanceof Refusal ? error.message : "";
    refuse(words || texts.of("people_page.no_answer"));
  }
});

/** @param {string} words */
function refuse(words) {
  setText(byId("refusal"), words);
  byId("label").focus();
}
