"""A stored shortlist worked out again with the question it was made with, and what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vetting.db import project_queries
from vetting.db.engine import reading
from vetting.db.project_mapping import project_of
from vetting.db.project_models import Shortlist
from vetting.db.project_queries import EntryLine
from vetting.domain.matching import RANKING_VERSION
from vetting.domain.preference import Leaning
from vetting.domain.project import Project
from vetting.domain.reasons import breaches
from vetting.domain.shortlist_changes import Moved, Place, compare
from vetting.services import matching
from vetting.services.context import Context
from vetting.services.matching import Matched


@dataclass(frozen=True)
class Recomputed:
    """A shortlist then and now; `conditions` are sentences on what the two rest on, where that differs."""

    shortlist: Shortlist
    title: str
    at: datetime
    conditions: tuple[str, ...]
    moved: tuple[Moved, ...]

    @property
    def same(self) -> bool:
        """Whether everybody stands where they stood, for the same reasons."""
        return all(one.same for one in self.moved)


def recompute(ctx: Context, shortlist_id: str) -> Recomputed:
    """Rank again by the stored project, marks and length of a shortlist; nothing is stored. Raises NotFound,
    Unavailable.
    """
    with reading(ctx.engine) as session:
        row, project_row = project_queries.shortlist(session, ctx.org, shortlist_id)
        assert row.id is not None
        lines = project_queries.entries(session, ctx.org, row.id)
    today = project_of(project_row)
    asked = Project.model_validate(row.query["project"]) if "project" in row.query else today
    leaning = Leaning(**{name: tuple(ids) for name, ids in row.query.get("leaning", {}).items()})
    matched = matching.ranked(ctx, asked, row.project_id, int(row.query.get("k", len(lines) or 1)), leaning)
    then, now = [_then(line) for line in lines], [_now(entry) for entry in matched.entries]
    still = {place.expert for place in now}
    why = {place.expert: _why(matched, place.expert, leaning) for place in then if place.expert not in still}
    return Recomputed(
        shortlist=row,
        title=project_row.title,
        at=ctx.now(),
        conditions=tuple(_conditions(ctx, row, matched, asked, today)),
        moved=compare(then, now, why),
    )


def _then(line: EntryLine) -> Place:
    entry = line.entry
    return Place(line.candidate.imported_id, line.candidate.name, entry.rank, entry.fit, _statuses(entry.requirements))


def _now(entry: matching.Entry) -> Place:
    return Place(entry.expert, entry.name, entry.rank, entry.fit, _statuses(entry.requirements))


def _statuses(findings: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {str(f.get("asked") or f["id"]): str(f["status"]) for f in findings}


def _why(matched: Matched, expert: str, leaning: Leaning) -> str:
    """Why somebody who was on the list is not on it now."""
    pool, ranking = matched.held.pool, matched.ranking
    if expert not in pool.experts:
        return "nothing of this person is kept here any more"
    row = pool.experts.index(expert)
    if found := breaches(ranking, row, pool, matched.now):
        return ", ".join(found)
    if why := leaning.left_out(expert):
        return why
    place = ranking.order.tolist().index(row) + 1
    return f"now in place {place}, beyond the {len(matched.entries)} that are listed"


def _conditions(ctx: Context, row: Shortlist, matched: Matched, asked: Project, today: Project) -> list[str]:
    found = []
    if "project" not in row.query:
        found.append("This shortlist was made before projects were kept with it; today's requirements were taken.")
    elif asked.requirements != today.requirements:
        found.append("The project's requirements were changed since; the former ones were taken here.")
    if row.ranking_version != RANKING_VERSION:
        found.append(f"The rules of ranking are another version: {row.ranking_version} then, {RANKING_VERSION} now.")
    if row.embedder != ctx.embedder.name:
        found.append(f"Texts are compared by another model: {row.embedder} then, {ctx.embedder.name} now.")
    if (then := row.query.get("lexical_vote", 0.0)) != (vote := matched.held.vote):
        found.append(f"Words shared with a profile had the weight {then:g} then, {vote:g} now.")
    considered = len(matched.held.pool)
    if row.considered != considered:
        found.append(f"{row.considered:,} experts were considered then, {considered:,} now.")
    rates = matched.now.rates.date.isoformat() if matched.now.rates else None
    if row.query.get("rates_of") != rates:
        found.append(f"Currency rates: {row.query.get('rates_of') or 'none'} then, {rates or 'none'} now.")
    return found
