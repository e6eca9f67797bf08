"""PostgreSQL: who writes waits for whom, what a reader sees, and what people are told when it is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError
from sqlmodel import select

from tests import databases
from tests.index.test_profile_index import Embedder
from vetting.db import postgres
from vetting.db.engine import make_engine, reading, writing
from vetting.db.migrate import differences, upgrade
from vetting.db.models import Organisation
from vetting.db.postgres import Space, holding
from vetting.errors import BadInput, Unavailable
from vetting.index.pgvector_index import PgvectorIndex

only_there = pytest.mark.postgres
WAIT = 0.3


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = databases.engine(tmp_path)
    yield made
    made.dispose()


def rename(engine: Engine, name: str) -> None:
    with writing(engine) as session:
        session.get_one(Organisation, 1).name = name


def blocked(engine: Engine, interview: int | None, other: int | None) -> bool:
    """Whether somebody who would write to `other` waits for one who writes to `interview`."""
    got = threading.Event()

    def second() -> None:
        with writing(engine, interview=other):
            got.set()

    with writing(engine, interview=interview):
        thread = threading.Thread(target=second)
        thread.start()
        waited = not got.wait(WAIT)
    thread.join()
    assert got.is_set(), "it comes to its turn in the end"
    return waited


@only_there
@pytest.mark.parametrize(
    ("interview", "other", "waits"),
    [(1, 2, False), (1, 1, True), (1, None, True), (None, 1, True), (None, None, True)],
)
def test_only_those_who_write_to_different_interviews_write_at_the_same_time(
    engine: Engine, interview: int | None, other: int | None, waits: bool
) -> None:
    assert blocked(engine, interview, other) is waits


@only_there
def test_what_was_read_before_a_write_is_still_so_when_it_is_written(engine: Engine) -> None:
    rename(engine, "0")

    def count(_: int) -> None:
        with writing(engine) as session:
            row = session.get_one(Organisation, 1)
            time.sleep(0.001)
            row.name = str(int(row.name) + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(40)))
    with reading(engine) as session:
        assert session.exec(select(Organisation.name)).one() == "40"


@only_there
def test_a_reader_sees_one_moment_and_cannot_write(engine: Engine) -> None:
    with reading(engine) as session:
        before = session.exec(select(Organisation.name)).one()
        rename(engine, "Changed meanwhile")
        assert session.connection().execute(text("SELECT name FROM organisation")).scalar() == before
        with pytest.raises(DBAPIError, match="read-only"):
            session.connection().execute(text("DELETE FROM profile_change"))


@only_there
def test_a_lock_that_somebody_holds_is_told_and_free_again_when_they_are_gone(engine: Engine) -> None:
    sweep, seventh = (engine, Space.SWEEP), (engine, Space.SWEEP, 7)
    with holding(*sweep) as first, holding(*sweep) as second, holding(*seventh) as other:
        assert (first, second, other) == (True, False, True)
    with holding(engine, Space.SWEEP) as again:
        assert again


@only_there
def test_a_role_that_may_not_make_extensions_migrates_and_is_told_what_the_index_is_missing(tmp_path: Path) -> None:
    admin = make_engine(databases.empty_url(tmp_path))
    with admin.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS modest")
        connection.exec_driver_sql("CREATE ROLE modest LOGIN")
        connection.exec_driver_sql(f'ALTER DATABASE "{admin.url.database}" OWNER TO modest')
        connection.exec_driver_sql("ALTER SCHEMA public OWNER TO modest")
    engine = make_engine(admin.url.set(username="modest").render_as_string(hide_password=False))
    upgrade(engine)
    assert differences(engine) == []
    index = PgvectorIndex(engine, 1, Embedder())
    with pytest.raises(Unavailable, match="CREATE EXTENSION vector, or set VETTING_INDEX=faiss"):
        index.now()
    with admin.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION vector")
    assert len(index.now()) == 0
    engine.dispose()
    admin.dispose()


@only_there
def test_more_who_write_than_there_are_connections_all_come_to_their_turn(engine: Engine) -> None:
    many = postgres.POOL + postgres.MORE + 10

    def write(n: int) -> int:
        with writing(engine, interview=n) as session:
            session.connection().execute(text("SELECT pg_sleep(0.05)"))
        return n

    with ThreadPoolExecutor(many) as pool:
        assert list(pool.map(write, range(many))) == list(range(many))


@only_there
def test_a_text_that_cannot_be_stored_is_told_in_words_and_changes_nothing(engine: Engine) -> None:
    with pytest.raises(BadInput, match="cannot be stored"):
        rename(engine, "Example\x00Lab")


def test_what_the_library_says_of_a_text_that_cannot_be_stored_is_put_into_words() -> None:
    said = DataError("UPDATE", {}, ValueError("PostgreSQL text fields cannot contain NUL (0x00) bytes"))
    with pytest.raises(BadInput, match="cannot be stored"), postgres.plain():
        raise said
    other = DataError("UPDATE", {}, ValueError("integer out of range"))
    with pytest.raises(DataError, match="out of range"), postgres.plain():
        raise other


def test_a_server_that_is_not_there_is_one_plain_sentence(tmp_path: Path) -> None:
    away = make_engine(f"postgresql://postgres@/vetting?host={tmp_path}")
    for use in (lambda: upgrade(away), lambda: rename(away, "x")):
        with pytest.raises(Unavailable, match="database does not answer"):
            use()


def test_a_database_of_another_kind_is_refused_with_the_setting_named() -> None:
    with pytest.raises(BadInput, match="VETTING_DATABASE_URL must begin with sqlite:/// or postgresql://"):
        make_engine("mysql://root@localhost/vetting")
