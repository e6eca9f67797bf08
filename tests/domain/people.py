"""Invented experts and projects for tests of matching."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from vetting.domain.facts import Circumstances
from vetting.domain.matching import Ranking, rank, topics
from vetting.domain.pool import Pool, TopicScores, best_three, make_pool
from vetting.domain.profile import CompetencyStanding, Facts, Quote
from vetting.domain.project import Project

TODAY = Circumstances(date(2026, 11, 21))
HALVES = [1 + i / 2 for i in range(9)]


def facts(**stated: Any) -> Facts:
    """Facts from the import format."""
    return Facts.model_validate(stated)


def standing(
    level: float | None, *, id: str = "soft.net/transport", p_above: float = 0.9, cut: float = 3.0, quoted: bool = True
) -> CompetencyStanding:
    """A rated competency with P(level >= cut) = p_above; not rated for None."""
    if level is None:
        return CompetencyStanding(id=id, name="Transport")
    points = tuple((x, 1.0 if x < cut else p_above if x == cut else p_above / 4) for x in HALVES)
    quotes = (Quote(text="the queue is where delay is born", turn=4),) if quoted else ()
    return CompetencyStanding(
        id=id, name="Transport", level=level, interval=(max(level - 0.5, 1), min(level + 0.5, 5)), se=0.3,
        at_least=points, quotes=quotes,
    )  # fmt: skip


def project(requirements: Sequence[dict[str, Any]] = (), **fields: Any) -> Project:
    """A project with a short brief."""
    return Project.model_validate(
        {"id": "p-1", "title": "Review", "brief": "Queues and delay.", "requirements": list(requirements), **fields}
    )


def pool(people: dict[str, Facts], **changes: Any) -> Pool:
    """A pool of these people with one item each; `conflicts` and `standings` by id."""
    ids = list(people)
    conflicts = changes.get("conflicts", {})
    held = changes.get("standings", {})
    by_competency: dict[str, dict[int, CompetencyStanding]] = {}
    for who, one in held.items():
        by_competency.setdefault(one.id, {})[ids.index(who)] = one
    counts = np.array([changes.get("items", {}).get(i, 1) for i in ids], dtype=np.int64)
    return make_pool(ids, list(people.values()), [conflicts.get(i, ()) for i in ids], counts, by_competency)


def flat_scores(of: Project, experts: Pool, score: float = 0.5) -> dict[str, TopicScores]:
    """The same score for everybody in every topic of a project."""
    n = len(experts)
    one = best_three(np.full(n, score), np.arange(n), n)
    return {r.id: one for r in topics(of)}


def ranked(of: Project, experts: Pool, scores: dict[str, TopicScores] | None = None) -> Ranking:
    """The ranking today."""
    return rank(of, experts, flat_scores(of, experts) if scores is None else scores, TODAY)


def order(of: Ranking, experts: Pool) -> list[str]:
    """Ids, best first."""
    return [experts.experts[row] for row in of.order]
