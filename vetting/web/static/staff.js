// Staff pages: copying a link, marking a quote that other quotes cut into pieces as a whole, and following what is
// being worked out. All only add to what the page does without this script: fields can be copied by hand, a quote's
// beginning is marked by its address, and a link looks again.
function markQuote() {
  const name = decodeURIComponent(location.hash.slice(1));
  for (const mark of document.querySelectorAll("mark[data-quotes]")) {
    mark.classList.toggle("here", mark.dataset.quotes.split(" ").includes(name));
  }
}

addEventListener("hashchange", markQuote);
markQuote();

// A part that is being worked out elsewhere: fetched again until the page that comes no longer asks for it.
const follow = document.querySelector("[data-follow]");
async function lookAgain() {
  try {
    const answer = await fetch(follow.dataset.follow, { headers: { "HX-Request": "true" } });
    if (answer.ok) follow.innerHTML = await answer.text();
  } catch {
    // no network: the next look may have it
  }
  if (follow.querySelector("[role=status]")) setTimeout(lookAgain, 2000);
  else location.reload();
}
if (follow) setTimeout(lookAgain, 1000);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
    }
  });
}
