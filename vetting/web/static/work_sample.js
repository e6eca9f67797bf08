// Work samples: marking words by mouse, touch and keyboard. What is marked stands as text in the (hidden) answer box,
// so drafts, recovery and submitting are those of any answer. Without this script the plain fields are sent instead.
import { changed as touched, fields } from "./early.js";
import { inWords } from "./words.js";

const at = (id) => document.getElementById(id);
const flat = (text) => text.replace(/\s+/g, " ").trim();
const MARK = /^\[mark (\d+)-(\d+)(?: ".*?")?\]\s*(.*)$/;
const CLOSING = /^\[(the rest is right|no errors)\]\s*(.*)$/i;

export function workSample(changed) {
  const sample = at("sample");
  if (!sample || !at("text")) return;
  if (sample.dataset.type === "find_flaws") marking(changed);
  else if (sample.dataset.type !== "write_rubric") choices(sample, changed);
}

function marking(changed) {
  const box = at("text"), material = at("material"), words = [...material.querySelectorAll("[role=option]")];
  const list = at("marks"), none = at("none"), remark = at("remark"), button = at("mark");
  let marks = [], from = -1, to = -1, cursor = 0, dragged = false;
  at("marking").hidden = false;

  const span = (start, end) => [words.findIndex((w) => +w.dataset.b > +start), words.findLastIndex((w) => +w.dataset.a < +end)];

  function fill(text) {
    const rest = [];
    for (const line of text.split("\n")) {
      const mark = MARK.exec(line), closing = CLOSING.exec(line);
      if (mark) add(...span(mark[1], mark[2]), mark[3], false);
      else if (closing) { none.checked = closing[1].toLowerCase() === "no errors"; rest.push(closing[2]); }
      else rest.push(line);
    }
    remark.value = flat(rest.join(" "));
    show();
  }

  // What was ticked or written in the plain fields before this script had come goes on as marks.
  function takeOver(plain) {
    const early = fields(plain).some(touched);
    for (const place of plain.querySelectorAll(".place")) {
      const tick = place.querySelector("[name=mark]"), why = place.querySelector("textarea");
      if (!touched(tick) && !touched(why)) continue;
      const [a, b] = span(...tick.value.match(/\d+/g));
      marks = marks.filter((m) => m.a !== a || m.b !== b);
      if (tick.checked || why.value.trim()) add(a, b, flat(why.value), false);
    }
    const nothing = plain.querySelector("[name=none]"), more = plain.querySelector("[name=remark]");
    if (touched(nothing)) none.checked = nothing.checked;
    if (touched(more)) remark.value = flat(`${remark.value === flat(more.defaultValue) ? "" : remark.value} ${more.value}`);
    plain.remove();
    if (!early) return;
    show();
    write();
  }

  const quoted = (a, b) => flat(words.slice(a, b + 1).map((w) => w.textContent).join(" "));

  function write() {
    const lines = marks.map((m) => `[mark ${words[m.a].dataset.a}-${words[m.b].dataset.b} "${quoted(m.a, m.b)}"] ${flat(m.why)}`.trim());
    if (marks.length) none.checked = false;
    const closing = marks.length ? "[the rest is right]" : none.checked ? "[no errors]" : "";
    box.value = [...lines, `${closing} ${flat(remark.value)}`.trim()].filter(Boolean).join("\n");
    changed();
  }

  function add(a, b, why = "", tell = true) {
    if (a < 0 || b < a || marks.some((m) => m.a === a && m.b === b)) return;
    const mark = { a, b, why };
    marks.push(mark);
    marks.sort((x, y) => x.a - y.a || x.b - y.b);
    if (!tell) return;
    from = to = -1;
    show();
    write();
    list.children[marks.indexOf(mark)].querySelector("input").focus();
  }

  function remove(mark) {
    marks = marks.filter((m) => m !== mark);
    show();
    write();
    material.focus();
  }

  function show() {
    list.replaceChildren(...marks.map((mark, n) => {
      const item = document.createElement("li"), words = document.createElement("span"), why = document.createElement("input"), drop = document.createElement("button");
      words.textContent = inWords("quoted", { words: quoted(mark.a, mark.b) });
      words.id = `marked-${n}`;
      Object.assign(why, { className: "input", value: mark.why, placeholder: inWords("why"), maxLength: 600 });
      why.setAttribute("aria-label", inWords("why-of", { words: quoted(mark.a, mark.b) }));
      why.addEventListener("input", () => { mark.why = why.value; write(); });
      Object.assign(drop, { type: "button", className: "button button-quiet button-small", textContent: inWords("remove") });
      drop.setAttribute("aria-describedby", words.id);
      drop.addEventListener("click", () => remove(mark));
      item.append(words, why, drop);
      return item;
    }));
    none.disabled = marks.length > 0;
    paint();
  }

  function paint() {
    const [low, high] = from <= to ? [from, to] : [to, from];
    words.forEach((word, n) => {
      const chosen = low >= 0 && n >= low && n <= high, marked = marks.some((m) => n >= m.a && n <= m.b);
      word.setAttribute("aria-selected", String(chosen || marked));
      word.className = [chosen && "chosen", marked && "marked", n === cursor && "cursor"].filter(Boolean).join(" ");
    });
    button.disabled = low < 0;
    at("pending").textContent = low < 0 ? inWords("none-chosen") : quoted(low, high);
  }

  function go(step, extend) {
    cursor = Math.min(words.length - 1, Math.max(0, cursor + step));
    if (extend) { if (from < 0) from = cursor - step; to = cursor; } else from = to = cursor;
    material.setAttribute("aria-activedescendant", words[cursor].id);
    words[cursor].scrollIntoView({ block: "nearest" });
    paint();
  }

  const take = () => { if (from >= 0) add(Math.min(from, to), Math.max(from, to)); };

  material.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 }[event.key];
    if (step) go(step, event.shiftKey);
    else if (event.key === "Home" || event.key === "End") go(event.key === "Home" ? -words.length : words.length, event.shiftKey);
    else if (event.key === "Enter" || event.key === " ") take();
    else if (event.key === "Escape") { from = to = -1; paint(); }
    else return;
    event.preventDefault();
  });

  // Words under a selection that was dragged with the mouse or by the handles of a touch screen.
  function selected() {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed) return;
    const range = chosen.getRangeAt(0);
    if (!range.intersectsNode(material)) return;
    const hit = words.map((w, n) => [w, n]).filter(([w]) => covers(range, w)).map(([, n]) => n);
    if (!hit.length) return;
    [from, to] = [hit[0], hit[hit.length - 1]];
    cursor = to;
    dragged = true;
    paint();
  }
  // Whether a character of the word lies in the range; an edge that only touches the word does not count.
  function covers(range, word) {
    const text = word.firstChild, inside = (at) => range.comparePoint(text, at) === 0;
    return [...text.data].some((_, n) => inside(n) && inside(n + 1));
  }
  material.addEventListener("pointerdown", () => { dragged = false; });
  document.addEventListener("selectionchange", () => { if (material.isConnected) selected(); });
  material.addEventListener("click", (event) => {
    const n = words.indexOf(event.target);
    if (dragged || n < 0) return;
    if (from < 0 || from !== to) from = to = n;
    else to = n;
    cursor = n;
    paint();
  });
  button.addEventListener("click", () => { getSelection().removeAllRanges(); take(); });
  // Enter in a reason would submit the whole answer, which nobody can take back.
  at("marking").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (list.contains(event.target)) material.focus();
  });
  none.addEventListener("change", write);
  remark.addEventListener("input", write);
  fill(box.value);
  takeOver(at("plain"));
}

function choices(sample, changed) {
  const box = at("text"), form = box.form, why = form.elements.why;
  const step = sample.dataset.type === "first_wrong_step";
  const early = fields(sample).filter(touched);
  const found = /^\[(?:first wrong step (\d+)|(no wrong step)|choose (first|second)(?: (\d+)%)?)\]\s*([^]*)$/i.exec(box.value);
  if (found) { // a draft that only this browser has
    const value = found[1] || (found[2] ? "none" : found[3]);
    if (!early.some((field) => field.type === "radio")) for (const radio of form.elements[step ? "step" : "choice"]) radio.checked = radio.value === value;
    if (found[4] && !early.includes(form.elements.confidence)) form.elements.confidence.value = found[4];
  }
  const kept = found ? found[5] : box.value;
  if (!early.includes(why)) why.value = kept;
  else if (kept !== why.defaultValue && !why.value.includes(kept)) why.value = `${kept} ${why.value}`;
  function write() {
    const value = form.elements[step ? "step" : "choice"].value, reason = flat(why.value);
    const head = step
      ? { "": "", none: "[no wrong step] " }[value] ?? `[first wrong step ${value}] `
      : value && `[choose ${value} ${form.elements.confidence.value}%] `;
    box.value = `${head}${reason}`.trim();
    changed();
  }
  sample.addEventListener("input", write);
  if (early.length) write(); // chosen or written before this script had come
}
