"""How many requests a key and a candidate may make: counted over all processes, told in headers, refused with 429."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.cast import Clock
from tests.web.site import candidate, site
from vetting.db.engine import reading
from vetting.db.limit_models import RateLimit
from vetting.services import accounts
from vetting.services.context import Context
from vetting.services.rate_limits import PORTION, Limiter, Policy
from vetting.web.app import create_app


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(folder: Path, clock: Clock, **settings: int) -> Context:
    ctx = site(folder, clock=clock)
    return replace(ctx, settings=ctx.settings.model_copy(update=settings))


def program(ctx: Context, key: str) -> TestClient:
    """A process of the service with a program that calls it."""
    app = create_app(ctx, https=False)
    return TestClient(app, headers={"authorization": f"Bearer {key}"}, raise_server_exceptions=False)


def test_a_key_reads_what_it_has_left_and_is_refused_in_plain_words_with_the_time_to_wait(
    tmp_path: Path, clock: Clock
) -> None:
    ctx = limited(tmp_path, clock, api_per_minute=3)
    one = program(ctx, accounts.create_api_key(ctx, "one"))
    clock.pass_minutes(1 / 6)
    answers = [one.get("/api/v1/interviews/unknown") for _ in range(4)]
    assert [a.status_code for a in answers] == [404, 404, 404, 429]
    assert [a.headers["ratelimit"] for a in answers] == [f'"api";r={left};t=50' for left in (2, 1, 0, 0)]
    assert {a.headers["ratelimit-policy"] for a in answers} == {'"api";q=3;w=60'}
    assert answers[3].headers["retry-after"] == "50"
    assert answers[3].json()["title"] == "Too many requests" and "50 s" in answers[3].json()["detail"]
    assert program(ctx, accounts.create_api_key(ctx, "other")).get("/api/v1/rubrics").status_code == 200
    clock.pass_minutes(1)
    assert one.get("/api/v1/interviews/unknown").status_code == 404


def test_two_processes_together_give_no_more_than_one_would(tmp_path: Path, clock: Clock) -> None:
    ctx = limited(tmp_path, clock)
    policy, processes = Policy("api", 2 * PORTION + 5), (Limiter(), Limiter())
    given = [processes[n % 2].take(ctx, policy, "key").left for n in range(4 * PORTION)]
    assert sum(left >= 0 for left in given) == 2 * PORTION + 5
    assert given[-1] == -1


def test_the_database_is_written_to_once_per_portion_and_forgets_what_is_over(tmp_path: Path, clock: Clock) -> None:
    ctx = limited(tmp_path, clock)
    limiter, policy = Limiter(), Policy("api", 1000)
    for minute in range(4):
        clock.at = clock.at.replace(minute=minute)
        for _ in range(PORTION + 1):
            limiter.take(ctx, policy, "key")
    with reading(ctx.engine) as session:
        rows = session.exec(select(RateLimit)).all()
    assert len(rows) == 2 and {row.used for row in rows} == {2 * PORTION}


def test_a_candidate_who_floods_is_slowed_down_and_goes_on_afterwards(tmp_path: Path, clock: Clock) -> None:
    ctx = limited(tmp_path, clock, candidate_per_minute=30)
    who = candidate(ctx)
    who.begin()
    found = [who.page.post("/interview/draft", data={"turn": 1, "text": f"d{n}"}).status_code for n in range(40)]
    assert found.count(429) == 10 and found[-1] == 429
    refused = who.page.post("/interview/answer", data={"turn": 1, "text": "An answer."})
    assert refused.status_code == 429 and re.fullmatch(r"\d+", refused.headers["retry-after"])
    assert who.page.get("/interview").status_code == 200  # reading is not counted
    clock.pass_minutes(1)
    who.say(1, "An answer.")
