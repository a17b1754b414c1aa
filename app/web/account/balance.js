// What the account has, where anything costs money.

import { ask } from "./asking.js";
import { at, dollars } from "./drawing.js";
import { onClick } from "./telling.js";

let billing = "off";

export function billed(setting) {
  billing = setting;
}

export async function showBalance() {
  at("amount").hidden = billing === "off";
  at("credit").hidden = true;
  if (billing === "off") at("reserved").textContent = "Billing is off here: nothing costs money.";
  else draw(await ask("GET", "/v1/balance"));
}

export function forgetBalance() {
  at("amount").textContent = at("reserved").textContent = "";
}

function draw({ balance, reserved, paid_deposit }) {
  at("amount").textContent = dollars(balance);
  at("reserved").textContent = reserved ? `${dollars(reserved)} more is held for jobs under way.` : "";
  at("credit").hidden = Boolean(balance || reserved || paid_deposit);
}

onClick(at("credit"), async () => draw(await ask("POST", "/v1/account/signup-credit")));
