// The soft clock: minutes for one's own orientation, which can be extended or hidden. Nothing ends by it.
// Without this script it shows the minutes as of when the page came.
import { inWords } from "./words.js";

const MORE = 10;
const TICK = 20_000;

const key = () => `vetting:clock:${document.getElementById("stage").dataset.key}`;
const parts = (name) => document.querySelectorAll(`[data-clock="${name}"]`);
const tell = (name, text) => parts(name).forEach((place) => { place.textContent = text; });

let since = 0; // when the minutes of the page were true
let suggested = 0; // the last break that was suggested, counted in intervals

function choice() {
  try { return { hidden: false, more: 0, ...JSON.parse(localStorage.getItem(key())) }; } catch { return { hidden: false, more: 0 }; }
}
function choose(change) {
  try { localStorage.setItem(key(), JSON.stringify({ ...choice(), ...change })); } catch { /* private mode: for this page only */ }
  show();
}

function show() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  const { hidden, more } = choice();
  const minutes = Number(clock.dataset.minutes) + Math.floor((Date.now() - since) / 60_000);
  const planned = Number(clock.dataset.planned) + more;
  tell("minutes", minutes);
  tell("planned", planned);
  tell("short", hidden ? inWords("show-clock") : inWords("clock", { minutes, planned }));
  document.querySelector("[data-clock-hide]").textContent = inWords(hidden ? "show-the-clock" : "hide-the-clock");
  suggest(Number(clock.dataset.break), minutes);
}

function suggest(every, minutes) {
  const line = document.getElementById("break");
  if (!line || !every) return;
  const due = Math.floor(minutes / every);
  if (due > suggested) line.hidden = false;
  suggested = Math.max(suggested, due);
}

// Called for every new state of the page: the server's minutes are then true again.
export function softClock() {
  const clock = document.getElementById("clock"), tools = document.getElementById("clock-tools");
  if (!clock || !tools) return;
  since = Date.now();
  tools.hidden = false;
  tools.querySelector("[data-clock-more]").addEventListener("click", () => choose({ more: choice().more + MORE }));
  tools.querySelector("[data-clock-hide]").addEventListener("click", () => choose({ hidden: !choice().hidden }));
  show();
}

setInterval(show, TICK);
