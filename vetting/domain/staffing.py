"""Staffing: which experts work on which projects. The problem, what every plan keeps to, and what a plan is worth.

Pure arrays over pairs (project, expert). A pair's load is a share of the expert's week: the project's hours over the
expert's. Where either states no hours, the pair takes the whole week, because nobody can promise that more fits in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from vetting.domain.pool import Floats, Ints

FAIRNESS = 0.2
"""Weight of how the projects stand to each other in the objective; the rest is the mean fit over all seats."""

SHARES = np.array([0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 1.0])
STANDINGS = np.log10(1 + 9 * SHARES)
"""How a project stands by its share of the best team it could have alone, straight between these points.

Concave, so that what a project lacks counts the more, the more it lacks: the idea of alpha-fairness (Mo and Walrand,
IEEE/ACM Trans. Networking 8, 2000). The share of the worst-off project alone as the measure took the solver more
than ten times as long, for a worst share two points higher.
"""

TOLERANCE = 1e-6
"""Of a week, by which rounding may exceed it: a few milliseconds."""

NEVER = 2.0
"""A load that fits into no week."""

ALTERNATES = 3


class Hold(IntEnum):
    """Why a pair has to stay in the plan."""

    FREE = 0
    PINNED = 1
    ASSIGNED = 2


@dataclass(frozen=True)
class Cover:
    """At least `least` of a project's experts meet a requirement; `asked` are its words."""

    requirement: str
    asked: str
    least: int


@dataclass(frozen=True)
class Demand:
    """What one project asks of the plan; `hours` a week per expert, None: not stated."""

    project: str
    title: str
    seats: int
    hours: float | None = None
    covers: tuple[Cover, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Demands, and the pairs that may be chosen.

    Arrays over pairs: `project` and `expert` are places in `demands` and `experts`, `fit` is 0-1, `load` a share of the
    expert's week, `hold` a `Hold`. `free` (experts,) is the share of the week left beside work outside of this plan.
    `meeting[p][c]` are the pairs that meet cover c of demand p.
    """

    demands: tuple[Demand, ...]
    experts: tuple[str, ...]
    free: Floats
    project: Ints
    expert: Ints
    fit: Floats
    load: Floats
    hold: NDArray[np.int8]
    meeting: tuple[tuple[Ints, ...], ...]
    fairness: float = FAIRNESS

    def __len__(self) -> int:
        return len(self.project)

    @property
    def seats(self) -> Ints:
        """Seats by project."""
        return np.array([d.seats for d in self.demands], dtype=np.int64)

    @property
    def held(self) -> Ints:
        """The pairs that have to stay."""
        return np.flatnonzero(self.hold > Hold.FREE)

    @property
    def best(self) -> Floats:
        """By project the fits it would have if it could choose before all others."""
        order = np.lexsort((-self.fit, self.project))
        rows = self.project[order]
        place = np.arange(len(rows)) - np.searchsorted(rows, np.arange(len(self.demands)))[rows]
        kept = place < self.seats[rows]
        return _sums(rows[kept], self.fit[order][kept], len(self.demands))


def loads(project_hours: float | None, expert_hours: Floats) -> Floats:
    """The share of each expert's week that a project takes; hours that are not stated are NaN.

    Whoever offers no hours at all is never free: `NEVER`.
    """
    known = np.where(np.isnan(expert_hours), 1.0, np.maximum(expert_hours, TOLERANCE))
    part = project_hours / known if project_hours else np.ones(len(known))
    return np.where(expert_hours == 0, NEVER, np.where(np.isnan(expert_hours), 1.0, np.minimum(part, NEVER)))


def shares(problem: Problem, chosen: Ints) -> Floats:
    """By project the fits of its experts over the best it could have alone, 0-1; NaN where it has no seats or fits."""
    got, best = _sums(problem.project[chosen], problem.fit[chosen], len(problem.demands)), problem.best
    part: Floats = np.divide(got, best, out=np.full(len(best), np.nan), where=best > 0)
    return part


def worth(problem: Problem, chosen: Ints) -> float:
    """The objective, 0-1: mean fit over all seats, and by the weight `fairness` the mean standing of the projects."""
    seats = int(problem.seats.sum())
    mean = float(problem.fit[chosen].sum()) / seats if seats else 0.0
    of = shares(problem, chosen)
    known = of[~np.isnan(of)]
    standing = float(np.interp(known, SHARES, STANDINGS).mean()) if len(known) else 0.0
    return (1 - problem.fairness) * mean + problem.fairness * standing


def gap(objective: float, bound: float) -> float:
    """How far a bound lies above an objective, relative to it."""
    return max(bound - objective, 0.0) / max(abs(objective), 1e-9)


def used(problem: Problem, chosen: Ints) -> Floats:
    """By expert the share of the week that the chosen pairs take."""
    return _sums(problem.expert[chosen], problem.load[chosen], len(problem.experts))


def faults(problem: Problem, chosen: Ints) -> list[str]:
    """What a plan breaks, one sentence each; empty for one that keeps to everything."""
    found = []
    if len(np.unique(chosen)) < len(chosen):
        found.append("A pair is chosen twice.")
    over = used(problem, chosen) > problem.free + TOLERANCE
    found += [f"{problem.experts[e]} has more than a week allows." for e in np.flatnonzero(over)]
    filled = np.bincount(problem.project[chosen], minlength=len(problem.demands))
    for at, demand in enumerate(problem.demands):
        if filled[at] != demand.seats:
            found.append(f"{demand.project} has {filled[at]} of {demand.seats} seats filled.")
        for cover, pairs in zip(demand.covers, problem.meeting[at], strict=True):
            met = len(np.intersect1d(pairs, chosen))
            if met < cover.least:
                found.append(f"{demand.project} has {met} of {cover.least} who meet {cover.asked}.")
    lost = np.setdiff1d(problem.held, chosen)
    found += [f"{problem.experts[problem.expert[pair]]} is missing from where they are held." for pair in lost]
    return found


def alternates(problem: Problem, chosen: Ints, most: int = ALTERNATES) -> tuple[Ints, ...]:
    """By project the best pairs that the plan left out and whose experts still have the time, best first."""
    left = problem.free - used(problem, chosen)
    able = problem.load <= left[problem.expert] + TOLERANCE
    able[chosen] = False
    pairs = np.flatnonzero(able)
    order = pairs[np.lexsort((pairs, -problem.fit[pairs]))]
    return tuple(order[problem.project[order] == at][:most] for at in range(len(problem.demands)))


def crowded(problem: Problem) -> Ints:
    """Experts whose pairs together take more than they have left: only these need a limit."""
    wanted = used(problem, np.arange(len(problem), dtype=np.int64))
    return np.flatnonzero(wanted > problem.free + TOLERANCE)


def _sums(places: Ints, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights=weights, minlength=size).astype(np.float64)
