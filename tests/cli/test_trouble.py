"""A full disk and wrong settings as a shell sees them: one plain sentence that says where, exit code 1."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.logged import as_before
from vetting.cli.app import main
from vetting.config import load_settings
from vetting.db import engine as engines
from vetting.db.engine import make_engine, reading
from vetting.db.migrate import upgrade
from vetting.errors import StorageFull, Unavailable

Refusal = Callable[..., str]


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Refusal]:
    """Runs a command that has to fail; gives the one sentence it said."""
    monkeypatch.setenv("VETTING_EMBEDDER", "hash")
    before = dict(os.environ)

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        assert ended.value.code == 1 and out == ""
        (line,) = err.strip().splitlines()
        return str(line)

    with as_before():
        yield run
    os.environ.clear()  # `serve` tells its children by the environment which database they are to open
    os.environ.update(before)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "vetting.sqlite3"


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [("users", "list"), ("organisations", "list"), ("serve", "--port", "0")])
def test_a_text_file_in_the_place_of_the_database_is_named(
    refusal: Refusal, place: Path, command: tuple[str, ...]
) -> None:
    place.write_text("no database at all, but long enough to be looked at\n" * 40)
    said = refusal(*command)
    assert f"{place} is damaged or no database of Vetting" in said


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [("users", "list"), ("organisations", "list"), ("serve", "--port", "0")])
def test_a_folder_in_the_place_of_the_database_is_named(
    refusal: Refusal, place: Path, command: tuple[str, ...]
) -> None:
    place.mkdir()
    assert f"The database {place} cannot be opened: it is a folder" in refusal(*command)


@pytest.mark.sqlite
def test_a_data_folder_that_nothing_can_be_written_to_is_named(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != "/proc" and access(path, mode))
    monkeypatch.setenv("VETTING_DATABASE_URL", "sqlite:////proc/vetting.sqlite3")  # where even root makes no file
    said = refusal("users", "list")
    assert "/proc/vetting.sqlite3 cannot be opened" in said and "nothing can be written to the folder /proc" in said


@pytest.mark.sqlite
@pytest.mark.parametrize("pages", [1, 20, 120])
def test_a_disk_that_is_full_at_the_first_use_is_one_sentence(tmp_path: Path, pages: int) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/vetting.sqlite3")

    def small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "connect", small)
    with pytest.raises(StorageFull, match=rf"disk is full.*{tmp_path}/vetting.sqlite3"):
        upgrade(engine)


@pytest.mark.sqlite
def test_a_disk_that_is_full_when_the_file_is_opened_is_one_sentence(
    refusal: Refusal, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(engines, "_use_wal", full)
    assert f"The disk is full, so the database {place} was not written" in refusal("users", "list")


@pytest.mark.sqlite
def test_what_a_reader_is_told_of_a_file_that_cannot_be_opened_names_no_path(place: Path) -> None:
    place.mkdir()
    with pytest.raises(Unavailable) as told, reading(make_engine(load_settings().database)) as session:
        session.connection()
    assert str(place.parent) not in told.value.message


@pytest.mark.parametrize(
    "address", ["nonsense", "sqlite", "mysql://here/x", "sqlite+none:///x", "postgresql://me:hidden@here:port/x"]
)
@pytest.mark.parametrize("command", [("users", "list"), ("organisations", "list"), ("serve", "--port", "0")])
def test_an_address_that_names_no_database_is_told_without_repeating_it(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch, address: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("VETTING_DATABASE_URL", address)
    said = refusal(*command)
    assert said.startswith("VETTING_DATABASE_URL must begin with sqlite:/// or postgresql://") and "hidden" not in said


@pytest.mark.parametrize("host", ["203.0.113.9", "2001:db8::9"])
def test_serving_on_an_address_of_another_machine_says_so(refusal: Refusal, host: str) -> None:
    assert refusal("serve", "--host", host).startswith(f"{host} is no address of this machine")


def test_serving_on_a_port_that_is_taken_says_so(refusal: Refusal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refusal("serve", "--port", str(port)).startswith(f"Port {port} on 127.0.0.1 is in use")
