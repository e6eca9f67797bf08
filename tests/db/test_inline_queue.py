"""Jobs run in the process that asked for them, after the commit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from tests import databases
from vetting.db.engine import make_engine, reading, writing
from vetting.db.jobs import InlineQueue, Job
from vetting.db.models import Organisation, metadata
from vetting.errors import Unavailable


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(databases.empty_url(tmp_path))
    metadata().create_all(engine)
    yield engine
    engine.dispose()


def organisation(slug: str) -> Organisation:
    return Organisation(slug=slug, name=slug, created_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_job_sees_what_was_committed_with_it_and_may_write_itself(engine: Engine) -> None:
    def run(job: Job) -> None:
        with writing(engine) as session:
            (found,) = session.exec(select(Organisation)).all()
            found.name = f"seen by {job.name} {job.ids}"

    queue = InlineQueue(run)
    with writing(engine) as session:
        session.add(organisation("one"))
        queue.enqueue(session, "look", "look:1", 1, 2)
    with reading(engine) as session:
        assert session.exec(select(Organisation.name)).all() == ["seen by look (1, 2)"]


def test_a_rolled_back_transaction_takes_its_jobs_with_it(engine: Engine) -> None:
    ran: list[Job] = []
    queue = InlineQueue(ran.append)
    with pytest.raises(RuntimeError), writing(engine) as session:
        session.add(organisation("one"))
        queue.enqueue(session, "look", "look:1", 1)
        raise RuntimeError
    with writing(engine) as session:
        session.add(organisation("two"))
    assert ran == []


def test_a_job_asked_for_by_a_job_runs_after_it_and_the_same_id_only_once(engine: Engine) -> None:
    order: list[str] = []

    def run(job: Job) -> None:
        order.append(f"{job.name} begins")
        if job.name == "first":
            with writing(engine) as session:
                queue.enqueue(session, "second", "second:1")
                queue.enqueue(session, "second", "second:1")
        order.append(f"{job.name} ends")

    queue = InlineQueue(run)
    for _ in range(2):
        with writing(engine) as session:
            queue.enqueue(session, "first", "first:1")
    assert order == ["first begins", "first ends", "second begins", "second ends"]


def test_a_job_that_fails_is_kept_and_may_be_asked_for_again(engine: Engine) -> None:
    tries: list[Job] = []

    def run(job: Job) -> None:
        tries.append(job)
        raise Unavailable("The embedder is not ready.")

    queue = InlineQueue(run)
    for _ in range(2):
        with writing(engine) as session:
            queue.enqueue(session, "embed", "embed:1", 1)
    assert tries == [Job("embed", (1,))] * 2
    assert [error.message for _, error in queue.failed] == ["The embedder is not ready."] * 2
