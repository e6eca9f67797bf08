"""`vetting items` from a shell: what it prints, and withdrawing a question."""

import json
from pathlib import Path

import pytest

from tests.cast import GOOD
from tests.cli.test_commands import one_sentence, vetting
from tests.domain.packs import rubric as small_rubric
from tests.web.site import candidate, site
from vetting.cli.items import report_text
from vetting.services import items

SHELL = "\x1b]0;owned\x07Two questions\nin one."


def test_from_an_empty_folder_packs_are_listed_a_question_is_withdrawn_and_restored(tmp_path: Path) -> None:
    listed = json.loads(vetting(tmp_path, "items", "--json").stdout)["rubrics"]
    assert "software.networking" in {row["rubric"] for row in listed}
    shown = json.loads(vetting(tmp_path, "items", "software.networking", "--json").stdout)
    question = shown["items"][0]["question"]
    done = vetting(tmp_path, "items", "void", "software.networking", question, "--reason", "Outdated.")
    assert done.returncode == 0 and done.stdout.startswith("Withdrawn. 0 scorecards"), done.stderr
    again = json.loads(vetting(tmp_path, "items", "show", "software.networking", "--json").stdout)
    assert again["items"][0]["withdrawn"]["reason"] == "Outdated."
    twice = vetting(tmp_path, "items", "void", "software.networking", question, "--reason", "Outdated.")
    assert "is withdrawn already" in one_sentence(twice)
    assert vetting(tmp_path, "items", "restore", "software.networking", question).returncode == 0


@pytest.mark.parametrize("name", ["nothing.here", "ffffffffffff"])
def test_an_unknown_pack_is_one_sentence(tmp_path: Path, name: str) -> None:
    assert name in one_sentence(vetting(tmp_path, "items", name))


def test_what_a_candidate_wrote_cannot_command_the_terminal(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    ana = candidate(ctx)
    ana.begin()
    ana.page.post("/interview/dispute", data={"turn": 1, "reason": SHELL, "then": "stay"})
    ana.say(1, GOOD)
    text = report_text(items.report(ctx, small_rubric().id))
    assert '"]0;ownedTwo questions in one."' in text
    assert "\x1b" not in text and "\x07" not in text
