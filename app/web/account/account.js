// The account page: asks the same routes that it documents, and shows what they answer. No framework, no HTML from data.

const at = (id) => document.getElementById(id);
let csrf = "";

class Refused extends Error {
  constructor(status, told) {
    super(told.error ?? `The service answered ${status}.`);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

/** What a route answers, or null where this installation does not have it. */
async function ifThere(path) {
  try {
    return await ask("GET", path);
  } catch (refused) {
    if ([403, 404, 405].includes(refused.status)) return null;
    throw refused;
  }
}

function say(message, wrong = false) {
  const notice = at("notice");
  notice.textContent = message;
  notice.classList.toggle("wrong", wrong);
  notice.hidden = !message;
  if (wrong) notice.scrollIntoView({ block: "nearest" });
}

/** Run what a button or form does: one at a time, and whatever is refused is said. */
async function doing(element, work) {
  const buttons = element.matches("button") ? [element] : element.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  say("");
  try {
    await work();
  } catch (refused) {
    if (refused.status === 401 && csrf) show(null);
    say(refused.message, true);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

function onSubmit(id, work) {
  const form = at(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(form, async () => {
      await work(Object.fromEntries(new FormData(form)));
      form.reset();
    });
  });
}

const onClick = (button, work) => button.addEventListener("click", () => doing(button, work));

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

const day = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
const dollars = (amount) => amount.toLocaleString("en-US", { style: "currency", currency: "USD" });

function choose(form) {
  for (const card of document.querySelectorAll("#outside > form")) card.hidden = card.id !== form;
  at(form).querySelector("input").focus();
}

/** The page of who is signed in, or the way in. */
function show(session) {
  csrf = session?.csrf_token ?? "";
  at("email").textContent = session ? session.email ?? session.name : "";
  for (const id of ["inside", "who"]) at(id).hidden = !session;
  at("outside").hidden = Boolean(session);
  at("minted").hidden = true;
  if (session) refresh();
  else choose("sign-in");
}

function refresh() {
  for (const part of [showKeys, showBalance, showWebhooks]) part().catch((refused) => say(refused.message, true));
}

async function showKeys() {
  const keys = await ask("GET", "/v1/keys");
  at("keys").replaceChildren(...keys.map(keyRow));
}

function keyRow(key) {
  const used = key.last_used_at ? `last used ${day(key.last_used_at)}` : "never used";
  const revoke = element("button", "Revoke");
  revoke.className = "quiet";
  revoke.setAttribute("aria-label", `Revoke ${key.name}`);
  onClick(revoke, async () => {
    if (!confirm(`Programs that use “${key.name}” are refused from now on. Revoke it?`)) return;
    await ask("DELETE", `/v1/keys/${key.id}`);
    await showKeys();
  });
  const about = element("small", `${key.prefix}… · made ${day(key.created_at)} · ${used}`);
  return element("li", "", element("div", key.name, about), revoke);
}

async function showBalance() {
  const told = await ifThere("/v1/balance");
  at("balance").hidden = !told;
  if (!told) return;
  at("amount").textContent = dollars(told.balance);
  at("reserved").textContent = told.reserved ? `${dollars(told.reserved)} more is held for jobs under way.` : "";
}

async function showWebhooks() {
  const hooks = await ifThere("/v1/webhooks");
  at("webhooks").hidden = !hooks?.length;
  if (hooks) at("hooks").replaceChildren(...(await Promise.all(hooks.map(hookRow))));
}

async function hookRow(hook) {
  const sent = (await ifThere(`/v1/webhooks/${hook.id}/deliveries?limit=5`)) ?? [];
  const events = element("small", hook.events.join(", ") + (hook.enabled === false ? " · disabled" : ""));
  const lines = sent.map((delivery) => element("small", `${day(delivery.created_at)} · ${delivery.event} · ${became(delivery)}`));
  return element("li", "", element("div", hook.url, events, ...lines));
}

function became(delivery) {
  const code = delivery.response_code ? ` (${delivery.response_code})` : "";
  const next = delivery.next_attempt_at ? `, next try ${day(delivery.next_attempt_at)}` : "";
  return delivery.status + code + next;
}

onSubmit("sign-in", async (given) => show(await ask("POST", "/account/sign-in", given)));
for (const id of ["sign-up", "forgot"]) {
  onSubmit(id, async (given) => {
    say((await ask("POST", `/account/${id}`, given)).message);
  });
}
onSubmit("new-key", async ({ name }) => {
  const minted = await ask("POST", "/v1/keys", { name });
  at("key").textContent = minted.key;
  at("minted").hidden = false;
  await showKeys();
});
onSubmit("password", async (given) => {
  show(await ask("POST", "/account/password", given));
  say("Your password is changed, and every other browser is signed out.");
});
onSubmit("erase", async (given) => {
  if (!confirm("Everything in this account is deleted for ever. Go on?")) return;
  await ask("DELETE", "/v1/account", given);
  show(null);
  say("Your account is deleted.");
});
onClick(at("sign-out"), async () => {
  await ask("POST", "/account/sign-out");
  show(null);
});
onClick(at("everywhere"), async () => {
  await ask("POST", "/account/sign-out-everywhere");
  show(null);
  say("You are signed out everywhere.");
});
onClick(at("copy"), async () => {
  await navigator.clipboard.writeText(at("key").textContent);
  say("Copied.");
});
for (const link of document.querySelectorAll("[data-show]")) {
  link.addEventListener("click", () => {
    say("");
    choose(link.dataset.show);
  });
}

/** A mailed link brings its token behind the #; it is taken out of the address bar, and so out of the history. */
function mailedToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("link") ?? "";
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

async function begin() {
  const token = mailedToken();
  if (token) {
    onSubmit("reset", async ({ password }) => show(await ask("POST", "/account/reset", { token, password })));
    at("outside").hidden = false;
    choose("reset");
    return;
  }
  try {
    show(await ask("GET", "/account/session"));
  } catch (refused) {
    show(null);
    if (refused.status !== 401) say(refused.message, true);
  }
}

begin();
window.addEventListener("hashchange", () => location.hash.startsWith("#link=") && location.reload());
