"""Ranking experts for a project: three-valued requirements, exclusion by what is not met, a fit made of parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vetting.domain.conflicts import Conflict, declared, names, touching
from vetting.domain.fact_words import breach
from vetting.domain.facts import Circumstances, Outcome, Status, compare
from vetting.domain.pool import Floats, Ints, Pool, TopicScores
from vetting.domain.profile import CompetencyStanding
from vetting.domain.project import CONFLICT, Kind, Project, Requirement, all_requirements, derived

RANKING_VERSION = "best3-3"
"""Changes whenever the same input could rank otherwise; stands on every shortlist."""

SURE = 0.8
"""A competency is met if P(level >= minimum) is at least this, not met if at most 1 - this, else inconclusive."""

TOPIC_MET = 0.30
"""A topic counts as shown from this score on; below it there is no evidence, never a no. Set for all-MiniLM-L6-v2."""

WEIGHTS: Mapping[Kind, float] = {Kind.MUST: 2.0, Kind.NICE: 1.0}
NICE_FACT_WEIGHT = 0.5
THIN_ITEMS = 2
"""A profile with fewer items is marked thin: its score rests on little."""

MARKS = "marks"
"""The part of a fit that comes of "more like this" and "fewer like that" (see `preference`)."""

DECIMALS = 6
_CODES: Mapping[Status, int] = {Status.MET: 1, Status.NO_EVIDENCE: 0, Status.NOT_MET: -1}
_STATUSES: Mapping[int, Status] = {code: status for status, code in _CODES.items()}


@dataclass(frozen=True)
class Evaluated:
    """One requirement over the whole pool; `weight` is its share of the fit (0: it only filters or informs)."""

    requirement: Requirement
    codes: NDArray[np.int8]
    score: Floats
    se: Floats
    weight: float
    topic: TopicScores | None = None

    def status(self, row: int) -> Status:
        """What is known of it for one expert."""
        return _STATUSES[int(self.codes[row])]


@dataclass(frozen=True)
class Conflicts:
    """Who has a conflict of interest with the client."""

    client: str
    codes: NDArray[np.int8]

    def status(self, row: int) -> Status:
        """Not met where there is one, met where others are declared, else no evidence."""
        return _STATUSES[int(self.codes[row])]


@dataclass(frozen=True)
class Ranking:
    """The order of the eligible, with everything it was made of; arrays run over the pool's rows.

    `parts` has a row per evaluated requirement, and a last one for marks if they count; its columns sum to `fit`.
    `order` holds eligible rows, best first.
    """

    evaluated: tuple[Evaluated, ...]
    conflicts: Conflicts | None
    parts: Floats
    fit: Floats
    se: Floats
    eligible: NDArray[np.bool_]
    order: Ints
    excluded: Mapping[str, int]

    def parts_of(self, row: int) -> dict[str, float]:
        """The parts that can be above 0 by requirement id, and of marks where they count; they sum to the fit."""
        column = self.parts[:, row].tolist()
        found = {e.requirement.id: part for e, part in zip(self.evaluated, column, strict=False) if e.weight}
        return found | ({MARKS: column[-1]} if len(column) > len(self.evaluated) else {})

    def bands(self, rows: Sequence[int]) -> tuple[int, ...]:
        """The tie band of each of these ranked rows, from 1: a band ends one standard error below its first."""
        found: list[int] = []
        first = -1
        for row in rows:
            if first < 0 or self.fit[first] - self.fit[row] > self.se[first]:
                first = row
                found.append(found[-1] + 1 if found else 1)
            else:
                found.append(found[-1])
        return tuple(found)

    def breaches(self, row: int) -> tuple[str, ...]:
        """Why an expert is excluded, in words; empty for an eligible one."""
        found = [exclusion(e.requirement) for e in self.evaluated if _must_fails(e, row)]
        if self.conflicts and self.conflicts.status(row) is Status.NOT_MET:
            found.append(conflict_words(self.conflicts.client))
        return tuple(found)


def topics(project: Project) -> tuple[Requirement, ...]:
    """The requirements that need topic scores, in the order `rank` expects them."""
    return tuple(r for r in all_requirements(project) if r.topic)


def rank(project: Project, pool: Pool, scores: Mapping[str, TopicScores], now: Circumstances) -> Ranking:
    """Rank the pool. `scores` maps the id of each of `topics(project)` to its scores.

    Excluded is who fails a must (fact, competency) or has a conflict with the client; a must without evidence
    excludes nobody. Ties of fit are broken by id. Raises ValueError where a score is not finite.
    """
    informs = frozenset(r.id for r in derived(project) if r.fact)
    return rank_by(all_requirements(project), pool, scores, now, informs=informs, client=project.client)


def rank_by(
    requirements: Sequence[Requirement],
    pool: Pool,
    scores: Mapping[str, TopicScores],
    now: Circumstances,
    *,
    informs: frozenset[str] = frozenset(),
    client: str | None = None,
) -> Ranking:
    """Rank by requirements that belong to no project; those in `informs` are shown and weigh nothing. As `rank`."""
    raw = {r.id: 0.0 if r.id in informs else _weight(r) for r in requirements}
    total = sum(raw.values()) or 1.0
    evaluated = tuple(_evaluate(r, pool, scores, now, raw[r.id] / total) for r in requirements)
    conflicts = _conflicts(client, pool) if client else None
    parts = np.round([e.weight * e.score for e in evaluated], DECIMALS)
    fit = np.round(parts.sum(axis=0), DECIMALS)
    se = np.sqrt(sum(((e.weight * e.se) ** 2 for e in evaluated), np.zeros(len(pool))))
    if not (np.isfinite(fit).all() and np.isfinite(se).all()):
        raise ValueError("a score is not a finite number")
    excluded, eligible = _exclude(evaluated, conflicts, len(pool))
    rows = np.flatnonzero(eligible)
    order = rows[np.lexsort((pool.by_id[rows], -fit[rows]))]
    return Ranking(evaluated, conflicts, parts, fit, se, eligible, order, excluded)


def screen(
    requirements: Sequence[Requirement], pool: Pool, now: Circumstances
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Who stays by the musts among facts and competencies, and how many go for which reason; topics exclude nobody."""
    evaluated = [_evaluate(r, pool, {}, now, 0.0) for r in requirements if not r.topic]
    excluded, eligible = _exclude(evaluated, None, len(pool))
    return eligible, excluded


def exclusion(requirement: Requirement) -> str:
    """What someone is excluded for who does not meet it: 'rate above 120 EUR/h'."""
    if requirement.fact:
        return breach(requirement.test)
    if requirement.competency:
        return f"{requirement.competency} below level {requirement.min_level:g}"
    raise ValueError("a topic excludes nobody")


def conflict_words(client: str) -> str:
    """What someone with a conflict of interest is excluded for."""
    return f"conflict of interest with {' or '.join(names(client))}"


def judge_standing(standing: CompetencyStanding | None, minimum: float) -> Outcome:
    """A competency against its minimum level; the source is the first quote the rating rests on."""
    p = standing.p_at_least(minimum) if standing else None
    if standing is None or p is None:
        return Outcome(Status.NO_EVIDENCE, None, "not interviewed" if standing is None else "not rated")
    if not standing.quotes:
        return Outcome(Status.NO_EVIDENCE, None, "the rating names no quote")
    source = standing.quotes[0].text
    if p >= SURE:
        return Outcome(Status.MET, source)
    if p <= 1 - SURE:
        return Outcome(Status.NOT_MET, source)
    return Outcome(Status.NO_EVIDENCE, source, f"inconclusive, P(level >= {minimum:g}) is {p:.2f}")


def _weight(requirement: Requirement) -> float:
    if requirement.fact:
        return NICE_FACT_WEIGHT if requirement.kind is Kind.NICE else 0.0
    return WEIGHTS[requirement.kind]


def _evaluate(
    requirement: Requirement, pool: Pool, scores: Mapping[str, TopicScores], now: Circumstances, weight: float
) -> Evaluated:
    if requirement.topic:
        found = scores[requirement.id]
        codes = (found.score >= TOPIC_MET).astype(np.int8)
        return Evaluated(requirement, codes, found.score, found.se, weight, found)
    if requirement.competency:
        return _evaluate_competency(requirement, pool, weight)
    test = requirement.test
    asked = (test, now.today, repr(now.rates))
    codes = pool.facts[test.fact].judge(asked, lambda value: _CODES[compare(test, value, now).status])
    return Evaluated(requirement, codes, (codes > 0).astype(float), np.zeros(len(pool)), weight)


def _evaluate_competency(requirement: Requirement, pool: Pool, weight: float) -> Evaluated:
    """The score is the level on 0-1; who is not rated has none, which the interview can only raise."""
    codes, score, se = np.zeros(len(pool), dtype=np.int8), np.zeros(len(pool)), np.zeros(len(pool))
    for row, standing in pool.standings.get(requirement.competency or "", {}).items():
        codes[row] = _CODES[judge_standing(standing, requirement.min_level or 1.0).status]
        if standing.level is not None:
            score[row] = (standing.level - 1) / 4
            se[row] = (standing.se or 0.0) / 4
    return Evaluated(requirement, codes, score, se, weight)


def _conflicts(client: str, pool: Pool) -> Conflicts:
    return Conflicts(client, pool.conflicts.judge(client, lambda ties: _conflict_code(client, ties)))


def _conflict_code(client: str, ties: tuple[Conflict, ...]) -> int:
    if touching(ties, client):
        return _CODES[Status.NOT_MET]
    return _CODES[Status.MET if declared(ties) else Status.NO_EVIDENCE]


def _must_fails(evaluated: Evaluated, row: int) -> bool:
    return evaluated.requirement.kind is Kind.MUST and evaluated.status(row) is Status.NOT_MET


def _exclude(
    evaluated: Sequence[Evaluated], conflicts: Conflicts | None, experts: int
) -> tuple[dict[str, int], NDArray[np.bool_]]:
    """Who stays, and how many went for which reason; each is counted once, under the first reason that holds."""
    eligible = np.ones(experts, dtype=np.bool_)
    counts: Counter[str] = Counter()
    failing = [(exclusion(e.requirement), e.codes < 0) for e in evaluated if _excludes(e)]
    if conflicts:
        failing.append((conflict_words(conflicts.client), conflicts.codes < 0))
    for reason, fails in failing:
        counts[reason] += int((fails & eligible).sum())
        eligible &= ~fails
    return {reason: count for reason, count in counts.items() if count}, eligible


def _excludes(evaluated: Evaluated) -> bool:
    return evaluated.requirement.kind is Kind.MUST and not evaluated.requirement.topic


__all__ = [
    "CONFLICT", "DECIMALS", "MARKS", "RANKING_VERSION", "SURE", "THIN_ITEMS", "TOPIC_MET", "Conflicts", "Evaluated",
    "Ranking", "conflict_words", "exclusion", "judge_standing", "rank", "rank_by", "screen", "topics",
]  # fmt: skip
