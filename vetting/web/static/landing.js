// The invitation page: says whether this device keeps drafts and whether the server answers. Nothing is left behind.
// Without this script the page says what holds without it.
import { inWords } from "./words.js";

const PATIENCE = 6000;
const PROBE = "vetting:probe";

function keepsDrafts() {
  try {
    localStorage.setItem(PROBE, "1");
    const kept = localStorage.getItem(PROBE) === "1";
    localStorage.removeItem(PROBE);
    return kept;
  } catch {
    return false;
  }
}

async function serverAnswers() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok;
  } catch {
    return false;
  }
}

function tell(id, text) {
  const line = document.getElementById(id);
  if (!line) return;
  line.textContent = text;
  line.hidden = false;
}

async function check() {
  tell("device-drafts", inWords(keepsDrafts() ? "drafts-kept" : "drafts-not-kept"));
  tell("device-server", inWords("asking"));
  tell("device-server", inWords((await serverAnswers()) ? "answers" : "no-answer"));
}

addEventListener("online", check);
check();
