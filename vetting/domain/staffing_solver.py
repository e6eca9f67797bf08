"""The best plan, by an exact solver: HiGHS (Huangfu and Hall, Math. Prog. Comp. 10, 2018) through scipy's `milp`.

One binary variable per pair, and per project its share and its standing. With a time limit the solver gives
the best plan found and a bound that no plan can exceed: the gap between the two is part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from vetting.domain.pool import Floats, Ints
from vetting.domain.staffing import SHARES, STANDINGS, TOLERANCE, Problem, crowded, faults, worth

GAP = 1e-6
"""Relative distance to the bound at which a plan counts as optimal."""

LEAST_SECONDS = 0.2
"""What a solve is given at least: below, the solver would not begin."""


class Verdict(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    STOPPED = "stopped"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Rows:
    """Linear constraints `low <= matrix @ x <= high`."""

    matrix: sparse.csr_array
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Best:
    """The best plan found (None: none), its worth, and what no plan can exceed."""

    verdict: Verdict
    chosen: Ints | None = None
    objective: float = 0.0
    bound: float = 1.0


def best_plan(problem: Problem, seconds: float) -> Best:
    """The plan of highest worth that keeps to everything, within about so many seconds."""
    n, projects = len(problem), len(problem.demands)
    able = problem.best > 0
    gain = np.concatenate(
        [
            (1 - problem.fairness) * problem.fit / max(int(problem.seats.sum()), 1),
            np.zeros(projects),
            problem.fairness * able / max(int(able.sum()), 1),
        ]
    )
    low, whole = np.zeros(len(gain)), np.zeros(len(gain))
    low[:n], whole[:n] = problem.hold > 0, 1
    result = minimise(-gain, whole, (low, np.ones(len(gain))), plan_rows(problem), seconds)
    if result.status == 2:
        return Best(Verdict.IMPOSSIBLE)
    bound = min(-result.mip_dual_bound, 1.0) if result.mip_dual_bound is not None else 1.0
    if result.x is None:
        return Best(Verdict.STOPPED, bound=bound)
    chosen = np.flatnonzero(result.x[:n] > 0.5)
    if broken := faults(problem, chosen):
        raise ArithmeticError(f"the solver's plan breaks a rule: {broken[0]}")
    verdict = Verdict.OPTIMAL if result.status == 0 else Verdict.STOPPED
    return Best(verdict, chosen, worth(problem, chosen), bound)


def minimise(
    cost: Floats, integral: NDArray[np.floating], bounds: tuple[Floats, Floats], rows: list[Rows], seconds: float
) -> Any:
    """scipy's result of minimising `cost @ x` under the rows; `integral` is 1 where x must be whole."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # a third of a second that most commands can do without

    constraints = [LinearConstraint(r.matrix, r.low, r.high) for r in rows if r.matrix.shape[0]]
    # Without presolve: it restarts again and again as pairs drop out, which took three times as long as the rest.
    options = {"time_limit": max(seconds, LEAST_SECONDS), "mip_rel_gap": GAP, "presolve": False}
    return milp(cost, integrality=integral, bounds=Bounds(*bounds), constraints=constraints, options=options)


def plan_rows(problem: Problem) -> list[Rows]:
    """Everything a plan keeps to, over the pairs, the share of each project and its standing."""
    more = 2 * len(problem.demands)
    rows = (seat_rows(problem), hour_rows(problem), cover_rows(problem))
    wide = [Rows(wider(r.matrix, more), r.low, r.high) for r in rows]
    return [*wide, *(_standing_rows(problem) if problem.fairness else ())]


def seat_rows(problem: Problem) -> Rows:
    """Every seat filled; a row per project."""
    n, seats = len(problem), problem.seats.astype(float)
    matrix = sparse.csr_array((np.ones(n), (problem.project, np.arange(n))), shape=(len(problem.demands), n))
    return Rows(matrix, seats, seats)


def hour_rows(problem: Problem) -> Rows:
    """No expert over what is left of their week."""
    experts = crowded(problem)
    place = np.full(len(problem.experts), -1)
    place[experts] = np.arange(len(experts))
    pairs = np.flatnonzero(place[problem.expert] >= 0)
    matrix = sparse.csr_array(
        (problem.load[pairs], (place[problem.expert[pairs]], pairs)), shape=(len(experts), len(problem))
    )
    return Rows(matrix, np.full(len(experts), -np.inf), problem.free[experts])


def cover_rows(problem: Problem) -> Rows:
    """Enough who meet what is to be covered; rows in the order of the demands and their covers."""
    meeting = [pairs for of in problem.meeting for pairs in of]
    least = np.array([c.least for d in problem.demands for c in d.covers], dtype=float)
    row = np.repeat(np.arange(len(meeting)), [len(pairs) for pairs in meeting]).astype(np.int64)
    column = np.concatenate(meeting) if meeting else np.zeros(0, dtype=np.int64)
    matrix = sparse.csr_array((np.ones(len(column)), (row, column)), shape=(len(meeting), len(problem)))
    return Rows(matrix, least, np.full(len(least), np.inf))


def _standing_rows(problem: Problem) -> list[Rows]:
    """The share of a project is made of its pairs; its standing lies under each straight piece of the curve."""
    n, projects, best = len(problem), len(problem.demands), np.maximum(problem.best, TOLERANCE)
    part = sparse.csr_array((problem.fit / best[problem.project], (problem.project, np.arange(n))), shape=(projects, n))
    one, none = sparse.eye_array(projects), sparse.csr_array((projects, projects))
    rows = [Rows(sparse.csr_array(sparse.hstack([part, -one, none])), np.zeros(projects), np.zeros(projects))]
    slopes = np.diff(STANDINGS) / np.diff(SHARES)
    for slope, share, standing in zip(slopes, SHARES, STANDINGS, strict=False):
        piece = sparse.hstack([sparse.csr_array((projects, n)), -slope * one, one])
        high = np.full(projects, standing - slope * share)
        rows.append(Rows(sparse.csr_array(piece), np.full(projects, -np.inf), high))
    return rows


def wider(matrix: sparse.csr_array, columns: int) -> sparse.csr_array:
    """The matrix with so many empty columns more."""
    return sparse.csr_array(sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], columns))]))
