"""The pool of an organisation's experts, kept in memory and renewed when the database says that it changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session

from vetting.db import matching_queries as queries
from vetting.db.document_queries import checks
from vetting.domain.pool import Ints, Pool, TopicScores, best_three, make_pool
from vetting.domain.profile import CompetencyStanding, Facts, split_text, standings
from vetting.domain.standing import Check, newest
from vetting.errors import BadInput
from vetting.ports import Embedder, ProfileIndex, Vectors
from vetting.services.context import Context

EXACT_ITEMS = 200_000
"""Up to this many items every cosine is computed; above, the index nominates experts first."""

NOMINATED_ITEMS = 5_000


@dataclass(frozen=True)
class Roster:
    """A pool with the keys behind its rows: candidate ids by row, item ids in rising order with their owner's row."""

    pool: Pool
    candidates: Ints
    item_ids: Ints
    item_rows: Ints
    state: queries.PoolState
    cards: queries.ScorecardState


_ROSTERS: WeakKeyDictionary[Engine, dict[int, Roster]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def roster(ctx: Context, session: Session) -> Roster:
    """The experts of the organisation as of this session; parsed once per change, shared by threads."""
    held = _ROSTERS.setdefault(ctx.engine, {}).get(ctx.org)
    state, cards = queries.pool_state(session, ctx.org), queries.scorecard_state(session, ctx.org)
    if held is not None and (held.state, held.cards) == (state, cards):
        return held
    with _LOCK:
        fresh = held if held is not None and held.state == state else _load(ctx, session, state, cards)
        fresh = replace(fresh, pool=replace(fresh.pool, standings=_standings(session, ctx.org, fresh)), cards=cards)
        _ROSTERS[ctx.engine][ctx.org] = fresh
    return fresh


def topic_scores(index: ProfileIndex, held: Roster, vectors: Vectors) -> list[TopicScores]:
    """Per vector the scores of every expert: best-3 means over all their items.

    `TopicScores.best` holds places in `held.item_ids`. Raises ValueError where a cosine is not finite.
    """
    if not len(vectors):
        return []
    ids, cosines = index.cosines(vectors, _nominated(index, held, vectors))
    places = np.searchsorted(held.item_ids, ids)
    places = np.minimum(places, max(len(held.item_ids) - 1, 0))
    known = held.item_ids[places] == ids if len(held.item_ids) else np.zeros(len(ids), dtype=bool)
    places, cosines = places[known], cosines[known]
    scores = [best_three(cosines[:, at], held.item_rows[places], len(held.pool)) for at in range(len(vectors))]
    return [replace(s, best=np.where(s.best >= 0, places[s.best], -1) if len(places) else s.best) for s in scores]


def query_vectors(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """One unit vector per text; a text too long for one is the mean of its parts. Raises Unavailable, BadInput."""
    parts = [split_text(text.strip()) for text in texts]
    if not all(parts):
        raise BadInput("There is nothing to search for: the text is empty.")
    rows = np.asarray(embedder.embed([part for group in parts for part in group]), np.float32)
    ends = np.cumsum([len(group) for group in parts])
    means = np.stack([rows[end - len(group) : end].mean(axis=0) for group, end in zip(parts, ends, strict=True)])
    lengths: NDArray[np.float32] = np.linalg.norm(means, axis=1, keepdims=True)
    return (means / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _nominated(index: ProfileIndex, held: Roster, vectors: Vectors) -> list[int] | None:
    """All items of the experts whom a search nominates; None where exact over all is quick enough."""
    if len(held.item_ids) <= EXACT_ITEMS:
        return None
    hits = {hit.item_id for vector in vectors for hit in index.search(vector, NOMINATED_ITEMS)}
    rows = held.item_rows[np.isin(held.item_ids, np.fromiter(hits, dtype=np.int64))]
    found: list[int] = held.item_ids[np.isin(held.item_rows, rows)].tolist()
    return found


def _load(ctx: Context, session: Session, state: queries.PoolState, cards: queries.ScorecardState) -> Roster:
    experts = queries.expert_rows(session, ctx.org)
    candidates = np.array([row.id for row in experts], dtype=np.int64)
    items = np.array(queries.item_owners(session, ctx.org), dtype=np.int64).reshape(-1, 2)
    rows = np.searchsorted(candidates, items[:, 1])
    pool = make_pool(
        [row.imported_id for row in experts],
        [Facts.model_validate(row.facts) for row in experts],
        [row.conflicts for row in experts],
        np.bincount(rows, minlength=len(experts)),
        checks=_checks(session, ctx.org, candidates),
    )
    return Roster(pool, candidates, items[:, 0], rows, state, cards)


def _checks(session: Session, org: int, candidates: Ints) -> dict[int, tuple[Check, ...]]:
    """The newest check of each statement by row of the pool."""
    rows = {int(candidate): row for row, candidate in enumerate(candidates)}
    found: dict[int, list[Check]] = {}
    for candidate_id, document in checks(session, org):
        if candidate_id in rows:
            found.setdefault(rows[candidate_id], []).append(Check.model_validate(document))
    return {row: newest(several) for row, several in found.items()}


def _standings(session: Session, org: int, held: Roster) -> Mapping[str, Mapping[int, CompetencyStanding]]:
    """Competency -> row -> standing, from each person's newest scorecard of each rubric."""
    rows = {int(candidate): row for row, candidate in enumerate(held.candidates)}
    found: dict[str, dict[int, CompetencyStanding]] = {}
    for candidate_id, document in queries.newest_scorecards(session, org):
        if candidate_id in rows:
            for standing in standings(document):
                found.setdefault(standing.id, {})[rows[candidate_id]] = standing
    return found
