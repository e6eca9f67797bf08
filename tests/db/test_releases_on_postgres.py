"""What an earlier release had stored, in a PostgreSQL of its tables: it goes on, whenever the update is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, MetaData, create_engine, insert, text

from tests import databases
from tests import release_databases as releases
from tests.cast import service
from tests.db.test_releases import OLDER, goes_on, killed_updates
from vetting.db import migrate
from vetting.db.engine import make_engine

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
KEPT_BY_MIGRATIONS = {"alembic_version", *migrate.JOB_TABLES, *migrate.POSTGRES_TABLES}


@pytest.fixture(params=OLDER)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database of the data folder `data`, with the tables and the rows of that release."""
    made = make_engine(databases.empty_url(tmp_path / "data"))
    file = releases.opened(request.param, tmp_path / "released.sqlite3")
    with made.begin() as connection:
        command.upgrade(migrate._config(connection), request.param)
        moved(file, connection)
    yield made
    made.dispose()


def moved(file: Path, to: Connection) -> None:
    """Every row of the file; numbers that PostgreSQL gives out go on from there."""
    source, ours, theirs = create_engine(f"sqlite:///{file}"), MetaData(), MetaData()
    theirs.reflect(to)
    ours.reflect(source, only=[name for name in theirs.tables if name not in KEPT_BY_MIGRATIONS])
    to.execute(text("SET LOCAL session_replication_role = replica"))  # rows point at rows that come later
    with source.connect() as connection:
        for name, table in ours.tables.items():
            to.execute(theirs.tables[name].delete())
            if rows := connection.execute(table.select()).mappings().all():
                to.execute(insert(theirs.tables[name]), [dict(row) for row in rows])
            if "id" in table.columns:
                last = f"pg_get_serial_sequence('\"{name}\"', 'id')"
                to.execute(text(f'SELECT setval({last}, (SELECT coalesce(max(id), 1) FROM "{name}"))'))
    source.dispose()


def test_interviews_of_an_earlier_release_go_on(engine: Engine, tmp_path: Path) -> None:
    goes_on(service(tmp_path))
    assert migrate.differences(engine) == []


def test_an_update_that_is_killed_at_any_statement_leaves_the_old_tables_or_the_new_ones(
    engine: Engine, tmp_path: Path
) -> None:
    engine.dispose()
    assert killed_updates(engine.url.render_as_string(hide_password=False)) > 15
    goes_on(service(tmp_path))
    assert migrate.differences(engine) == []
