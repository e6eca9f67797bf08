// Keyboard shortcuts of staff pages: whatever carries `data-key` is done by that key, and `?` lists them. They can be
// switched off (WCAG 2.1.4), never act while something is typed, and each has a visible link or button that does it.
import { inWords } from "./words.js";

const STORE = "vetting-keys";
const TYPED = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const PLACES = { h: "/", c: "/candidates", p: "/projects", r: "/reports" };
const place = (key) => document.querySelector(`.menu a[href="${PLACES[key]}"]`);
const on = () => localStorage.getItem(STORE) !== "off";
let going = false;

function act(element) {
  if (element.matches(TYPED)) element.focus();
  else element.click();
}

// On a page with ratings: j and k go from one to the next, a digit chooses a level of the one that has the focus.
const ratings = [...document.querySelectorAll("[data-rating]")];
const here = () => ratings.find((one) => one.contains(document.activeElement));
function step(by) {
  const at = ratings.indexOf(here());
  const to = ratings[Math.min(Math.max(at + by, 0), ratings.length - 1)];
  to.closest("details")?.setAttribute("open", ""); // those that may be left out
  (to.querySelector("input:checked") || to.querySelector("input")).focus();
  to.closest("section").scrollIntoView({ block: "start" });
}
function rate(key) {
  const choice = (here() || ratings[0]).querySelector(`input[value="${key === "0" ? "none" : key}"]`);
  choice.checked = true;
  choice.focus();
}

function listed() {
  const found = [["?", inWords("keys-list")]];
  for (const key of Object.keys(PLACES)) if (place(key)) found.push([`g ${key}`, place(key).textContent]);
  for (const element of document.querySelectorAll("[data-key]")) {
    found.push([element.dataset.key, element.dataset.says || element.textContent.trim()]);
  }
  if (ratings.length) found.push(["j k", inWords("keys-step")], ["1 – 5", inWords("keys-level")], ["0", inWords("keys-none")]);
  return found;
}

function show() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = Object.assign(document.createElement("h2"), { id: "keys-title", textContent: inWords("keys-title") });
  const list = document.createElement("dl");
  for (const [key, says] of listed()) {
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    list.append(term, Object.assign(document.createElement("dd"), { textContent: says }));
  }
  const label = Object.assign(document.createElement("label"), { className: "check" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: on() });
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
  label.append(box, inWords("keys-use"));
  const close = Object.assign(document.createElement("button"), { className: "button button-plain", textContent: inWords("keys-close") });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  const foot = Object.assign(document.createElement("div"), { className: "row" });
  foot.append(close);
  dialog.append(title, list, label, foot);
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}

document.querySelector("[data-keys]")?.addEventListener("click", show);
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(TYPED)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    event.preventDefault();
    show();
    return;
  }
  if (!on()) return;
  if (going && PLACES[event.key] && place(event.key)) {
    place(event.key).click();
    return;
  }
  going = event.key === "g";
  if (ratings.length && /^[jk0-5]$/.test(event.key)) {
    event.preventDefault();
    if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else rate(event.key);
    return;
  }
  const element = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!element) return;
  event.preventDefault();
  act(element);
}
addEventListener("keydown", pressed);
for (const event of globalThis.heldKeys ?? []) pressed(event); // held.js
globalThis.heldKeys = null;
