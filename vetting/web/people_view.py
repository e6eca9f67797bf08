"""Lists of people: a page of everybody, or those whose name or profile fits plain words, best match first."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vetting.db import queries
from vetting.db.engine import reading
from vetting.db.queries import PAGE, CandidateLine, Filter
from vetting.domain.profile import Cefr, Licence, Rate
from vetting.errors import VettingError
from vetting.services import profiles, search
from vetting.services.context import Context

HITS = 20
SNIPPET = 180

logger = logging.getLogger(__name__)

NAMES: Mapping[str, str] = {
    "country": "Country",
    "timezone": "Time zone",
    "languages": "Languages",
    "hours_per_week": "Hours a week",
    "rate": "Rate",
    "available_from": "Available from",
    "degrees": "Degrees",
    "licences": "Licences",
}


@dataclass(frozen=True)
class FoundLine:
    """A person of the list; `why` is the piece of the profile that fits the words, verbatim.

    `facts` are the facts that were asked for, each as (what is known of it in words, met).
    """

    line: CandidateLine
    why: str = ""
    facts: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Found:
    """What a list shows; `note` says what was left out. `facts` and `topic` are how a search was understood."""

    people: tuple[FoundLine, ...]
    total: int
    note: str | None = None
    facts: tuple[Mapping[str, str], ...] = ()
    topic: str = ""
    excluded: tuple[tuple[str, int], ...] = ()


def everybody(ctx: Context, only: Filter, number: int) -> Found:
    """One page of all people, `number` counts from 1."""
    with reading(ctx.engine) as session:
        lines, total = queries.candidates(session, ctx.org, only=only, offset=(number - 1) * PAGE)
    return Found(tuple(map(FoundLine, lines)), total)


def find_people(ctx: Context, words: str, only: Filter, facts: Sequence[str] | None = None) -> Found:
    """Those whose name, id or e-mail holds the words, then those whose profile comes near them.

    `facts` are those to use instead of what is read from the words. Without the embedder names are still found, and
    the note says so.
    """
    answer: dict[str, Any] = {"hits": [], "facts": [], "topic": words, "excluded": {}}
    note = None
    try:
        answer = search.search(ctx, words, k=HITS, facts=facts)
    except VettingError as error:
        note = f"Only names, ids and e-mails were searched: {error.message}"
    hits = {hit["expert"]: hit for hit in answer["hits"]}
    with reading(ctx.engine) as session:
        named, _ = queries.candidates(session, ctx.org, words=words, only=only, limit=HITS)
        near, _ = queries.candidates(session, ctx.org, only=only, imported_ids=list(hits), limit=HITS)
    place = {expert: n for n, expert in enumerate(hits)}
    near.sort(key=lambda line: place[line.imported_id])
    seen = {line.key for line in named}
    people = [FoundLine(line) for line in named]
    people += [_hit(line, hits[line.imported_id]) for line in near if line.key not in seen]
    excluded = tuple(sorted(answer["excluded"].items(), key=lambda pair: -pair[1]))
    return Found(tuple(people), len(people), note, tuple(answer["facts"]), answer["topic"], excluded)


def _hit(line: CandidateLine, hit: Mapping[str, Any]) -> FoundLine:
    asked = [finding for finding in hit["requirements"] if finding["kind"] == "must"]
    facts = ((f["source"] or f"{f['asked']}: {f['note']}", f["status"] == "met") for f in asked)
    return FoundLine(line, _short(hit["item"]["quote"]) if hit["item"] else "", tuple(facts))


def embed_new(ctx: Context) -> None:
    """Embed what an import brought; should the embedder be away, the worker's sweep does it once it is back."""
    try:
        profiles.embed_pending(ctx)
    except VettingError as error:
        logger.warning("new profiles are not embedded yet: %s", error.message)


def words_of(value: object) -> str:
    """A fact, or one statement of it, as a person reads it."""
    if isinstance(value, tuple):
        return ", ".join(f"{part[0]} {part[1]}" if _is_language(part) else words_of(part) for part in value)
    if isinstance(value, Rate):
        return f"{value.amount:g} {value.currency} {'an' if value.per == 'hour' else 'a'} {value.per}"
    if isinstance(value, Licence):
        return f"{value.statement}{f', expires {value.expires}' if value.expires else ''}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_language(part: object) -> bool:
    return isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], Cefr)


def _short(text: str) -> str:
    return text if len(text) <= SNIPPET else text[:SNIPPET].rsplit(" ", 1)[0] + " …"
