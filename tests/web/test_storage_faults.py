"""A database that is locked or a disk that is full: no answer is acknowledged that is not stored, and none is lost."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests import databases
from tests.web.site import Candidate, candidate, site
from vetting.db import engine as engines
from vetting.db import postgres
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.services import doctor
from vetting.services.context import Context

WORDS = "Precious words about loss and the window."


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.6)
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 0.6)
    return site(tmp_path)


@pytest.fixture
def ana(ctx: Context) -> Candidate:
    made = candidate(ctx)
    made.begin()
    return made


def answers(ctx: Context, ana: Candidate) -> list[str | None]:
    with reading(ctx.engine) as session:
        return [t.answer for t in load(session, ctx.org, ana.interview_id).transcript.turns]


def locked(ctx: Context) -> Any:
    """Another program that holds the write lock."""
    if databases.ON_POSTGRES:
        import psycopg

        connection = psycopg.connect(databases.url(ctx.settings.data_dir))
        connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", [int(postgres.Space.WRITING)])
        return connection
    other = sqlite3.connect(ctx.settings.data_dir / "vetting.sqlite3", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_lock_that_ends_in_time_is_waited_for(ctx: Context, ana: Candidate) -> None:
    with closing(locked(ctx)) as other:
        release = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
        release.start()
        ana.say(1, WORDS)
        release.join()
    assert answers(ctx, ana)[0] == WORDS


def test_a_lock_that_lasts_is_told_with_the_words_still_there_and_nothing_is_stored(
    ctx: Context, ana: Candidate
) -> None:
    with closing(locked(ctx)) as other:
        refused = ana.page.post("/interview/answer", data={"turn": 1, "text": WORDS})
        assert refused.status_code == 503 and refused.headers["retry-after"] and WORDS in refused.text
        assert ana.page.get("/interview").status_code == 200, "reading goes on beside a writer"
        other.execute("ROLLBACK")
    assert answers(ctx, ana) == [None]
    ana.say(1, WORDS)
    assert answers(ctx, ana)[0] == WORDS


@pytest.mark.asvs("V16.5.3")
@pytest.mark.sqlite
def test_a_full_disk_acknowledges_nothing_stores_nothing_and_later_everything(ctx: Context, ana: Candidate) -> None:
    room = [0]

    def limit(connection: Any, *_: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + room[0]}")

    event.listen(ctx.engine, "checkout", limit)
    long = f"{WORDS} {'x' * 11_000}"
    for _ in range(3):
        refused = ana.page.post("/interview/answer", data={"turn": 1, "text": long})
        if refused.status_code == 507:
            break
    assert refused.status_code == 507 and WORDS in refused.text and answers(ctx, ana) == [None]
    assert [f for c in doctor.examine_file(ctx.engine) + doctor.examine(ctx) for f in c.faults] == []
    room[0] = 10_000
    ana.say(1, long)
    assert answers(ctx, ana)[0] == long
