"""Who tries too often is told so with the seconds to wait, and what counts them outlives a restart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from tests.cast import Clock, with_clock
from tests.web.site import browser, candidate, site
from vetting.db.engine import reading
from vetting.domain.throttle import Limit, Spent, take
from vetting.errors import TooMany
from vetting.services import accounts
from vetting.services.context import Context
from vetting.services.throttles import BY_ADDRESS, BY_INTERVIEW, BY_KEY, Throttles

LIMIT = Limit("door", 3, 60, "You knocked too often")


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Context:
    return with_clock(site(tmp_path), clock)


def test_a_limit_gives_what_it_has_until_its_window_is_over(clock: Clock) -> None:
    start = clock()
    spent = Spent(start, 2)
    assert take(LIMIT, spent, start + timedelta(seconds=59), wanted=5)[:3] == (1, Spent(start, 3), 0)
    assert take(LIMIT, Spent(start, 3), start + timedelta(seconds=59)).given == 0
    later = start + timedelta(seconds=60)
    assert take(LIMIT, Spent(start, 3), later)[:3] == (1, Spent(later, 1), 2)


def test_a_clock_that_was_put_back_locks_nobody_out(clock: Clock) -> None:
    start = clock()
    assert take(LIMIT, Spent(start + timedelta(days=400), 3), start).given == 1


def test_two_processes_share_a_limit_and_a_restart_forgives_nothing(ctx: Context, clock: Clock) -> None:
    first, second = Throttles(), Throttles()
    first.spend(ctx, LIMIT, "a")
    second.spend(ctx, LIMIT, "a")
    assert first.spend(ctx, LIMIT, "a").left == 0
    for process in (first, second, Throttles()):
        with pytest.raises(TooMany, match="You knocked too often; please try again in 60 seconds") as refused:
            process.spend(ctx, LIMIT, "a")
        assert refused.value.seconds == 60
    assert first.spend(ctx, LIMIT, "b").left == 2
    clock.pass_minutes(1)
    assert first.spend(ctx, LIMIT, "a").left == 2


def test_a_process_that_takes_several_at_a_time_never_gives_more_than_the_whole(ctx: Context) -> None:
    limit, given = Limit("door", 1000, 60, "Too often"), 0
    processes = [Throttles() for _ in range(3)]
    with pytest.raises(TooMany):
        for n in range(2000):
            processes[n % 3].spend(ctx, limit, "a")
            given += 1
    assert 970 <= given <= 1000


@pytest.mark.asvs("V6.3.1", "V6.6.3")
def test_links_that_do_not_work_are_counted_and_those_that_do_are_not(ctx: Context) -> None:
    who, page = candidate(ctx), browser(ctx)
    for _ in range(BY_ADDRESS.most):
        assert page.post("/i/guess", data={"interview": "true"}).status_code == 410
    refused = page.post("/sign-in/guess")
    assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= BY_ADDRESS.seconds
    assert "try again in 10 minutes" in refused.text
    assert page.post(f"/i/{who.token}", data={"interview": "true"}).status_code == 429
    for _ in range(3):
        assert who.page.post(f"/i/{who.token}", data={"interview": "true"}).status_code == 303


def test_no_address_stands_in_the_database(ctx: Context) -> None:
    browser(ctx).post("/sign-in/guess")
    with reading(ctx.engine) as session:
        (name,) = session.connection().execute(sql("SELECT name FROM throttle")).one()
    assert name.startswith("address:") and "testclient" not in name and len(name) > 60


@pytest.mark.asvs("V2.4.1", "V2.3.2")
def test_a_flood_from_one_candidate_is_stopped_and_nobody_else_notices(ctx: Context) -> None:
    flood, other = candidate(ctx), candidate(ctx, name="Ben Sole")
    flood.begin()
    other.begin()
    spent = flood.page.app.state.throttles  # type: ignore[attr-defined]  # TestClient knows any ASGI app, not its state
    for _ in range(BY_INTERVIEW.most):
        spent.spend(ctx, BY_INTERVIEW, str(flood.interview_id))
    refused = flood.page.post("/interview/answer", data={"turn": 1, "text": "again"})
    assert refused.status_code == 429 and refused.headers["retry-after"]
    assert flood.page.get("/interview").status_code == 200
    other.say(1, "Loss means the queue overflowed.")


@pytest.mark.asvs("V2.4.1")
def test_a_program_reads_from_every_answer_what_is_left_of_its_key(ctx: Context) -> None:
    page, key = browser(ctx), accounts.create_api_key(ctx, "tests")
    headers = {"authorization": f"Bearer {key}"}
    seen = [page.get("/api/v1/interviews/unknown", headers=headers).headers for _ in range(2)]
    assert [int(h["ratelimit-remaining"]) for h in seen] == [BY_KEY.most - 1, BY_KEY.most - 2]
    assert seen[0]["ratelimit-limit"] == str(BY_KEY.most) and int(seen[0]["ratelimit-reset"]) <= BY_KEY.seconds
    throttles = page.app.state.throttles  # type: ignore[attr-defined]  # TestClient knows any ASGI app, not its state
    known = accounts.key_of(ctx, key)
    for _ in range(BY_KEY.most - 2):
        throttles.spend(ctx, BY_KEY, str(known.key_id))
    refused = page.get("/api/v1/rubrics", headers=headers)
    assert refused.status_code == 429 and refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers["content-type"] == "application/problem+json" and refused.json()["title"] == "Too often"
