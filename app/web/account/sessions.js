// Browsers that are signed in to the account.

import { ask } from "./asking.js";
import { at, button, day, element, fill } from "./drawing.js";

export async function showSessions() {
  fill(at("sessions"), (await ask("GET", "/account/sessions?limit=100")).map(row));
}

export function forgetSessions() {
  at("sessions").replaceChildren();
}

function row(session) {
  const used = session.current ? "in use" : `last used ${day(session.last_used_at)}`;
  const about = element("small", `signed in ${day(session.created_at)} · ${used}`);
  const name = session.current ? "This browser" : "Another browser";
  const shown = element("li", "", element("div", name, about));
  if (session.current) return shown;
  const what = { id: session.id, name: `the browser that signed in ${day(session.created_at)}` };
  shown.append(
    button("Sign out", what, async () => {
      await ask("DELETE", `/account/sessions/${session.id}`);
      await showSessions();
    }),
  );
  return shown;
}
