"""`vetting candidates`: a person's record is exported and erased from the shell, and a result file verified."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from pathlib import Path

import pytest

from tests.web.staff import house
from vetting.cli.app import main
from vetting.db import queries
from vetting.db.engine import reading
from vetting.services import results


@pytest.fixture(autouse=True)
def _hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETTING_EMBEDDER", "hash")


def run(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_a_record_is_exported_verified_and_erased(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, out, file = house(tmp_path), tmp_path / "ana.zip", tmp_path / "result.json"
    with reading(home.ctx.engine) as session:
        interview = queries.interview(session, home.ctx.org, home.interview).id
    assert interview is not None
    file.write_text(json.dumps(results.signed_result(home.ctx, interview)))
    assert run("candidates", "export", "x-1", "-o", str(out)) == 0
    assert "ana@example.org" in zipfile.ZipFile(out).read("record.json").decode()
    assert run("candidates", "verify", str(file)) == 0
    assert "for Ana Reyes" in (said := capsys.readouterr().out) and "still stands" in said
    assert run("candidates", "erase", "x-1", "--yes") == 0
    assert "Erased 'x-1'" in capsys.readouterr().out
    assert run("candidates", "verify", str(file)) == 0
    assert "no longer kept here" in capsys.readouterr().out
    for arguments in (("erase", "x-1", "--yes"), ("export", "x-1", "-o", str(tmp_path / "again.zip"))):
        assert run("candidates", *arguments) == 1
        assert capsys.readouterr().err.strip() == "There is no candidate 'x-1'."
    assert not (tmp_path / "again.zip").exists()
    file.write_text(file.read_text().replace("Ana", "Eve"))
    assert run("candidates", "verify", str(file)) == 1
    assert "signature does not fit" in capsys.readouterr().err


def test_without_a_yes_nothing_is_erased(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = house(tmp_path)
    monkeypatch.setattr("typer.confirm", lambda *_, abort: (_ for _ in ()).throw(SystemExit(1)))
    assert run("candidates", "erase", "x-1") == 1
    with reading(home.ctx.engine) as session:
        assert queries.candidate(session, home.ctx.org, home.candidate).name == "Ana Reyes"


def test_a_full_disk_leaves_no_part_of_a_record_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house(tmp_path)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "former.zip").write_bytes(b"former")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for name in ("new.zip", "former.zip"):
        assert run("candidates", "export", "x-1", "-o", str(folder / name), "--force") == 1
        said = capsys.readouterr().err
        assert said == f"The disk is full, so {folder / name} was not written; free some space and try again.\n"
    assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == [("former.zip", b"former")]


def test_a_record_overwrites_a_file_only_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house(tmp_path)
    out = tmp_path / "ana.zip"
    out.write_bytes(b"somebody else")
    assert run("candidates", "export", "x-1", "-o", str(out)) == 1
    assert f"{out} exists already" in capsys.readouterr().err and out.read_bytes() == b"somebody else"
    assert run("candidates", "export", "x-1", "-o", str(out), "--force") == 0
    assert zipfile.ZipFile(out).testzip() is None and out.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.glob(".ana*")] == []


@pytest.mark.parametrize("place", ["gone/ana.zip", ".", "file/ana.zip"])
def test_a_place_where_no_record_can_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    house(tmp_path)
    (tmp_path / "file").touch()
    out = tmp_path / place
    assert run("candidates", "export", "x-1", "-o", str(out), "--force") == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and said[0].startswith(f"{out} ")
