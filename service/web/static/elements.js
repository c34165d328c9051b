// @ts-check

const SVG = "http://www.w3.org/2000/svg";
const ICONS = "/static/icons.svg";

/**
 * Make an element; attributes that are undefined or false are left out, handlers start with "on".
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Make an icon of the set; it says nothing to a screen reader, so words stand beside it.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

/**
 * Show another icon in the place of an icon.
 * @param {Element} svg
 * @param {string} name
 */
export function setIcon(svg, name) {
  const use = svg.querySelector("use");
  const address = `${ICONS}#${name}`;
  if (use && use.getAttribute("href") !== address) use.setAttribute("href", address);
}

/**
 * Find an element of the page by its id.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`expected an element with id "${id}" in the page, found none`);
  return found;
}

/**
 * Set a text only where it differs, so that a live region speaks of changes alone.
 * @param {Element} place
 * @param {string} text
 */
export function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
