"""Staffing on tiny matrices: the best plan, what has to give where there is none, and what always holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings

from tests.domain.staffing_cases import Case, cases, pairs_of, standing_of
from vetting.domain import staffing_solver
from vetting.domain.staffing import alternates, faults, shares, worth
from vetting.domain.staffing_greedy import greedy
from vetting.domain.staffing_plan import Answer, staff
from vetting.domain.staffing_relax import Kind, lacking, relaxed, smallest_relaxation, words

TWO = {("p", "a"): 0.9, ("p", "b"): 0.8, ("q", "a"): 0.9, ("q", "b"): 0.1}
HOURS = {"a": 10.0, "b": 10.0}


def time() -> float:
    return 20.0


def answered(case: Case, left: Callable[[], float] = time) -> tuple[Answer, frozenset[tuple[str, str]]]:
    built = case.built()
    answer = staff(built.problem, left, built.openings)
    return answer, pairs_of(built, answer.chosen)


def sentences(case: Case) -> list[str]:
    built = case.built()
    answer = staff(built.problem, time, built.openings)
    dropped = answer.instead or {}
    return [words(built.problem, one, dropped.get(one)) for one in answer.relaxations]


def test_the_best_plan_gives_up_a_first_choice_where_all_gain() -> None:
    case = Case({"p": 1, "q": 1}, TWO, HOURS, {"p": 10.0, "q": 10.0})
    answer, plan = answered(case)
    assert plan == {("p", "b"), ("q", "a")} and answer.optimal and answer.gap <= 1e-6
    assert pairs_of(case.built(), greedy(case.built().problem)) == {("p", "a"), ("q", "b")}
    assert answer.objective == pytest.approx(0.8 * 0.85 + 0.2 * (1 + standing_of(0.8 / 0.9)) / 2)
    assert answer.baseline.objective == pytest.approx(0.8 * 0.5 + 0.2 * (1 + standing_of(0.1 / 0.9)) / 2)


def test_who_has_the_hours_works_on_both() -> None:
    case = Case({"p": 1, "q": 1}, TWO, {"a": 20.0, "b": 10.0}, {"p": 10.0, "q": 10.0})
    assert answered(case)[1] == {("p", "a"), ("q", "a")}


@pytest.mark.parametrize(("hours", "project"), [(None, 10.0), (40.0, None)])
def test_hours_that_nobody_stated_take_the_whole_week(hours: float | None, project: float | None) -> None:
    case = Case({"p": 1, "q": 1}, TWO, {"a": hours, "b": 40.0}, {"p": project, "q": project})
    assert answered(case)[1] == {("p", "b"), ("q", "a")}


def test_work_outside_of_the_plan_takes_its_share() -> None:
    case = Case({"p": 1, "q": 1}, TWO, {"a": 20.0, "b": 10.0}, {"p": 10.0, "q": 10.0}, busy={"a": 0.5})
    assert answered(case)[1] == {("p", "b"), ("q", "a")}


def test_fairness_takes_from_the_best_served_project_for_the_worst() -> None:
    fit = {("p", "a"): 1.0, ("p", "b"): 0.5, ("q", "a"): 0.5, ("q", "b"): 0.1}
    hours = {"p": 10.0, "q": 10.0}
    assert answered(Case({"p": 1, "q": 1}, fit, HOURS, hours, fairness=0.0))[1] == {("p", "a"), ("q", "b")}
    answer, plan = answered(Case({"p": 1, "q": 1}, fit, HOURS, hours, fairness=0.5))
    assert plan == {("p", "b"), ("q", "a")} and min(shares(answer.problem, answer.chosen)) == 0.5


def test_a_cover_brings_in_who_meets_it() -> None:
    fit = {("p", "a"): 0.9, ("p", "b"): 0.8, ("p", "c"): 0.2}
    assert answered(Case({"p": 2}, fit))[1] == {("p", "a"), ("p", "b")}
    assert answered(Case({"p": 2}, fit, covers={"p": (1, frozenset("c"))}))[1] == {("p", "a"), ("p", "c")}


def test_pinned_and_assigned_people_stay() -> None:
    case = Case({"p": 1, "q": 1}, TWO, HOURS, {"p": 10.0, "q": 10.0}, pinned=frozenset({("q", "b")}))
    assert answered(case)[1] == {("p", "a"), ("q", "b")}
    case = Case({"p": 1, "q": 1}, TWO, HOURS, {"p": 10.0, "q": 10.0}, assigned=frozenset({("p", "a")}))
    assert answered(case)[1] == {("p", "a"), ("q", "b")}


def test_alternates_are_the_best_who_still_have_the_time() -> None:
    fit = {("p", "a"): 0.9, ("p", "b"): 0.8, ("p", "c"): 0.7, ("q", "b"): 0.9}
    case = Case({"p": 1, "q": 1}, fit, {"a": 10.0, "b": 10.0, "c": 10.0}, {"p": 10.0, "q": 10.0})
    answer, _ = answered(case)
    spare = [pairs_of(case.built(), pairs) for pairs in alternates(answer.problem, answer.chosen)]
    assert spare == [{("p", "c")}, frozenset()]


def test_too_few_eligible_is_said_with_the_number_and_the_must_that_would_help() -> None:
    fit = {("p", e): 0.5 for e in "abc"}
    case = Case({"p": 5}, fit, missed={"p": ("licence", ("d", "e", "f"))})
    assert sentences(case) == [
        "Project p asks for 5 seats and 3 experts are eligible: lower the seats by 2, or drop the must 'licence', "
        "which alone keeps 3 out."
    ]
    assert sentences(Case({"p": 5}, fit, missed={"p": ("licence", ("d",))})) == [
        "Project p asks for 5 seats and 3 experts are eligible: lower the seats by 2."
    ]


def test_dropping_a_must_is_not_offered_where_those_it_keeps_out_are_busy_elsewhere() -> None:
    fit = {("p", "a"): 0.5, ("q", "b"): 0.5}
    case = Case({"p": 2, "q": 1}, fit, missed={"p": ("licence", ("b",))})
    assert sentences(case) == ["Project p asks for 2 seats and 1 expert is eligible: lower the seats by 1."]


def test_hours_that_do_not_reach_are_told_from_people_that_are_missing() -> None:
    case = Case({"p": 1, "q": 1}, {("p", "a"): 0.5, ("q", "a"): 0.6}, {"a": 10.0}, {"p": 10.0, "q": 10.0})
    answer, plan = answered(case)
    assert len(plan) == 1 and answer.smallest
    (said,) = sentences(case)
    assert "1 expert is eligible, but not with hours left: lower the seats by 1" in said


def test_a_cover_that_nobody_meets_is_lowered_rather_than_a_seat() -> None:
    case = Case({"p": 2}, {("p", "a"): 0.5, ("p", "b"): 0.5}, covers={"p": (2, frozenset("a"))})
    assert sentences(case) == [
        "Project p asks that 2 of its experts meet 'transport at level 3.5' and 1 of those eligible does: "
        "lower this number by 1."
    ]


def test_of_two_pins_for_one_seat_one_is_dropped_and_an_assignment_is_ended_last() -> None:
    fit = {("p", "a"): 0.9, ("p", "b"): 0.1}
    both = Case({"p": 1}, fit, pinned=frozenset({("p", "a")}), assigned=frozenset({("p", "b")}))
    answer, plan = answered(both)
    assert [r.kind for r in answer.relaxations] == [Kind.PIN] and plan == {("p", "b")}
    assert sentences(both) == [
        "{expert} is pinned to Project p, which their hours or its seats do not allow: drop the pin."
    ]
    full = Case({"p": 1}, fit, assigned=frozenset({("p", "a"), ("p", "b")}))
    assert [r.kind for r in answered(full)[0].relaxations] == [Kind.ASSIGNMENT]


def test_of_equal_shortages_the_one_that_touches_fewest_projects_is_named() -> None:
    fit = {(p, e): 0.5 for p in "pqr" for e in "ab"}
    hours = dict.fromkeys("ab", 10.0)
    case = Case({"p": 1, "q": 1, "r": 2}, fit, hours, dict.fromkeys("pqr", 10.0))
    answer, _ = answered(case)
    assert [(r.kind, r.demand, r.amount) for r in answer.relaxations] == [(Kind.SEATS, 2, 2)]


def test_nobody_at_all_is_an_answer_too() -> None:
    answer, plan = answered(Case({"p": 2}, {}, {"a": 10.0}))
    assert plan == frozenset() and answer.objective == 0 and [r.amount for r in answer.relaxations] == [2]


@pytest.mark.parametrize("seats", [4, 15])
def test_without_time_the_greedy_plan_stands_with_its_gap_and_with_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, seats: int
) -> None:
    monkeypatch.setattr(staffing_solver, "LEAST_SECONDS", 0.0)
    rng = np.random.default_rng(1)
    many = {(f"p{p}", f"e{e:02}"): round(float(rng.random()), 4) for p in range(20) for e in range(80)}
    hours = {f"e{e:02}": float(rng.choice([10, 20, 30])) for e in range(80)}
    case = Case({f"p{p}": seats for p in range(20)}, many, hours, {f"p{p}": 10.0 for p in range(20)})
    answer = staff(case.built().problem, lambda: 0.0)
    assert faults(answer.problem, answer.chosen) == [] and answer.objective == answer.baseline.objective
    assert not answer.optimal and answer.bound == 1.0
    empty = 20 * seats - len(answer.chosen)
    assert sum(r.amount for r in answer.relaxations) == empty and (empty > 0) == (seats > 4) == (not answer.smallest)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_any_plan_keeps_to_everything_once_what_it_lacks_is_relaxed(case: Case) -> None:
    problem = case.built().problem
    by_hand = greedy(problem)
    assert faults(relaxed(problem, lacking(problem, by_hand)), by_hand) == []


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_plan_is_as_good_as_the_best_of_all_plans_and_keeps_to_everything(case: Case) -> None:
    every = {plan: case.worth(plan) for plan in case.plans()}
    answer, plan = answered(case)
    assert case.fits_in(plan) and len(answer.chosen) == len(set(answer.chosen.tolist()))
    if every:
        assert answer.relaxations == () and plan in every
        assert case.worth(plan) == pytest.approx(max(every.values()), abs=1e-6)
        assert answer.objective == pytest.approx(case.worth(plan), abs=1e-9)
    else:
        assert answer.relaxations
        assert faults(answer.problem, answer.chosen) == []


@settings(max_examples=30, deadline=None)
@given(cases())
def test_what_is_to_be_relaxed_makes_a_plan_possible_and_nothing_less_does(case: Case) -> None:
    problem = case.built().problem
    smallest = smallest_relaxation(problem, 20.0)
    assert smallest is not None and smallest.proven
    able = relaxed(problem, smallest.relaxations)
    assert staff(able, time).relaxations == ()
    for one in smallest.relaxations:
        rest = [r for r in smallest.relaxations if r != one]
        assert staff(relaxed(problem, rest), time).relaxations


@settings(max_examples=30, deadline=None)
@given(cases())
def test_picking_one_by_one_overworks_nobody_and_is_never_worth_more(case: Case) -> None:
    problem = case.built().problem
    by_hand = greedy(problem)
    assert not [fault for fault in faults(problem, by_hand) if "week" in fault or "twice" in fault]
    answer, _ = answered(case)
    if not faults(answer.problem, greedy(answer.problem)):
        assert answer.objective >= worth(answer.problem, greedy(answer.problem)) - 1e-9
