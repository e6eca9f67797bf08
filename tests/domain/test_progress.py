"""A project's progress is folded from its steps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.progress import Spell, Taken, progress
from vetting.domain.shortlist import State, Step

START = datetime(2026, 11, 1, 9, tzinfo=UTC)


def taken(person: int, step: Step, state: State, day: float) -> Taken:
    return Taken(person, step, state, START + timedelta(days=day))


def test_each_day_counts_where_everybody_stood_in_the_evening() -> None:
    steps = [
        taken(1, Step.APPROVE, State.APPROVED, 0),
        taken(2, Step.APPROVE, State.APPROVED, 0.1),
        taken(1, Step.INVITE, State.INVITED, 1),
        taken(2, Step.DECLINE, State.DECLINED, 1.1),
        taken(1, Step.ACCEPT, State.ACCEPTED, 3),
    ]
    found = progress(steps, wanted=2, start=None, now=START + timedelta(days=4))
    assert [(d.on.day, d.ready, d.invited, d.approved, d.declined) for d in found.days] == [
        (1, 0, 0, 2, 0),
        (2, 0, 1, 0, 1),
        (4, 1, 0, 0, 1),
    ]
    assert (found.ready, found.waiting, found.needed) == (1, 0, None)


def test_interviews_count_from_their_invitation_until_the_day_they_were_over() -> None:
    day = START.date()
    spells = [Spell(1, day, day + timedelta(days=2)), Spell(1, day, None), Spell(2, day + timedelta(days=1), None)]
    found = progress([], spells, wanted=2, start=None, now=START)
    assert [d.interviewing for d in found.days] == [1, 2, 2]
    found = progress([], spells[:1], wanted=2, start=None, now=START)
    assert [d.interviewing for d in found.days] == [1, 0]


def test_offers_that_ran_out_wait_no_longer_and_count_as_not_accepted() -> None:
    steps = [taken(n, Step.INVITE, State.INVITED, 0) for n in range(12)]
    steps += [taken(n, Step.ACCEPT, State.ACCEPTED, 8 + n / 10) for n in range(6)]
    found = progress(steps, wanted=20, start=date(2026, 11, 30), now=START + timedelta(days=15), lapsed=4)
    assert (found.waiting, found.tally.answered, found.tally.accepted) == (2, 10, 6)
    assert found.needed is not None and found.needed.low >= 12
    assert found.by_start is not None and found.by_start.low >= 6


def test_somebody_who_first_accepted_and_then_stepped_back_did_not_accept() -> None:
    steps = [
        taken(1, Step.INVITE, State.INVITED, 0),
        taken(1, Step.ACCEPT, State.ACCEPTED, 1),
        taken(1, Step.TURN_DOWN, State.TURNED_DOWN, 2),
    ]
    found = progress(steps, wanted=1, start=None, now=START + timedelta(days=3))
    assert (found.tally.answered, found.tally.accepted, found.ready) == (1, 0, 0)


def test_a_project_without_steps_has_nothing_to_show() -> None:
    found = progress([], wanted=None, start=None, now=START)
    assert (found.days, found.today, found.ready, found.needed, found.by_start) == ((), None, 0, None, None)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(State)), max_size=40))
def test_nobody_is_counted_twice(moves: list[tuple[int, State]]) -> None:
    steps = [taken(who, Step.APPROVE, state, n / 3) for n, (who, state) in enumerate(moves)]
    for day in progress(steps, wanted=3, start=None, now=START).days:
        assert day.ready + day.invited + day.approved + day.declined + day.turned_down <= len({w for w, _ in moves})
