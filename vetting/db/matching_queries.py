"""Named reads and the one counter that matching needs: each is scoped by organisation, each is one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, bindparam, cast, delete, func, insert, not_, or_
from sqlmodel import Session, col

from vetting.db.consent_queries import released
from vetting.db.models import Candidate, IndexRevision, Interview, Organisation, ProfileItem, ScorecardRow
from vetting.db.profile_models import ProfileChange
from vetting.db.project_models import Project
from vetting.db.queries import columns
from vetting.db.shortlist_models import Inquiry
from vetting.errors import NotFound

IDS_PER_QUERY = 500
REVISIONS_KEPT = 1_000
"""Changes of this many newest revisions are kept; who is further behind compares everything."""


class ExpertRow(NamedTuple):
    """What ranking needs of an expert."""

    id: int
    imported_id: str
    facts: dict[str, Any]
    conflicts: list[Any]
    items: int


class Person(NamedTuple):
    """What a list shows of an expert."""

    id: int
    public_id: str
    imported_id: str
    name: str
    headline: str


class ItemRow(NamedTuple):
    """A profile item as it was written."""

    id: int
    candidate_id: int
    kind: str
    title: str
    text: str
    dated: str | None


class PendingItem(NamedTuple):
    """A profile item to embed, and the hash of its content."""

    id: int
    candidate_id: int
    title: str
    text: str
    sha256: str


class ScorecardState(NamedTuple):
    """Changes whenever a scorecard is written, rewritten or deleted."""

    cards: int
    newest: int | None
    rated_at: datetime | None


def bump_revision(session: Session, org: int, experts: Iterable[int] | None = None) -> int:
    """Tell every index and cache of this organisation, in this very transaction, that profiles changed.

    `experts` are the keys of those whose profile did, gone ones too; without them everything is compared again, which
    takes long where there are many. Returns the new revision.
    """
    row = session.get(IndexRevision, org, populate_existing=True)
    if row is None:
        row = IndexRevision(organisation_id=org)
        session.add(row)
    row.revision += 1
    session.flush()
    changed: list[int | None] = [*sorted(set(experts or ()))] or [None]
    values = [{"organisation_id": org, "revision": row.revision, "candidate_id": who} for who in changed]
    session.connection().execute(insert(ProfileChange), values)
    old = (col(ProfileChange.organisation_id) == org) & (col(ProfileChange.revision) <= row.revision - REVISIONS_KEPT)
    session.connection().execute(delete(ProfileChange).where(old))
    return row.revision


def index_revision(session: Session, org: int) -> int:
    """The revision of the profiles; 0 before the first change."""
    return session.connection().execute(_REVISION, {"org": org}).scalar() or 0


def profile_state(session: Session, org: int) -> tuple[int, ScorecardState]:
    """The revision of the profiles, and what cached standings must agree with."""
    revision, *cards = session.connection().execute(_STATE, {"org": org}).one()
    return revision or 0, ScorecardState(*cards)


def expert_rows(session: Session, org: int, experts: Sequence[int] | None = None) -> list[ExpertRow]:
    """Everybody with a profile item, a stated fact or a released scorecard, by id; or those of `experts` (rising)."""
    items = columns(ProfileItem.id).where(col(ProfileItem.candidate_id) == Candidate.id)
    cards = columns(ScorecardRow.id).where(col(ScorecardRow.candidate_id) == Candidate.id, released())
    count = columns(func.count()).where(col(ProfileItem.candidate_id) == Candidate.id).scalar_subquery()
    query = (
        columns(Candidate.id, Candidate.imported_id, col(Candidate.facts), col(Candidate.conflicts), count)
        .where(col(Candidate.organisation_id) == org)
        .where(or_(items.exists(), cards.exists(), cast(col(Candidate.facts), String) != "{}"))
        .order_by(col(Candidate.id))
    )
    parts = [query] if experts is None else [query.where(col(Candidate.id).in_(part)) for part in chunks(experts)]
    return [ExpertRow(*row) for part in parts for row in session.connection().execute(part)]


def newest_scorecards(session: Session, org: int) -> list[tuple[int, dict[str, Any]]]:
    """(candidate id, document): of each person and rubric the newest scorecard that is released for everything."""
    newest_first = (col(Interview.completed_at).desc(), col(Interview.id).desc())
    place = func.row_number().over(
        partition_by=(col(ScorecardRow.candidate_id), col(ScorecardRow.rubric_id)), order_by=newest_first
    )
    ranked = (
        columns(col(ScorecardRow.id).label("id"), place.label("place"))
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .where(col(ScorecardRow.organisation_id) == org, released())
        .subquery()
    )
    query = (
        columns(ScorecardRow.candidate_id, col(ScorecardRow.document))
        .join(ranked, ranked.c.id == ScorecardRow.id)
        .where(ranked.c.place == 1)
        .order_by(col(ScorecardRow.id))
    )
    return [(row[0], row[1]) for row in session.connection().execute(query)]


def asked_scorecards(
    session: Session, org: int, projects: Sequence[int]
) -> dict[int, list[tuple[int, dict[str, Any]]]]:
    """By project the same of interviews that it asked for, and that may speak for their candidates nowhere else."""
    query = (
        columns(Inquiry.project_id, ScorecardRow.candidate_id, ScorecardRow.rubric_id, col(ScorecardRow.document))
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .join(Inquiry, col(Inquiry.interview_id) == ScorecardRow.interview_id)
        .where(col(ScorecardRow.organisation_id) == org, col(Inquiry.project_id).in_(projects), not_(released()))
        .order_by(col(Interview.completed_at), col(Interview.id))
    )
    newest = {tuple(row[:3]): row[3] for row in session.connection().execute(query)}
    found: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    for (project, candidate, _rubric), document in newest.items():
        found.setdefault(project, []).append((candidate, document))
    return found


def people(session: Session, org: int, candidate_ids: Iterable[int]) -> dict[int, Person]:
    """Those of the ids that exist in this organisation; whoever was erased is not among them."""
    found: dict[int, Person] = {}
    for part in chunks(list(candidate_ids)):
        rows = session.connection().execute(_PEOPLE, {"org": org, "ids": part})
        found |= {row[0]: Person(*row) for row in rows}
    return found


def item_texts(session: Session, org: int, item_ids: Iterable[int]) -> dict[int, ItemRow]:
    """Those of the items that exist in this organisation."""
    found: dict[int, ItemRow] = {}
    for part in chunks(list(item_ids)):
        rows = session.connection().execute(_ITEMS, {"org": org, "ids": part})
        found |= {row[0]: ItemRow(*row) for row in rows}
    return found


def other_embedders(session: Session, org: int, embedder: str) -> list[str | None]:
    """The embedders, other than this one, of which items have vectors; None where some have no vector at all.

    One query where there is one name, as nearly always; else one more step through the index per name.
    """
    connection = session.connection()
    bare, first, last = connection.execute(_EMBEDDERS, {"org": org}).one()
    found: list[str | None] = [] if bare is None else [None]
    while first is not None:
        found += [first] if first != embedder else []
        first = connection.execute(_NEXT_EMBEDDER, {"org": org, "after": first}).scalar() if first != last else None
    return found


def profile_texts(
    session: Session, org: int, experts: Sequence[int] | None = None
) -> Iterator[tuple[int, int, str, str]]:
    """(candidate id, id, title, text) of every item of everybody, or of `experts` (rising), by candidate."""
    item = ProfileItem
    query = (
        columns(item.candidate_id, item.id, item.title, item.text)
        .where(col(item.organisation_id) == org)
        .order_by(col(item.candidate_id), col(item.id))
    )
    parts = [query] if experts is None else [query.where(col(item.candidate_id).in_(part)) for part in chunks(experts)]
    for part in parts:
        for row in session.connection().execute(part.execution_options(yield_per=5_000)):
            yield row[0], row[1], row[2], row[3]


def pending_count(session: Session, org: int, embedder: str) -> int:
    """How many items have no vector of this embedder."""
    counts = (
        columns(func.count()).select_from(ProfileItem).where(_held_by(org, name))
        for name in other_embedders(session, org, embedder)
    )
    return sum(session.connection().execute(query).scalar() or 0 for query in counts)


def pending_items(session: Session, org: int, held: str | None, after: int, limit: int) -> list[PendingItem]:
    """The next items, by id, whose vector is of the embedder `held` (None: that have no vector)."""
    item = ProfileItem
    query = (
        columns(item.id, item.candidate_id, item.title, item.text, item.sha256)
        .where(_held_by(org, held), col(ProfileItem.id) > after)
        .order_by(col(ProfileItem.id))
        .limit(limit)
    )
    return [PendingItem(*row) for row in session.connection().execute(query)]


def pending_organisations(session: Session, embedder: str) -> list[int]:
    """Organisations with an item that has no vector of this embedder."""
    ids = session.connection().execute(columns(Organisation.id).order_by(col(Organisation.id))).scalars().all()
    return [org for org in ids if other_embedders(session, org, embedder)]


def _held_by(org: int, embedder: str | None) -> ColumnElement[bool]:
    """The name of an embedder is written with its vector, so there is one where there is the other."""
    name = col(ProfileItem.embedder)
    return (col(ProfileItem.organisation_id) == org) & (name.is_(None) if embedder is None else name == embedder)


def find_project(session: Session, org: int, key: str) -> Project:
    """A project by its imported id, else by its public one. Raises NotFound naming what was asked for."""
    query = columns(Project).where(col(Project.organisation_id) == org)
    for column in (Project.imported_id, Project.public_id):
        found: Project | None = session.scalar(query.where(col(column) == key))
        if found is not None:
            return found
    raise NotFound(f"There is no project {key[:80]!r}.")


def chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    """The ids in portions that any database takes in one IN (...)."""
    return [ids[at : at + IDS_PER_QUERY] for at in range(0, len(ids), IDS_PER_QUERY)]


_ORG: Any = bindparam("org")
_IDS: Any = bindparam("ids", expanding=True)
_OURS = col(ProfileItem.organisation_id) == _ORG
_NAME = col(ProfileItem.embedder)

# What every search asks is put together once: that takes as long as asking SQLite.
_REVISION = columns(IndexRevision.revision).where(col(IndexRevision.organisation_id) == _ORG)
_STATE = columns(
    _REVISION.scalar_subquery(), func.count(), func.max(col(ScorecardRow.id)), func.max(col(ScorecardRow.rated_at))
).where(col(ScorecardRow.organisation_id) == _ORG)
_PEOPLE = columns(Candidate.id, Candidate.public_id, Candidate.imported_id, Candidate.name, Candidate.headline).where(
    col(Candidate.organisation_id) == _ORG, col(Candidate.id).in_(_IDS)
)
_ITEMS = columns(
    ProfileItem.id, ProfileItem.candidate_id, ProfileItem.kind, ProfileItem.title, ProfileItem.text, ProfileItem.dated
).where(_OURS, col(ProfileItem.id).in_(_IDS))
_EMBEDDERS = columns(
    columns(ProfileItem.id).where(_OURS, _NAME.is_(None)).limit(1).scalar_subquery(),
    columns(func.min(_NAME)).where(_OURS).scalar_subquery(),
    columns(func.max(_NAME)).where(_OURS).scalar_subquery(),
)
_NEXT_EMBEDDER = columns(func.min(_NAME)).where(_OURS, bindparam("after") < _NAME)
