"""Forecasts: what they promise holds when it is played out, and they keep silent where little is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.forecast import ENOUGH_ANSWERS, Tally, invitations_needed, ready_by

KNOWN = st.integers(ENOUGH_ANSWERS, 200).flatmap(
    lambda answered: st.builds(
        Tally,
        wanted=st.integers(1, 60),
        ready=st.integers(0, 60),
        waiting=st.integers(0, 30),
        answered=st.just(answered),
        accepted=st.integers(0, answered),
    )
)


@given(KNOWN)
def test_the_interval_holds_the_likely_number_and_nothing_is_needed_once_all_are_ready(tally: Tally) -> None:
    found = invitations_needed(tally)
    assert found is not None and 0 <= found.low <= found.likely <= found.high
    if tally.ready >= tally.wanted:
        assert found == (0, 0, 0)
    elif tally.wanted - tally.ready > tally.waiting:
        assert found.low >= tally.wanted - tally.ready - tally.waiting


@given(KNOWN)
def test_one_more_who_is_ready_never_raises_what_is_needed(tally: Tally) -> None:
    now, then = invitations_needed(tally), invitations_needed(tally._replace(ready=tally.ready + 1))
    assert now is not None and then is not None
    assert then.likely <= now.likely and then.high <= now.high


@given(st.integers(0, ENOUGH_ANSWERS - 1))
def test_too_few_answers_say_nothing(answered: int) -> None:
    assert invitations_needed(Tally(10, 0, 3, answered, answered)) is None


def test_as_many_as_promised_are_enough_as_often_as_promised() -> None:
    tally, rng = Tally(wanted=30, ready=11, waiting=4, answered=25, accepted=12), np.random.default_rng(1)
    needed = invitations_needed(tally)
    assert needed is not None
    rates = rng.beta(12.5, 13.5, 200_000)
    for more, sure in ((needed.low, 0.05), (needed.likely, 0.5), (needed.high, 0.95)):
        enough = np.mean(rng.binomial(4 + more, rates) >= 19)
        fewer = np.mean(rng.binomial(3 + more, rates) >= 19)
        assert enough >= sure - 0.005 and fewer <= sure + 0.005


@pytest.mark.parametrize(("accepted", "days"), [(4, 30.0), (40, 6.0)])
def test_no_pace_is_named_from_too_few_acceptances_or_days(accepted: int, days: float) -> None:
    assert ready_by(accepted, accepted, days, 20.0) is None


@given(st.integers(5, 200), st.floats(7, 200), st.floats(0.5, 200))
def test_the_pace_goes_on_within_its_interval(accepted: int, days: float, left: float) -> None:
    found = ready_by(accepted, accepted, days, left)
    assert found is not None
    assert accepted <= found.low <= found.likely <= found.high
    assert found.low <= accepted + accepted / days * left + 1
    assert found.high >= accepted + accepted / days * left - 1


def test_a_date_that_has_passed_adds_nobody() -> None:
    assert ready_by(3, 50, 50.0, -2.0) == (3, 3, 3)
