"""Budgets are looked at before every request: a flood costs no more, and the interview goes on without the model."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from tests.cast import GOOD, Clock, begun, service, with_clock
from tests.services.test_with_a_model import asked
from tests.web.staff import second_organisation
from vetting.config import load_settings
from vetting.db import spend_queries
from vetting.db.engine import reading, writing
from vetting.db.models import ModelCallRow
from vetting.domain.interview_events import SubmitAnswer
from vetting.errors import VettingError
from vetting.llm.breaker import Breaker
from vetting.llm.failures import CallFailed, CallStatus
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prices import cost_usd
from vetting.llm.prompts import load_prompts
from vetting.services import interviews, spending
from vetting.services.context import Context

WORDY = f"{GOOD} I have measured this on a link with deep buffers, and the delay rose long before the first loss."


def with_model(folder: Path, server: FakeServer, **budgets: int) -> Context:
    """A service whose language model words questions."""
    return service(folder, llm_model="fake", OPENAI_BASE_URL=server.base_url, **budgets)


def answer(ctx: Context, interview_id: int, turns: int) -> None:
    for _ in range(turns):
        current = interviews.ensure_question(ctx, interview_id).state.current
        if current is None:
            return
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=WORDY))


def spent(ctx: Context, interview_id: int) -> spend_queries.Spent:
    with reading(ctx.engine) as session:
        return spend_queries.of_interview(session, ctx.org, interview_id)


def test_an_interview_spends_no_more_than_its_budget_and_goes_on_and_says_so(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server, interview_tokens=500)
        flooded = begun(ctx)
        answer(ctx, flooded, 8)
        first = spent(ctx, flooded)
        made = len(server.requests)
        answer(ctx, flooded, 4)
        assert len(server.requests) == made  # not one more request once it is used up
    assert 500 <= first.tokens < 500 + 2_000  # passed by the one request under way, at most
    reasons = [event.fallback for event in asked(ctx, flooded)]
    assert spending.OF_INTERVIEW in reasons


def test_the_day_has_a_budget_of_each_organisation_that_begins_anew_at_midnight(tmp_path: Path) -> None:
    with FakeServer() as server:
        clock = Clock()
        ctx = with_clock(with_model(tmp_path, server, day_tokens=1_000), clock)
        row = ModelCallRow(
            organisation_id=ctx.org, prompt="p", prompt_sha="s", model="m", status="ok", rung="", error="",
            milliseconds=1, input_tokens=900, output_tokens=100, at=clock(),
        )  # fmt: skip
        with writing(ctx.engine) as session:
            session.add(row)
        other = second_organisation(ctx)
        for scoped, refused in ((ctx, spending.OF_DAY), (other, None)):
            assert spending._Purse(scoped, None).refusal() == refused
        clock.at += timedelta(days=1)
        assert spending._Purse(ctx, None).refusal() is None


def test_what_a_server_does_not_tell_counts_and_what_never_reached_it_does_not() -> None:
    assert spend_queries.counted("timeout", 0) == spend_queries.counted("ok", 0) == spend_queries.UNTOLD_TOKENS
    assert spend_queries.counted("unreachable", 0) == 0 and spend_queries.counted("ok", 12) == 12


def test_money_counts_where_a_price_is_known_and_nowhere_else() -> None:
    assert cost_usd("gpt-4o-mini", None, 1_000_000, 0) == pytest.approx(0.15)
    assert cost_usd("gpt-4o-mini", "https://api.openai.com/v1", 0, 1_000_000) == pytest.approx(0.60)
    assert cost_usd("gpt-4o-mini", "http://127.0.0.1:8080/v1", 1_000, 1_000) is None  # a server of one's own
    assert cost_usd("no-such-model", None, 1_000, 1_000) is None
    budget = spending.Budget(tokens=None, usd=1.0)
    assert budget.used_up(spend_queries.Spent(calls=9, usd=1.0))
    assert not budget.used_up(spend_queries.Spent(calls=9, tokens=10**9, unpriced=9))


def test_a_gateway_of_the_service_asks_nothing_on_nobodys_account(tmp_path: Path) -> None:
    from tests.llm.bad_servers import TRANSITION, Said

    with (
        FakeServer() as server,
        Gateway(
            model="fake", prompts=load_prompts(), base_url=server.base_url, metered=True, breaker=Breaker(threshold=1)
        ) as gateway,
    ):
        with pytest.raises(VettingError, match="nobody's account"):
            gateway.ask("interviewer.transition", TRANSITION, Said, deadline=5)
        ctx = with_model(tmp_path, server, interview_tokens=0)
        with spending.on_account(ctx, begun(ctx)), pytest.raises(CallFailed) as refused:
            gateway.ask("interviewer.transition", TRANSITION, Said, deadline=5)
        assert refused.value.outcome == CallStatus.BUDGET and refused.value.calls == ()
        assert not gateway.breaker.open and server.requests == []


def test_every_call_is_kept_with_what_it_came_to(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server)
        key = begun(ctx)
        answer(ctx, key, 2)
    with reading(ctx.engine) as session:
        rows = session.exec(select(ModelCallRow).where(ModelCallRow.interview_id == key)).all()
    assert rows and all(row.cost_usd is None and row.input_tokens > 0 for row in rows)
    total = spent(ctx, key)
    assert total.calls == total.unpriced == len(rows) and total.usd == 0.0
    assert total == sum((spend_queries.spent_on(row) for row in rows), spend_queries.Spent())


def test_without_a_setting_there_is_a_budget() -> None:
    settings = load_settings()
    assert spending.of_interview(settings).tokens and spending.of_day(settings).tokens
