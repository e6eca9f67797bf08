"""Sessions of users: use renews them, rest and time end them, and nothing of it costs a page a write."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from tests.cast import Clock, invited, with_clock
from tests.web.site import site
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.db.models import WebSession
from vetting.domain.browser import browser_of
from vetting.errors import BadInput, NotSignedIn
from vetting.services import accounts
from vetting.services.context import Context
from vetting.services.sessions import Rested

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0"
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Mobile Safari/537.36"


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Context:
    return with_clock(site(tmp_path), clock)


def signed_in(ctx: Context, agent: str = "") -> str:
    return accounts.sign_in(ctx, accounts.add_user(ctx, "ana@example.org", "recruiter"), agent=agent)


@pytest.mark.asvs("V7.3.1")
def test_a_session_that_is_not_used_for_two_hours_ends_and_says_why(ctx: Context, clock: Clock) -> None:
    session = signed_in(ctx)
    clock.pass_minutes(119)
    assert accounts.account_of(ctx, session)
    clock.pass_minutes(119)
    assert accounts.account_of(ctx, session), "use renews it"
    clock.pass_minutes(120)
    with pytest.raises(Rested, match="nothing was done here for 120 minutes"):
        accounts.account_of(ctx, session)
    clock.pass_minutes(-10)
    assert accounts.account_of(ctx, session), "asking for a session that rested does not renew it"


@pytest.mark.asvs("V7.3.2")
def test_a_session_in_use_ends_after_twelve_hours(ctx: Context, clock: Clock) -> None:
    session = signed_in(ctx)
    for _ in range(11):
        clock.pass_minutes(65)
        assert accounts.account_of(ctx, session)
    clock.pass_minutes(12 * 60 - 11 * 65)
    with pytest.raises(NotSignedIn) as ended:
        accounts.account_of(ctx, session)
    assert not isinstance(ended.value, Rested)


@pytest.mark.asvs("V7.3.1")
def test_what_a_script_asks_by_itself_is_no_use(ctx: Context, clock: Clock) -> None:
    session = signed_in(ctx)
    clock.pass_minutes(100)
    assert accounts.account_of(ctx, session, used=False)
    clock.pass_minutes(20)
    with pytest.raises(Rested):
        accounts.account_of(ctx, session)


def test_use_is_written_at_most_once_a_minute(ctx: Context, clock: Clock) -> None:
    session = signed_in(ctx)
    written: list[str] = []

    @event.listens_for(ctx.engine, "before_cursor_execute")
    def _note(*given: object) -> None:
        written.extend([str(given[2])] if str(given[2]).startswith("UPDATE") else [])

    for _ in range(11):
        clock.pass_minutes(0.25)
        accounts.account_of(ctx, session)
    assert len(written) == 2, "at the first and at the second minute"


def test_a_setting_says_how_long_the_rest_may_be(tmp_path: Path, clock: Clock) -> None:
    ctx = with_clock(site(tmp_path), clock)
    ctx.settings.session_idle_minutes = 5
    session = signed_in(ctx)
    clock.pass_minutes(5)
    with pytest.raises(Rested, match="for 5 minutes"):
        accounts.account_of(ctx, session)
    for wrong in (0, 4, 721):
        with pytest.raises(BadInput, match="VETTING_SESSION_IDLE_MINUTES"):
            load_settings(session_idle_minutes=wrong)


def test_a_session_of_a_candidate_does_not_end_by_rest(ctx: Context, clock: Clock) -> None:
    opened = accounts.accept_invitation(ctx, invited(ctx).token)
    clock.pass_minutes(24 * 60)
    assert accounts.candidate_of(ctx, opened), "an interview has no time limit"


def test_of_a_browser_its_family_and_system_are_kept_and_nothing_else(ctx: Context) -> None:
    told = [browser_of(agent) for agent in (FIREFOX, SAFARI, EDGE, CHROME, "curl/8.1", "")]
    assert told[:4] == ["Firefox on Linux", "Safari on macOS", "Edge on Windows", "Chrome on Android"]
    assert told[4:] == ["another browser"] * 2
    signed_in(ctx, FIREFOX)
    with reading(ctx.engine) as session:
        assert session.exec(select(WebSession.browser)).all() == ["Firefox on Linux"]


@pytest.mark.asvs("V7.1.2")
def test_a_user_has_any_number_of_sessions_and_a_candidate_one_as_is_documented(ctx: Context) -> None:
    mine = [signed_in(ctx) for _ in range(5)]
    assert len({accounts.account_of(ctx, session).session for session in mine}) == 5
    link = invited(ctx)
    former, latter = (accounts.accept_invitation(ctx, link.token) for _ in range(2))
    assert accounts.candidate_of(ctx, latter)
    with pytest.raises(NotSignedIn):
        accounts.candidate_of(ctx, former)
    said = (Path(__file__).parent.parent.parent / "docs" / "security.md").read_text(encoding="utf-8")
    assert "A user may have any number of sessions" in said and "A candidate has one per interview" in said
