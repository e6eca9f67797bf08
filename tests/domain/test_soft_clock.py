"""The soft clock counts time at the page, not time away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.interview_events import Completed, Entry, Event, Finish, Paused, Resumed, TurnRephrased
from vetting.domain.soft_clock import AWAY, minutes_so_far

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entries(*events: tuple[Callable[..., Event], float]) -> list[Entry]:
    """Events at so many minutes after the start."""
    more: dict[Callable[..., Event], dict[str, object]] = {
        TurnRephrased: {"turn": 1}, Completed: {"reason": Finish.CANDIDATE},
    }  # fmt: skip
    return [Entry(event=kind(at=START + timedelta(minutes=at), **more.get(kind, {}))) for kind, at in events]


def test_nothing_has_passed_before_the_first_event() -> None:
    assert minutes_so_far([], START) == 0


def test_breaks_do_not_count() -> None:
    log = entries((TurnRephrased, 0), (Paused, 4), (Resumed, 60))
    assert minutes_so_far(log, START + timedelta(minutes=63)) == 7


def test_who_comes_back_tomorrow_has_not_worked_all_night() -> None:
    log = entries((TurnRephrased, 0), (TurnRephrased, 5))
    assert minutes_so_far(log, START + timedelta(days=1)) == 5 + AWAY.total_seconds() / 60


def test_it_stops_when_the_interview_is_over() -> None:
    log = entries((TurnRephrased, 0), (Completed, 5))
    assert minutes_so_far(log, START + timedelta(minutes=9)) == 5


@given(st.lists(st.floats(0, 30), max_size=8), st.floats(0, 30), st.floats(0, 30))
def test_it_never_runs_backwards_and_never_faster_than_time(gaps: list[float], now: float, later: float) -> None:
    at = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    log = entries(*((TurnRephrased, minute) for minute in at))
    end = START + timedelta(minutes=sum(gaps) + now)
    first, second = minutes_so_far(log, end), minutes_so_far(log, end + timedelta(minutes=later))
    assert -1e-6 <= first <= sum(gaps) + now + 1e-6
    assert first - 1e-6 <= second <= first + later + 1e-6
