"""Migrations: they make what the models say, and refuse what they do not know."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests import databases
from vetting.db import migrate
from vetting.db.engine import make_engine, reading
from vetting.db.models import IdempotencyKey, Organisation, WebSession, metadata


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(databases.empty_url(tmp_path))
    yield engine
    engine.dispose()


def test_models_and_migrations_agree(engine: Engine) -> None:
    migrate.upgrade(engine)
    assert migrate.differences(engine) == []


def test_a_table_missing_from_the_migrations_is_noticed(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE model_call"))
    assert "add_table" in [d[0] for d in migrate.differences(engine)]


def test_the_organisation_default_exists_from_the_start(engine: Engine) -> None:
    migrate.upgrade(engine)
    with reading(engine) as session:
        (organisation,) = session.exec(select(Organisation)).all()
    assert (organisation.slug, organisation.name) == ("default", "Default")
    assert organisation.created_at.tzinfo is not None


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    migrate.upgrade(engine)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM organisation")).scalar() == 1


def test_processes_that_upgrade_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    engines = [make_engine(databases.empty_url(tmp_path)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, engines))
    assert migrate.differences(engines[0]) == []
    for engine in engines:
        engine.dispose()


@pytest.mark.sqlite
def test_a_new_file_opened_by_several_at_once_is_locked_for_none_of_them(tmp_path: Path) -> None:
    """Without waiting for the change of mode three of 150 files failed here."""

    def look(engine: Engine) -> None:
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"

    for number in range(60):
        engines = [make_engine(f"sqlite:///{tmp_path}/{number}.sqlite3") for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(look, engines))
        for engine in engines:
            engine.dispose()


def test_a_newer_database_is_refused_in_one_sentence(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.NewerDatabase, match="written by a newer version of Vetting"):
        migrate.upgrade(engine)


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE verdict (id INTEGER)"))
    with pytest.raises(DBAPIError, match="already exists"):
        migrate.upgrade(engine)
    assert inspect(engine).get_table_names() == ["verdict"]


def test_the_tables_of_the_job_library_are_the_ones_left_out_of_the_comparison(engine: Engine) -> None:
    migrate.upgrade(engine)
    ours = {*metadata().tables, "alembic_version"}
    tables, schema = set(inspect(engine).get_table_names()), migrate.job_schema(engine)
    if schema is None:
        assert tables - ours == migrate.JOB_TABLES
    else:
        assert tables == ours | migrate.POSTGRES_TABLES
        assert set(inspect(engine).get_table_names(schema)) >= migrate.JOB_TABLES


@pytest.mark.sqlite
def test_the_file_is_in_wal_mode_with_foreign_keys_on(engine: Engine, tmp_path: Path) -> None:
    migrate.upgrade(engine)
    with sqlite3.connect(tmp_path / "vetting.sqlite3") as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_database_that_is_up_to_date_is_opened_without_the_job_library(tmp_path: Path) -> None:
    url = databases.empty_url(tmp_path)
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    code = (
        "import sys; from vetting.db.engine import make_engine; from vetting.db.migrate import upgrade\n"
        f"upgrade(make_engine('{url}')); print('dbos' in sys.modules)"
    )
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=surroundings)
    assert ran.stdout == "False\n", "adjust JOB_LIBRARY and JOB_SCHEMA to the installed DBOS\n" + ran.stderr


def test_who_is_signed_in_stays_so_and_a_request_stays_answered_when_sessions_are_brought_up_to_date(
    engine: Engine,
) -> None:
    rows = (
        '"user" (id, organisation_id, public_id, email, role, created_at)'
        " VALUES (1, 1, 'u', 'a@example.org', 'admin', '2026-11-28')",
        "session (organisation_id, token_sha256, user_id, created_at, expires_at)"
        " VALUES (1, 'a', 1, '2026-11-28', '2026-11-29'), (1, 'b', NULL, '2026-11-28', '2026-11-29')",
        "idempotency_key (organisation_id, key, request_sha256, status, body, created_at)"
        " VALUES (1, 'k', 's', 201, '{\"nonce\": \"n\", \"sealed\": \"s\"}', '2026-11-28')",
    )
    with engine.connect() as connection, connection.begin():
        command.upgrade(migrate._config(connection), "0017")
        for row in rows:
            connection.execute(text(f"INSERT INTO {row}"))
    migrate.upgrade(engine)
    with reading(engine) as session:
        staff, candidate = session.exec(select(WebSession).order_by(WebSession.token_sha256)).all()
        answered = session.exec(select(IdempotencyKey)).one()
    assert staff.public_id and candidate.public_id and staff.public_id != candidate.public_id
    assert staff.seen_at is not None and candidate.seen_at is None
    assert (answered.status, answered.body) == (201, None)


def test_entries_that_were_decided_before_they_had_states_stand_where_they_were_decided(engine: Engine) -> None:
    revisions = ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions()
    before = next(revision.down_revision for revision in revisions if revision.doc == "shortlists")
    rows = (
        "candidate (id, organisation_id, public_id, imported_id, name, headline, summary, facts, conflicts, created_at,"
        " updated_at) VALUES (1, 1, 'c', 'c', 'C', '', '', '{}', '[]', '2026-11-28', '2026-11-28')",
        "project (id, organisation_id, public_id, imported_id, title, brief, requirements, status, created_at)"
        " VALUES (1, 1, 'p', 'p', 'P', '', '[]', 'open', '2026-11-28')",
        "shortlist (id, organisation_id, public_id, project_id, ranking_version, index_revision, embedder, query,"
        " considered, excluded, created_at) VALUES (1, 1, 's', 1, 'v', 1, 'e', '{}', 1, '{}', '2026-11-28')",
        "shortlist_entry (organisation_id, public_id, shortlist_id, candidate_id, rank, fit, parts, requirements,"
        " reasons, decision, decision_reason, decided_by) VALUES (1, 'e', 1, 1, 1, 0, '{}', '[]', '[]', 'declined',"
        " 'why', 'm')",
    )
    with engine.connect() as connection, connection.begin():
        command.upgrade(migrate._config(connection), str(before))
        for row in rows:
            connection.execute(text(f"INSERT INTO {row}"))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM shortlist_entry")).scalar() == "declined"
