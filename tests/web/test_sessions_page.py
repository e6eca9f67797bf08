"""One's own sessions: seen, told apart, and ended by their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.cast import Clock, with_clock
from tests.web.site import browser, site
from vetting.db.audit_queries import chain
from vetting.db.engine import reading
from vetting.services import accounts
from vetting.services.context import Context

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Safari/604.1"


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Context:
    return with_clock(site(tmp_path), clock)


def signed_in(ctx: Context, agent: str, email: str = "ana@example.org") -> TestClient:
    page = browser(ctx)
    page.headers["user-agent"] = agent
    assert page.post(f"/sign-in/{accounts.add_user(ctx, email, 'reviewer')}").status_code == 303
    return page


def session_of(ctx: Context, page: TestClient) -> str:
    return accounts.account_of(ctx, page.cookies["vetting"], used=False).session


@pytest.mark.asvs("V7.5.2")
def test_whoever_is_signed_in_sees_where_and_ends_another(ctx: Context, clock: Clock) -> None:
    far = signed_in(ctx, SAFARI)
    clock.pass_minutes(30)
    here = signed_in(ctx, FIREFOX)
    shown = here.get("/sessions").text
    assert shown.index("Firefox on Linux") < shown.index("this browser") < shown.index("Safari on iPhone")
    assert "21 Nov 2026, 12:00 UTC" in shown and "21 Nov 2026, 12:30 UTC" in shown
    assert shown.count("this browser") == 1 and 'href="/sessions"' in here.get("/").text
    assert here.post(f"/sessions/{session_of(ctx, far)}/end").headers["location"] == "/sessions"
    assert far.get("/candidates").status_code == 401 and here.get("/candidates").status_code == 200
    assert "Safari" not in here.get("/sessions").text
    with reading(ctx.engine) as session:
        link = list(chain(session, ctx.org))[-1].link
    assert (link.action, dict(link.detail)) == ("user.sign-out", {"sessions": 1}) and link.actor == link.subject


@pytest.mark.asvs("V7.5.2")
def test_all_others_end_at_once_and_this_one_and_those_of_other_people_go_on(ctx: Context) -> None:
    others, here = [signed_in(ctx, SAFARI) for _ in range(2)], signed_in(ctx, FIREFOX)
    somebody = signed_in(ctx, SAFARI, "ben@example.org")
    assert "End all others" in here.get("/sessions").text
    assert here.post("/sessions/end-others").status_code == 303
    assert [page.get("/candidates").status_code for page in others] == [401, 401]
    assert here.get("/candidates").status_code == somebody.get("/candidates").status_code == 200
    assert "End all others" not in here.get("/sessions").text


def test_ending_the_session_in_use_signs_out(ctx: Context) -> None:
    here = signed_in(ctx, FIREFOX)
    kept, answer = here.cookies["vetting"], here.post(f"/sessions/{session_of(ctx, here)}/end")
    assert answer.headers["location"] == "/" and "vetting" not in here.cookies
    here.cookies.set("vetting", kept)
    assert here.get("/candidates").status_code == 401


def test_a_session_of_somebody_else_is_not_there(ctx: Context) -> None:
    here, somebody = signed_in(ctx, FIREFOX), signed_in(ctx, SAFARI, "ben@example.org")
    assert here.post(f"/sessions/{session_of(ctx, somebody)}/end").status_code == 404
    assert somebody.get("/candidates").status_code == 200 and "ben@" not in here.get("/sessions").text


def test_sessions_that_rested_are_no_longer_listed(ctx: Context, clock: Clock) -> None:
    signed_in(ctx, SAFARI)
    clock.pass_minutes(121)
    assert "Safari" not in signed_in(ctx, FIREFOX).get("/sessions").text
