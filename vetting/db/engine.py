"""Database engines and the two kinds of transaction: one that reads, one that writes.

On SQLite a write begins with BEGIN IMMEDIATE (a read that turns into a write under plain BEGIN fails with
"database is locked" whatever the timeout), in WAL mode with synchronous=FULL, so that a commit is durable. On
PostgreSQL writers take turns by advisory locks, see `db/postgres.py`.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from vetting.db import postgres
from vetting.db.postgres import BUSY, BUSY_SECONDS
from vetting.errors import BadInput, StorageFull, Unavailable, VettingError

READ_ONLY = "vetting_read_only"
_QUEUES: WeakKeyDictionary[Engine, threading.RLock] = WeakKeyDictionary()


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises Unavailable when the data folder cannot be made, BadInput."""
    target = parsed(url)
    if target.get_backend_name() != "sqlite":
        return postgres.make_postgres(url)
    if path := _file(target):
        _make_folder(path.parent)
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    try:
        # Parameters hold what people wrote: an error must not carry them into a log.
        engine = create_engine(target, connect_args=arguments, pool_size=32, hide_parameters=True)
    except (ArgumentError, ModuleNotFoundError):  # a driver that is not there, or not ours
        raise BadInput(postgres.OTHER_KIND) from None
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def parsed(url: str) -> URL:
    """The parts of a database's address. Raises BadInput, without repeating it: it may hold a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput(postgres.OTHER_KIND) from None


@contextmanager
def writing(engine: Engine, *, interview: int | None = None) -> Iterator[Session]:
    """One transaction that writes; committed at the end, rolled back on an error. Nobody else writes meanwhile.

    With `interview`, the key of one, it may write to that interview's own rows and no others (jobs and the audit chain
    aside): on PostgreSQL others then write to theirs at the same time.
    """
    with plain_errors(engine), _in_turn(engine, interview), Session(engine, expire_on_commit=False) as session:
        if engine.dialect.name == "postgresql":
            postgres.take_turn(session.connection(), interview)
        yield session
        session.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One transaction that cannot write, so that readers never queue behind the writer."""
    with plain_errors(engine), engine.connect() as connection:
        options = postgres.READING if engine.dialect.name == "postgresql" else {READ_ONLY: True}
        connection = connection.execution_options(**options)
        with Session(connection, expire_on_commit=False, autoflush=False) as session:
            yield session


@contextmanager
def caching(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes to a cache and to nothing else, so it waits for no turn; committed at the end."""
    with plain_errors(engine), engine.begin() as connection:
        yield connection


def scrub(engine: Engine) -> None:
    """Have deleted pages leave SQLite's write-ahead log as well, so that what was erased is on no page of the disk.

    While another process reads, the log is emptied later, by its own next checkpoint. PostgreSQL takes deleted rows
    away in its own time (VACUUM) and overwrites nothing, see docs/scaling.md.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        raw: object = connection.connection.dbapi_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _in_turn(engine: Engine, interview: int | None) -> Iterator[None]:
    """The threads of a process queue for the write lock here, and only one of them asks the database for it.

    SQLite lets those who wait look again now and then, so that some are passed over for seconds: of 16 threads beside
    another process one in a hundred waited 1.1 s, and 0.13 to 0.31 s with this queue. A thread may write while it
    writes (jobs that run right after a commit do). On PostgreSQL this keeps those who wait from holding a connection
    each; who writes to one interview only does not queue here.
    """
    if engine.dialect.name != "sqlite" and interview is not None:
        yield
        return
    queue = _QUEUES.setdefault(engine, threading.RLock())
    if not queue.acquire(timeout=BUSY_SECONDS):
        raise Unavailable(BUSY)
    try:
        yield
    finally:
        queue.release()


@contextmanager
def plain_errors(engine: Engine, *, opening: bool = False) -> Iterator[None]:
    """Errors of a database that pass by themselves, in the words a person is told: StorageFull, Unavailable.

    While `opening` the words are for who runs the service: they name the file, and what is no database is told too.
    """
    if engine.dialect.name == "postgresql":
        with postgres.plain():
            yield
        return
    file = _file(engine.url) if opening else None
    try:
        yield
    except NoConnection as error:
        raise Unavailable(BUSY) from error
    except (DBAPIError, sqlite3.Error) as error:  # what `_configure` meets comes as SQLite raised it
        raised = error.orig if isinstance(error, DBAPIError) else error
        # not those of single rows, in whose messages names of our columns stand
        known = type(raised) in (sqlite3.OperationalError, sqlite3.DatabaseError)
        said = _said(str(raised), file) if known else None
        if said is None:
            raise
        raise said from error


def _said(message: str, file: Path | None) -> VettingError | None:
    """What a person is told of an error of SQLite; None for one that is a defect."""
    text = message.lower()
    if "disk is full" in text or "disk i/o error" in text:
        full = f"The disk is full, so the database {file} was not written; free some space and try again."
        return StorageFull(full if file else None)
    if "locked" in text:
        return Unavailable(BUSY)
    if "readonly" in text or "unable to open" in text:
        where = f"The database {file}" if file else "The database"
        return Unavailable(f"{where} cannot be opened: {_hindrance(file) if file else ''}{message}.")
    if file and ("not a database" in text or "malformed" in text):
        return VettingError(f"{file} is damaged or no database of Vetting ({message}); put a backup in its place.")
    return None


def _hindrance(file: Path) -> str:
    """Why SQLite can do nothing with a file, as far as that is to be seen; SQLite itself does not tell."""
    if file.is_dir():
        return "it is a folder; "
    return "" if os.access(file.parent, os.W_OK) else f"nothing can be written to the folder {file.parent}; "


def _file(url: URL) -> Path | None:
    """The file of a database of SQLite; None for one in memory."""
    return Path(url.database) if url.database and url.database != ":memory:" else None


def _configure(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    # Of several who open a new file at once one changes its mode; SQLite refuses the rest without waiting.
    limit = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > limit:
                raise
            time.sleep(0.02)


def _begin(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get(READ_ONLY))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The data folder {folder} cannot be made: {error.strerror}.") from None
