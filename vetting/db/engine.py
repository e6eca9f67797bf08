"""Database engines and the two kinds of transaction: one that reads, one that writes.

On SQLite a write begins with BEGIN IMMEDIATE (a read that turns into a write under plain BEGIN fails with
"database is locked" whatever the timeout), in WAL mode with synchronous=FULL, so that a commit is durable. On
PostgreSQL writers take turns by advisory locks, see `db/postgres.py`.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from vetting.db import postgres
from vetting.db.postgres import BUSY, BUSY_SECONDS
from vetting.errors import StorageFull, Unavailable

READ_ONLY = "vetting_read_only"
_QUEUES: WeakKeyDictionary[Engine, threading.RLock] = WeakKeyDictionary()


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises Unavailable when the data folder cannot be made, BadInput."""
    if not url.startswith("sqlite"):
        return postgres.make_postgres(url)
    path = make_url(url).database
    if path and path != ":memory:":
        _make_folder(Path(path).parent)
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    # Parameters hold what people wrote: an error must not carry them into a log.
    engine = create_engine(url, connect_args=arguments, pool_size=32, hide_parameters=True)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


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
def plain_errors(engine: Engine) -> Iterator[None]:
    """Errors of a database that pass by themselves, in the words a person is told: StorageFull, Unavailable."""
    if engine.dialect.name == "postgresql":
        with postgres.plain():
            yield
        return
    try:
        yield
    except NoConnection as error:
        raise Unavailable(BUSY) from error
    except OperationalError as error:
        text = str(error.orig).lower()
        if "disk is full" in text or "disk i/o error" in text:
            raise StorageFull from error
        if "locked" in text:
            raise Unavailable(BUSY) from error
        if "readonly" in text or "unable to open" in text:
            raise Unavailable(f"The database cannot be opened: {error.orig}.") from error
        raise


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
