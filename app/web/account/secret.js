// A secret that no later answer holds: shown until its owner has it, or what it belongs to is gone.

import { element } from "./drawing.js";
import { tell } from "./telling.js";

export class Secret {
  /** `box`: an empty element of the section that the secret belongs to. */
  constructor(box) {
    this.box = box;
    this.of = "";
  }

  /** `of`: the id of what it belongs to. */
  show(of, words, secret) {
    this.of = of;
    const shown = element("code", secret);
    const copy = element("button", "Copy");
    const done = element("button", "I have it");
    for (const button of [copy, done]) [button.type, button.className] = ["button", "quiet"];
    const buttons = element("p", "", copy, done);
    buttons.className = "buttons";
    this.box.replaceChildren(element("p", words), shown, buttons);
    this.box.hidden = false;
    copy.addEventListener("click", async () => {
      const there = await copied(shown);
      tell(this.box, there ? "Copied." : "It is selected: copy it with Ctrl+C, or ⌘C.");
    });
    done.addEventListener("click", () => this.hide());
    copy.focus();
  }

  hide() {
    const focused = this.box.contains(document.activeElement);
    this.of = "";
    this.box.replaceChildren();
    this.box.hidden = true;
    if (focused) this.box.closest("section").querySelector("h2").focus();
  }

  /** `ids` of what is still there. */
  keepFor(ids) {
    if (!ids.includes(this.of)) this.hide();
  }
}

/** Selected in any case: over plain http there is no navigator.clipboard, and the older way may be refused as well. */
async function copied(shown) {
  getSelection().selectAllChildren(shown);
  try {
    await navigator.clipboard.writeText(shown.textContent);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
