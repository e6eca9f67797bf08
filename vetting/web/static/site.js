// Every page: times in the reader's own zone. Without this script they stay in UTC and say so.
import { locale } from "./words.js";

const full = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });

export function localTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-zone]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = (time.dataset.zone === "clock" ? clock : full).format(at);
    time.title = time.dateTime;
  }
}

export const clockTime = (at) => clock.format(at);

localTimes();
document.addEventListener("htmx:after:swap", () => localTimes());
