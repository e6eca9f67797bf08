"""Durable jobs: committed with their transaction, run once, tried again, and not lost when the worker is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import worker_process
from sqlalchemy import Engine, inspect, text

from tests import databases
from vetting.db.engine import make_engine, reading, writing
from vetting.db.jobs import DbosQueue
from vetting.db.migrate import job_table, upgrade
from vetting.db.postgres import Space
from vetting.errors import Conflict

pytestmark = pytest.mark.slow

SCRIPT = Path(worker_process.__file__)
SURROUNDINGS = os.environ | {"PYTHONPATH": str(SCRIPT.parent.parent)}


class Site:
    """A database as a web process sees it; workers come and go beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = databases.url(folder)
        self.engine: Engine = make_engine(self.url)
        upgrade(self.engine)
        self.queue = DbosQueue(self.url)

    def ask(self, job: str, workflow_id: str, *ids: int) -> None:
        with writing(self.engine) as session:
            self.queue.enqueue(session, job, workflow_id, *ids)

    def noted(self, what: str) -> list[int]:
        with reading(self.engine) as session:
            connection = session.connection()
            if not inspect(connection).has_table("noted"):
                return []
            rows = connection.execute(text("SELECT n FROM noted WHERE what = :what ORDER BY at"), {"what": what})
            return [row[0] for row in rows]

    def states(self) -> dict[str, str]:
        with reading(self.engine) as session:
            table = job_table(self.engine, "workflow_status")
            rows = session.connection().execute(text(f"SELECT workflow_uuid, status FROM {table}"))
            return {row[0]: row[1] for row in rows}

    def slots(self) -> list[int]:
        """Numbers of the workers that run on PostgreSQL."""
        held = f"SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = {Space.WORKER} AND granted"
        here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        with reading(self.engine) as session:
            return list(session.connection().execute(text(f"{held} AND {here}")).scalars())

    def ran_by(self) -> set[str]:
        with reading(self.engine) as session:
            table = job_table(self.engine, "workflow_status")
            return set(session.connection().execute(text(f"SELECT executor_id FROM {table}")).scalars())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.queue.close()
    site.engine.dispose()


@contextmanager
def running(site: Site, sweep_seconds: float = 60) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, str(SCRIPT), site.url, str(site.folder), str(sweep_seconds)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=SURROUNDINGS)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_a_job_asked_for_before_any_worker_ever_ran_is_run_by_the_first_one(site: Site) -> None:
    site.ask("note", "note:1", 1)
    with running(site):
        until(lambda: site.states() == {"note:1": "SUCCESS"})
    assert site.noted("note") == [1]


def test_a_job_is_forgotten_with_the_transaction_that_asked_for_it(site: Site) -> None:
    with pytest.raises(RuntimeError), writing(site.engine) as session:
        site.queue.enqueue(session, "note", "note:1", 1)
        raise RuntimeError
    assert site.states() == {}


def test_the_same_workflow_id_twice_is_one_job(site: Site) -> None:
    with writing(site.engine) as session:
        site.queue.enqueue(session, "note", "note:1", 1)
        site.queue.enqueue(session, "note", "note:1", 1)
    site.ask("note", "note:1", 1)
    with running(site):
        until(lambda: site.states() == {"note:1": "SUCCESS"})
        site.ask("note", "note:1", 1)
        site.ask("note", "note:2", 2)
        until(lambda: 2 in site.noted("note"))
    assert site.noted("note") == [1, 2]


def test_a_waiting_job_starts_within_a_second(site: Site) -> None:
    with running(site):
        site.ask("note", "warm", 0)
        until(lambda: site.noted("note") == [0])
        waits = []
        for n in range(1, 6):
            asked = time.monotonic()
            site.ask("note", f"note:{n}", n)
            until(lambda n=n: n in site.noted("note"))  # type: ignore[misc]  # n is bound on purpose
            waits.append(time.monotonic() - asked)
        assert sorted(waits)[2] < 1.0, waits


def test_a_killed_workers_job_runs_again_when_a_worker_starts(site: Site) -> None:
    site.ask("slow", "slow:1", 1)
    with running(site) as first:
        until(lambda: site.noted("begun") == [1])
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert site.states() == {"slow:1": "PENDING"}
    with running(site):
        until(lambda: site.states() == {"slow:1": "SUCCESS"})
    assert (site.noted("begun"), site.noted("ended")) == ([1, 1], [1])


def test_what_is_unavailable_is_tried_again_after_a_wait(site: Site) -> None:
    site.ask("flaky", "flaky:1", 1)
    with running(site):
        until(lambda: site.noted("ended") == [1])
        until(lambda: set(site.states().values()) == {"SUCCESS"})
    assert site.noted("tried") == [1, 1, 1]


def test_bad_input_fails_at_once_and_the_next_job_runs(site: Site) -> None:
    site.ask("broken", "broken:1", 1)
    site.ask("note", "note:1", 1)
    with running(site):
        until(lambda: site.states() == {"broken:1": "ERROR", "note:1": "SUCCESS"})
    assert site.noted("tried") == [1]


def test_sigterm_ends_a_worker_cleanly_and_lets_its_job_end(site: Site) -> None:
    site.ask("slow", "slow:1", 1)
    with running(site) as process:
        until(lambda: site.noted("begun") == [1])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
    assert site.states() == {"slow:1": "SUCCESS"}


@pytest.mark.sqlite
def test_a_second_worker_on_the_same_database_is_refused(site: Site) -> None:
    site.ask("note", "note:1", 1)
    with running(site):
        until(lambda: site.noted("note") == [1])
        with pytest.raises(Conflict, match="A worker already runs on"):
            worker_process.worker(site.url, str(site.folder)).start()


@pytest.mark.postgres
def test_two_workers_share_the_jobs_and_each_runs_once(site: Site) -> None:
    with running(site), running(site):
        until(lambda: len(site.slots()) == 2)
        for n in range(1, 9):
            site.ask("slow", f"slow:{n}", n)
        until(lambda: set(site.states().values()) == {"SUCCESS"})
        assert sorted(site.noted("begun")) == sorted(site.noted("ended")) == list(range(1, 9))
    assert site.ran_by() == {"vetting-0", "vetting-1"}


@pytest.mark.postgres
def test_what_a_killed_worker_left_is_done_by_the_other_one(site: Site) -> None:
    site.ask("slow", "slow:1", 1)
    with running(site) as first:
        until(lambda: site.noted("begun") == [1])
        first.send_signal(signal.SIGSTOP)  # else it may be done before the other one is there
        with running(site, sweep_seconds=0.5):
            until(lambda: len(site.slots()) == 2)
            first.kill()
            first.wait()
            until(lambda: site.states() == {"slow:1": "SUCCESS"})
    assert (site.noted("ended"), site.ran_by()) == ([1], {"vetting-1"})


def test_job_arguments_are_kept_as_readable_numbers(site: Site) -> None:
    site.ask("note", "note:1", 41, 42)
    with reading(site.engine) as session:
        table = job_table(site.engine, "workflow_input")
        (inputs,) = session.connection().execute(text(f"SELECT inputs FROM {table}")).one()
    assert "41" in inputs and "42" in inputs


def test_enqueueing_in_many_threads_beside_a_worker_neither_deadlocks_nor_loses_a_job(site: Site) -> None:
    def many(offset: int) -> None:
        for n in range(offset, offset + 10):
            with writing(site.engine) as session:
                worker_row = text(
                    "INSERT INTO idempotency_key (organisation_id, key, request_sha256, created_at)"
                    " VALUES (1, :key, '', '2026-01-01 00:00:00')"
                )
                session.connection().execute(worker_row, {"key": str(n)})
                site.queue.enqueue(session, "note", f"note:{n}", n)

    with running(site):
        threads = [threading.Thread(target=many, args=(offset,)) for offset in range(0, 40, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert not any(thread.is_alive() for thread in threads)
        until(lambda: sorted(site.noted("note")) == list(range(40)))


def test_the_sweep_runs_at_start_and_again(site: Site) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[3]); import worker_process as w\n"
        "from vetting.worker import run\n"
        "worker = w.worker(sys.argv[1], sys.argv[2], sweeps=[lambda e: 1/0, lambda e: w.note(e, 7, 'swept')],"
        " sweep_seconds=0.3)\nrun(worker)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, site.url, str(site.folder), str(SCRIPT.parent)],
        stderr=subprocess.PIPE,
        env=SURROUNDINGS,
    )
    try:
        until(lambda: len(site.noted("swept")) >= 3)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        _, errors = process.communicate()
    assert b"ZeroDivisionError" in errors
