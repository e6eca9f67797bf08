"""Where no plan keeps to everything: the smallest set of constraints to relax so that one does, in words.

Smallest is first the number of people missing (seats lowered, covers lowered, pins dropped), then the number of
constraints touched. An expert's hours, conflicts of interest, forbidden pairs and musts are never relaxed by
themselves; that dropping one must would do instead is said where the solver has confirmed it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import sparse

from vetting.domain.pool import Floats, Ints
from vetting.domain.staffing import Hold, Problem
from vetting.domain.staffing_solver import Rows, cover_rows, hour_rows, minimise, seat_rows, wider

RELEASE_COST = 4.0
"""What ending an assignment counts, where a seat, a cover and a pin count 1 each: people were told already."""

SOMEBODY = "{expert}"
"""Stands in the words for the expert's name, which is filled in where it is shown: plans are kept longer than names."""


class Kind(StrEnum):
    """What can be relaxed."""

    SEATS = "seats"
    COVER = "cover"
    PIN = "pin"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True)
class Relaxation:
    """One constraint of the demand at that place, by how much, and which cover or pair it is about (-1: none)."""

    kind: Kind
    demand: int
    amount: int = 1
    cover: int = -1
    pair: int = -1


@dataclass(frozen=True)
class Smallest:
    """The relaxations; `proven`: no set with fewer people missing exists."""

    relaxations: tuple[Relaxation, ...]
    proven: bool


@dataclass(frozen=True)
class Opening:
    """Experts whom one must of a demand alone keeps out: what dropping it would add. Arrays over these pairs."""

    demand: int
    must: str
    expert: Ints
    fit: Floats
    load: Floats
    count: int
    """How many the must keeps out, of whom the arrays hold the best."""


def smallest_relaxation(problem: Problem, seconds: float) -> Smallest | None:
    """The smallest set, empty where none is needed; None where the time was too short to find any."""
    elastic = _Elastic(problem)
    first = minimise(elastic.cost, elastic.integral, elastic.bounds, elastic.rows, 0.6 * seconds)
    if first.x is None:
        return None
    found, missing = first.x, float(np.round(first.fun))
    proven = first.status == 0
    if missing and (fewer := elastic.fewest(missing, 0.4 * seconds)) is not None:
        found = fewer
    return Smallest(elastic.read(found), proven)


def lacking(problem: Problem, chosen: Ints) -> tuple[Relaxation, ...]:
    """What has to be relaxed so that this very plan keeps to everything; it must already keep to everybody's hours."""
    found = []
    filled = np.bincount(problem.project[chosen], minlength=len(problem.demands))
    for at, demand in enumerate(problem.demands):
        found.append(Relaxation(Kind.SEATS, at, int(demand.seats - filled[at])))
        for c, (cover, pairs) in enumerate(zip(demand.covers, problem.meeting[at], strict=True)):
            found.append(Relaxation(Kind.COVER, at, cover.least - int(np.isin(pairs, chosen).sum()), cover=c))
    found += [_let_go(problem, pair) for pair in np.setdiff1d(problem.held, chosen).tolist()]
    return tuple(sorted((r for r in found if r.amount > 0), key=lambda r: r.demand))


def relaxed(problem: Problem, relaxations: Sequence[Relaxation]) -> Problem:
    """The problem with these constraints relaxed."""
    demands, hold = list(problem.demands), problem.hold.copy()
    for one in relaxations:
        demand = demands[one.demand]
        if one.kind is Kind.SEATS:
            demands[one.demand] = replace(demand, seats=demand.seats - one.amount)
        elif one.kind is Kind.COVER:
            covers = list(demand.covers)
            covers[one.cover] = replace(covers[one.cover], least=covers[one.cover].least - one.amount)
            demands[one.demand] = replace(demand, covers=tuple(covers))
        else:
            hold[one.pair] = Hold.FREE
    return replace(problem, demands=tuple(demands), hold=hold)


def opened(problem: Problem, opening: Opening) -> Problem:
    """The problem with the pairs of an opening; they count for seats, and for no cover."""
    of = np.full(len(opening.expert), opening.demand, dtype=np.int64)
    return replace(
        problem,
        project=np.append(problem.project, of),
        expert=np.append(problem.expert, opening.expert),
        fit=np.append(problem.fit, opening.fit),
        load=np.append(problem.load, opening.load),
        hold=np.append(problem.hold, np.zeros(len(of), dtype=np.int8)),
    )


def possible(problem: Problem, seconds: float) -> bool:
    """Whether a plan was found that keeps to everything, whatever its worth."""
    low, ones = (problem.hold > 0).astype(float), np.ones(len(problem))
    rows = [seat_rows(problem), hour_rows(problem), cover_rows(problem)]
    return minimise(np.zeros(len(problem)), ones, (low, ones), rows, seconds).x is not None


def instead(
    problem: Problem, relaxations: Sequence[Relaxation], openings: Sequence[Opening], left: Callable[[], float]
) -> dict[Relaxation, Opening]:
    """For each lowered seat number the must that, dropped instead, makes it whole, confirmed by a solve of its own.

    Of several the one that keeps fewest people out: the least that has to change. Ends where no seconds are left.
    """
    found: dict[Relaxation, Opening] = {}
    for one in relaxations:
        others = relaxed(problem, [r for r in relaxations if r != one])
        able = [
            o for o in openings if o.demand == one.demand and one.kind is Kind.SEATS and len(o.expert) >= one.amount
        ]
        for opening in sorted(able, key=lambda o: o.count):
            if left() <= 0:
                return found
            if possible(opened(others, opening), left()):
                found[one] = opening
                break
    return found


def words(problem: Problem, relaxation: Relaxation, instead_of: Opening | None = None) -> str:
    """The relaxation as one sentence of what is asked, what there is, and what to change."""
    demand, name = problem.demands[relaxation.demand], problem.demands[relaxation.demand].title
    match relaxation.kind:
        case Kind.SEATS:
            there = int((problem.project == relaxation.demand).sum())
            few = f"{_eligible(there)}" if there < demand.seats else f"{_eligible(there)}, but not with hours left"
            drop = instead_of and f", or drop the must '{instead_of.must}', which alone keeps {instead_of.count} out"
            return (
                f"{name} asks for {_count(demand.seats, 'seat')} and {few}: lower the seats by {relaxation.amount}"
                f"{drop or ''}."
            )
        case Kind.COVER:
            cover = demand.covers[relaxation.cover]
            there = len(problem.meeting[relaxation.demand][relaxation.cover])
            busy = "" if there < cover.least else ", but not with hours left"
            found = f"{there} of those eligible {'does' if there == 1 else 'do'}{busy}"
            asks = f"{name} asks that {cover.least} of its experts meet '{cover.asked}'"
            return f"{asks} and {found}: lower this number by {relaxation.amount}."
        case Kind.PIN:
            return f"{SOMEBODY} is pinned to {name}, which their hours or its seats do not allow: drop the pin."
    return f"{SOMEBODY} is assigned to {name}, which their hours or its seats do not allow: end the assignment."


class _Elastic:
    """The problem with a variable for every person missing.

    Variables in order: pairs, empty seats by project, people missing by cover, held pairs let go.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem, self._held = problem, problem.held
        self._covers = [(at, c) for at, d in enumerate(problem.demands) for c in range(len(d.covers))]
        n, seats, covers, held = len(problem), len(problem.demands), len(self._covers), len(self._held)
        self._ends = np.cumsum([n, seats, covers, held])
        least = [problem.demands[at].covers[c].least for at, c in self._covers]
        release = np.where(problem.hold[self._held] == Hold.ASSIGNED, RELEASE_COST, 1.0)
        self.cost = np.concatenate([np.zeros(n), np.ones(seats), np.ones(covers), release])
        self.integral = np.ones(len(self.cost))
        self.bounds = (np.zeros(len(self.cost)), np.concatenate([np.ones(n), problem.seats, least, np.ones(held)]))
        self.rows = self._rows()

    def _rows(self) -> list[Rows]:
        problem, (n, seats, covers, all_of) = self._problem, self._ends
        missing = [sparse.eye_array(int(m)) for m in (seats - n, covers - seats, all_of - covers)]
        rows = [seat_rows(problem), cover_rows(problem)]
        held = len(self._held)
        kept = sparse.csr_array((np.ones(held), (np.arange(held), self._held)), shape=(held, n))
        rows.append(Rows(kept, np.ones(held), np.full(held, np.inf)))
        found = [hour_rows(problem)]
        found[0] = replace(found[0], matrix=wider(found[0].matrix, int(all_of - n)))
        for place, (row, mine) in enumerate(zip(rows, missing, strict=True)):
            blocks = [
                m if place == at else sparse.csr_array((mine.shape[0], m.shape[0])) for at, m in enumerate(missing)
            ]
            found.append(replace(row, matrix=sparse.csr_array(sparse.hstack([row.matrix, *blocks]))))
        return found

    def fewest(self, missing: float, seconds: float) -> Floats | None:
        """A solution with the same number of people missing that touches fewest projects and covers, if found."""
        n, _, covers, _ = self._ends
        touched, size = int(covers - n), len(self.cost)
        total = Rows(
            sparse.csr_array(np.append(self.cost, np.zeros(touched))[None, :]), np.zeros(1), np.array([missing])
        )
        most = sparse.csr_array(
            (self.bounds[1][n:covers], (np.arange(touched), np.arange(touched))), shape=(touched, touched)
        )
        slack = sparse.csr_array((np.ones(touched), (np.arange(touched), np.arange(n, covers))), shape=(touched, size))
        only = Rows(sparse.csr_array(sparse.hstack([slack, -most])), np.full(touched, -np.inf), np.zeros(touched))
        rows = [*(replace(r, matrix=wider(r.matrix, touched)) for r in self.rows), total, only]
        cost = np.concatenate([np.zeros(covers), np.ones(size - covers), np.ones(touched)])
        bounds = (np.append(self.bounds[0], np.zeros(touched)), np.append(self.bounds[1], np.ones(touched)))
        result = minimise(cost, np.ones(size + touched), bounds, rows, seconds)
        return None if result.x is None else result.x[:size]

    def read(self, x: Floats) -> tuple[Relaxation, ...]:
        """The relaxations of a solution, in the order of the projects."""
        n, seats, covers, _ = self._ends
        found = [Relaxation(Kind.SEATS, at, round(k)) for at, k in enumerate(x[n:seats]) if k > 0.5]
        of_covers = zip(self._covers, x[seats:covers], strict=True)
        found += [Relaxation(Kind.COVER, at, round(k), cover=c) for (at, c), k in of_covers if k > 0.5]
        for pair, k in zip(self._held.tolist(), x[covers:], strict=True):
            if k > 0.5:
                found.append(_let_go(self._problem, pair))
        return tuple(sorted(found, key=lambda r: r.demand))


def _let_go(problem: Problem, pair: int) -> Relaxation:
    kind = Kind.PIN if problem.hold[pair] == Hold.PINNED else Kind.ASSIGNMENT
    return Relaxation(kind, int(problem.project[pair]), pair=pair)


def _eligible(count: int) -> str:
    return f"{count} {'expert is' if count == 1 else 'experts are'} eligible"


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
