// How the page asks the service: the same routes that /docs describes, with the token of who is signed in.

const SILENT = "The service does not answer. Try again in a moment.";
let csrf = "";

/** The session's token, which goes along with whatever is changed; empty: nobody is signed in. */
export function carry(token) {
  csrf = token;
}

export const signedIn = () => Boolean(csrf);

/** What the service refused: a sentence, a word for programs, and the fields that it is about. */
export class Refused extends Error {
  constructor({ error, code = "", fields = [] }) {
    super(error);
    this.code = code;
    this.fields = fields;
  }
}

export async function ask(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body) headers["Content-Type"] = "application/json";
  const request = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(path, request).catch(() => {
    throw new Refused({ error: SILENT });
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw new Refused({ ...told, error: (told.error ?? `${SILENT} (${answer.status})`) + later(told.retryAfter) });
}

function later(seconds = 0) {
  if (!seconds) return "";
  return seconds < 90 ? ` Wait ${seconds} seconds.` : ` Wait ${Math.ceil(seconds / 60)} minutes.`;
}
