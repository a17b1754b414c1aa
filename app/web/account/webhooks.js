// Webhooks: seen, added, changed, tried and deleted. What was sent to them is in deliveries.js.

import { ask, Refused } from "./asking.js";
import { Deliveries } from "./deliveries.js";
import { at, button, day, details, element, fill, keepingPlace } from "./drawing.js";
import { Secret } from "./secret.js";
import { onClick, onSubmit } from "./telling.js";

const secret = new Secret(at("new-webhook-secret"));

export async function showWebhooks() {
  const hooks = await ask("GET", "/v1/webhooks");
  secret.keepFor(hooks.map((hook) => hook.id));
  fill(at("hooks"), hooks.map(row));
}

export function forgetWebhooks() {
  secret.hide();
  at("hooks").replaceChildren();
}

function row(hook) {
  const named = { id: hook.id, name: hook.url };
  const list = element("ul", "");
  list.className = "list";
  const sent = new Deliveries(hook, list);
  const deliveries = details("Deliveries", named, () => sent.show(), list);
  const about = element("div", hook.url, ...facts(hook));
  const shown = element("li", "", about, actions(hook, named, deliveries, sent), deliveries);
  shown.className = "tall";
  shown.dataset.hook = hook.id;
  return shown;
}

function facts(hook) {
  const lines = [element("small", hook.events.join(", "))];
  if (hook.description) lines.unshift(element("small", hook.description));
  const trouble = wrong(hook);
  if (trouble) lines.push(element("strong", trouble));
  return lines;
}

function wrong(hook) {
  if (!hook.enabled) return `Disabled. ${hook.disabled_reason ?? "It is told nothing."}`;
  return hook.failing_since ? `Nothing has arrived there since ${day(hook.failing_since)}.` : "";
}

function actions(hook, named, deliveries, sent) {
  const test = button("Send a test", named, async () => {
    const delivery = await ask("POST", `/v1/webhooks/${hook.id}/test`);
    deliveries.open = true;
    sent.follow(delivery);
  });
  const edit = button("Edit", named, () => editing(hook));
  const change = hook.enabled ? "Disable" : "Enable";
  const switched = button(change, named, async () => {
    again(await ask("PATCH", `/v1/webhooks/${hook.id}`, { enabled: !hook.enabled }));
  });
  switched.dataset.at = `Switch ${hook.id}`;
  const always = [edit, switched, rotate(hook, named), remove(hook, named)];
  const buttons = element("p", "", ...(hook.enabled ? [test, ...always] : always));
  buttons.className = "buttons";
  return buttons;
}

function rotate(hook, named) {
  return button("New secret", named, async () => {
    if (!confirm("For a day webhook-signature proves the old secret, too. X-FastClip-Signature is by the new one at once.")) return;
    const made = await ask("POST", `/v1/webhooks/${hook.id}/rotate-secret`);
    const until = made.previous_secret_valid_until;
    const old = until ? ` In webhook-signature the old one is good until ${day(until)}.` : "";
    secret.show(hook.id, `The new secret for ${hook.url}. Copy it now: it is not shown again.${old}`, made.secret);
  });
}

function remove(hook, named) {
  return button("Delete", named, async () => {
    if (!confirm(`Delete the webhook at ${hook.url}, and what is known of its deliveries?`)) return;
    await ask("DELETE", `/v1/webhooks/${hook.id}`);
    keepingPlace(at("hooks"), () => rowOf(hook).remove());
    secret.keepFor([...at("hooks").children].map((shown) => shown.dataset.hook));
  });
}

/** Draw the row of one webhook anew, and leave the others alone. */
function again(hook) {
  const old = rowOf(hook);
  keepingPlace(old.parentElement, () => old.replaceWith(row(hook)));
}

const rowOf = (hook) => at("hooks").querySelector(`[data-hook="${hook.id}"]`);

/** The form that adds a webhook is also the one that changes it. */
function form(save, work) {
  const made = at("webhook-form").content.firstElementChild.cloneNode(true);
  made.querySelector("button").textContent = save;
  onSubmit(made, async (given) => {
    const events = given.getAll("events");
    if (!events.length) {
      const message = "Choose at least one.";
      throw new Refused({ error: message, fields: [{ path: "events", message }] });
    }
    await work({ url: given.get("url"), description: given.get("description"), events });
  });
  return made;
}

function editing(hook) {
  const leave = (changed) => {
    again(changed);
    rowOf(changed).querySelector('[data-at^="Edit "]').focus();
  };
  const made = form("Save", async (wanted) => leave(await ask("PATCH", `/v1/webhooks/${hook.id}`, wanted)));
  made.elements.url.value = hook.url;
  made.elements.description.value = hook.description;
  for (const box of made.elements.events) box.checked = hook.events.includes(box.value);
  const cancel = element("button", "Cancel");
  [cancel.type, cancel.className] = ["button", "quiet"];
  onClick(cancel, () => leave(hook));
  made.querySelector(".buttons").append(cancel);
  rowOf(hook).replaceChildren(made);
  made.elements.url.focus();
}

at("add-webhook").append(
  form("Add it", async (wanted) => {
    const { secret: signing, ...hook } = await ask("POST", "/v1/webhooks", wanted);
    at("add-webhook").open = false;
    at("hooks").prepend(row(hook));
    const words = `Messages to ${hook.url} are signed with this secret. Copy it now: it is not shown again.`;
    secret.show(hook.id, words, signing);
  }),
);
