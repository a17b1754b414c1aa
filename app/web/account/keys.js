// API keys: seen, made and revoked.

import { ask } from "./asking.js";
import { at, button, day, element, fill } from "./drawing.js";
import { Secret } from "./secret.js";
import { onSubmit } from "./telling.js";

const secret = new Secret(at("new-key-secret"));

export async function showKeys() {
  const keys = await ask("GET", "/v1/keys");
  secret.keepFor(keys.map((key) => key.id));
  fill(at("keys"), keys.map(row));
}

export function forgetKeys() {
  secret.hide();
  at("keys").replaceChildren();
}

function row(key) {
  const used = key.last_used_at ? `last used ${day(key.last_used_at)}` : "never used";
  const about = element("small", `${key.prefix}… · made ${day(key.created_at)} · ${used}`);
  const revoke = button("Revoke", key, async () => {
    if (!confirm(`Programs that use “${key.name}” are refused from now on. Revoke it?`)) return;
    await ask("DELETE", `/v1/keys/${key.id}`);
    await showKeys();
  });
  return element("li", "", element("div", key.name, about), revoke);
}

onSubmit(at("new-key"), async (given) => {
  const made = await ask("POST", "/v1/keys", { name: given.get("name") });
  secret.show(made.id, `This is the key “${made.name}”. Copy it now: it is not shown again.`, made.key);
  await showKeys();
});
