// Writing a pack: what is typed is saved by itself a moment after the last key, and the page says so. Without this
// script the button saves. A form that another window has changed meanwhile is not saved; the words stay where they are.
import { changed, fields } from "./early.js";
import { clockTime } from "./site.js";

const form = document.querySelector("form[data-autosave]");
const told = document.getElementById("told");
let timer = 0;
let saving = false;
let again = false;
let signedOut = false;

const REFUSED = {
  401: "You are signed out, so this is not saved. Sign in again in another tab, then come back: your words stay on this page and are saved then.",
  409: "Changed in another window: not saved by itself. Press “Save” to keep what stands here.",
};

// A new point has no row of its own until the page comes again, so that field waits for the button.
const waiting = () => (form.elements.new_points?.value.trim() ? "press “Save”, and each new line becomes a point" : "");

async function save(keepalive = false) {
  clearTimeout(timer);
  timer = 0;
  if (saving) {
    again = true;
    return;
  }
  saving = true;
  told.textContent = "saving …";
  const body = new URLSearchParams(new FormData(form));
  body.delete("new_points");
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { "HX-Request": "true" }, body, keepalive });
    if (answer.ok) {
      signedOut = false;
      const revision = String((await answer.json()).revision);
      for (const field of document.querySelectorAll("input[name=revision]")) field.value = revision;
      told.textContent = [`saved ${clockTime(new Date())}`, waiting()].filter(Boolean).join("; ");
    } else {
      told.textContent = REFUSED[answer.status] ?? "Not saved; press “Save” to try again.";
      signedOut = answer.status === 401;
    }
  } catch {
    told.textContent = "No connection: not saved yet. Your words stay on this page.";
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
    told.textContent = waiting() && `not saved yet: ${waiting()}`;
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(() => save(), 900);
});
form?.addEventListener("submit", () => {
  clearTimeout(timer);
  timer = 0;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && timer) save(true); // who leaves the page leaves no word behind
  if (document.visibilityState === "visible" && signedOut) save(); // they may have signed in again in the other tab
});

// Words typed before this script had come are saved too.
for (const field of form ? fields(form) : []) {
  if (changed(field)) field.dispatchEvent(new Event("input", { bubbles: true }));
}
