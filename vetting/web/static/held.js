// Runs before the page is shown: keys pressed before keys.js has come are kept for it. A module would come too late.
globalThis.heldKeys = [];
addEventListener("keydown", (event) => globalThis.heldKeys?.push(event));
