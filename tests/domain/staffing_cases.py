"""Tiny staffing problems: projects and experts as a person would write them, and every plan there is for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import log10

import numpy as np
from hypothesis import strategies as st

from vetting.domain.staffing import Cover, Demand, Hold
from vetting.domain.staffing_pairs import Built, Eligible, Missed, build

Pair = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """`fit` by (project, expert): only these pairs are eligible. `covers`: project -> (least, experts who meet it)."""

    seats: Mapping[str, int]
    fit: Mapping[Pair, float]
    hours: Mapping[str, float | None] = field(default_factory=dict)
    project_hours: Mapping[str, float | None] = field(default_factory=dict)
    covers: Mapping[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    pinned: frozenset[Pair] = frozenset()
    assigned: frozenset[Pair] = frozenset()
    missed: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    busy: Mapping[str, float] = field(default_factory=dict)
    fairness: float = 0.2

    @property
    def experts(self) -> list[str]:
        """Everybody there is, sorted."""
        known = {e for _, e in self.fit} | {e for _, names in self.missed.values() for e in names}
        return sorted(known | set(self.hours))

    def built(self) -> Built:
        """The case as the solver gets it."""
        names = self.experts
        hours = np.array([np.nan if (h := self.hours.get(e)) is None else h for e in names], dtype=float)
        busy = np.array([self.busy.get(e, 0.0) for e in names], dtype=float)
        return build([self._eligible(p, names) for p in self.seats], names, hours, busy, self.fairness)

    def _eligible(self, project: str, names: list[str]) -> Eligible:
        rows = [r for r, e in enumerate(names) if (project, e) in self.fit]
        least, meets = self.covers.get(project, (0, frozenset()))
        held = {**dict.fromkeys(self.pinned, Hold.PINNED), **dict.fromkeys(self.assigned, Hold.ASSIGNED)}
        covers = (Cover("c", "transport at level 3.5", least),) if least else ()
        must, out = self.missed.get(project, ("", ()))
        lost = np.array([names.index(e) for e in out], dtype=np.int64)
        return Eligible(
            demand=Demand(project, f"Project {project}", self.seats[project], self.project_hours.get(project), covers),
            rows=np.array(rows, dtype=np.int64),
            fit=np.array([self.fit[project, names[r]] for r in rows], dtype=float),
            hold=np.array([held.get((project, names[r]), Hold.FREE) for r in rows], dtype=np.int8),
            meets=tuple(np.array([names[r] in meets for r in rows], dtype=bool) for _ in covers),
            total=len(rows),
            missed=(Missed(must, len(out), lost, np.full(len(out), 0.5)),) if out else (),
        )

    def fits_in(self, plan: frozenset[Pair]) -> bool:
        """Whether nobody has more than their week, reckoned in hours; a seat without known hours takes all of it."""
        for expert in self.experts:
            mine = [self.project_hours.get(p) for p, e in plan if e == expert]
            offered = self.hours.get(expert)
            if mine and offered == 0:
                return False
            whole = offered is None or None in mine
            if mine and whole and (len(mine) > 1 or self.busy.get(expert, 0) > 0):
                return False
            known = sum(hours for hours in mine if hours is not None)
            if not whole and offered is not None and known > offered * (1 - self.busy.get(expert, 0)) + 1e-9:
                return False
        return True

    def keeps(self, plan: frozenset[Pair]) -> bool:
        """Whether a plan fills every seat, covers what is to be covered, keeps who is held and nobody is overworked."""
        for project, seats in self.seats.items():
            there = {e for p, e in plan if p == project}
            least, meets = self.covers.get(project, (0, frozenset()))
            if len(there) != seats or len(there & meets) < least:
                return False
        return (self.pinned | self.assigned) <= plan and self.fits_in(plan)

    def plans(self) -> Iterator[frozenset[Pair]]:
        """Every plan that keeps to everything."""
        total = sum(self.seats.values())
        yield from (plan for c in combinations(sorted(self.fit), total) if self.keeps(plan := frozenset(c)))

    def worth(self, plan: frozenset[Pair]) -> float:
        """The objective, reckoned by hand."""
        shares = []
        for project, seats in self.seats.items():
            able = (f for pair, f in self.fit.items() if pair[0] == project and self.fits_in(frozenset({pair})))
            best = sum(sorted(able, reverse=True)[:seats])
            if best > 0:
                shares.append(sum(self.fit[pair] for pair in plan if pair[0] == project) / best)
        mean = sum(self.fit[pair] for pair in plan) / sum(self.seats.values())
        standing = sum(map(standing_of, shares)) / len(shares) if shares else 0.0
        return (1 - self.fairness) * mean + self.fairness * standing


def standing_of(share: float) -> float:
    """log10(1 + 9 share), straight between the points."""
    points = [0, 0.25, 0.5, 0.7, 0.8, 0.9, 1.0]
    for low, high in pairwise(points):
        if share <= high + 1e-12:
            part = (share - low) / (high - low)
            return (1 - part) * log10(1 + 9 * low) + part * log10(1 + 9 * high)
    raise AssertionError(f"{share} is above 1")


def pairs_of(built: Built, chosen: np.ndarray) -> frozenset[Pair]:
    """A plan as pairs of ids."""
    problem = built.problem
    found = ((problem.demands[problem.project[i]].project, problem.experts[problem.expert[i]]) for i in chosen)
    return frozenset(found)


PROJECTS, EXPERTS = ("p", "q", "r"), ("a", "b", "c")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to three projects and experts; hours may be unknown, too few or none."""
    projects = PROJECTS[: draw(st.integers(1, 3))]
    every = [(p, e) for p in projects for e in EXPERTS]
    fit = draw(st.dictionaries(st.sampled_from(every), st.integers(0, 16).map(lambda n: n / 16), min_size=1))
    able = sorted(fit)
    seats = {p: draw(st.integers(1, 2)) for p in projects}
    covers = {}
    if draw(st.booleans()):
        meets = frozenset(draw(st.lists(st.sampled_from(EXPERTS), max_size=3)))
        covers = {projects[0]: (draw(st.integers(1, seats[projects[0]])), meets)}
    return Case(
        seats=seats,
        fit=fit,
        hours={e: draw(st.sampled_from([None, 0.0, 5.0, 10.0, 20.0, 20.0])) for e in EXPERTS},
        project_hours={p: draw(st.sampled_from([None, 5.0, 8.0, 10.0, 10.0])) for p in projects},
        covers=covers,
        pinned=frozenset(draw(st.lists(st.sampled_from(able), max_size=2))),
        busy={e: draw(st.sampled_from([0.0, 0.0, 0.0, 0.5])) for e in EXPERTS},
        fairness=draw(st.sampled_from([0.0, 0.2, 1.0])),
    )
