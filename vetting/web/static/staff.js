// Staff pages: copying a link, and marking a quote that other quotes cut into pieces as a whole. Both only add to what
// the page does without this script: fields can be copied by hand, and a quote's beginning is marked by its address.
function markQuote() {
  const name = decodeURIComponent(location.hash.slice(1));
  for (const mark of document.querySelectorAll("mark[data-quotes]")) {
    mark.classList.toggle("here", mark.dataset.quotes.split(" ").includes(name));
  }
}

addEventListener("hashchange", markQuote);
markQuote();

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
