"""How many experts each requirement leaves: what a manager sees while writing them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vetting.domain.matching import Ranking
from vetting.domain.project import Kind


@dataclass(frozen=True)
class Count:
    """One requirement: how many meet it or not, of how many nothing is known, and how many are left after it.

    `left` counts who fails none of the musts up to and with this one; a requirement that is no must leaves all.
    """

    id: str
    label: str
    must: bool
    met: int
    not_met: int
    no_evidence: int
    left: int


@dataclass(frozen=True)
class Remaining:
    """All requirements in order over so many experts. `left` also leaves out conflicts of interest."""

    experts: int
    counts: tuple[Count, ...]
    left: int


def remaining(ranking: Ranking) -> Remaining:
    """The counts of a ranking, in the order of its requirements."""
    staying = np.ones(len(ranking.fit), dtype=np.bool_)
    counts = []
    for one in ranking.evaluated:
        asked = one.requirement
        must = asked.kind is Kind.MUST and asked.topic is None
        if must:
            staying &= one.codes >= 0
        met, failed = int((one.codes > 0).sum()), int((one.codes < 0).sum())
        unknown = len(one.codes) - met - failed
        counts.append(Count(asked.id, asked.label, must, met, failed, unknown, int(staying.sum())))
    return Remaining(len(ranking.fit), tuple(counts), int(ranking.eligible.sum()))
