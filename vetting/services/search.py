"""Search in plain words: facts exclude as a project's musts do, the rest orders people by their best-3 means.

Hits of the index nominate experts; their scores are computed over all their items, so that a search ranks as a project
with the same words does. Whoever the votes of words could bring among the first is looked at as well.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlmodel import Session

from vetting.db import matching_queries as queries
from vetting.db.engine import reading
from vetting.domain.fact_words import words
from vetting.domain.facts import Circumstances
from vetting.domain.language import told_foreign
from vetting.domain.lexicon import voted
from vetting.domain.matching import THIN_ITEMS, rank_by, screen
from vetting.domain.pool import Floats, Ints, Pool, TopicScores, refused
from vetting.domain.reasons import explain
from vetting.domain.search_words import TOPIC, Chip, Query, read_query
from vetting.domain.tongue import _, ngettext
from vetting.errors import BadInput
from vetting.ports import IndexView, Vectors
from vetting.services.context import Context
from vetting.services.matching import checked, exchange_rates, item_text
from vetting.services.pools import Roster, Scored, query_vectors, roster, scored

NOMINATED, MOST_NOMINATED = 512, 16_384
"""Items by which the index nominates experts, at first and at most; beyond, everybody's score is computed."""

MOST_ABLE = 4_096
"""Experts whom their votes could still bring among the first, up to which they are looked at themselves."""

DECIMALS = 6
TIED = 10.0**-DECIMALS


@dataclass(frozen=True)
class _Chosen:
    """The first of the order: rows of the pool, best first, with what each score rests on."""

    rows: Ints
    scored: Scored | None


def search(
    ctx: Context, text: str, k: int = 10, facts: Sequence[str] | None = None, among: Collection[int] | None = None
) -> dict[str, Any]:
    """Experts in plain words, best first: `{"query", "topic", "facts", "considered", "excluded", "hits", "index",
    "note"}`; the note says where the model does not know the language of the words, or has not read everybody yet.

    `facts` are written chips (`hours_per_week >= 10`) to use instead of those read from the text. A hit has expert, id
    (for URLs), name, headline, score, thin, requirements, reasons, and its best item (None where only facts are asked
    for). Who does not meet a fact is excluded and counted; where it is not known they stay. `among`: the keys of those
    who may be found, and nobody else is counted. Raises BadInput, Unavailable.
    """
    count, query = checked(k), _understood(text, facts)
    vector = query_vectors(ctx.embedder, [query.topic])[0] if query.topic else None
    now = Circumstances(ctx.now().date(), exchange_rates(ctx.settings.rates))
    with reading(ctx.engine) as session:
        held = roster(ctx, session)
        index = ctx.index.now(held.revision)
        eligible, excluded = screen([chip.requirement for chip in query.chips], held.pool, now)
        if among is not None:
            eligible, excluded = eligible & np.isin(held.candidates, list(among)), {}
        if vector is None:
            chosen = _by_facts(query, held, eligible, count, now)
        else:
            chosen = _by_topic(index, held, query.topic, vector, eligible, count)
        hits = _hits(ctx, session, held, query, chosen, now)
        waiting = queries.pending_count(session, ctx.org, ctx.embedder.name)
    return {
        "query": text,
        "topic": query.topic,
        "facts": [_chip(chip, text) for chip in query.chips],
        "considered": len(held.pool) if among is None else len(among),
        "excluded": excluded,
        "hits": hits,
        "index": str(index.state),
        "note": told_foreign([query.topic], ctx.embedder.name) or _told_waiting(waiting),
    }


def _understood(text: str, facts: Sequence[str] | None) -> Query:
    try:
        query = read_query(text, facts)
    except ValueError as error:
        raise BadInput(_("fact: {error}.").format(error=error)) from None
    if not query.topic and not query.chips:
        raise BadInput(_("There is nothing to search for: the text is empty."))
    return query


def _told_waiting(items: int) -> str | None:
    if not items:
        return None
    return ngettext(
        "{count} piece of a profile waits for the embedding model, and cannot be found by meaning until then.",
        "{count} pieces of profiles wait for the embedding model, and cannot be found by meaning until then.",
        items,
    ).format(count=f"{items:,}")


def _by_topic(index: IndexView, held: Roster, topic: str, vector: Vectors, eligible: np.ndarray, count: int) -> _Chosen:
    """The first by score, as if everybody had been looked at: whoever is not named has no cosine above that of the last
    hit, so no score above that and their own vote.
    """
    only = None if eligible.all() else held.candidates.compress(eligible)
    queries_, votes, denied = vector.reshape(1, -1), held.votes(topic), held.denying(topic)
    nominated = NOMINATED
    while index.state.kind != "exact" and nominated <= MOST_NOMINATED:
        near = index.search(vector, nominated, only)
        named = np.unique(near.experts)
        chosen, last = _best(index, held, queries_, (votes, denied), named, count)
        if len(near) < nominated:
            return chosen
        able = eligible & (float(near.cosines[-1]) + votes >= last - TIED)
        rest = np.setdiff1d(held.candidates.compress(able), named, assume_unique=True)
        if len(chosen.rows) == count and len(rest) <= MOST_ABLE:
            final = np.union1d(held.candidates[chosen.rows], rest)
            return _best(index, held, queries_, (votes, denied), final, count)[0] if len(rest) else chosen
        nominated *= 4
    return _best(index, held, queries_, (votes, denied), only, count)[0]


def _best(
    index: IndexView,
    held: Roster,
    queries_: Vectors,
    heard: tuple[Floats, dict[int, int]],
    experts: Ints | None,
    count: int,
) -> tuple[_Chosen, float]:
    """The first of these experts (rising keys), and the score of the last of them; `heard` are votes and denials."""
    votes, denied = heard
    near = index.cosines(queries_, experts)
    owners = held.rows_of(near.experts)
    if experts is None:
        rows = np.arange(len(held.pool))
    else:
        rows = held.rows_of(experts)
        rows = rows[rows >= 0]
        owners = np.where(owners >= 0, np.searchsorted(rows, owners), -1)
    found = scored(near, owners, len(rows))
    no = {at: denied[row] for at, row in enumerate(rows.tolist()) if row in denied} if denied else {}
    topic = refused(voted(found.topics[0], votes[rows]), found.items, no)
    there = np.flatnonzero(topic.best >= 0)
    values = np.round(topic.score[there], DECIMALS)
    order = there[np.lexsort((held.pool.by_id[rows[there]], -values))][:count]
    kept = TopicScores(topic.score[order], topic.se[order], topic.best[order])
    last = float(topic.score[order[-1]]) if len(order) else 0.0
    return _Chosen(rows[order], Scored((kept,), found.items)), last


def _by_facts(query: Query, held: Roster, eligible: np.ndarray, count: int, now: Circumstances) -> _Chosen:
    """Where nothing but facts is asked for: who states most of them first."""
    ranking = rank_by(query.requirements, held.pool, {}, now)
    met = np.sum([e.codes > 0 for e in ranking.evaluated], axis=0)
    rows = np.flatnonzero(eligible)
    return _Chosen(rows[np.lexsort((held.pool.by_id[rows], -met[rows]))][:count], None)


def _hits(
    ctx: Context, session: Session, held: Roster, query: Query, chosen: _Chosen, now: Circumstances
) -> list[dict[str, Any]]:
    """What is shown of the first, read again in SQL: whoever is not there any more is not shown."""
    pool = held.pool.take(chosen.rows)
    topics = {TOPIC: chosen.scored.topics[0]} if chosen.scored else {}
    ranking = rank_by(query.requirements, pool, topics, now)
    people = queries.people(session, ctx.org, held.candidates[chosen.rows].tolist())
    texts = _texts(session, ctx.org, chosen)
    hits = []
    for row, candidate in enumerate(held.candidates[chosen.rows].tolist()):
        item = texts.get(row)
        if candidate not in people or (chosen.scored and (item is None or item.candidate_id != candidate)):
            continue
        said = {int(topics[TOPIC].best[row]): item_text(item)} if item else {}
        explained = explain(ranking, row, pool, said, now)
        quote = next((finding.source for finding in explained.findings if finding.id == TOPIC), None)
        hit = _hit(people[candidate], pool, row, item, quote)
        hit["score"] = round(float(topics[TOPIC].score[row]), DECIMALS) if topics else None
        hit["requirements"] = [finding.document() for finding in explained.findings]
        hit["reasons"] = list(explained.reasons)
        hits.append(hit)
    return hits


def _texts(session: Session, org: int, chosen: _Chosen) -> dict[int, queries.ItemRow]:
    """The best item of each chosen row."""
    if chosen.scored is None:
        return {}
    ids = chosen.scored.items[chosen.scored.topics[0].best].tolist()
    found = queries.item_texts(session, org, ids)
    return {row: found[item] for row, item in enumerate(ids) if item in found}


def _hit(
    person: queries.Person, pool: Pool, row: int, item: queries.ItemRow | None, quote: str | None
) -> dict[str, Any]:
    shown = {"kind": item.kind, "title": item.title, "date": item.dated, "quote": quote} if item else None
    return {
        "expert": person.imported_id,
        "id": person.public_id,
        "name": person.name,
        "headline": person.headline,
        "thin": bool(pool.item_counts[row] < THIN_ITEMS),
        "item": shown,
    }


def _chip(chip: Chip, text: str) -> dict[str, str]:
    """A chip as JSON shows it: its form in writing, what it asks in words, and the words it was read from."""
    said = text[chip.said[0] : chip.said[1]].strip() if chip.said else ""
    return {"fact": chip.text, "words": words(chip.requirement.test), "said": said}
