"""The life of an entry: every way through it, taken at random."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.shortlist import READY, RULES, Shown, Side, State, Step, advance, decision, overtaken, possible
from vetting.errors import BadInput, Conflict

WALKS = st.lists(st.tuples(st.sampled_from(Step), st.sampled_from(Side)), max_size=40)


def walk(steps: list[tuple[Step, Side]]) -> list[tuple[State, Step, State]]:
    """What really happened of these attempts: (before, step, after)."""
    state, done = State.PROPOSED, []
    for step, side in steps:
        try:
            after = advance(state, step, by=side, reason="because")
        except Conflict:
            continue
        done.append((state, step, after))
        state = after
    return done


@given(WALKS)
def test_whoever_is_ready_was_approved_offered_the_work_and_said_yes(steps: list[tuple[Step, Side]]) -> None:
    seen: list[Step] = []
    for _, step, after in walk(steps):
        seen.append(step)
        if after in READY:
            last_no = max((i for i, s in enumerate(seen) if s in (Step.UNDO, Step.DECLINE)), default=-1)
            since = seen[last_no + 1 :]
            assert since.index(Step.APPROVE) < since.index(Step.INVITE) < since.index(Step.ACCEPT)


@given(WALKS)
def test_nobody_is_assigned_who_has_not_accepted_and_not_stepped_back(steps: list[tuple[Step, Side]]) -> None:
    for before, _, after in walk(steps):
        assert after is not State.ASSIGNED or before is State.ACCEPTED


@given(WALKS)
def test_only_the_expert_answers_an_offer_and_the_expert_does_nothing_else(steps: list[tuple[Step, Side]]) -> None:
    for _, step, after in walk(steps):
        assert (after is State.TURNED_DOWN) == (step is Step.TURN_DOWN)
        assert RULES[step].side is (Side.EXPERT if step in (Step.ACCEPT, Step.TURN_DOWN) else Side.STAFF)


@given(st.sampled_from(State))
def test_from_everywhere_there_is_a_way_back_to_the_beginning(state: State) -> None:
    reached, frontier = {state}, [state]
    while frontier:
        here = frontier.pop()
        for side in Side:
            for step in possible(here, side):
                there = advance(here, step, by=side, reason="because")
                if there not in reached:
                    reached.add(there)
                    frontier.append(there)
    assert State.PROPOSED in reached


@given(st.sampled_from(State), st.sampled_from(Step), st.sampled_from(["", " ", "\n"]))
def test_a_decline_without_a_reason_is_refused_everywhere(state: State, step: Step, blank: str) -> None:
    if step is Step.DECLINE:
        with pytest.raises(BadInput, match="why this expert is declined"):
            advance(state, step, by=Side.STAFF, reason=blank)
    elif step in possible(state):
        assert advance(state, step, by=Side.STAFF, reason=blank) is not state


def test_what_comes_after_an_approval_is_still_an_approval() -> None:
    assert {state: decision(state) for state in State} == {
        State.PROPOSED: "proposed",
        State.DECLINED: "declined",
        **{s: "approved" for s in (State.APPROVED, State.INVITED, State.ACCEPTED, State.TURNED_DOWN, State.ASSIGNED)},
    }


def test_a_step_that_is_not_possible_says_why() -> None:
    with pytest.raises(Conflict, match="nobody has approved this expert yet"):
        advance(State.PROPOSED, Step.INVITE, by=Side.STAFF)
    with pytest.raises(Conflict, match="Only the expert side"):
        advance(State.INVITED, Step.ACCEPT, by=Side.STAFF)


@given(st.lists(st.integers(0, 3).map(lambda met: Shown(met, 3)), max_size=12))
def test_who_shows_no_must_above_somebody_who_shows_all_is_found_wherever_that_is_so(ranked: list[Shown]) -> None:
    found = overtaken(ranked)
    pairs = [
        (a, b)
        for a, above in enumerate(ranked)
        for b, below in enumerate(ranked)
        if a < b and above.nothing and below.everything
    ]
    assert found == min(pairs, default=None)


def test_of_a_shortlist_without_musts_nobody_is_overtaken_and_an_undeclared_conflict_is_no_must_to_show() -> None:
    assert overtaken([Shown(0, 0), Shown(0, 0)]) is None
    conflict = {"id": "conflict", "kind": "must", "status": "no_evidence"}
    topic = {"id": "t", "kind": "must", "status": "met"}
    assert Shown.of([topic, conflict, {**topic, "kind": "nice"}]) == Shown(1, 1)
