"""From rankings to a staffing problem: who may sit where, who has to, and what each must alone keeps out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vetting.domain.matching import Evaluated, Ranking
from vetting.domain.pool import Floats, Ints
from vetting.domain.project import Kind, Project, all_requirements
from vetting.domain.staffing import FAIRNESS, TOLERANCE, Cover, Demand, Hold, Problem, loads
from vetting.domain.staffing_relax import Opening

TOP = 200
"""Best eligible experts per project that a plan chooses from; at least two per seat."""

COVERING = 50
"""Best experts who meet a cover that are considered besides, since they may rank lower."""


@dataclass(frozen=True)
class Rules:
    """What a person decided about a project's experts: rows of the pool."""

    pinned: frozenset[int] = frozenset()
    forbidden: frozenset[int] = frozenset()
    assigned: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Missed:
    """Experts whom one must alone keeps out: how many, and the best of them."""

    must: str
    count: int
    rows: Ints
    fit: Floats


@dataclass(frozen=True)
class Eligible:
    """Whom a project may have: rows of the pool with fit and hold, and per cover which of them meet it.

    `total` counts all who are eligible, of whom the best were kept; `excluded` all who are not, by reason. `refused`
    are pinned rows that fail a must, with the reasons.
    """

    demand: Demand
    rows: Ints
    fit: Floats
    hold: NDArray[np.int8]
    meets: tuple[NDArray[np.bool_], ...]
    total: int
    refused: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    missed: tuple[Missed, ...] = ()


def demand_of(project: Project) -> Demand:
    """What the project asks; a project that states no seats wants one expert."""
    covers = tuple(Cover(r.id, r.label, r.cover) for r in all_requirements(project) if r.cover)
    return Demand(project.id, project.title, project.seats or 1, project.hours_per_week, covers)


def eligible_of(project: Project, ranking: Ranking, rules: Rules = Rules(), top: int = TOP) -> Eligible:
    """Whom the project may have, out of a ranking of everybody for it.

    Whoever is assigned stays, even if a must is no longer met: a person decided. A pin does not overrule a must.
    """
    demand = demand_of(project)
    order = ranking.order[~np.isin(ranking.order, sorted(rules.forbidden))]
    by_id = {e.requirement.id: e.codes > 0 for e in ranking.evaluated}
    meeting = [by_id[cover.requirement] for cover in demand.covers]
    best = [order[: max(top, 2 * demand.seats)], *(order[m[order]][: COVERING + demand.seats] for m in meeting)]
    pinned = frozenset(row for row in rules.pinned if ranking.eligible[row])
    kept = np.array(sorted(pinned | rules.assigned), dtype=np.int64)
    rows = np.unique(np.concatenate([*best, kept]))
    hold = np.zeros(len(rows), dtype=np.int8)
    hold[np.isin(rows, sorted(pinned))] = Hold.PINNED
    hold[np.isin(rows, sorted(rules.assigned))] = Hold.ASSIGNED
    refused = {row: ranking.breaches(row) for row in sorted(rules.pinned - pinned - rules.assigned)}
    meets = tuple(m[rows] for m in meeting)
    missed = _missed(ranking, rules, top)
    return Eligible(demand, rows, ranking.fit[rows], hold, meets, len(order), refused, ranking.excluded, missed)


@dataclass(frozen=True)
class Built:
    """A problem with the pool's row behind each of its experts, and what each must alone keeps out."""

    problem: Problem
    rows: Ints
    openings: tuple[Opening, ...]


def build(
    eligible: Sequence[Eligible], names: Sequence[str], hours: Floats, busy: Floats, fairness: float = FAIRNESS
) -> Built:
    """The problem over these projects.

    Over the pool: `names` are the ids of the experts, `hours` what they offer a week (NaN: not stated), `busy` the
    share of the week that work outside of this plan takes. A pair that does not fit into what is left is no pair,
    unless it is held.
    """
    fits_in = [_fitting(e, hours, busy) for e in eligible]
    parts = [e.rows[keep] for e, keep in zip(eligible, fits_in, strict=True)]
    rows = np.unique(np.concatenate([np.zeros(0, np.int64), *parts, *(m.rows for e in eligible for m in e.missed)]))
    problem = Problem(
        demands=tuple(e.demand for e in eligible),
        experts=tuple(names[row] for row in rows.tolist()),
        free=np.maximum(1.0 - busy[rows], 0.0),
        project=np.repeat(np.arange(len(parts)), [len(part) for part in parts]).astype(np.int64),
        expert=np.searchsorted(rows, np.concatenate([np.zeros(0, np.int64), *parts])),
        fit=_joined([e.fit[keep] for e, keep in zip(eligible, fits_in, strict=True)]),
        load=_joined([loads(e.demand.hours, hours[part]) for e, part in zip(eligible, parts, strict=True)]),
        hold=_joined([e.hold[keep] for e, keep in zip(eligible, fits_in, strict=True)]).astype(np.int8),
        meeting=_meeting(eligible, fits_in),
        fairness=fairness,
    )
    return Built(problem, rows, tuple(_openings(eligible, rows, hours, busy)))


def _fitting(of: Eligible, hours: Floats, busy: Floats) -> NDArray[np.bool_]:
    able = loads(of.demand.hours, hours[of.rows]) <= 1.0 - busy[of.rows] + TOLERANCE
    kept: NDArray[np.bool_] = able | (of.hold > Hold.FREE)
    return kept


def _meeting(eligible: Sequence[Eligible], fits_in: Sequence[NDArray[np.bool_]]) -> tuple[tuple[Ints, ...], ...]:
    found, start = [], 0
    for of, keep in zip(eligible, fits_in, strict=True):
        found.append(tuple(start + np.flatnonzero(m[keep]) for m in of.meets))
        start += int(keep.sum())
    return tuple(found)


def _missed(ranking: Ranking, rules: Rules, top: int) -> tuple[Missed, ...]:
    """Per must (no topic) those who fail it and nothing else, best first."""
    musts = [e for e in ranking.evaluated if e.requirement.kind is Kind.MUST and not e.requirement.topic]
    fails = sum(((e.codes < 0).astype(np.int64) for e in musts), np.zeros(len(ranking.fit), dtype=np.int64))
    if ranking.conflicts:
        fails = fails + (ranking.conflicts.codes < 0)
    alone = fails == 1
    alone[sorted(rules.forbidden | rules.assigned)] = False
    found = (_missed_by(e, ranking, alone, top) for e in musts)
    return tuple(one for one in found if one.count)


def _missed_by(must: Evaluated, ranking: Ranking, alone: NDArray[np.bool_], top: int) -> Missed:
    rows = np.flatnonzero(alone & (must.codes < 0))
    best = rows[np.lexsort((rows, -ranking.fit[rows]))][:top]
    return Missed(must.requirement.label, len(rows), best, ranking.fit[best])


def _openings(eligible: Sequence[Eligible], rows: Ints, hours: Floats, busy: Floats) -> list[Opening]:
    found = []
    for at, of in enumerate(eligible):
        for missed in of.missed:
            load = loads(of.demand.hours, hours[missed.rows])
            able = load <= 1.0 - busy[missed.rows] + TOLERANCE
            expert = np.searchsorted(rows, missed.rows[able])
            found.append(Opening(at, missed.must, expert, missed.fit[able], load[able], missed.count))
    return found


def _joined(parts: Sequence[NDArray[np.floating] | NDArray[np.int8]]) -> Floats:
    return np.concatenate([np.zeros(0), *parts])
