// What came of a form or a button is told where it is: beside the fields that are named, else below the form or row.

import { Refused, signedIn } from "./asking.js";

/** Without a cookie a route that also takes keys knows nothing of a session: "unauthorized". */
const OVER = ["session_over", "unauthorized", "account_gone", "account_banned", "csrf_failed"];
let whenOver = () => {};

/** `leave` gets what was refused when the session that the page shows is not there any more. */
export function onceOver(leave) {
  whenOver = leave;
}

/** One message in a form, row or section, in the place of the one before; none for an empty one. */
export function tell(place, message, wrong = false) {
  place.querySelector(":scope > .told")?.remove();
  if (!message) return;
  const told = document.createElement("p");
  told.className = wrong ? "told wrong" : "told";
  told.setAttribute("role", wrong ? "alert" : "status");
  place.append(told);
  told.textContent = message;
}

export function refuse(place, refused) {
  if (!(refused instanceof Refused)) throw refused;
  if (signedIn() && OVER.includes(refused.code)) return whenOver(refused);
  const unseen = refused.fields.filter((field) => !mark(place, field));
  const rest = unseen.length || !refused.fields.length;
  tell(place, rest ? refused.message : "", true);
  place.querySelector("[aria-invalid]")?.focus();
}

/** Tell a mistake inside the label or fieldset of its input; false where there is none. */
function mark(place, { path, message }) {
  const input = place.querySelector(`[name="${CSS.escape(path.split(/[.[]/)[0])}"]`);
  const around = input?.closest("fieldset") ?? input?.closest("label");
  if (!around) return false;
  unmark(around);
  const told = document.createElement("span");
  told.className = "mistake";
  told.setAttribute("role", "alert");
  around.append(told);
  told.textContent = message;
  input.setAttribute("aria-invalid", "true");
  around.addEventListener("input", () => unmark(around), { once: true });
  return true;
}

function unmark(around) {
  around.querySelectorAll(".mistake").forEach((told) => told.remove());
  around.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
}

/** Run `work` and tell what is refused; a second click meanwhile does nothing. The focus stays where it is. */
export async function doing(place, work) {
  if (place.ariaBusy === "true") return;
  place.ariaBusy = "true";
  unmark(place);
  tell(place, "");
  try {
    await work();
  } catch (refused) {
    refuse(place, refused);
  } finally {
    place.ariaBusy = null;
  }
}

/** `work` gets what was entered; the form is empty again when it is done. */
export function onSubmit(form, work) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(form, async () => {
      await work(new FormData(form));
      form.reset();
    });
  });
}

export function onClick(button, work) {
  button.addEventListener("click", () => doing(button.closest("form, li, section, nav"), work));
}
