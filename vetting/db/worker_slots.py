"""Which worker a process is: on SQLite the only one, on PostgreSQL the first number that nobody else holds.

The number names the worker in the job tables, so that its unfinished jobs are found again; two workers under one number
would run one job twice.
"""

from __future__ import annotations

import fcntl
import re
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from vetting.db.migrate import job_table
from vetting.db.postgres import Space, plain
from vetting.errors import Conflict, Unavailable

MOST = 64
"""Workers on one PostgreSQL."""


class Slot(Protocol):
    """A number that this process holds until it closes it or ends, however it ends."""

    number: int

    def held(self) -> bool:
        """Whether nobody else can have it."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


def take(engine: Engine, folder: Path) -> Slot:
    """A number of this process's own. Raises Conflict when there is none left: on SQLite there is one."""
    return PostgresSlot(engine) if engine.dialect.name == "postgresql" else FileSlot(folder)


def executor(number: int) -> str:
    """What the worker of this number is called in the job tables."""
    return f"vetting-{number}"


def abandoned(engine: Engine, own: int) -> list[int]:
    """Numbers, other than this one, under which jobs are unfinished; whoever had them may be gone."""
    if engine.dialect.name != "postgresql":
        return []
    names = f"SELECT DISTINCT executor_id FROM {job_table(engine, 'workflow_status')} WHERE status = 'PENDING'"
    with plain(), engine.connect() as connection:
        found = [re.fullmatch(r"vetting-(\d+)", str(name)) for name in connection.exec_driver_sql(names).scalars()]
    return sorted(int(match[1]) for match in found if match and int(match[1]) != own)


class FileSlot:
    """The one slot of a data folder: a lock on a file."""

    number = 0

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / f"worker-{self.number}.lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise Conflict(f"A worker already runs on {folder} in slot {self.number}; stop it first.") from None

    def held(self) -> bool:
        """As Slot: a lock on a file lasts."""
        return True

    def close(self) -> None:
        """As Slot."""
        self._file.close()


class PostgresSlot:
    """A lock of a session of PostgreSQL; taken again after a restart of the server, which knows no more of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self.number = next((n for n in range(MOST) if self._got(n)), -1)
        if self.number < 0:
            self.close()
            raise Conflict(f"{MOST} workers run on this database already; stop one first.")

    def held(self) -> bool:
        """As Slot. While the server is away nobody can have it."""
        try:
            if self._connection is not None:
                self._connection.exec_driver_sql("SELECT 1")
                return True
        except DBAPIError:
            self.close()
        try:
            return self._got(self.number)
        except (DBAPIError, Unavailable):
            self.close()
            return True

    def close(self) -> None:
        """As Slot."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.invalidate()  # with its session PostgreSQL lets go of the lock
                connection.close()

    def _got(self, number: int) -> bool:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = f"SELECT pg_try_advisory_lock({Space.WORKER}, {number})"
        return bool(self._connection.exec_driver_sql(query).scalar())
