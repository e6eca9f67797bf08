"""What PostgreSQL needs beside the tables: an engine, turns for those who write, and plain words for its errors.

SQLite has one writer at a time, and what services read before they write rests on that. Here writers take turns by
advisory locks: who may touch anything waits for everybody; who writes to one interview only waits for those who write
to that one, so that interviews go on side by side.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from vetting.errors import BadInput, StorageFull, Unavailable, VettingError

BUSY_SECONDS = 15
POOL, MORE = 10, 10
"""Connections that a process keeps, and how many more it may open: PostgreSQL's own limit is 100 for all."""
READING: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""One moment for all queries of a transaction that reads, as on SQLite."""
ASK_AGAIN = 0.1
BUSY = "The database is busy; nothing was saved, please try again in a moment."
OTHER_KIND = "VETTING_DATABASE_URL must begin with sqlite:/// or postgresql:// and name a database."
AWAY = "The database does not answer at the moment; please try again in a moment."
UNSTORABLE = "A text holds a character that cannot be stored (NUL), so nothing was saved; take it out and try again."
DISK_FULL, LOCK_TIMEOUT, DEADLOCK = "53100", "55P03", "40P01"
NOT_NOW = ("08", "57P", "53")
"""Classes of SQLSTATE that pass: connection lost, server stopping or starting, too many connections."""


class Space(IntEnum):
    """Kinds of advisory lock, the first of their two numbers; 7501 is the audit chain's."""

    WRITING = 7500
    INTERVIEW = 7502
    MIGRATION = 7503
    WORKER = 7504
    SWEEP = 7505
    INDEX = 7506
    GRAPH = 7507


def make_postgres(url: str) -> Engine:
    """An engine over psycopg. Raises BadInput where that is not installed, or for another kind of database."""
    target = make_url(url)
    if target.get_backend_name() not in ("postgresql", "postgres"):
        raise BadInput(OTHER_KIND)
    try:
        return create_engine(
            target.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",  # a statement sees what was committed before its lock was got
            pool_size=POOL,
            max_overflow=MORE,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError:
        raise BadInput("PostgreSQL needs psycopg: install the extra, pip install 'vetting[postgres]'.") from None


def take_turn(connection: Connection, interview: int | None) -> None:
    """Wait until this transaction may write: to everything, or to one interview. The turn ends with the transaction.

    The order is the same for all (everything, then an interview, then a chain), so nobody waits in a circle.
    """
    wait = _patience()
    if interview is None:
        connection.exec_driver_sql(f"SELECT {wait}, pg_advisory_xact_lock({Space.WRITING}, 0)")
    else:
        shared = f"pg_advisory_xact_lock_shared({Space.WRITING}, 0)"
        own = f"pg_advisory_xact_lock({Space.INTERVIEW}, {int(interview)})"
        connection.exec_driver_sql(f"SELECT {wait}, {shared}, {own}")


def _patience() -> str:
    return f"set_config('lock_timeout', '{int(1000 * BUSY_SECONDS)}ms', true)"


def hold(connection: Connection, space: Space, number: int = 0) -> None:
    """Wait for a lock that ends with the transaction, as long as for a turn to write."""
    connection.exec_driver_sql(f"SELECT {_patience()}, pg_advisory_xact_lock({space}, {int(number)})")


@contextmanager
def holding(engine: Engine, space: Space, number: int = 0, *, wait: bool = False) -> Iterator[bool]:
    """A lock for as long as the block lasts; gives whether it was got. On SQLite there is nothing to get: always true.

    Who waits asks again and again: a statement that waits inside PostgreSQL would hold up an index made meanwhile.
    """
    if engine.dialect.name != "postgresql":
        yield True
        return
    with plain(), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        which = f"{space}, {int(number)}"
        while not (got := bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({which})").scalar())) and wait:
            time.sleep(ASK_AGAIN)
        try:
            yield got
        finally:
            if got:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({which})")


@contextmanager
def plain() -> Iterator[None]:
    """Errors that pass by themselves in a person's words: StorageFull, Unavailable; BadInput for what no text holds."""
    try:
        yield
    except DataError as error:
        if "NUL" not in str(error.orig):
            raise
        raise BadInput(UNSTORABLE) from None
    except NoConnection as error:
        raise Unavailable(BUSY) from error
    except (OperationalError, InterfaceError) as error:
        if (said := _said(error)) is None:
            raise
        raise said from error


def _said(error: DBAPIError) -> VettingError | None:
    """What a person is told of an error that passes by itself; None for one that is a defect."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state == DISK_FULL:
        return StorageFull()
    if state in (LOCK_TIMEOUT, DEADLOCK):
        return Unavailable(BUSY)
    # Of a server that is gone there is no SQLSTATE, only a lost connection.
    if state.startswith(NOT_NOW) or error.connection_invalidated or not state:
        return Unavailable(AWAY)
    return None
