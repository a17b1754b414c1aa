// What was sent to a webhook, with every attempt; any of it can be sent again.

import { ask } from "./asking.js";
import { button, day, details, element, fill } from "./drawing.js";
import { doing, refuse } from "./telling.js";

const AT_ONCE = 10;
const LOOKS_MS = [500, 1000, 2000, 4000, 8000];
const SAYS = { pending: "waiting", delivered: "delivered", failed: "failed" };

export class Deliveries {
  constructor(hook, list) {
    this.hook = hook;
    this.list = list;
    this.pages = 1;
  }

  show() {
    return doing(this.list.parentElement, () => this.load());
  }

  async load() {
    const sent = [];
    for (let page = 1; page <= this.pages; page += 1) {
      sent.push(...(await ask("GET", `/v1/webhooks/${this.hook.id}/deliveries?limit=${AT_ONCE}&page=${page}`)));
    }
    const rows = sent.map((delivery) => this.row(delivery));
    if (sent.length === AT_ONCE * this.pages) rows.push(this.older());
    fill(this.list, rows.length ? rows : [element("li", "Nothing was sent there within the last 90 days.")]);
    return sent;
  }

  /** Look again until an attempt was made, for as long as people like to wait; nothing else waits for it. */
  follow(delivery) {
    this.looking(delivery).catch((refused) => refuse(this.list.parentElement, refused));
  }

  async looking({ id, attempts }) {
    for (const pause of [0, ...LOOKS_MS]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (!this.list.isConnected) return;
      const found = (await this.load()).find((delivery) => delivery.id === id);
      if (!found || found.attempts.length > attempts.length) return;
    }
  }

  row(delivery) {
    const named = { id: delivery.id, name: `${delivery.event}, ${day(delivery.created_at)}` };
    const state = element("span", SAYS[delivery.status]);
    state.className = `state ${delivery.status}`;
    const about = element("div", `${delivery.event} `, state, element("small", when(delivery)));
    if (delivery.attempts.length) about.append(attempts(delivery, named));
    const shown = element("li", "", about);
    if (this.hook.enabled) shown.append(this.again(delivery, named));
    return shown;
  }

  again(delivery, named) {
    return button("Send again", named, async () => {
      this.follow(await ask("POST", `/v1/webhooks/${this.hook.id}/deliveries/${delivery.id}/replay`));
    });
  }

  older() {
    const more = button("Older", { id: this.hook.id, name: this.hook.url }, async () => {
      this.pages += 1;
      await this.load();
    });
    return element("li", "", more);
  }
}

function when(delivery) {
  const next = delivery.next_attempt_at ? ` · next try ${day(delivery.next_attempt_at)}` : "";
  return day(delivery.created_at) + next;
}

function attempts(delivery, named) {
  const count = delivery.attempts.length;
  const lines = delivery.attempts.map((attempt) => {
    const line = `${day(attempt.at)}: ${attempt.status ?? attempt.error} after ${attempt.duration.toFixed(1)} s`;
    const response = attempt.response ? [element("pre", attempt.response)] : [];
    return element("li", line, ...response);
  });
  return details(count === 1 ? "1 attempt" : `${count} attempts`, named, null, element("ol", "", ...lines));
}
