"""Named reads of staffing: each is scoped by organisation and takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from sqlmodel import Session, col

from vetting.db.models import Candidate
from vetting.db.project_models import Project
from vetting.db.queries import columns, owned
from vetting.db.staffing_models import Assignment, StaffingEntry, StaffingPlan, StaffingRule
from vetting.errors import BadInput, NotFound

OPEN = "open"
ASSIGNED = "assigned"
PLANS = 20


class RuleLine(NamedTuple):
    """A pinned or forbidden pair with whom and what it is about."""

    rule: StaffingRule
    candidate: Candidate
    project: Project


class AssignmentLine(NamedTuple):
    """Who works on what."""

    assignment: Assignment
    candidate: Candidate
    project: Project


class EntryLine(NamedTuple):
    """An expert in a plan with the project."""

    entry: StaffingEntry
    candidate: Candidate
    project: Project


def open_projects(session: Session, org: int, keys: Sequence[str] = ()) -> list[Project]:
    """The open projects, or those of these imported or public ids, oldest first.

    Raises NotFound for a key without a project, BadInput for a project that is not open.
    """
    query = columns(Project).where(col(Project.organisation_id) == org).order_by(col(Project.id))
    rows: list[Project] = list(session.scalars(query))
    if not keys:
        return [row for row in rows if row.status == OPEN]
    known = {row.public_id: row for row in rows} | {row.imported_id: row for row in rows}
    if missing := [key for key in keys if key not in known]:
        raise NotFound(f"There is no project {missing[0][:80]!r}.")
    chosen = {known[key].id for key in keys}
    found = [row for row in rows if row.id in chosen]
    if closed := [row.imported_id for row in found if row.status != OPEN]:
        raise BadInput(f"Project {closed[0]!r} is not open, so it is not staffed.")
    return found


def rules(session: Session, org: int) -> list[RuleLine]:
    """Every pinned and forbidden pair, by project."""
    query = (
        columns(StaffingRule, Candidate, Project)
        .join(Candidate, col(Candidate.id) == StaffingRule.candidate_id)
        .join(Project, col(Project.id) == StaffingRule.project_id)
        .where(col(StaffingRule.organisation_id) == org)
        .order_by(col(Project.title), col(StaffingRule.kind).desc(), col(Candidate.name))
    )
    return [RuleLine(*row) for row in session.exec(query)]


def assignments(session: Session, org: int) -> list[AssignmentLine]:
    """Who is assigned to which open project, by project and name."""
    query = (
        columns(Assignment, Candidate, Project)
        .join(Candidate, col(Candidate.id) == Assignment.candidate_id)
        .join(Project, col(Project.id) == Assignment.project_id)
        .where(col(Assignment.organisation_id) == org, col(Assignment.state) == ASSIGNED)
        .where(col(Project.status) == OPEN)
        .order_by(col(Project.id), col(Candidate.name))
    )
    return [AssignmentLine(*row) for row in session.exec(query)]


def plans(session: Session, org: int) -> list[StaffingPlan]:
    """The newest plans."""
    query = columns(StaffingPlan).where(col(StaffingPlan.organisation_id) == org)
    return list(session.scalars(query.order_by(col(StaffingPlan.id).desc()).limit(PLANS)))


def plan(session: Session, org: int, public_id: str) -> StaffingPlan:
    """The plan of that id in a URL. Raises NotFound."""
    return owned(session, StaffingPlan, org, public_id)


def entries(session: Session, org: int, plan_id: int) -> list[EntryLine]:
    """The people of a plan, seats before alternates, by project and place; whoever was erased is not among them."""
    query = (
        columns(StaffingEntry, Candidate, Project)
        .join(Candidate, col(Candidate.id) == StaffingEntry.candidate_id)
        .join(Project, col(Project.id) == StaffingEntry.project_id)
        .where(col(StaffingEntry.organisation_id) == org, col(StaffingEntry.plan_id) == plan_id)
        .order_by(col(Project.id), col(StaffingEntry.role).desc(), col(StaffingEntry.place))
    )
    return [EntryLine(*row) for row in session.exec(query)]


def rule_of(session: Session, org: int, project_id: int, candidate_id: int) -> StaffingRule | None:
    """What was decided about a pair, if anything."""
    query = columns(StaffingRule).where(
        col(StaffingRule.organisation_id) == org,
        col(StaffingRule.project_id) == project_id,
        col(StaffingRule.candidate_id) == candidate_id,
    )
    found: StaffingRule | None = session.scalar(query)
    return found


def assignments_to(session: Session, org: int, project_ids: Sequence[int]) -> list[Assignment]:
    """Assignments to these projects, ended ones too."""
    query = columns(Assignment).where(col(Assignment.organisation_id) == org)
    rows = session.scalars(query.where(col(Assignment.project_id).in_(project_ids)))
    return list(rows)


def people_by_key(session: Session, org: int, keys: AbstractSet[int]) -> dict[int, Candidate]:
    """Those of the keys who are still here."""
    if not keys:
        return {}
    query = columns(Candidate).where(col(Candidate.organisation_id) == org, col(Candidate.id).in_(keys))
    return {row.id: row for row in session.scalars(query)}
