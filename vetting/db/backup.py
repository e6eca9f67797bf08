"""Copies of an SQLite database: made while it is written to, checked before they are trusted, put in place at once.

A copy is one file that needs no other: what stood in the write-ahead log is in it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vetting.db.engine import parsed
from vetting.errors import BadInput, StorageFull, Unavailable

BESIDE = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database; one that belongs to another database would ruin it."""


def file_of(url: str) -> Path:
    """The file of an SQLite URL. Raises BadInput for another kind of database, which has tools of its own."""
    target = parsed(url)
    path = target.database if target.get_backend_name() == "sqlite" else None
    if not path or path == ":memory:":
        raise BadInput("Only an SQLite database can be copied here; for PostgreSQL use pg_dump and pg_restore.")
    return Path(path)


def copy(source: Path, target: Path) -> None:
    """A consistent copy of a database at one moment, whoever writes to it meanwhile; replaces `target` at once.

    Raises Unavailable when the source cannot be read or the copy is not sound, StorageFull when there is no room.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with _plain(source):
            _copy_pages(source, fresh)
        if faults := integrity_faults(fresh):
            raise Unavailable(f"The copy of {source} is not sound ({faults[0]}); nothing was replaced.")
        os.replace(fresh, target)
        _sync(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


def revision(path: Path) -> str:
    """The version of the tables in a database file. Raises BadInput when it is no database of Vetting."""
    try:
        with closing(_open(path)) as connection:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.Error, TypeError):
        raise BadInput(f"{path}: not a database of Vetting.") from None


def integrity_faults(path: Path) -> list[str]:
    """What SQLite finds wrong with a database file, in its words; empty when it is sound."""
    try:
        with closing(_open(path)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
            loose = connection.execute("PRAGMA foreign_key_check").fetchmany(20)
    except sqlite3.Error as error:
        return [str(error)]
    return [fault for fault in found if fault != "ok"] + [f"a row of {row[0]} points to nothing" for row in loose]


def put_in_place(fresh: Path, path: Path) -> Path | None:
    """Have the database file `fresh` take the place of `path`; the former one is kept beside it and returned.

    Nobody may have `path` open. Whenever this stops, `path` is the former database or the new one, whole.
    """
    kept = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    if path.exists():
        _fold_log(path)
        kept.unlink(missing_ok=True)
        os.link(path, kept)
    for ending in BESIDE:  # still there only where the former database is damaged, or gone
        if (beside := Path(f"{path}{ending}")).exists():
            beside.rename(f"{kept}{ending}")
    os.replace(fresh, path)
    _sync(path.parent)
    return kept if kept.exists() else None


def _copy_pages(source: Path, fresh: Path) -> None:
    with closing(_open(source)) as read, closing(sqlite3.connect(fresh)) as write:
        os.chmod(fresh, 0o600)
        read.backup(write)  # in one step: writers of a database in WAL mode neither wait for it nor disturb it
        write.execute("PRAGMA journal_mode=DELETE")
    with fresh.open("rb") as file:
        os.fsync(file.fileno())


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file.")
    # A connection that may write takes its log along when it closes; one that may not would leave files behind.
    mode = "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)


def _fold_log(path: Path) -> None:
    """Have the last connection write the log into the file and remove it; a damaged database keeps its own."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return


@contextmanager
def _plain(source: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if "full" in str(error):
            raise StorageFull("The disk is full, so there is no copy of the database; free some space.") from error
        raise Unavailable(f"{source} cannot be copied: {error}.") from None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
