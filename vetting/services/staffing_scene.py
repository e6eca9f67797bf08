"""What a plan is made from, read as of one moment: open projects, who is eligible, what was decided, who is busy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from vetting.db import staffing_queries
from vetting.db.engine import reading
from vetting.db.matching_queries import asked_scorecards
from vetting.db.project_mapping import project_of
from vetting.db.project_models import Project as ProjectRow
from vetting.domain.facts import Circumstances, Fact
from vetting.domain.matching import Ranking, rank, topics
from vetting.domain.pool import Floats, Pool
from vetting.domain.project import Project
from vetting.domain.staffing import loads
from vetting.domain.staffing_pairs import TOP, Built, Eligible, Rules, build, eligible_of
from vetting.domain.standing import plain
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.ports import IndexView, Vectors
from vetting.services.context import Context
from vetting.services.matching import exchange_rates
from vetting.services.pools import Roster, query_vectors, roster, topic_scores, with_cards

PINNED, FORBIDDEN = "pinned", "forbidden"
REPORTS = 20
"""How often at most the ranking reports: each report may be a transaction."""

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Scene:
    """The projects in the order of the problem's demands, with everything the problem was built from."""

    projects: tuple[ProjectRow, ...]
    held: Roster
    eligible: tuple[Eligible, ...]
    built: Built


@dataclass(frozen=True)
class Decided:
    """Per project (its key) what a person decided, in rows of the pool, and the share of each week taken elsewhere."""

    rules: Mapping[int, Rules]
    busy: Floats


def scene(
    ctx: Context, keys: Sequence[str], fairness: float, told: Report, wide: AbstractSet[int] = frozenset()
) -> Scene:
    """Read and rank; `keys` name projects (none: all open ones), `wide` the places of those that want everybody.

    Raises NotFound, BadInput, Unavailable.
    """
    now = Circumstances(ctx.now().date(), exchange_rates(ctx.settings.rates))
    with reading(ctx.engine) as session:
        rows = tuple(staffing_queries.open_projects(session, ctx.org, keys))
    if not rows:
        raise BadInput(_("There is no open project to staff; make one first."))
    projects = [project_of(row) for row in rows]
    vectors = _topic_vectors(ctx, projects)
    with reading(ctx.engine) as session:
        held, index = roster(ctx, session), ctx.index.now()
        asked = asked_scorecards(session, ctx.org, [row.id or 0 for row in rows])
        hours = hours_of(held.pool)
        decided = _decided(session, ctx.org, rows, held, hours)
        eligible = []
        for at, (row, project) in enumerate(zip(rows, projects, strict=True)):
            if at % -(-len(rows) // REPORTS) == 0:
                told("ranking", at, len(rows))
            top = len(held.pool) if at in wide else TOP
            ranking = _ranking(index, project, with_cards(held, asked.get(row.id or 0, ())), vectors, now)
            eligible.append(eligible_of(project, ranking, decided.rules.get(row.id or 0, Rules()), top))
    told("ranking", len(rows), len(rows))
    return Scene(rows, held, tuple(eligible), build(eligible, held.pool.experts, hours, decided.busy, fairness))


def hours_of(pool: Pool) -> Floats:
    """The hours a week that each expert offers; NaN where not stated."""
    column = pool.facts[Fact.HOURS]
    each = np.array([np.nan if v is None else plain(v) for v in column.values], dtype=float)
    return each[column.codes] if len(each) else np.zeros(0)


def _topic_vectors(ctx: Context, projects: Sequence[Project]) -> Mapping[str, Vectors]:
    """A vector by topic, each text embedded once for all projects."""
    texts = list(dict.fromkeys(r.topic or "" for project in projects for r in topics(project)))
    if not texts:
        return {}
    return dict(zip(texts, query_vectors(ctx.embedder, texts), strict=True))


def _ranking(
    index: IndexView, project: Project, held: Roster, vectors: Mapping[str, Vectors], now: Circumstances
) -> Ranking:
    asked = topics(project)
    words = [r.topic or "" for r in asked]
    mine = np.stack([vectors[text] for text in words]) if words else np.zeros((0, 1), np.float32)
    scores = dict(zip((r.id for r in asked), topic_scores(index, held, words, mine).topics, strict=True))
    return rank(project, held.pool, scores, now)


def _decided(session: Session, org: int, rows: Sequence[ProjectRow], held: Roster, hours: Floats) -> Decided:
    """Rules and assignments of these projects; assignments to other open projects take their share of the week."""
    place = {int(candidate): row for row, candidate in enumerate(held.candidates)}
    mine = {row.id or 0 for row in rows}
    found: dict[int, dict[str, set[int]]] = {}
    busy = np.zeros(len(held.pool))
    for rule, candidate, _project in staffing_queries.rules(session, org):
        if (row := place.get(candidate.id or 0)) is not None:
            found.setdefault(rule.project_id, {}).setdefault(rule.kind, set()).add(row)
    for _assignment, candidate, project in staffing_queries.assignments(session, org):
        if (row := place.get(candidate.id or 0)) is None:
            continue
        if project.id in mine:
            found.setdefault(project.id, {}).setdefault(staffing_queries.ASSIGNED, set()).add(row)
        else:
            busy[row] += loads(project.hours_per_week, hours[row : row + 1])[0]
    kinds = (PINNED, FORBIDDEN, staffing_queries.ASSIGNED)
    return Decided({key: Rules(*(frozenset(of.get(k, ())) for k in kinds)) for key, of in found.items()}, busy)
