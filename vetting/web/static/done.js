// After the interview: the feedback appears by itself, and notes count their words.
import { inWords } from "./words.js";

const waiting = () => document.querySelector("#feedback[data-waiting]");
const started = Date.now();

async function look() {
  try {
    const response = await fetch("/interview/done", { headers: { "HX-Request": "true" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.querySelector("#feedback:not([data-waiting])");
    if (next) {
      document.getElementById("feedback").replaceWith(document.adoptNode(next));
      document.querySelector("#feedback [role=status]")?.focus();
      return;
    }
  } catch { /* no connection: the next look comes anyway */ }
  plan();
}
function plan() {
  if (waiting()) setTimeout(look, Date.now() - started < 60_000 ? 2000 : 15_000);
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.matches("details")) target.open = true;
}

document.addEventListener("input", (event) => {
  const most = Number(event.target.dataset.words);
  if (!most) return;
  const n = event.target.value.trim().split(/\s+/).filter(Boolean).length;
  const count = event.target.closest("form").querySelector("[data-count]");
  count.textContent = n > most ? inWords("too-many", { n, over: n - most }) : inWords("count", { n, most });
});
addEventListener("hashchange", openTarget);
openTarget();
plan();
