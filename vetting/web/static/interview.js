// The interview page: drafts that survive anything, submitting without leaving the page, and being told plainly.
// Every form also works without this script.
import { softClock } from "./clock.js";
import { changed } from "./early.js";
import { clockTime, localTimes } from "./site.js";
import { inWords } from "./words.js";
import { workSample } from "./work_sample.js";

const DRAFT_AFTER = 900;
const DRAFT_AT_MOST = 5000;
const RETRY = 4000;
const GIVE_UP = 45000;

const at = (id) => document.getElementById(id);
const box = () => at("text");
const stage = () => at("stage");
const turn = () => stage()?.dataset.turn;
const storeKey = (ofTurn = turn()) => `vetting:${stage().dataset.key}:${ofTurn}`;

let lastSaved = null; // what the server has
let timer = 0;
let dueBy = 0;
let busy = false;
let pasted = 0;
let following = null; // the stream of the question that is being worded
let leftAt = 0; // when the page was left, 0 while it is looked at

function remember(text) {
  try { localStorage.setItem(storeKey(), JSON.stringify({ text, pasted, at: Date.now() })); } catch { /* private mode: the server still has it */ }
}
function recall() {
  try { return JSON.parse(localStorage.getItem(storeKey())); } catch { return null; }
}
function forget(key) {
  try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
}

function say(text) { const line = at("saved"); if (line) line.textContent = text; }
function announce(text) { const line = at("announce"); if (line) line.textContent = text; }
function trouble(text, action) {
  const place = at("trouble");
  if (!place) return;
  place.hidden = !text;
  place.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.textContent = text;
  place.append(line);
  if (action) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button button-plain button-small", textContent: action.label });
    button.addEventListener("click", action.run);
    place.append(button);
  }
}

function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

function words() {
  if (box().hidden) return; // a work sample: its words are counted by nobody
  const n = box().value.trim().split(/\s+/).filter(Boolean).length;
  const hint = at("hint");
  hint.dataset.empty ??= hint.textContent;
  const most = Number(box().dataset.most), over = box().value.length - most;
  hint.textContent = over > 0 ? inWords("too-long", { over, most }) : n ? inWords("words", { n }) : hint.dataset.empty;
}

async function post(address, body, options = {}) {
  return fetch(address, { method: "POST", body, headers: { "HX-Request": "true" }, ...options });
}

async function saveDraft(keepalive = false) {
  clearTimeout(timer);
  timer = dueBy = 0;
  const area = box();
  if (!area || busy || area.value === lastSaved) return;
  const text = area.value, ofTurn = turn();
  try {
    const response = await post("/interview/draft", new URLSearchParams({ turn: ofTurn, text }), { keepalive, signal: AbortSignal.timeout(GIVE_UP) });
    const told = await response.json().catch(() => ({}));
    if (ofTurn !== turn()) return;
    if (response.ok) {
      lastSaved = text;
      say(inWords("saved", { time: clockTime(new Date(told.saved_at)) }));
      trouble("");
    } else if (told.stale) {
      say(inWords("only-here"));
      trouble(inWords("elsewhere"), { label: inWords("show-current"), run: () => at("answer").requestSubmit() });
    } else if (response.status === 401) {
      say(inWords("only-here"));
      trouble(inWords("another-browser"));
    } else {
      notSaved(told.message);
    }
  } catch {
    if (ofTurn === turn()) notSaved();
  }
}

function notSaved(why) {
  say(inWords("not-saved"));
  trouble(why || inWords("offline"));
  timer = setTimeout(saveDraft, RETRY);
}

const refused = () => stage().querySelector("[role=alert]:not(#trouble)"); // what the server said of what was sent

function typed() {
  const told = refused();
  if (told) told.style.visibility = "hidden"; // it is about what was sent before; its place stays, so that nothing moves
  remember(box().value);
  words();
  grow(box());
  const now = Date.now();
  dueBy ||= now + DRAFT_AT_MOST;
  clearTimeout(timer);
  timer = setTimeout(saveDraft, Math.max(0, Math.min(DRAFT_AFTER, dueBy - now)));
}

// How much was pasted or how long the page was left goes to the server, never what; the writer sees the same words.
async function noticed(kind, amount) {
  const line = at("noticed");
  if (!line || amount < 1) return;
  line.dataset.count = Number(line.dataset.count) + 1;
  line.hidden = false;
  const words = line.querySelector("span"), more = inWords(kind === "paste" ? "pasted" : "left", { n: amount });
  words.textContent = words.textContent ? `${words.textContent}; ${more}` : more;
  const body = new URLSearchParams({ turn: turn(), number: line.dataset.count, kind, amount });
  try { await post("/interview/signal", body, { keepalive: true }); } catch { /* no connection: the line says it to the writer, and the form counts pastes */ }
}

function setBusy(on) {
  busy = on;
  for (const button of document.querySelectorAll("#stage .actions button, #tools button[form], #dispute button")) {
    if (on) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
  if (box()) box().readOnly = on;
  at("saved")?.classList.toggle("state-wait", on);
}

async function send(form, submitter) {
  if (busy) return;
  clearTimeout(timer);
  const address = submitter?.getAttribute("formaction") || form.getAttribute("action");
  const body = new URLSearchParams(new FormData(form, submitter));
  const before = { turn: turn(), key: turn() && storeKey() };
  setBusy(true);
  trouble("");
  say(inWords(address.endsWith("/answer") ? "saving" : "moment"));
  const slow = setTimeout(() => say(inWords("slow")), 1200);
  let response;
  for (;;) {
    try {
      response = await post(address, body, { signal: AbortSignal.timeout(GIVE_UP) });
      if (!response.headers.has("retry-after") || response.status < 500) break;
      say(inWords("not-submitted"));
      trouble(inWords("again", { why: message(parse(await response.text())) || inWords("busy") }));
    } catch {
      clearTimeout(slow);
      say(inWords("not-submitted"));
      trouble(inWords("not-arrived"));
    }
    await new Promise((done) => setTimeout(done, RETRY));
  }
  clearTimeout(slow);
  setBusy(false);
  if (response.redirected && new URL(response.url).pathname !== "/interview") {
    if (before.key) forget(before.key);
    location.assign(response.url);
    return;
  }
  show(await response.text(), before, response);
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const message = (page) => page.querySelector("[data-message]")?.textContent;

function show(html, before, response) {
  const page = parse(html);
  const next = page.getElementById("stage");
  if (!next) { // an error: the page stays as it is, with the words on it
    say(inWords("kept"));
    trouble(message(page) || inWords("failed"));
    return;
  }
  const tools = page.getElementById("tools");
  stage().replaceWith(document.adoptNode(next));
  if (tools) at("tools").replaceWith(document.adoptNode(tools));
  if (before.key && (response.ok || response.status === 409) && turn() !== before.turn) forget(before.key);
  localTimes(stage());
  begin();
  const heading = at("question");
  heading.focus({ preventScroll: true });
  const first = refused() || heading; // what went wrong stands above the question
  const { top, bottom } = first.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) first.scrollIntoView({ block: "start" });
  announce(document.querySelector("#stage .over")?.textContent || heading.textContent);
}

// While a language model words the next question, its words are shown as they come; nothing of them is settled before
// the page with the question is asked for. A connection that drops is taken up again by the browser itself.
function follow() {
  following?.close();
  following = null;
  if (!at("writing")) return;
  const stream = following = new EventSource("/interview/next");
  stream.addEventListener("words", (event) => {
    const shown = JSON.parse(event.data), said = at("said");
    said.textContent = shown.said;
    said.hidden = !shown.said;
    if (shown.question) at("question").textContent = shown.question;
  });
  stream.addEventListener("settled", () => { stream.close(); settled(); });
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) location.assign("/interview"); });
}

async function settled() {
  for (;;) {
    try {
      const response = await fetch("/interview", { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(GIVE_UP) });
      if (response.redirected) location.assign(response.url);
      else if (response.ok) show(await response.text(), {}, response);
      else location.assign("/interview");
      return;
    } catch {
      at("waiting").textContent = inWords("waiting");
      await new Promise((done) => setTimeout(done, RETRY));
    }
  }
}

// Words that only this browser has kept, and words that were typed before this script had come: neither may go.
function both(kept, early) {
  if (kept.includes(early)) return kept;
  if (early.includes(kept)) return early;
  return `${kept}\n\n${early.startsWith(lastSaved) ? early.slice(lastSaved.length).trim() : early}`;
}

function begin() {
  const area = box();
  follow();
  softClock();
  const opener = at("wrong"), dispute = at("dispute");
  if (opener && dispute) { // with script a button in the row opens the small form; without it the summary does
    opener.hidden = false;
    dispute.hidden = !dispute.open;
    opener.addEventListener("click", () => {
      dispute.open = dispute.hidden;
      dispute.hidden = !dispute.open;
      opener.setAttribute("aria-expanded", String(dispute.open));
      if (!dispute.open) return;
      dispute.querySelector("textarea").focus({ preventScroll: true });
      dispute.scrollIntoView({ block: "nearest" }); // its buttons, too
    });
    dispute.addEventListener("toggle", () => { if (!dispute.open) { dispute.hidden = true; opener.setAttribute("aria-expanded", "false"); } });
  }
  if (!area) return;
  const local = recall(), early = changed(area) ? area.value : null;
  lastSaved = area.defaultValue;
  pasted = local?.pasted || 0;
  if (local && local.text !== lastSaved && !(local.at < Date.parse(document.querySelector("#saved time")?.dateTime ?? ""))) {
    area.value = early === null ? local.text : both(local.text, early);
  }
  if (early !== null) remember(area.value);
  if (area.value !== lastSaved) timer = setTimeout(saveDraft, 200);
  if (document.activeElement !== area) area.setSelectionRange(area.value.length, area.value.length); // one goes on where one stopped
  document.querySelector("#answer [name=pasted]").value = pasted;
  words();
  grow(area);
  workSample(typed);
}

document.addEventListener("input", (event) => { if (event.target === box()) typed(); });
document.addEventListener("paste", (event) => {
  if (event.target !== box()) return;
  pasted += event.clipboardData?.getData("text").length || 0;
  document.querySelector("#answer [name=pasted]").value = pasted;
  noticed("paste", event.clipboardData?.getData("text").length || 0);
});
document.addEventListener("keydown", (event) => {
  const answering = at("answer")?.contains(event.target) && !at("dispute")?.contains(event.target);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && answering) {
    event.preventDefault();
    at("answer").requestSubmit();
  }
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-live]")) return;
  event.preventDefault();
  if (event.submitter?.getAttribute("aria-disabled") === "true") return;
  if (event.submitter?.value === "finish") {
    saveDraft().finally(() => location.assign("/interview/finish"));
    return;
  }
  send(event.target, event.submitter);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    leftAt = box() ? Date.now() : 0;
    saveDraft(true);
  } else if (leftAt) {
    noticed("away", Math.round((Date.now() - leftAt) / 1000));
    leftAt = 0;
  }
});
addEventListener("online", () => saveDraft());

begin();
