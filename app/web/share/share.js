// Counts that somebody looked: a page when it is shown, an embedded player when it is played.

const { clip, when } = document.body.dataset;
const player = document.querySelector("video, audio");

function visitor() {
  try {
    const known = localStorage.getItem("clipyard-visitor");
    if (known) return known;
    const numbers = crypto.getRandomValues(new Uint8Array(16));
    const made = Array.from(numbers, (number) => number.toString(16).padStart(2, "0")).join("");
    localStorage.setItem("clipyard-visitor", made);
    return made;
  } catch {
    return null; // the browser keeps nothing for framed pages: the service tells visitors apart by itself
  }
}

async function count() {
  const known = visitor();
  const answer = await fetch(`/v1/share/${clip}/view`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(known ? { visitor_id: known } : {}),
  });
  if (!answer.ok) return;
  const { views } = await answer.json();
  const shown = document.querySelector("#count");
  if (shown && views !== null) shown.textContent = views === 1 ? "1 view" : `${views.toLocaleString("en")} views`;
}

if (when === "played" && player) player.addEventListener("play", count, { once: true });
else count();

player?.addEventListener("play", () => document.body.classList.add("playing"));
for (const ended of ["pause", "ended"]) {
  player?.addEventListener(ended, () => document.body.classList.remove("playing"));
}

const copy = document.querySelector("#copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy link"), 2000);
  });
}
