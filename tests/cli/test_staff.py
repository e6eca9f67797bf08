"""`vetting staff`: what it prints, and one plain sentence where there is nothing to staff."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.test_staffing import EXPERTS, PROJECTS, load
from tests.web.site import site
from vetting.cli import main
from vetting.cli.staff import staff_text
from vetting.services.staffing import Ask, staff_document


def test_a_plan_reads_as_seats_alternates_and_how_good_it_is(tmp_path: Path) -> None:
    ctx = load(site(tmp_path), tmp_path, EXPERTS, PROJECTS)
    said = staff_text(staff_document(ctx, Ask(seconds=20)))
    assert said.startswith("p-queues: 2 of 2 seats\n  ana  fit ") and "next in line: " in said
    assert said.splitlines()[-1].startswith("worth 0.") and "gap 0.000 %" in said
    load(ctx, tmp_path, [], [PROJECTS[0] | {"seats": 4}])
    said = staff_text(staff_document(ctx, Ask(seconds=20)))
    assert said.startswith(
        "Not everything is possible. The smallest change, made in the plan below:\n  Queues asks for 4"
    )


def test_without_an_open_project_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VETTING_EMBEDDER", "hash")
    with pytest.raises(SystemExit) as left:
        main(["staff", "--json"])
    said = capsys.readouterr()
    assert left.value.code == 1 and said.out == ""
    assert said.err == "There is no open project to staff; make one first.\n"
