// Staff pages: copying a link, marking a quote that other quotes cut into pieces as a whole, and following what is
// being worked out. All only add to what the page does without this script: fields can be copied by hand, a quote's
// beginning is marked by its address, and a link looks again.
import { changed, fields } from "./early.js";
import { inWords } from "./words.js";

function markQuote() {
  const name = decodeURIComponent(location.hash.slice(1));
  for (const mark of document.querySelectorAll("mark[data-quotes]")) {
    mark.classList.toggle("here", mark.dataset.quotes.split(" ").includes(name));
  }
}

addEventListener("hashchange", markQuote);
markQuote();

// A part that is being worked out elsewhere: fetched again until the page that comes no longer asks for it. While
// somebody types on the page nothing of it is replaced, as their words would go with it.
const follow = document.querySelector("[data-follow]");
const typing = () => fields(document).some(changed) || document.activeElement.matches("textarea, select, input");
async function lookAgain() {
  try {
    const answer = await fetch(follow.dataset.follow, { headers: { "HX-Request": "true" } });
    const part = document.createElement("div");
    part.innerHTML = answer.ok ? await answer.text() : "";
    const done = answer.ok && !part.querySelector("[role=status]");
    if (done && typing()) {
      follow.querySelector("[role=status]").textContent = inWords("follow-done");
      return;
    }
    if (done) return location.reload();
    if (answer.ok && !typing()) follow.replaceChildren(...part.childNodes);
  } catch {
    // no network: the next look may have it
  }
  setTimeout(lookAgain, 2000);
}
if (follow) setTimeout(lookAgain, 1000);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = inWords("copied");
    } catch {
      button.textContent = inWords("copy-by-hand");
    }
  });
}
