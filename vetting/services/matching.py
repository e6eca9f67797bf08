"""Shortlists as they are ranked and kept, and read-only matches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from sqlmodel import Session, col

from vetting.db import matching_queries as queries
from vetting.db import models, project_models
from vetting.db.engine import reading, writing
from vetting.db.project_mapping import project_of
from vetting.db.queries import columns, owned
from vetting.domain.facts import Circumstances
from vetting.domain.faults import first_fault
from vetting.domain.letter import LetterKind
from vetting.domain.matching import RANKING_VERSION, THIN_ITEMS, Ranking, rank, topics
from vetting.domain.pool import Ints
from vetting.domain.preference import Leaning
from vetting.domain.project import Project, all_requirements
from vetting.domain.rates import Rates
from vetting.domain.reasons import ItemText, breaches, explain
from vetting.domain.tongue import _
from vetting.errors import BadInput, NotFound
from vetting.services import accounts, audit, outbox, preferences
from vetting.services.audit import SYSTEM
from vetting.services.context import Context
from vetting.services.pools import Roster, query_vectors, roster, topic_scores

MOST = 1000
"""Largest k."""


@dataclass(frozen=True)
class Entry:
    """One ranked expert, ready to be shown or stored."""

    candidate_id: int
    expert: str
    name: str
    rank: int
    fit: float
    parts: dict[str, float]
    requirements: list[dict[str, Any]]
    reasons: list[str]
    band: int
    thin: bool

    def document(self) -> dict[str, Any]:
        """The entry as JSON shows it."""
        return {
            "rank": self.rank,
            "expert": self.expert,
            "name": self.name,
            "fit": self.fit,
            "parts": self.parts,
            "requirements": self.requirements,
            "reasons": self.reasons,
            "band": self.band,
            "thin": self.thin,
        }


@dataclass(frozen=True)
class Matched:
    """A ranking with what it was computed from."""

    project: Project
    project_id: int
    held: Roster
    ranking: Ranking
    entries: tuple[Entry, ...]
    now: Circumstances
    leaning: Leaning
    unmarked: dict[str, int]
    """Where marks count: the place of each entry without them."""


def request_shortlist(ctx: Context, project_id: str, k: int = 10, by: str = SYSTEM) -> project_models.Shortlist:
    """Rank the experts for a project (imported or public id) and keep the first k as a snapshot; returns its row.

    The embedder works before, and nothing but the writing happens inside, the one write transaction. Raises NotFound,
    BadInput, Unavailable.
    """
    matched = _match(ctx, project_id, k)
    with writing(ctx.engine) as session:
        shortlist = _shortlist_row(ctx, matched, k)
        session.add(shortlist)
        session.flush()
        there = queries.people(session, ctx.org, [e.candidate_id for e in matched.entries])
        kept = [e for e in matched.entries if e.candidate_id in there]
        assert shortlist.id is not None
        session.add_all(_entry_row(ctx.org, shortlist.id, place, e) for place, e in enumerate(kept, start=1))
        audit.record(ctx, session, "shortlist.make", f"shortlist:{shortlist.public_id}", by=by, entries=len(kept))
        _tell(ctx, session, shortlist.public_id, by)
    return shortlist


def _tell(ctx: Context, session: Session, public_id: str, by: str) -> None:
    """Write to the project managers, unless one of them made the list and so has it before them, or nobody asked."""
    managers = accounts.project_managers(session, ctx.org)
    if by == SYSTEM or by.lower() in {user.email for user in managers}:
        return
    for user in managers:
        key = f"shortlist:{public_id}:{user.public_id}"
        outbox.post(ctx, session, LetterKind.SHORTLIST_READY, key, outbox.To(user_id=user.id), about=public_id)


def match(ctx: Context, project_id: str, k: int = 10, everyone: bool = False) -> dict[str, Any]:
    """The ranking as a document in the shape of the demo's `shortlists`; nothing is stored.

    `everyone` adds `excluded_experts`: everybody who is out, each with all the reasons. Raises as `request_shortlist`.
    """
    matched = _match(ctx, project_id, k)
    document = {
        "project": matched.project.id,
        "considered": len(matched.held.pool),
        "excluded": dict(matched.ranking.excluded),
        "entries": [entry.document() for entry in matched.entries],
    }
    if everyone:
        ranking, pool = matched.ranking, matched.held.pool
        out = np.flatnonzero(~ranking.eligible)
        rows = out[np.argsort(pool.by_id[out])].tolist()
        document["excluded_experts"] = [
            {
                "expert": pool.experts[row],
                "fit": float(ranking.fit[row]),
                "reasons": [*breaches(ranking, row, pool, matched.now), *_left_out(matched.leaning, pool.experts[row])],
            }
            for row in rows
        ]
    return document


def _left_out(leaning: Leaning, expert: str) -> list[str]:
    why = leaning.left_out(expert)
    return [why] if why else []


def shortlist_document(ctx: Context, shortlist: project_models.Shortlist | str) -> dict[str, Any]:
    """A stored shortlist (its row or public id) as one element of the demo's `shortlists`, with its ids for URLs.

    Three queries. Raises NotFound.
    """
    with reading(ctx.engine) as session:
        if isinstance(shortlist, str):
            shortlist = owned(session, project_models.Shortlist, ctx.org, shortlist)
        row = shortlist
        if row.organisation_id != ctx.org:
            raise NotFound
        project = session.get(project_models.Project, row.project_id)
        entries = _stored_entries(session, row)
    assert project is not None
    bands, thin = row.query.get("bands", {}), row.query.get("thin", [])
    return {
        "id": row.public_id,
        "project": project.imported_id,
        "considered": row.considered,
        "excluded": row.excluded,
        "entries": [_stored_entry(entry, who, bands, thin) for entry, who in entries],
        "ranking_version": row.ranking_version,
        "embedder": row.embedder,
        "created_at": row.created_at.isoformat(),
    }


def _match(ctx: Context, project_id: str, k: int) -> Matched:
    with reading(ctx.engine) as session:
        row = queries.find_project(session, ctx.org, project_id)
        assert row.id is not None
        leaning = preferences.leaning(session, ctx.org, row.id)
    return ranked(ctx, project_of(row), row.id, k, leaning)


def ranked(ctx: Context, project: Project, project_id: int, k: int, leaning: Leaning) -> Matched:
    """The ranking of a project as given, which need not be as it is stored now. Raises BadInput, Unavailable."""
    count = checked(k)
    now = Circumstances(ctx.now().date(), exchange_rates(ctx.settings.rates))
    asked = topics(project)
    words = [r.topic or "" for r in asked]
    vectors = list(query_vectors(ctx.embedder, words)) if words else []
    with reading(ctx.engine) as session:
        held = roster(ctx, session, project_id)
        means = preferences.mean_vectors(session, ctx.org, leaning.marked, ctx.embedder.name)
        found = topic_scores(ctx.index.now(), held, words, np.array([*vectors, *means.values()], np.float32))
        scores = dict(zip((r.id for r in asked), found.topics, strict=False))
        straight = rank(project, held.pool, scores, now)
        near = {expert: one.score for expert, one in zip(means, found.topics[len(asked) :], strict=True)}
        ranking = preferences.lean(straight, held.pool, leaning, near)
        entries = _entries(ctx, session, held, found.items, ranking, count, now)
    plain = preferences.lean(straight, held.pool, leaning, {}).order if near else ()
    places = {held.pool.experts[row]: place for place, row in enumerate(plain, start=1)}
    unmarked = {entry.expert: places[entry.expert] for entry in entries if places}
    return Matched(project, project_id, held, ranking, entries, now, leaning, unmarked)


def _entries(
    ctx: Context, session: Session, held: Roster, items: Ints, ranking: Ranking, count: int, now: Circumstances
) -> tuple[Entry, ...]:
    """The first of the order, read again in SQL: whoever is not there any more is not shown."""
    rows = [int(row) for row in ranking.order[:count]]
    people = queries.people(session, ctx.org, (int(held.candidates[row]) for row in rows))
    rows = [row for row in rows if int(held.candidates[row]) in people]
    texts = best_texts(session, ctx.org, items, ranking, rows)
    bands = ranking.bands(rows)
    return tuple(
        _entry(people[int(held.candidates[row])], held, ranking, row, (place, band), texts, now)
        for place, (row, band) in enumerate(zip(rows, bands, strict=True), start=1)
    )


def best_texts(session: Session, org: int, items: Ints, ranking: Ranking, rows: Sequence[int]) -> dict[int, ItemText]:
    """Text by place in `items` of every item that a topic of these rows points at."""
    found = (int(e.topic.best[row]) for e in ranking.evaluated if e.topic for row in rows)
    places = {place for place in found if place >= 0}
    texts = queries.item_texts(session, org, (int(items[place]) for place in places))
    return {p: item_text(item) for p in places if (item := texts.get(int(items[p])))}


def _entry(
    person: queries.Person,
    held: Roster,
    ranking: Ranking,
    row: int,
    place: tuple[int, int],
    texts: Mapping[int, ItemText],
    now: Circumstances,
) -> Entry:
    explained = explain(ranking, row, held.pool, texts, now)
    return Entry(
        candidate_id=person.id,
        expert=person.imported_id,
        name=person.name,
        rank=place[0],
        fit=float(ranking.fit[row]),
        parts=ranking.parts_of(row),
        requirements=[finding.document() for finding in explained.findings],
        reasons=list(explained.reasons),
        band=place[1],
        thin=bool(held.pool.item_counts[row] < THIN_ITEMS),
    )


def item_text(item: queries.ItemRow) -> ItemText:
    """An item as reasons quote it."""
    return ItemText(item.kind, item.title, item.text, item.dated)


def _shortlist_row(ctx: Context, matched: Matched, k: int) -> project_models.Shortlist:
    rates = matched.now.rates
    query = {
        "k": k,
        "requirements": [r.model_dump(mode="json", exclude_none=True) for r in all_requirements(matched.project)],
        "client": matched.project.client,
        "project": matched.project.model_dump(mode="json", exclude_none=True),
        "leaning": asdict(matched.leaning),
        "unmarked": matched.unmarked,
        "lexical_vote": matched.held.vote,
        "rates_of": rates.date.isoformat() if rates else None,
        "bands": {entry.expert: entry.band for entry in matched.entries},
        "thin": [entry.expert for entry in matched.entries if entry.thin],
    }
    return project_models.Shortlist(
        organisation_id=ctx.org,
        project_id=matched.project_id,
        ranking_version=RANKING_VERSION,
        index_revision=matched.held.revision,
        embedder=ctx.embedder.name,
        query=query,
        considered=len(matched.held.pool),
        excluded=dict(matched.ranking.excluded),
        created_at=ctx.now(),
    )


def _entry_row(org: int, shortlist_id: int, place: int, entry: Entry) -> project_models.ShortlistEntry:
    return project_models.ShortlistEntry(
        organisation_id=org,
        shortlist_id=shortlist_id,
        candidate_id=entry.candidate_id,
        rank=place,
        fit=entry.fit,
        parts=entry.parts,
        requirements=entry.requirements,
        reasons=entry.reasons,
    )


def _stored_entries(
    session: Session, shortlist: project_models.Shortlist
) -> list[tuple[project_models.ShortlistEntry, models.Candidate]]:
    entry = project_models.ShortlistEntry
    query = (
        columns(entry, models.Candidate)
        .join(models.Candidate, col(models.Candidate.id) == entry.candidate_id)
        .where(col(entry.shortlist_id) == shortlist.id, col(entry.organisation_id) == shortlist.organisation_id)
        .order_by(col(entry.rank))
    )
    return [(row[0], row[1]) for row in session.exec(query)]


def _stored_entry(
    entry: project_models.ShortlistEntry, who: models.Candidate, bands: Mapping[str, int], thin: Iterable[str]
) -> dict[str, Any]:
    return {
        "id": entry.public_id,
        "rank": entry.rank,
        "expert": who.imported_id,
        "name": who.name,
        "fit": entry.fit,
        "parts": entry.parts,
        "requirements": entry.requirements,
        "reasons": entry.reasons,
        "band": bands.get(who.imported_id, 1),
        "thin": who.imported_id in thin,
        "state": entry.state,
        "decision": entry.decision,
        "decision_reason": entry.decision_reason,
    }


def checked(k: int) -> int:
    """How many to show. Raises BadInput for a number that is too small or too large."""
    if not 1 <= k <= MOST:
        raise BadInput(_("k: {k} is not from 1 to {most}.").format(k=k, most=MOST))
    return k


@lru_cache(maxsize=8)
def exchange_rates(setting: str | None) -> Rates | None:
    """The currency rates of `VETTING_RATES`: JSON, or the path of a JSON file. Raises BadInput naming the setting."""
    if not setting or not setting.strip():
        return None
    try:
        text = setting if setting.lstrip().startswith("{") else Path(setting).read_text(encoding="utf-8")
        return Rates.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(_("VETTING_RATES: {first_fault}.").format(first_fault=first_fault(error))) from None
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            _("VETTING_RATES: {setting!r} is neither JSON nor a file that can be read.").format(setting=setting[:80])
        ) from None
