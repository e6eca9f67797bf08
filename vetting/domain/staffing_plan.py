"""From a problem to its answer: the best plan, or what to relax and the best plan then, beside a greedy one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vetting.domain.pool import Ints
from vetting.domain.staffing import Problem, faults, gap, worth
from vetting.domain.staffing_greedy import greedy
from vetting.domain.staffing_relax import Opening, Relaxation, instead, lacking, relaxed, smallest_relaxation
from vetting.domain.staffing_solver import Best, Verdict, best_plan

RELAX_SHARE, PLAN_SHARE = 0.5, 0.9
"""Of the time that is left: for the smallest relaxation, then for the plan under it; the rest is for naming musts."""


@dataclass(frozen=True)
class Baseline:
    """What picking by hand from a sorted list gives on the same problem; `empty` are people missing."""

    objective: float
    empty: int


@dataclass(frozen=True)
class Answer:
    """A plan that keeps to `problem`, which is the one asked with `relaxations` made (none where none is needed).

    `smallest` says whether no smaller relaxation exists; `instead` which must could be dropped in place of one.
    """

    problem: Problem
    chosen: Ints
    objective: float
    bound: float
    optimal: bool
    baseline: Baseline
    relaxations: tuple[Relaxation, ...] = ()
    smallest: bool = True
    instead: dict[Relaxation, Opening] | None = None

    @property
    def gap(self) -> float:
        """How far the bound lies above the objective, relative to it."""
        return gap(self.objective, self.bound)


def staff(
    problem: Problem,
    left: Callable[[], float],
    openings: Sequence[Opening] = (),
    step: Callable[[str], None] = lambda _: None,
) -> Answer:
    """The answer; `left` tells the seconds that are left, `step` hears what is being done.

    There always is one, never worth less than the greedy plan: where the solver was stopped before it got there, the
    greedy one is given, with what it lacks as relaxations that are not called the smallest.
    """
    step("looking for the best plan")
    best = best_plan(problem, left())
    if best.verdict is not Verdict.IMPOSSIBLE and (found := _answer(problem, best)):
        return found
    step("looking for the smallest change that makes a plan possible")
    smallest = smallest_relaxation(problem, RELAX_SHARE * left())
    if smallest is None:
        return _by_hand(problem)
    able = relaxed(problem, smallest.relaxations)
    step("looking for the best plan after this change")
    found = _answer(able, best_plan(able, PLAN_SHARE * left()))
    if found is None:
        return _by_hand(problem)
    dropped = instead(problem, smallest.relaxations, openings, left)
    return replace(found, relaxations=smallest.relaxations, smallest=smallest.proven, instead=dropped)


def _by_hand(problem: Problem) -> Answer:
    """The greedy plan, with all that it lacks."""
    chosen = greedy(problem)
    relaxations = lacking(problem, chosen)
    able = relaxed(problem, relaxations)
    objective = worth(able, chosen)
    return Answer(able, chosen, objective, 1.0, False, Baseline(objective, 0), relaxations, smallest=False)


def _answer(problem: Problem, best: Best) -> Answer | None:
    """The better of the solver's plan and the greedy one; None where neither keeps to everything."""
    by_hand = greedy(problem)
    baseline = Baseline(worth(problem, by_hand), int(problem.seats.sum()) - len(by_hand))
    chosen, objective = best.chosen, best.objective
    if (chosen is None or baseline.objective > objective) and not faults(problem, by_hand):
        chosen, objective = by_hand, baseline.objective
    if chosen is None:
        return None
    bound = max(best.bound, objective)
    return Answer(problem, chosen, objective, bound, best.verdict is Verdict.OPTIMAL, baseline)
