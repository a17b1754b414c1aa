// The ways in: signing in, signing up, and links that a mail brought.

import { ask, carry } from "./asking.js";
import { at } from "./drawing.js";
import { onSubmit, refuse, tell } from "./telling.js";

const NEW = ["Your new account", "Choose its password, of at least ten characters."];
const ANEW = [
  "Choose a new password",
  "At least ten characters. Browsers that are signed in now have to sign in again; API keys go on working.",
];

let open = false;
let token = "";
let enter = () => {};

/** `entered` gets the session of who came in. */
export function onceIn(entered) {
  enter = entered;
}

/** Whether people make accounts themselves here. */
export function offer(signup) {
  open = signup === "open";
  at("sign-up-closed").hidden = open;
  for (const link of document.querySelectorAll('[data-show="sign-up"]')) link.hidden = !open;
}

/** Show one of the ways in, with what there is to say about it. */
export function choose(card, message = "", wrong = false) {
  carry("");
  for (const id of ["inside", "who"]) at(id).hidden = true;
  at("outside").hidden = false;
  for (const form of document.querySelectorAll("#outside > form")) form.hidden = form.id !== card;
  tell(at(card), message, wrong);
  at(card).querySelector("input:not([readonly])").focus();
}

/** A mailed link brings its token behind the #; it is taken out of the address bar, and so out of the history. */
export function mailedToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get("link") ?? "";
  if (found) history.replaceState(null, "", location.pathname);
  return found;
}

/** Ask whether a link still works before there is a form that may not. */
export async function openLink(mailed) {
  token = mailed;
  try {
    const link = await ask("POST", "/account/link", { token });
    words(link.new ? NEW : ANEW, link.email);
    choose("reset");
  } catch (refused) {
    if (refused.code === "link_over") return choose("renew");
    words(ANEW, "");
    choose("reset");
    refuse(at("reset"), refused);
  }
}

function words([title, about], email) {
  at("reset-title").textContent = title;
  at("reset-about").textContent = about;
  at("reset-email").defaultValue = email;
  at("reset-email").parentElement.hidden = !email;
}

async function letter(path, form, given) {
  tell(form, (await ask("POST", path, { email: given.get("email") })).message);
}

onSubmit(at("sign-in"), async (given) => enter(await ask("POST", "/account/sign-in", Object.fromEntries(given))));
onSubmit(at("sign-up"), (given) => letter("/account/sign-up", at("sign-up"), given));
onSubmit(at("forgot"), (given) => letter("/account/forgot", at("forgot"), given));
// The link may have been for a new account; where people make them, signing up leads to the old one, too.
onSubmit(at("renew"), (given) => letter(open ? "/account/sign-up" : "/account/forgot", at("renew"), given));
onSubmit(at("reset"), async (given) => {
  try {
    enter(await ask("POST", "/account/reset", { token, password: given.get("password") }));
  } catch (refused) {
    if (refused.code !== "link_over") throw refused;
    choose("renew");
  }
});
for (const link of document.querySelectorAll("[data-show]")) {
  link.addEventListener("click", () => choose(link.dataset.show));
}
