"""The pool of an organisation's experts, kept in memory and renewed where the database says that it changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session

from vetting.db import matching_queries as queries
from vetting.db.document_queries import checks
from vetting.db.engine import reading
from vetting.db.index_queries import changed_since
from vetting.db.matching_queries import asked_scorecards
from vetting.domain.denial import Denied, affirmed
from vetting.domain.lexicon import Lexicon, Postings, voted
from vetting.domain.pool import Floats, Ints, Pool, TopicScores, best_three, make_pool, refused
from vetting.domain.profile import CompetencyStanding, Facts, joined, split_text, standings
from vetting.domain.standing import Check, newest
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.ports import Embedder, IndexView, Near, Vectors
from vetting.services.context import Context

ANEW_SHARE = 0.2
"""Where more experts changed than this share, all are read anew."""


NOTHING_DENIED = Denied()


@dataclass(frozen=True)
class Roster:
    """A pool with the key in the database of each row, rising, as of a revision of the profiles."""

    pool: Pool
    candidates: Ints
    revision: int
    cards: queries.ScorecardState
    lexicon: Lexicon | None = None
    """The words of the profiles; None where they have no vote."""
    vote: float = 0.0
    denied: Denied = NOTHING_DENIED
    """What people say that they are not: for a topic that names it they have no evidence."""

    def rows_of(self, candidates: Ints) -> Ints:
        """The row of each of these keys; -1 for one that is not here."""
        rows = self._row_of_key
        found: Ints = rows[np.minimum(candidates, len(rows) - 1)]
        return found

    @cached_property
    def _row_of_key(self) -> Ints:
        """By key the row, -1 for one that is not here; the last is of all larger keys."""
        rows = np.full(int(self.candidates[-1]) + 2 if len(self.candidates) else 1, -1, dtype=np.int64)
        rows[self.candidates] = np.arange(len(self.candidates))
        return rows

    def denying(self, topic: str) -> dict[int, int]:
        """The rows of those who deny the very thing a topic names, with the item that says so."""
        said = self.denied.by_expert(topic)
        rows = self.rows_of(np.array(list(said), dtype=np.int64))
        return {row: item for row, item in zip(rows.tolist(), said.values(), strict=True) if row >= 0}

    @property
    def newer(self) -> int:
        """Experts whose words stand apart from those of most."""
        return len(self.lexicon.fresh.experts) if self.lexicon else 0

    def votes(self, topic: str) -> Floats:
        """Per row what the words of the profile add to the score of a topic."""
        return self.lexicon.votes(topic, self.vote) if self.lexicon else np.zeros(len(self.pool))


@dataclass(frozen=True)
class Scored:
    """Scores of every expert by topic; `TopicScores.best` are places in `items`, ids of profile items."""

    topics: tuple[TopicScores, ...]
    items: Ints


_ROSTERS: WeakKeyDictionary[Engine, dict[int, Roster]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def roster(ctx: Context, session: Session, project: int | None = None) -> Roster:
    """The experts of the organisation as of this session; each is parsed once per change, shared by threads.

    Levels are of interviews whose candidates let them speak for them; for a project also of those it asked for.
    """
    held = _shared(ctx, session)
    return held if project is None else with_cards(held, asked_scorecards(session, ctx.org, [project]).get(project, ()))


def _shared(ctx: Context, session: Session) -> Roster:
    state = queries.profile_state(session, ctx.org)
    held = _held(ctx)
    if held is not None and (held.revision, held.cards) == state:
        return held
    with _LOCK:
        held = _held(ctx)  # whoever had the lock before may have read all of it
        if held is not None and (held.revision, held.cards) == state:
            return held
        fresh = _renewed(session, ctx.org, held, state[0], ctx.settings.lexical_vote)
        fresh = _with_standings(session, ctx.org, fresh, state[1])
        _ROSTERS[ctx.engine][ctx.org] = fresh
    return fresh


def _held(ctx: Context) -> Roster | None:
    """What this process has read, with the vote that is set now."""
    held = _ROSTERS.setdefault(ctx.engine, {}).get(ctx.org)
    return held if held is not None and held.vote == ctx.settings.lexical_vote else None


def warm(ctx: Context) -> None:
    """Read the experts now, so that nobody's first search waits for it."""
    with reading(ctx.engine) as session:
        roster(ctx, session)


def topic_scores(index: IndexView, held: Roster, topics: Sequence[str], vectors: Vectors) -> Scored:
    """Per vector the best-3 mean of every expert over all items, with the votes of the words of `topics`.

    The first vectors are those of the topics, any others have no words. Raises ValueError for what is not finite.
    """
    if not len(vectors):
        return Scored((), np.zeros(0, dtype=np.int64))
    near = index.cosines(vectors)
    found = scored(near, held.rows_of(near.experts), len(held.pool))
    heard = tuple(
        refused(voted(one, held.votes(text)), found.items, held.denying(text))
        for one, text in zip(found.topics, topics, strict=False)
    )
    return Scored((*heard, *found.topics[len(topics) :]), found.items)


def scored(near: Near, rows: Ints, experts: int) -> Scored:
    """Best-3 means of items with their cosines (n, q) and the rows (n,) of their experts; a row of -1 is left out."""
    known = rows >= 0
    items, cosines = near.items, near.cosines
    if not known.all():
        items, cosines, rows = items[known], cosines[known], rows[known]
    return Scored(tuple(best_three(column, rows, experts) for column in cosines.T), items)


def query_vectors(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """One unit vector per text; a text too long for one is the mean of its parts. Raises Unavailable, BadInput."""
    parts = [split_text(text.strip()) for text in texts]
    if not all(parts):
        raise BadInput(_("There is nothing to search for: the text is empty."))
    rows = np.asarray(embedder.embed([part for group in parts for part in group]), np.float32)
    ends = np.cumsum([len(group) for group in parts])
    means = np.stack([rows[end - len(group) : end].mean(axis=0) for group, end in zip(parts, ends, strict=True)])
    lengths: NDArray[np.float32] = np.linalg.norm(means, axis=1, keepdims=True)
    return (means / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _renewed(session: Session, org: int, held: Roster | None, revision: int, vote: float) -> Roster:
    """The roster at a revision; its cards are to be looked at by the caller."""
    if held is None:
        return _loaded(session, org, revision, vote)
    if held.revision == revision:
        return held
    changed = changed_since(session, org, held.revision, revision)
    if changed is None or len(changed) + held.newer > ANEW_SHARE * len(held.pool):
        return _loaded(session, org, revision, vote)
    return _patched(session, org, held, changed, revision)


def _loaded(session: Session, org: int, revision: int, vote: float) -> Roster:
    rows = queries.expert_rows(session, org)
    keys = _keys(rows)
    words, denied = _said(session, org, keys, vote)
    lexicon = Lexicon.of(words, keys) if words else None
    return Roster(_pool(rows, checks(session, org)), keys, revision, _NO_CARDS, lexicon, vote, denied)


def _said(
    session: Session, org: int, experts: Ints, vote: float, only: Sequence[int] | None = None
) -> tuple[Postings | None, Denied]:
    """The words of these experts (rising keys), where they have a vote, and what they deny, read in one go.

    `only` are the keys to ask for where they are not everybody.
    """
    denied: list[tuple[int, int, str, str]] = []

    def texts() -> Iterator[tuple[int, str]]:
        for expert, item, title, text in queries.profile_texts(session, org, only):
            kept = affirmed(title, text)
            if kept != (title, text):
                denied.append((expert, item, title, text))
            yield expert, joined(*kept) if vote else ""

    words = Postings.of(experts, texts())
    return words if vote else None, Denied.of(denied)


def _patched(session: Session, org: int, held: Roster, changed: Sequence[int], revision: int) -> Roster:
    """The roster with these experts read again; who is gone or has nothing to show any more leaves it."""
    rows = queries.expert_rows(session, org, changed)
    kept = np.flatnonzero(~np.isin(held.candidates, np.asarray(changed, dtype=np.int64)))
    candidates = np.concatenate([held.candidates[kept], _keys(rows)])
    order = np.argsort(candidates, kind="stable")
    new = _pool(rows, checks(session, org, changed))
    lexicon = held.lexicon
    words, denied = _said(session, org, _keys(rows), held.vote, changed)
    if lexicon is not None and words is not None:
        lexicon = lexicon.replaced(np.asarray(changed, dtype=np.int64), words, candidates[order])
    return replace(
        held,
        pool=held.pool.replaced(kept, new, order),
        candidates=candidates[order],
        revision=revision,
        cards=_NO_CARDS,
        lexicon=lexicon,
        denied=held.denied.replaced(changed, denied),
    )


def _pool(rows: Sequence[queries.ExpertRow], checked: Sequence[tuple[int, dict[str, Any]]]) -> Pool:
    """The pool of these experts; `checked` are the checks of their facts, oldest first."""
    return make_pool(
        [row.imported_id for row in rows],
        [Facts.model_validate(row.facts) for row in rows],
        [row.conflicts for row in rows],
        np.array([row.items for row in rows], dtype=np.int64),
        checks=_newest_checks(rows, checked),
    )


def _newest_checks(
    rows: Sequence[queries.ExpertRow], checked: Sequence[tuple[int, dict[str, Any]]]
) -> dict[int, tuple[Check, ...]]:
    """The newest check of each statement by row of the pool."""
    places = {expert.id: row for row, expert in enumerate(rows)}
    found: dict[int, list[Check]] = {}
    for candidate_id, document in checked:
        if candidate_id in places:
            found.setdefault(places[candidate_id], []).append(Check.model_validate(document))
    return {row: newest(several) for row, several in found.items()}


def _keys(rows: Sequence[queries.ExpertRow]) -> Ints:
    return np.array([row.id for row in rows], dtype=np.int64)


def _with_standings(session: Session, org: int, held: Roster, cards: queries.ScorecardState) -> Roster:
    """The roster with competency -> row -> standing, from each person's newest scorecard of each rubric."""
    documents = queries.newest_scorecards(session, org) if cards.cards else []
    people = np.unique(np.array([candidate for candidate, _ in documents], dtype=np.int64))
    strangers = people[held.rows_of(people) < 0]
    if len(strangers):  # a scorecard is all that they have
        held = _patched(session, org, held, strangers.tolist(), held.revision)
    bare = replace(held, pool=replace(held.pool, standings={}), cards=cards)
    return with_cards(bare, documents)


def with_cards(held: Roster, documents: Sequence[tuple[int, dict[str, Any]]]) -> Roster:
    """The roster with the standings of these scorecards, by candidate, in the place of what it has of the same people.

    Who is not in it stays out; without documents it is the same roster.
    """
    if not documents:
        return held
    rows = held.rows_of(np.array([candidate for candidate, _ in documents], dtype=np.int64))
    new: dict[str, dict[int, CompetencyStanding]] = {}
    for row, (_candidate, document) in zip(rows.tolist(), documents, strict=True):
        for standing in standings(document) if row >= 0 else ():
            new.setdefault(standing.id, {})[row] = standing
    before = held.pool.standings
    joined = {name: {**before.get(name, {}), **of} for name, of in new.items()}
    return replace(held, pool=replace(held.pool, standings={**before, **joined}))


_NO_CARDS = queries.ScorecardState(0, None, None)
