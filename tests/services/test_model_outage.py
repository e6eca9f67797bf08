"""A language model that is away: every process knows, interviews go on, its ratings are waited for, not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from tests import databases
from tests.cast import GOOD, Clock, begun
from tests.web.site import LiteralRater, site
from vetting.db.engine import reading
from vetting.db.models import ScorecardRow
from vetting.db.outage import SharedOutage
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.verdict import RaterId
from vetting.errors import ModelFailed
from vetting.llm.breaker import Admission, Breaker
from vetting.ports import RatingReply, RatingRequest
from vetting.services import interviews, scoring
from vetting.services.context import Context


class Away:
    """A rater over a model that is away until `back`."""

    id = RaterId(engine="model", model="away")

    def __init__(self) -> None:
        self.back = False
        self.asked = 0

    def rate(self, request: RatingRequest) -> RatingReply:
        self.asked += 1
        if not self.back:
            raise ModelFailed
        return LiteralRater().rate(request)


def waiting(folder: Path, clock: Clock, away: Away) -> Context:
    """A service on that clock whose panel is the model and an embedded rater."""
    return site(folder, clock=clock, panel=(away, LiteralRater()))


@pytest.fixture
def processes(tmp_path: Path, clock: Clock) -> Iterator[tuple[Breaker, Breaker]]:
    """The breakers of two processes on one database."""
    site(tmp_path)
    engines = [databases.engine(tmp_path / "data") for _ in range(2)]
    one, other = (Breaker(store=SharedOutage(e, "model"), clock=lambda: clock().timestamp()) for e in engines)
    yield one, other
    for engine in engines:
        engine.dispose()


def interrupted(ctx: Context, seed: int = 1) -> int:
    """An interview that its candidate ended after one answer."""
    interview_id = begun(ctx, seed=seed)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    interviews.do(ctx, interview_id, FinishNow())
    return interview_id


def cards(ctx: Context) -> list[ScorecardRow]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(ScorecardRow)))


@pytest.mark.asvs("V16.5.2")
def test_failures_that_one_process_met_hold_the_calls_of_all_back(processes: tuple[Breaker, Breaker]) -> None:
    one, other = processes
    for breaker in (one, other, one):
        assert breaker.admit() is Admission.CALL
        breaker.failed()
    assert one.admit() is other.admit() is Admission.REFUSED


def test_all_processes_together_probe_once_in_thirty_seconds_and_one_success_closes_for_all(
    processes: tuple[Breaker, Breaker], clock: Clock
) -> None:
    one, other = processes
    for _ in range(3):
        one.failed()
    probes = 0
    for _second in range(121):
        clock.pass_minutes(1 / 60)
        for breaker in (other, one):
            if breaker.admit() is Admission.PROBE:
                probes += 1
                breaker.failed()
    assert probes == 121 // 30
    clock.pass_minutes(1)
    assert (one.admit(), other.admit()) == (Admission.PROBE, Admission.REFUSED)
    one.succeeded()
    assert other.admit() is Admission.CALL


def test_a_clock_that_was_put_back_does_not_hold_calls_back_for_ever(
    processes: tuple[Breaker, Breaker], clock: Clock
) -> None:
    one, _ = processes
    for _ in range(3):
        one.failed()
    clock.pass_minutes(-60 * 24)
    assert one.admit() is Admission.PROBE


def test_a_rating_that_waits_for_a_model_is_tried_for_a_day_and_then_stands_for_a_person(
    tmp_path: Path, clock: Clock
) -> None:
    away = Away()
    ctx = waiting(tmp_path, clock, away)
    interrupted(ctx)
    for _ in range(23):
        clock.pass_minutes(60)
        assert scoring.sweep(ctx) == 1
    (card,) = cards(ctx)
    assert card.provisional and card.recommendation == "needs_person" and card.document["raters"]
    clock.pass_minutes(61)
    before = away.asked
    assert scoring.sweep(ctx) == 0 and away.asked == before
    assert [c.document for c in cards(ctx)] == [card.document]


def test_a_rating_comes_through_once_the_model_is_back(tmp_path: Path, clock: Clock) -> None:
    away = Away()
    ctx = waiting(tmp_path, clock, away)
    interrupted(ctx)
    clock.pass_minutes(600)
    away.back = True
    scoring.sweep(ctx)
    (card,) = cards(ctx)
    assert not card.provisional and len(card.document["raters"]) == 2


def test_a_model_that_is_back_is_asked_for_a_few_interviews_at_a_time_the_longest_waiting_first(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = waiting(tmp_path, clock, Away())
    ids = [interrupted(ctx, seed) for seed in range(1, 4)]
    monkeypatch.setattr(scoring, "DRAIN", 2)
    rounds: list[set[int]] = []
    for _ in range(3):
        clock.pass_minutes(2)
        scoring.sweep(ctx)
        rounds.append({c.interview_id for c in cards(ctx) if c.rated_at == clock()})
    assert [len(r) for r in rounds] == [2, 2, 2] and set().union(*rounds) == set(ids)
