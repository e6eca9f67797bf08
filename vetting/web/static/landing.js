// The invitation page: says whether this device keeps drafts and whether the server answers. Nothing is left behind.
// Without this script the page says what holds without it.
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
  tell(
    "device-drafts",
    keepsDrafts()
      ? "Drafts: this device can keep what you type, so that it survives a lost connection; the server keeps it too."
      : "Drafts: this browser keeps nothing on this device, perhaps in a private window. What you type is kept by the server alone, while there is a connection.",
  );
  tell("device-server", "Server: asking …");
  tell(
    "device-server",
    (await serverAnswers())
      ? "Server: it answers."
      : "Server: it does not answer at the moment. Check your connection; this is tried again when it is back.",
  );
}

addEventListener("online", check);
check();
