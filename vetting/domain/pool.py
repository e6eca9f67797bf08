"""All experts of an organisation as columns, so that ranking works on arrays and not on persons one by one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
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

REMEMBERED = 64
"""Questions whose judgements a column remembers: the same filter is asked again and again."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Column(Generic[V]):
    """One value per row, kept as distinct values and a code per row: a comparison runs once per distinct value."""

    values: tuple[V, ...]
    codes: Ints
    _judged: dict[Hashable, NDArray[np.int8]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Sequence[V]) -> Column[V]:
        """The column of these values, in row order."""
        known: dict[V, int] = {}
        codes = np.fromiter((known.setdefault(v, len(known)) for v in raw), dtype=np.int64, count=len(raw))
        return cls(tuple(known), codes)

    def __getitem__(self, row: int) -> V:
        return self.values[int(self.codes[row])]

    def take(self, rows: Ints) -> Column[V]:
        """The column of these rows; what only others had stays among the values."""
        return Column(self.values, self.codes[rows], self._judged)

    def joined(self, more: Column[V]) -> Column[V]:
        """These rows, then those."""
        known = {value: code for code, value in enumerate(self.values)}
        codes = np.array([known.setdefault(v, len(known)) for v in more.values], dtype=np.int64)
        return Column(tuple(known), np.concatenate([self.codes, codes[more.codes]]))

    def judge(self, question: Hashable, judge: Callable[[V], int]) -> NDArray[np.int8]:
        """A small number per row, from one judgement per distinct value; remembered under the question."""
        found = self._judged.get(question)
        if found is None:
            found = np.fromiter(map(judge, self.values), dtype=np.int8, count=len(self.values))
            if len(self._judged) >= REMEMBERED:
                self._judged.clear()
            self._judged[question] = found
        return found[self.codes]


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

    def take(self, rows: Ints) -> Pool:
        """The pool of these rows alone, in this order; places among all ids stay what they were."""
        place = {int(row): at for at, row in enumerate(rows)}
        standings = {
            competency: {at: of[row] for row, at in place.items() if row in of}
            for competency, of in self.standings.items()
        }
        return Pool(
            tuple(self.experts[row] for row in rows.tolist()),
            {fact: column.take(rows) for fact, column in self.facts.items()},
            self.conflicts.take(rows),
            self.item_counts[rows],
            self.by_id[rows],
            standings,
        )

    def replaced(self, kept: Ints, new: Pool, order: Ints) -> Pool:
        """The rows `kept`, then those of `new`, all put into `order`; standings are left out."""
        names = [self.experts[row] for row in kept.tolist()] + list(new.experts)
        experts = [names[row] for row in order.tolist()]
        return Pool(
            tuple(experts),
            {fact: column.take(kept).joined(new.facts[fact]).take(order) for fact, column in self.facts.items()},
            self.conflicts.take(kept).joined(new.conflicts).take(order),
            np.concatenate([self.item_counts[kept], new.item_counts])[order],
            _places(experts),
        )


def _places(experts: Sequence[str]) -> Ints:
    """The place of each row among the sorted ids."""
    by_id = np.empty(len(experts), dtype=np.int64)
    by_id[np.array(sorted(range(len(experts)), key=experts.__getitem__), dtype=np.int64)] = np.arange(len(experts))
    return by_id


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
    known = checks or {}
    columns = {
        fact: Column[Hashable].of([fact_value(f, fact, known.get(row, ())) for row, f in enumerate(facts)])
        for fact in Fact
    }
    held = Column[tuple[Conflict, ...]].of([tuple(map(Conflict.model_validate, c)) for c in conflicts])
    return Pool(
        tuple(experts), columns, held, np.asarray(item_counts, dtype=np.int64), _places(experts), standings or {}
    )


@dataclass(frozen=True)
class TopicScores:
    """Per expert: score 0-1, its standard error, and the nearest item (its place in the item list; -1: none)."""

    score: Floats
    se: Floats
    best: Ints


def refused(scores: TopicScores, items: Ints, denied: Mapping[int, int]) -> TopicScores:
    """The scores without those of rows that deny the very thing: nothing, nearest to the item that says so."""
    if not denied:
        return scores
    score, best = scores.score.copy(), scores.best.copy()
    at = np.flatnonzero(np.isin(items, list(denied.values())))
    place = dict(zip(items[at].tolist(), at.tolist(), strict=True))
    for row, item in denied.items():
        score[row] = 0.0
        best[row] = place.get(item, best[row])
    return TopicScores(score, scores.se, best)


def best_three(cosines: NDArray[np.floating], owners: Ints, experts: int) -> TopicScores:
    """Mean of each expert's three best cosines, cut to 0-1.

    `cosines` (items,) and `owners` (items,): the row of the expert an item belongs to. The standard error is that of
    the mean of the cosines used; one alone gets `SINGLE_ITEM_SE`. Raises ValueError where a cosine is not finite: it
    would win silently. Source of the rule: public gold standard of reviewer assignment (58 experts, 477 ratings).
    """
    values, rows = np.asarray(cosines, dtype=np.float64), np.asarray(owners)
    if not np.isfinite(values).all():
        raise ValueError("a cosine is not a finite number")
    order = None
    if (rows[1:] < rows[:-1]).any():
        order = np.argsort(rows, kind="stable")
        values, rows = values[order], rows[order]
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else np.zeros(0, dtype=np.int64)
    tops, first = _highest(values, starts)
    whose = rows[starts]
    used = np.isfinite(tops)
    count = used.sum(axis=0)
    mean = np.where(used, tops, 0).sum(axis=0) / np.maximum(count, 1)
    spread = (np.where(used, tops - mean, 0) ** 2).sum(axis=0)
    deviation = np.where(count > 1, np.sqrt(spread / np.maximum(count - 1, 1) / count), SINGLE_ITEM_SE)
    score, se, best = np.zeros(experts), np.zeros(experts), np.full(experts, -1, dtype=np.int64)
    score[whose], se[whose] = np.clip(mean, 0, 1), deviation
    best[whose] = first if order is None else order[first]
    return TopicScores(score, se, best)


def _highest(values: Floats, starts: Ints) -> tuple[Floats, Ints]:
    """The highest values (BEST, groups) of each group, -inf where it has fewer, and the place of the first of them.

    Groups are runs of `values` that begin at `starts`.
    """
    left = values.copy()
    counts = np.diff(np.append(starts, len(values)))
    tops = np.full((BEST, len(starts)), -np.inf)
    first = np.zeros(len(starts), dtype=np.int64)
    for rank in range(BEST if len(starts) else 0):
        tops[rank] = np.maximum.reduceat(left, starts)
        equal = np.flatnonzero(left == np.repeat(tops[rank], counts))
        places = equal[np.searchsorted(equal, starts)]
        left[places] = -np.inf
        first = first if rank else places
    return tops, first
