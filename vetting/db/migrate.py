"""Brings a database to the tables this code needs: ours by Alembic, those of the job queue by DBOS.

Configured here, there is no alembic.ini. For developers, after a change of `db/models.py`:

    python -m vetting.db.migrate "what changed"    writes the next migration
    python -m vetting.db.migrate --first           writes the first one anew (only while nothing is released)
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations.ops import ExecuteSQLOp, MigrationScript
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel.sql.sqltypes import AutoString

from vetting.db.backup import copy
from vetting.db.engine import make_engine, plain_errors
from vetting.db.models import UtcDateTime, metadata
from vetting.db.postgres import Space, holding
from vetting.errors import VettingError

MIGRATIONS = Path(__file__).parent / "migrations"
FIRST = "0001"
BACKUPS = "backups"
KEPT_BACKUPS = 2
JOB_TABLES = frozenset(
    """dbos_migrations workflow_status workflow_input workflow_output operation_outputs notifications workflow_events
    workflow_events_history streams workflow_schedules application_versions queues""".split()
)
"""The tables that DBOS makes in an SQLite database (on PostgreSQL they have a schema of their own)."""
POSTGRES_TABLES = frozenset({"profile_vector", "profile_vector_state"})
"""The tables of the index inside PostgreSQL, where it has the extension for them: no models of ours."""
JOB_LIBRARY, JOB_SCHEMA = "3.4.0", 125
"""A version of DBOS and the version its migrations leave: with another one installed, DBOS looks itself."""
SEED = "INSERT INTO organisation (slug, name, created_at) VALUES ('default', 'Default', CURRENT_TIMESTAMP)"


class NewerDatabase(VettingError):
    """The database was written by a newer version of Vetting; install that version, or restore an older backup."""


def upgrade(engine: Engine) -> None:
    """Make or update all tables in one transaction, so that a crash leaves the old state.

    Before tables of an SQLite file are changed, it is copied into the folder `backups` beside it. Safe to call from
    several processes at once. Raises NewerDatabase when the code is the older one, StorageFull without room for it or
    for a copy, Unavailable when the file cannot be opened or PostgreSQL does not answer, VettingError when it is none.
    """
    with plain_errors(engine, opening=True):
        if not up_to_date(engine):
            with holding(engine, Space.MIGRATION, wait=True), engine.connect() as connection:
                _without_foreign_keys(connection, _to_head)
        _upgrade_jobs(engine)


def up_to_date(engine: Engine) -> bool:
    """Whether our tables are those of this code. Raises NewerDatabase when they belong to a later one."""
    with plain_errors(engine, opening=True), engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    if set(current) - known():
        raise NewerDatabase
    return set(current) == {head()}


def head() -> str:
    """The version of the tables that this code works with."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def known() -> set[str]:
    """Every version of the tables that this code can update."""
    return {revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def differences(engine: Engine) -> list[Any]:
    """What the models have and the database has not, or the other way round, as Alembic names it."""
    with engine.connect() as connection:
        options = {k: v for k, v in OPTIONS.items() if k in ("include_name", "compare_type", "compare_server_default")}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata()))


def write_migration(message: str, *, first: bool = False) -> Path:
    """Write the next migration from the difference between models and migrations (or the first one anew)."""
    if first:
        for old in (MIGRATIONS / "versions").glob("[0-9]*.py"):
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.sqlite3")
        if not first:
            upgrade(engine)
        number = FIRST if first else f"{len(list((MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04d}"
        with engine.connect() as connection:
            written = command.revision(
                _config(connection), message, autogenerate=True, rev_id=number, process_revision_directives=_seed
            )
        engine.dispose()
    return Path(cast(Any, written).path)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _to_head(connection: Connection) -> None:
    with connection.begin():
        _keep_former(connection)
        command.upgrade(_config(connection), "head")
        if broken := _broken_references(connection):
            raise VettingError(f"Updating the database would break rows of table '{broken}'; nothing was changed.")


def _keep_former(connection: Connection) -> None:
    """Copy an SQLite file that has something to lose. The write lock is held: nobody changes it meanwhile."""
    former = MigrationContext.configure(connection).get_current_revision()
    file = connection.engine.url.database
    if connection.dialect.name != "sqlite" or former in (None, head()) or file in (None, "", ":memory:"):
        return
    path = Path(str(file))
    folder = path.parent / BACKUPS
    for unfinished in folder.glob(f".{path.stem}.*"):  # of an update that was killed
        unfinished.unlink()
    copy(path, folder / f"{path.stem}.{former}-{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite3")
    # they hold personal data, too: only the newest are kept
    made_here = folder.glob(f"{path.stem}.[0-9]*-[0-9]*T[0-9]*.sqlite3")
    for old in sorted(made_here, key=os.path.getmtime)[:-KEPT_BACKUPS]:
        old.unlink()


def _broken_references(connection: Connection) -> str | None:
    """A table with a row that points nowhere, if any; PostgreSQL looks by itself."""
    if connection.dialect.name != "sqlite":
        return None
    row = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return None if row is None else str(row[0])


def _without_foreign_keys(connection: Connection, work: Callable[[Connection], None]) -> None:
    """SQLite changes a table by copying and dropping it, which with foreign keys on would delete what points to it."""
    raw: object = connection.connection.dbapi_connection
    sqlite = raw if isinstance(raw, sqlite3.Connection) else None
    if sqlite:
        sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        work(connection)
    finally:
        if sqlite:
            sqlite.execute("PRAGMA foreign_keys=ON")


def _upgrade_jobs(engine: Engine) -> None:
    """DBOS's own migrations, run here so that a web process can enqueue before any worker ever ran."""
    in_memory = engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:")
    if in_memory or _jobs_up_to_date(engine):
        return
    from dbos import DBOS  # 0.2-0.6 s, which most starts can do without

    with holding(engine, Space.MIGRATION, wait=True):
        DBOS.migrate(engine.url.render_as_string(hide_password=False))


def _jobs_up_to_date(engine: Engine) -> bool:
    """Whether the job tables are those of the installed DBOS, said without importing it; False when in doubt."""
    if version("dbos") != JOB_LIBRARY:
        return False
    schema = job_schema(engine)
    with engine.connect() as connection:
        if not inspect(connection).has_table("dbos_migrations", schema):
            return False
        found = connection.execute(text(f"SELECT version FROM {job_table(engine, 'dbos_migrations')}"))
        return found.scalar() == JOB_SCHEMA


def job_schema(engine: Engine) -> str | None:
    """The schema of the job tables: on PostgreSQL they have one of their own."""
    return None if engine.dialect.name == "sqlite" else "dbos"


def job_table(engine: Engine, name: str) -> str:
    """A table of the job library as a query names it."""
    schema = job_schema(engine)
    return name if schema is None else f"{schema}.{name}"


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name not in JOB_TABLES | POSTGRES_TABLES


def _render(kind: str, item: object, _context: AutogenContext) -> str | bool:
    """Migrations name plain SQL types, so that they stay what they are when our classes change."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


def _seed(_context: object, revision: object, directives: list[MigrationScript]) -> None:
    script = directives[0]
    if script.rev_id == FIRST and script.upgrade_ops is not None:
        script.upgrade_ops.ops.append(ExecuteSQLOp(SEED))


OPTIONS: dict[str, Any] = {
    "render_as_batch": True,
    "transactional_ddl": True,
    "transaction_per_migration": False,
    "compare_type": True,
    "compare_server_default": True,
    "include_name": _ours,
    "render_item": _render,
}


def main() -> None:
    """Write a migration, for developers."""
    parser = argparse.ArgumentParser(description="Write a migration from the models.")
    parser.add_argument("message", nargs="?", default="all tables")
    parser.add_argument("--first", action="store_true", help="write the first migration anew")
    given = parser.parse_args()
    print(write_migration(given.message, first=given.first))


if __name__ == "__main__":
    main()
