// Writing a pack: what is typed is saved by itself a moment after the last key, and the page says so. Without this
// script the button saves. A form that another window has changed meanwhile is not saved; the words stay where they are.
import { changed, fields } from "./early.js";
import { clockTime } from "./site.js";
import { inWords } from "./words.js";

const form = document.querySelector("form[data-autosave]");
const told = document.getElementById("told");
let timer = 0;
let saving = false;
let again = false;
let signedOut = false;

const REFUSED = { 401: "pack-signed-out", 409: "pack-changed" };

// A new point has no row of its own until the page comes again, so that field waits for the button.
const waiting = () => Boolean(form.elements.new_points?.value.trim());

async function save(keepalive = false) {
  clearTimeout(timer);
  timer = 0;
  if (saving) {
    again = true;
    return;
  }
  saving = true;
  told.textContent = inWords("pack-saving");
  const body = new URLSearchParams(new FormData(form));
  body.delete("new_points");
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { "HX-Request": "true" }, body, keepalive });
    if (answer.ok) {
      signedOut = false;
      const revision = String((await answer.json()).revision);
      for (const field of document.querySelectorAll("input[name=revision]")) field.value = revision;
      told.textContent = inWords(waiting() ? "pack-saved-but" : "pack-saved", { time: clockTime(new Date()) });
    } else {
      told.textContent = inWords(REFUSED[answer.status] ?? "pack-refused");
      signedOut = answer.status === 401;
    }
  } catch {
    told.textContent = inWords("pack-offline");
    timer = setTimeout(() => save(), 5000);
  }
  saving = false;
  if (again) {
    again = false;
    save();
  }
}

form?.addEventListener("input", (event) => {
  if (event.target.name === "new_points") {
    told.textContent = waiting() ? inWords("pack-points") : "";
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(() => save(), 900);
});
form?.addEventListener("submit", () => {
  clearTimeout(timer);
  timer = 0;
  // What stands open stays so when the page comes again.
  const open = [...form.querySelectorAll("details[id][open]")].map((one) => one.id);
  if (form.elements.open) form.elements.open.value = open.join(" ");
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && timer) save(true); // who leaves the page leaves no word behind
  if (document.visibilityState === "visible" && signedOut) save(); // they may have signed in again in the other tab
});

// Words typed before this script had come are saved too.
for (const field of form ? fields(form) : []) {
  if (changed(field)) field.dispatchEvent(new Event("input", { bubbles: true }));
}
