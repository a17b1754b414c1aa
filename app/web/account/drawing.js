// Elements made of what the service answers: always as text, never as HTML.

import { onClick } from "./telling.js";

export const at = (id) => document.getElementById(id);

export function element(name, text, ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

/** A button of a row. `what` tells those of several rows apart: for who hears them, and when rows are drawn anew. */
export function button(label, what, work) {
  const made = element("button", label);
  made.type = "button";
  made.className = "quiet";
  made.setAttribute("aria-label", `${label}: ${what.name}`);
  made.dataset.at = `${label} ${what.id}`;
  onClick(made, work);
  return made;
}

/** Something to open. `opened` is run each time. */
export function details(label, what, opened, ...children) {
  const made = element("details", "", element("summary", label), ...children);
  made.dataset.at = `${label} ${what.id}`;
  made.firstChild.dataset.at = `Open ${label} ${what.id}`;
  made.addEventListener("toggle", () => made.open && opened?.());
  return made;
}

export function fill(list, rows) {
  keepingPlace(list, () => list.replaceChildren(...rows));
}

/** Draw a part anew: what was open is open again, and the focus comes back, or goes to the heading of the section. */
export function keepingPlace(part, draw) {
  const focused = part.contains(document.activeElement) ? document.activeElement.dataset.at ?? "gone" : "";
  const open = [...part.querySelectorAll("details[open][data-at]")].map((shown) => shown.dataset.at);
  draw();
  for (const shown of part.querySelectorAll("details[data-at]")) shown.open ||= open.includes(shown.dataset.at);
  const again = focused && part.querySelector(`[data-at="${CSS.escape(focused)}"]`);
  if (focused) (again || part.closest("section").querySelector("h2")).focus();
}

export const day = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
export const dollars = (amount) => amount.toLocaleString("en-US", { style: "currency", currency: "USD" });
