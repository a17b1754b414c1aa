// The account page: who is signed in sees what is theirs; whoever is not, the ways in. No framework, no HTML from data.

import { ask, carry, Refused } from "./asking.js";
import { billed, forgetBalance, showBalance } from "./balance.js";
import { at } from "./drawing.js";
import { choose, mailedToken, offer, onceIn, openLink } from "./entering.js";
import { forgetKeys, showKeys } from "./keys.js";
import { forgetSessions, showSessions } from "./sessions.js";
import { onceOver, onClick, onSubmit, refuse, tell } from "./telling.js";
import { forgetWebhooks, showWebhooks } from "./webhooks.js";

const PARTS = { balance: showBalance, "your-keys": showKeys, webhooks: showWebhooks, "signed-in": showSessions };
const OVER = "You are not signed in any more. Sign in again.";
const ELSEWHERE = "You signed in anew in another window. This is what is there now: try again.";

/** The page of who is signed in. */
function enter(session) {
  forget();
  carry(session.csrf_token);
  at("email").textContent = session.email ?? session.name;
  for (const input of document.querySelectorAll(".username")) input.defaultValue = session.email ?? session.name;
  at("outside").hidden = true;
  for (const id of ["inside", "who"]) at(id).hidden = false;
  for (const [id, show] of Object.entries(PARTS)) show().catch((refused) => refuse(at(id), refused));
}

/** Nothing of who was signed in stays in the page. */
function forget() {
  for (const gone of [forgetBalance, forgetKeys, forgetWebhooks, forgetSessions]) gone();
  for (const form of document.querySelectorAll("#inside form")) form.reset();
  for (const told of document.querySelectorAll("#inside .told, #inside .mistake")) told.remove();
  for (const input of document.querySelectorAll(".username")) input.defaultValue = "";
  at("email").textContent = "";
}

function leave(message = "", wrong = false) {
  forget();
  choose("sign-in", message, wrong);
}

/** Who is signed in, if anybody. */
async function begin() {
  const token = mailedToken();
  try {
    const service = await ask("GET", "/account/service");
    offer(service.signup);
    billed(service.billing);
    if (token) await openLink(token);
    else enter(await ask("GET", "/account/session"));
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    leave(refused.code === "session_over" ? "" : refused.message, true);
  }
}

onceIn((session) => {
  enter(session);
  at("balance").querySelector("h2").focus();
});
onceOver(async (refused) => {
  if (refused.code === "csrf_failed") {
    await begin();
    return tell(at("balance"), ELSEWHERE, true);
  }
  leave(["session_over", "unauthorized"].includes(refused.code) ? OVER : refused.message, true);
});
onSubmit(at("password"), async (given) => {
  const session = await ask("POST", "/account/password", Object.fromEntries(given));
  carry(session.csrf_token);
  tell(at("password"), "Your password is changed, and every other browser is signed out. API keys go on working.");
  await showSessions();
});
onSubmit(at("erase"), async (given) => {
  if (!confirm("Everything in this account is deleted for ever. Go on?")) return;
  await ask("DELETE", "/v1/account", Object.fromEntries(given));
  leave("Your account is deleted.");
});
onClick(at("sign-out"), async () => {
  await ask("POST", "/account/sign-out");
  leave("You are signed out.");
});
onClick(at("everywhere"), async () => {
  await ask("POST", "/account/sign-out-everywhere");
  leave("You are signed out everywhere.");
});
at("cancel-reset").addEventListener("click", begin);
window.addEventListener("hashchange", () => location.hash.startsWith("#link=") && begin());
window.addEventListener("pageshow", (event) => event.persisted && begin()); // brought back by “Back”: who is it now?
begin();
