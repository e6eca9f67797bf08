"""Backup, restore and doctor as a shell sees them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cast import begun
from tests.web.site import site
from vetting.cli.app import main
from vetting.processes import LOCK, WORKER_LOCK, alone_on

pytestmark = pytest.mark.sqlite


class Said(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


Vetting = Callable[..., Said]


@pytest.fixture
def vetting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vetting:
    monkeypatch.setenv("VETTING_EMBEDDER", "hash")

    def run(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        code = ended.value.code
        return Said(int(code or 0), *capsys.readouterr())

    return run


def test_a_backup_is_made_restored_and_found_sound(vetting: Vetting, tmp_path: Path) -> None:
    begun(site(tmp_path))
    file = str(tmp_path / "monday.sqlite3")
    made = vetting("backup", file)
    assert made.code == 0 and "checked" in made.out and "personal data" in made.out
    back = vetting("restore", file, "--yes")
    assert back.code == 0 and "former one is kept as" in back.out
    report = json.loads(vetting("doctor", "--json").out)
    assert report["ok"] and {c["name"] for c in report["checks"]} >= {
        "database",
        "version",
        "logs",
        "quotes",
        "vectors",
    }


def test_the_doctor_says_which_check_failed_and_where_and_exits_with_1(vetting: Vetting, tmp_path: Path) -> None:
    begun(site(tmp_path))
    with sqlite3.connect(tmp_path / "data" / "vetting.sqlite3") as database:
        database.execute("UPDATE interview SET phase = 'completed'")
    database.close()
    found = vetting("doctor")
    assert found.code == 1 and "fault  logs" in found.out and "its events say open" in found.out
    assert found.err.strip() == "1 fault found."


@pytest.mark.parametrize("held", [LOCK, WORKER_LOCK])
def test_nothing_is_restored_under_a_running_service_or_worker(vetting: Vetting, tmp_path: Path, held: str) -> None:
    site(tmp_path)
    file = str(tmp_path / "copy.sqlite3")
    vetting("backup", file)
    before = (tmp_path / "data" / "vetting.sqlite3").read_bytes()
    with alone_on(tmp_path / "data", held):
        refused = vetting("restore", file, "--yes")
    assert refused.code == 1 and "already being served" in refused.err
    assert (tmp_path / "data" / "vetting.sqlite3").read_bytes() == before


def test_a_database_is_not_replaced_without_being_asked(vetting: Vetting, tmp_path: Path) -> None:
    site(tmp_path)
    file = str(tmp_path / "copy.sqlite3")
    vetting("backup", file)
    refused = vetting("restore", file)
    assert refused.code == 2 and "--yes" in refused.err


@pytest.mark.parametrize("command", [("backup", "x.sqlite3"), ("doctor",), ("restore", "nothing.sqlite3")])
def test_where_there_is_nothing_one_sentence_says_so_and_nothing_is_made(
    vetting: Vetting, tmp_path: Path, command: tuple[str, ...]
) -> None:
    said = vetting(*command)
    assert said.code == 1 and len(said.err.strip().splitlines()) == 1 and "here is no" in said.err
    assert not (tmp_path / "data" / "vetting.sqlite3").exists()
