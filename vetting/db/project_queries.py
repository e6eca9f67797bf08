"""Named reads of projects and shortlists: each is scoped by organisation and takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.consent_queries import released
from vetting.db.models import Candidate, Interview, ScorecardRow
from vetting.db.project_models import Project, Shortlist, ShortlistEntry
from vetting.db.queries import columns, owned
from vetting.errors import NotFound


class ProjectLine(NamedTuple):
    """A project as the list shows it, with its newest shortlist and how many entries of it were approved."""

    public_id: str
    imported_id: str
    title: str
    client: str | None
    seats: int | None
    start: str | None
    requirements: int
    created_at: datetime
    shortlist_id: str | None
    shortlisted_at: datetime | None
    entries: int
    approved: int


class EntryLine(NamedTuple):
    """A ranked expert with the person's row."""

    entry: ShortlistEntry
    candidate: Candidate


def projects(session: Session, org: int) -> list[ProjectLine]:
    """Every project, newest first, with its newest shortlist."""
    newest = (
        columns(col(Shortlist.project_id).label("project_id"), func.max(col(Shortlist.id)).label("newest"))
        .where(col(Shortlist.organisation_id) == org)
        .group_by(col(Shortlist.project_id))
        .subquery()
    )
    decided = (
        columns(
            col(ShortlistEntry.shortlist_id).label("shortlist_id"),
            func.count().label("entries"),
            func.count().filter(col(ShortlistEntry.decision) == "approved").label("approved"),
        )
        .where(col(ShortlistEntry.organisation_id) == org)
        .group_by(col(ShortlistEntry.shortlist_id))
        .subquery()
    )
    rows = session.connection().execute(
        columns(
            Project.public_id, Project.imported_id, Project.title, Project.client, Project.seats, Project.start,
            col(Project.requirements), Project.created_at, Shortlist.public_id, Shortlist.created_at,
            decided.c.entries, decided.c.approved,
        )
        .select_from(Project)
        .outerjoin(newest, newest.c.project_id == Project.id)
        .outerjoin(Shortlist, col(Shortlist.id) == newest.c.newest)
        .outerjoin(decided, decided.c.shortlist_id == Shortlist.id)
        .where(col(Project.organisation_id) == org)
        .order_by(col(Project.id).desc())
    )  # fmt: skip
    return [ProjectLine._make((*row[:6], len(row[6] or ()), *row[7:10], row[10] or 0, row[11] or 0)) for row in rows]


def project(session: Session, org: int, public_id: str) -> Project:
    """The project of that id in a URL. Raises NotFound."""
    return owned(session, Project, org, public_id)


def project_by_imported_id(session: Session, org: int, imported_id: str) -> Project:
    """The project of that imported id. Raises NotFound naming it."""
    found = session.scalar(
        columns(Project).where(col(Project.organisation_id) == org, col(Project.imported_id) == imported_id)
    )
    if found is None:
        raise NotFound(f"There is no project '{imported_id}'.")
    return found


def shortlists_of(session: Session, org: int, project_id: int) -> list[Shortlist]:
    """The shortlists of a project, newest first."""
    query = columns(Shortlist).where(col(Shortlist.organisation_id) == org, col(Shortlist.project_id) == project_id)
    return list(session.scalars(query.order_by(col(Shortlist.id).desc())))


def shortlist(session: Session, org: int, public_id: str) -> tuple[Shortlist, Project]:
    """A shortlist with its project. Raises NotFound."""
    found = (
        session.connection()
        .execute(
            columns(Shortlist.id, Shortlist.project_id).where(
                col(Shortlist.organisation_id) == org, col(Shortlist.public_id) == public_id
            )
        )
        .first()
    )
    if found is None:
        raise NotFound
    row, of = session.get(Shortlist, found[0]), session.get(Project, found[1])
    assert row is not None and of is not None
    return row, of


def entries(session: Session, org: int, shortlist_id: int) -> list[EntryLine]:
    """The ranked experts of a shortlist."""
    rows = session.exec(
        columns(ShortlistEntry, Candidate)
        .join(Candidate, col(Candidate.id) == ShortlistEntry.candidate_id)
        .where(col(ShortlistEntry.organisation_id) == org, col(ShortlistEntry.shortlist_id) == shortlist_id)
        .order_by(col(ShortlistEntry.rank))
    )
    return [EntryLine(*row) for row in rows]


def entry(session: Session, org: int, shortlist_id: int, public_id: str) -> ShortlistEntry:
    """One entry of this very shortlist. Raises NotFound."""
    found = owned(session, ShortlistEntry, org, public_id)
    if found.shortlist_id != shortlist_id:
        raise NotFound
    return found


def newest_rated(session: Session, org: int, candidate_ids: Sequence[int], project: int) -> dict[tuple[int, str], str]:
    """(person, rubric id) -> public id of the newest interview whose levels count for the project: where a quote of a
    reason can be read."""
    rows = session.connection().execute(
        columns(ScorecardRow.candidate_id, ScorecardRow.rubric_id, Interview.public_id)
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .where(col(ScorecardRow.organisation_id) == org, col(ScorecardRow.candidate_id).in_(candidate_ids))
        .where(released(project))
        .order_by(col(Interview.id))
    )
    return {(row[0], row[1]): row[2] for row in rows}
