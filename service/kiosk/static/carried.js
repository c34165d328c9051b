// @ts-check
import { byId, element, icon } from "/static/elements.js";

const LINK_VERSION = "1";
const SEPARATOR = "~";
/** Fields of the fragment after version and language, in order. */
const FIELDS = ["headline", "good", "change", "try_it", "since_last"];
/** @type {Record<string, string>} */
const ICONS = { good: "good", change: "cue", try_it: "try_it", since_last: "since_last" };

/**
 * Read the summary that came in the address, after the #; null when there is none to read.
 * @param {string} fragment
 * @returns {{language: string, parts: Record<string, string>} | null}
 */
export function readFragment(fragment) {
  const [version, language, ...fields] = fragment.replace(/^#/, "").split(SEPARATOR);
  if (version !== LINK_VERSION || fields.length !== FIELDS.length || !fields[0]) return null;
  try {
    const texts = fields.map((field) => decodeURIComponent(field.replaceAll("+", " ")));
    return { language, parts: Object.fromEntries(FIELDS.map((name, row) => [name, texts[row]])) };
  } catch {
    return null;
  }
}

/** Words beside the summary, in the language that the link names. @param {string} language */
function wordsIn(language) {
  const words = JSON.parse(byId("texts").textContent);
  return words[language] ?? words[document.documentElement.lang];
}

function show() {
  const carried = readFragment(location.hash);
  if (!carried) return;
  const { language, parts } = carried;
  const words = wordsIn(language);
  byId("carried").lang = language;
  byId("headline").textContent = parts.headline;
  byId("privacy").textContent = words["kiosk.carry.privacy"];
  byId("parts").replaceChildren(
    ...FIELDS.slice(1)
      .filter((name) => parts[name])
      .map((name) =>
        element("section", { class: name }, icon(ICONS[name]), element("h2", {}, words[`kiosk.carry.${name}`]), element("p", {}, parts[name])),
      ),
  );
}

addEventListener("hashchange", show);
show();
