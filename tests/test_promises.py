"""The page of promises has a row for each, says how it stands, and names commands that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in PAGE.splitlines()
    if re.match(r"\| [RS]\d+ \|", line)
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}


def test_every_promise_has_a_sentence_a_state_and_what_was_found() -> None:
    assert set(ROWS) == {f"R{n}" for n in range(1, 11)} | {f"S{n}" for n in range(1, 15)}
    for name, (promise, state, found, _) in ROWS.items():
        assert promise.endswith(".") and found.endswith((".", "?")), name
        assert state in {"**kept**", "kept", "tested", "open"}, name


def test_what_is_kept_or_tested_names_a_command_and_every_file_and_target_of_a_command_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name, (_, state, _, command) in ROWS.items():
        assert command or state == "open", name
        for path in re.findall(r"tests/[\w/.]+", command):
            assert (ROOT / path).exists(), f"{name}: {path}"
        for target in re.findall(r"make ([a-z]+)", command):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{name}: {target}"


def test_the_readme_leads_there() -> None:
    assert "(docs/promises.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
