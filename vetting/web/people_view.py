"""Lists of people: a page of everybody, or those whose name or profile fits plain words, best match first."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vetting.db import people_queries
from vetting.db.engine import reading
from vetting.db.people_queries import PersonLine, Wanted
from vetting.db.queries import PAGE
from vetting.domain.cutoff import SAID, Ranked, cuts
from vetting.domain.facts import Status
from vetting.domain.profile import Cefr, Facts, Licence, Rate
from vetting.domain.search_words import TOPIC
from vetting.domain.tongue import N_, _
from vetting.errors import VettingError
from vetting.services import profiles, search
from vetting.services.context import Context
from vetting.web.people_look import Look
from vetting.web.sheets import Cell

HITS = 20
SNIPPET = 180

logger = logging.getLogger(__name__)

NAMES: Mapping[str, str] = {
    "country": N_("Country"),
    "timezone": N_("Time zone"),
    "languages": N_("Languages"),
    "hours_per_week": N_("Hours a week"),
    "rate": N_("Rate"),
    "available_from": N_("Available from"),
    "degrees": N_("Degrees"),
    "licences": N_("Licences"),
}

PER: Mapping[str, str] = {
    "hour": N_("{amount} {currency} an hour"),
    "day": N_("{amount} {currency} a day"),
    "week": N_("{amount} {currency} a week"),
    "month": N_("{amount} {currency} a month"),
    "year": N_("{amount} {currency} a year"),
}
PARTS: Mapping[str, tuple[str, ...]] = {
    "interview": ("rubric", "rubric_version"),
    "state": ("state", "recommendation"),
    "level": ("composite", "low", "high", "cut"),
}
"""Columns of the page that are several in a file."""


@dataclass(frozen=True)
class FoundLine:
    """A person of the list; `why` is the piece of the profile that fits the words, verbatim.

    `facts` are the facts that were asked for, each as (what is known of it in words, met).
    """

    line: PersonLine
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
    cuts: Mapping[int, str] = field(default_factory=dict)
    """Where reading on is worth less, in words, by how many stand above the line."""


def find(ctx: Context, look: Look, *, limit: int | None = PAGE, considered: bool = False) -> Found:
    """The page that was asked for; `limit` None: everybody who fits. Raises BadInput for a filter that is none.

    `considered`: only those whom a project has to do with.
    """
    wanted = replace(look.wanted(), considered=considered)
    return _by_words(ctx, look, wanted) if look.q else _everybody(ctx, look, wanted, limit)


def _everybody(ctx: Context, look: Look, wanted: Wanted, limit: int | None) -> Found:
    offset = (look.at - 1) * limit if limit else 0
    with reading(ctx.engine) as session:
        lines, total = people_queries.people(session, ctx.org, wanted, ctx.now(), offset=offset, limit=limit)
    return Found(tuple(map(FoundLine, lines)), total)


def _by_words(ctx: Context, look: Look, wanted: Wanted) -> Found:
    """Those whose name, id or e-mail holds the words, then those whose profile comes near them.

    `facts` are those to use instead of what is read from the words. Without the embedder names are still found, and
    the note says so.
    """
    answer: dict[str, Any] = {"hits": [], "facts": [], "topic": look.q, "excluded": {}}
    note = None
    with reading(ctx.engine) as session:
        among = people_queries.all_considered(session, ctx.org) if wanted.considered else None
    try:
        answer = search.search(ctx, look.q, k=HITS, facts=look.chosen, among=among)
        note = answer["note"]
    except VettingError as error:
        note = _("Only names, ids and e-mails were searched: {why}").format(why=error.message)
    hits = {hit["expert"]: hit for hit in answer["hits"]}
    by_name, by_profile = replace(wanted, words=look.q), replace(wanted, imported_ids=list(hits))
    with reading(ctx.engine) as session:
        named, _total = people_queries.people(session, ctx.org, by_name, ctx.now(), limit=HITS)
        near, _total = people_queries.people(session, ctx.org, by_profile, ctx.now(), limit=HITS)
    place = {expert: n for n, expert in enumerate(hits)}
    near.sort(key=lambda line: place[line.imported_id])
    seen = {line.key for line in named}
    people = [FoundLine(line) for line in named]
    people += [_hit(line, hits[line.imported_id]) for line in near if line.key not in seen]
    excluded = tuple(sorted(answer["excluded"].items(), key=lambda pair: -pair[1]))
    ranked = [
        Ranked(sum(not met for _known, met in one.facts), _speaks(hits.get(one.line.imported_id))) for one in people
    ]
    lines = {above: _(SAID[cut]) for above, cut in cuts(ranked).items()}
    return Found(tuple(people), len(people), note, tuple(answer["facts"]), answer["topic"], excluded, lines)


def _speaks(hit: Mapping[str, Any] | None) -> bool:
    """Whether the profile comes near enough to the words, where any were asked; a person who was named need not."""
    asked = [one for one in hit["requirements"] if one["id"] == TOPIC] if hit else []
    return all(one["status"] == Status.MET.value for one in asked)


def _hit(line: PersonLine, hit: Mapping[str, Any]) -> FoundLine:
    asked = [finding for finding in hit["requirements"] if finding["kind"] == "must"]
    facts = ((f["source"] or f"{f['asked']}: {f['note']}", f["status"] == "met") for f in asked)
    return FoundLine(line, _short(hit["item"]["quote"]) if hit["item"] else "", tuple(facts))


def table_of(found: Found, shown: Sequence[str]) -> tuple[list[str], list[list[Cell]]]:
    """The list as a table for a file: name and id, then what the page shows, figures in columns of their own."""
    columns = ["id", *(name for name in shown if name != "id")]
    head = ["name", *(part for name in columns for part in PARTS.get(name, (name,)))]
    return head, [[one.line.name, *_cells(one.line, columns)] for one in found.people]


def _cells(line: PersonLine, columns: Sequence[str]) -> Iterator[Cell]:
    newest, facts = line.newest, dict(fact_lines(line.facts))
    for name in columns:
        match name:
            case "interview":
                yield from (newest.rubric_id, newest.rubric_version) if newest else (None, None)
            case "state":
                yield from (line.state.value, newest.recommendation if newest else None)
            case "level":
                yield from (newest.level, newest.low, newest.high, newest.cut) if newest else (None,) * 4
            case "invited" | "finished":
                at = (newest.created_at if name == "invited" else newest.completed_at) if newest else None
                yield at.isoformat(timespec="minutes") if at else None
            case "id":
                yield line.imported_id
            case "email" | "decision":
                yield getattr(line, name)
            case _:
                yield facts.get(_(NAMES[name]))


def fact_lines(stored: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Stated facts as (name, words), in a fixed order."""
    facts = Facts.model_validate(dict(stored))
    return [
        (_(name), words_of(value)) for key, name in NAMES.items() if (value := getattr(facts, key)) not in (None, ())
    ]


def embed_new(ctx: Context) -> None:
    """Embed what an import brought; should the embedder be away, the worker's sweep does it once it is back."""
    try:
        profiles.embed_pending(ctx)
    except VettingError as error:
        logger.warning("new profiles are not embedded yet: %s", error.message)


def words_of(value: object) -> str:
    """A fact, or one statement of it, as a person reads it."""
    if isinstance(value, tuple):
        return ", ".join(_spoken(*part) if _is_language(part) else words_of(part) for part in value)
    if isinstance(value, Rate):
        return _(PER[value.per]).format(amount=f"{value.amount:g}", currency=value.currency)
    if isinstance(value, Licence):
        if not value.expires:
            return str(value.statement)
        return _("{licence}, expires {day}").format(licence=value.statement, day=value.expires)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _spoken(language: str, degree: Cefr) -> str:
    return _("{language} {level}").format(language=language, level=degree)


def _is_language(part: object) -> bool:
    return isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], Cefr)


def _short(text: str) -> str:
    return text if len(text) <= SNIPPET else text[:SNIPPET].rsplit(" ", 1)[0] + " …"
