"""All experts of an organisation as columns, so that ranking works on arrays and not on persons one by one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from vetting.domain.conflicts import Conflict
from vetting.domain.facts import Fact, fact_value
from vetting.domain.profile import CompetencyStanding, Facts
from vetting.domain.standing import Check

BEST = 3
"""A topic's score is the mean of this many best cosines; where an expert has fewer items, of those there are."""

SINGLE_ITEM_SE = 0.05
"""Standard error taken for a score that rests on one item."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True)
class Column(Generic[V]):
    """One value per row, kept as distinct values and a code per row: a comparison runs once per distinct value."""

    values: tuple[V, ...]
    codes: Ints

    @classmethod
    def of(cls, raw: Sequence[V]) -> Column[V]:
        """The column of these values, in row order."""
        known: dict[V, int] = {}
        codes = np.fromiter((known.setdefault(v, len(known)) for v in raw), dtype=np.int64, count=len(raw))
        return cls(tuple(known), codes)

    def __getitem__(self, row: int) -> V:
        return self.values[int(self.codes[row])]


@dataclass(frozen=True)
class Pool:
    """Experts by row. `by_id[r]` is the place of row r among the sorted ids; it breaks ties the same way every time."""

    experts: tuple[str, ...]
    facts: Mapping[Fact, Column[Hashable]]
    conflicts: Column[tuple[Conflict, ...]]
    item_counts: Ints
    by_id: Ints
    standings: Mapping[str, Mapping[int, CompetencyStanding]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.experts)


def make_pool(
    experts: Sequence[str],
    facts: Sequence[Facts],
    conflicts: Sequence[Sequence[Any]],
    item_counts: Ints,
    standings: Mapping[str, Mapping[int, CompetencyStanding]] | None = None,
    checks: Mapping[int, Sequence[Check]] | None = None,
) -> Pool:
    """The pool of these experts; `conflicts` in the import format.

    `standings` maps `rubric_id/competency_id` to row to standing, `checks` a row to the newest checks of its facts.
    """
    by_id = np.empty(len(experts), dtype=np.int64)
    by_id[np.array(sorted(range(len(experts)), key=experts.__getitem__), dtype=np.int64)] = np.arange(len(experts))
    known = checks or {}
    columns = {
        fact: Column[Hashable].of([fact_value(f, fact, known.get(row, ())) for row, f in enumerate(facts)])
        for fact in Fact
    }
    held = Column[tuple[Conflict, ...]].of([tuple(map(Conflict.model_validate, c)) for c in conflicts])
    return Pool(tuple(experts), columns, held, np.asarray(item_counts, dtype=np.int64), by_id, standings or {})


@dataclass(frozen=True)
class TopicScores:
    """Per expert: score 0-1, its standard error, and the nearest item (its place in the item list; -1: none)."""

    score: Floats
    se: Floats
    best: Ints


def best_three(cosines: NDArray[np.floating], owners: Ints, experts: int) -> TopicScores:
    """Mean of each expert's three best cosines, cut to 0-1.

    `cosines` (items,) and `owners` (items,): the row of the expert an item belongs to. The standard error is that of
    the mean of the cosines used; one alone gets `SINGLE_ITEM_SE`. Raises ValueError where a cosine is not finite: it
    would win silently. Source of the rule: public gold standard of reviewer assignment (58 experts, 477 ratings).
    """
    values = np.asarray(cosines, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("a cosine is not a finite number")
    order = np.lexsort((-values, owners))
    rows, sorted_values = np.asarray(owners)[order], values[order]
    first = np.searchsorted(rows, np.arange(experts))
    rank = np.arange(len(rows)) - first[rows] if len(rows) else np.zeros(0, dtype=np.int64)
    top = rank < BEST
    count = np.bincount(rows[top], minlength=experts).astype(float)
    some = np.maximum(count, 1)
    mean = np.bincount(rows[top], weights=sorted_values[top], minlength=experts) / some
    spread = np.bincount(rows[top], weights=(sorted_values[top] - mean[rows[top]]) ** 2, minlength=experts)
    se = np.where(count > 1, np.sqrt(spread / np.maximum(some - 1, 1) / some), SINGLE_ITEM_SE)
    best = np.full(experts, -1, dtype=np.int64)
    best[rows[rank == 0]] = order[rank == 0]
    return TopicScores(np.clip(mean, 0, 1), np.where(count > 0, se, 0.0), best)
