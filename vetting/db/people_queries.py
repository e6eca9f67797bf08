"""People as the candidates page lists them: filtered, sorted and paged by the database, in four queries.

Each person stands with the newest interview (of the rubric that is asked for, if one is), its scorecard and decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from vetting.db.models import Candidate, Interview, Invite, RubricVersion, ScorecardRow
from vetting.db.own_models import Erasure
from vetting.db.project_models import ShortlistEntry
from vetting.db.queries import PAGE, RUNNING, InterviewLine, columns, titled
from vetting.db.review_models import Decision, InviteStep
from vetting.db.staffing_models import Assignment, StaffingEntry, StaffingRule
from vetting.domain.interview_events import Phase

OPENED = "opened"


class InviteState(StrEnum):
    """How far somebody's newest invitation has come."""

    NOT_INVITED = "not_invited"
    SENT = "sent"
    OPENED = "opened"
    STARTED = "started"
    FINISHED = "finished"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Decided(StrEnum):
    """What a person has made of the newest interview."""

    UNDECIDED = "undecided"
    ADVANCE = "advance"
    DO_NOT_ADVANCE = "do_not_advance"
    ASK_MORE = "ask_more"


class Sort(StrEnum):
    """What a list is ordered by."""

    NEWEST = "newest"
    NAME = "name"
    LEVEL = "level"
    FINISHED = "finished"


@dataclass(frozen=True)
class Wanted:
    """Which people a list shows, and in which order. `since` and `until` are days of the invitation, both included.

    `imported_ids` limits the list to these people; None: everybody. `considered`: those whom a project has to do with.
    """

    words: str = ""
    rubric: str = ""
    recommendation: str = ""
    state: InviteState | None = None
    decided: Decided | None = None
    since: date | None = None
    until: date | None = None
    imported_ids: Sequence[str] | None = None
    considered: bool = False
    sort: Sort = Sort.NEWEST
    ascending: bool = False


class PersonLine(NamedTuple):
    """A person of the list; `newest` is None for somebody who was never invited."""

    key: int
    public_id: str
    imported_id: str
    name: str
    headline: str
    email: str | None
    facts: dict[str, Any]
    interviews: int
    newest: InterviewLine | None
    state: InviteState
    decision: str | None


def people(
    session: Session, org: int, wanted: Wanted, now: datetime, *, offset: int = 0, limit: int | None = PAGE
) -> tuple[list[PersonLine], int]:
    """One page of people, and how many there are in all; `limit` None: every one of them.

    The page is found by the columns it is ordered by alone, and what is shown is then read for its people only.
    """
    conditions = _conditions(org, wanted, now)
    found = _from(columns(Candidate.id), org, wanted).where(*conditions).order_by(*_order(wanted))
    keys = session.scalars(found.offset(offset).limit(limit)).all()
    total = len(keys) if limit is None else session.scalar(_counted(org, wanted, conditions))
    shown = _from(columns(*_COLUMNS, _state(now)), org, wanted)
    if limit is not None:
        shown = shown.where(col(Candidate.id).in_(keys))
    titles = rubric_titles(session, org)
    lines = {row[0]: _line(row, titles) for row in session.connection().execute(shown)}
    return [lines[key] for key in keys], int(total or 0)


def rubric_titles(session: Session, org: int) -> dict[int, tuple[str, str, str]]:
    """Key of each rubric version -> (rubric id, version, title)."""
    rows = session.connection().execute(
        columns(
            RubricVersion.id, RubricVersion.rubric_id, RubricVersion.version,
            col(RubricVersion.content)["title"].as_string(), col(RubricVersion.content)["uncalibrated"].as_boolean(),
        ).where(col(RubricVersion.organisation_id) == org)
    )  # fmt: skip
    return {key: (rubric, version, titled(title, mark)) for key, rubric, version, title, mark in rows}


_EACH = aliased(Interview)
_COLUMNS: tuple[Any, ...] = (
    Candidate.id,
    Candidate.public_id,
    Candidate.imported_id,
    Candidate.name,
    Candidate.headline,
    Candidate.email,
    Candidate.facts,
    Interview.public_id,
    Interview.rubric_version_id,
    Interview.phase,
    Interview.created_at,
    Interview.completed_at,
    ScorecardRow.recommendation,
    ScorecardRow.level,
    ScorecardRow.low,
    ScorecardRow.high,
    ScorecardRow.cut,
    ScorecardRow.provisional,
    Decision.choice,
    Decision.at,
    columns(func.count(col(_EACH.id)))
    .where(col(_EACH.candidate_id) == Candidate.id)
    .correlate(Candidate)
    .scalar_subquery(),
)


def considered(session: Session, org: int, candidate_id: int) -> bool:
    """Whether a project has to do with a person: on a shortlist, in a plan, pinned or kept apart, or assigned."""
    return session.scalar(_considered(org).where(col(Candidate.id) == candidate_id)) is not None


def all_considered(session: Session, org: int) -> list[int]:
    """The keys of everybody whom a project has to do with."""
    return list(session.scalars(_considered(org)))


def _considered(org: int) -> Select[Any]:
    found = (
        columns(table.id).where(col(table.organisation_id) == org, col(table.candidate_id) == Candidate.id)
        for table in (ShortlistEntry, StaffingEntry, StaffingRule, Assignment)
    )
    query: Select[Any] = columns(Candidate.id).where(*_kept(org), or_(*(one.exists() for one in found)))
    return query


def _from(query: Select[Any], org: int, wanted: Wanted) -> Select[Any]:
    own = aliased(Interview)
    newest = columns(func.max(col(own.id))).where(col(own.candidate_id) == Candidate.id).correlate(Candidate)
    if wanted.rubric:
        newest = newest.join(RubricVersion, col(RubricVersion.id) == own.rubric_version_id)
        newest = newest.where(col(RubricVersion.rubric_id) == wanted.rubric)
    return (
        query.select_from(Candidate)
        .outerjoin(Interview, col(Interview.id) == newest.scalar_subquery())
        .outerjoin(ScorecardRow, col(ScorecardRow.interview_id) == Interview.id)
        .outerjoin(Decision, (col(Decision.interview_id) == Interview.id) & col(Decision.current))
        .where(*_kept(org))
    )


def _kept(org: int) -> tuple[ColumnElement[bool], ...]:
    """Everybody of the organisation whose record was not erased."""
    return col(Candidate.organisation_id) == org, col(Candidate.id).not_in(columns(Erasure.candidate_id))


def _counted(org: int, wanted: Wanted, conditions: Sequence[Any]) -> Any:
    if len(conditions) == 1:  # everybody: nothing else has to be looked at
        return columns(func.count()).select_from(Candidate).where(*_kept(org))
    return _from(columns(func.count()), org, wanted).where(*conditions)


def _state(now: datetime) -> Any:
    """The state of an invitation, as the database finds it."""
    phase = col(Interview.phase)
    return case(
        (phase.is_(None), InviteState.NOT_INVITED.value),
        (phase == Phase.COMPLETED.value, InviteState.FINISHED.value),
        (phase.in_(RUNNING), InviteState.STARTED.value),
        (phase != Phase.CREATED.value, InviteState.WITHDRAWN.value),
        (~_live(now), InviteState.EXPIRED.value),
        (_opened(), InviteState.OPENED.value),
        else_=InviteState.SENT.value,
    )


def _live(now: datetime) -> ColumnElement[bool]:
    valid = (col(Invite.interview_id) == Interview.id) & (col(Invite.expires_at) >= now)
    return columns(Invite.id).where(valid).correlate(Interview).exists()


def _opened() -> ColumnElement[bool]:
    mine = (col(InviteStep.interview_id) == Interview.id) & (col(InviteStep.step) == OPENED)
    return columns(InviteStep.id).where(mine).correlate(Interview).exists()


def _conditions(org: int, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [true()]
    if wanted.considered:
        found.append(col(Candidate.id).in_(_considered(org)))
    if words := wanted.words.strip():
        fields = (Candidate.name, Candidate.imported_id, Candidate.email)
        found.append(or_(*(col(f).icontains(words, autoescape=True) for f in fields)))
    if wanted.imported_ids is not None:
        found.append(col(Candidate.imported_id).in_(wanted.imported_ids))
    if wanted.rubric:
        found.append(col(Interview.id).is_not(None))
    if wanted.recommendation:
        found.append(col(ScorecardRow.recommendation) == wanted.recommendation)
    if wanted.state is not None:
        found.append(_state(now) == wanted.state.value)
    if wanted.decided is Decided.UNDECIDED:
        found += [col(ScorecardRow.id).is_not(None), col(Decision.id).is_(None)]
    elif wanted.decided is not None:
        found.append(col(Decision.choice) == wanted.decided.value)
    if wanted.since is not None:
        found.append(col(Interview.created_at) >= _midnight(wanted.since))
    if wanted.until is not None:
        found.append(col(Interview.created_at) < _midnight(wanted.until) + timedelta(days=1))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _order(wanted: Wanted) -> tuple[Any, ...]:
    by: dict[Sort, Any] = {
        Sort.NEWEST: col(Interview.id),
        Sort.NAME: func.lower(col(Candidate.name)),
        Sort.LEVEL: col(ScorecardRow.level),
        Sort.FINISHED: col(Interview.completed_at),
    }
    column = by[wanted.sort]
    ordered = column.asc() if wanted.ascending else column.desc()
    return ordered.nulls_last(), func.lower(col(Candidate.name)), col(Candidate.id)


def _line(row: Sequence[Any], titles: dict[int, tuple[str, str, str]]) -> PersonLine:
    *who, public_id, version, phase, created, completed, recommendation, level, low, high, cut, provisional = row[:18]
    decision, decided_at, interviews, state = row[18:]
    newest = None
    if public_id is not None:
        figures = (recommendation, level, low, high, cut, bool(provisional), decision, decided_at)
        newest = InterviewLine(public_id, *titles[version], phase, created, completed, *figures)
    return PersonLine._make((*who, interviews or 0, newest, InviteState(state), decision))
