"""Named reads for pages, exports and the API: each is scoped by organisation and takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Subquery, func, or_, select
from sqlmodel import Session, SQLModel, col

from vetting.db.models import (
    AssessmentRow,
    Candidate,
    Interview,
    ModelCallRow,
    ProfileItem,
    RubricVersion,
    ScorecardRow,
    VerdictRow,
)
from vetting.db.own_models import Erasure
from vetting.domain.interview_events import Phase
from vetting.domain.scoring import Recommendation
from vetting.errors import NotFound

T = TypeVar("T", bound=SQLModel)

PAGE = 50
RUNNING = (Phase.OPEN.value, Phase.PAUSED.value)


class Filter(StrEnum):
    """Which candidates a list shows, by their newest interview."""

    ALL = "all"
    NEEDS_PERSON = "needs_person"
    RUNNING = "running"
    RATED = "rated"
    INVITED = "invited"
    NOT_INVITED = "not_invited"


class InterviewLine(NamedTuple):
    """An interview as lists show it; what is rated is None until there is a scorecard (or a level)."""

    public_id: str
    rubric_id: str
    rubric_version: str
    rubric_title: str
    phase: str
    created_at: datetime
    completed_at: datetime | None
    recommendation: str | None
    level: float | None
    low: float | None
    high: float | None
    cut: float | None
    provisional: bool


class CandidateLine(NamedTuple):
    """A person as the list shows them, with the newest interview and how many there are."""

    key: int
    public_id: str
    imported_id: str
    name: str
    headline: str
    newest: InterviewLine | None
    interviews: int


class ItemLine(NamedTuple):
    """A profile item without its vector."""

    kind: str
    title: str
    text: str
    dated: str | None


def columns(*wanted: Any) -> Any:
    """A select; the overloads of SQLAlchemy know neither SQLModel's attributes nor more than ten columns."""
    return select(*wanted)


def candidates(
    session: Session,
    org: int,
    *,
    words: str = "",
    only: Filter = Filter.ALL,
    imported_ids: Sequence[str] | None = None,
    offset: int = 0,
    limit: int = PAGE,
) -> tuple[list[CandidateLine], int]:
    """One page of people, those with the newest interviews first, and how many there are in all.

    `words` are looked for in name, id and e-mail; `imported_ids` limits the list to these people.
    """
    query, newest = _candidates(org)
    query = query.where(*_wanted(words, imported_ids), *_filter(only))
    total = session.scalar(columns(func.count()).select_from(query.with_only_columns(col(Candidate.id)).subquery()))
    page = query.order_by(newest.c.newest.desc().nulls_last(), col(Candidate.name), col(Candidate.id))
    rows = session.connection().execute(page.offset(offset).limit(limit)).all()
    return [_candidate_line(row) for row in rows], int(total or 0)


def candidate(session: Session, org: int, public_id: str) -> Candidate:
    """The person of that id in a URL. Raises NotFound."""
    return owned(session, Candidate, org, public_id)


def candidate_by_imported_id(session: Session, org: int, imported_id: str) -> Candidate:
    """The person of that imported id. Raises NotFound naming it."""
    found = session.scalar(
        columns(Candidate).where(col(Candidate.organisation_id) == org, col(Candidate.imported_id) == imported_id)
    )
    if found is None:
        raise NotFound(f"There is no candidate '{imported_id}'.")
    return found


def people_named(session: Session, org: int, names: Sequence[str]) -> dict[str, Candidate]:
    """The people whose imported id or e-mail is among `names` (e-mail in lower case), by the name that found them."""
    lower = [n.lower() for n in names]
    rows = session.scalars(
        columns(Candidate)
        .where(col(Candidate.organisation_id) == org)
        .where(col(Candidate.imported_id).in_(names) | func.lower(col(Candidate.email)).in_(lower))
        .order_by(col(Candidate.id))
    ).all()
    by_email = {c.email.lower(): c for c in reversed(rows) if c.email}
    by_id = {c.imported_id: c for c in rows}
    return {n: found for n in names if (found := by_id.get(n) or by_email.get(n.lower()))}


def profile_items(session: Session, org: int, candidate_id: int) -> list[ItemLine]:
    """What an expert wrote of themselves, in order."""
    rows = session.connection().execute(
        columns(ProfileItem.kind, ProfileItem.title, ProfileItem.text, ProfileItem.dated)
        .where(col(ProfileItem.organisation_id) == org, col(ProfileItem.candidate_id) == candidate_id)
        .order_by(col(ProfileItem.position))
    )
    return [ItemLine._make(row) for row in rows]


def interviews_of(session: Session, org: int, candidate_id: int) -> list[InterviewLine]:
    """The interviews of a person, newest first."""
    rows = session.connection().execute(
        columns(*_INTERVIEW_COLUMNS)
        .select_from(Interview)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .outerjoin(ScorecardRow, col(ScorecardRow.interview_id) == Interview.id)
        .where(col(Interview.organisation_id) == org, col(Interview.candidate_id) == candidate_id)
        .order_by(col(Interview.id).desc())
    )
    return [_interview_line(tuple(row)) for row in rows]


def interview(session: Session, org: int, public_id: str) -> Interview:
    """The interview of that id in a URL. Raises NotFound."""
    return owned(session, Interview, org, public_id)


def interview_of_request(session: Session, org: int, key: str, since: datetime) -> Interview | None:
    """The interview that the API request of this stored key made since then, if it did."""
    return session.scalar(
        columns(Interview).where(
            col(Interview.organisation_id) == org,
            col(Interview.request_key) == key,
            col(Interview.created_at) >= since,
        )
    )


def scorecard(session: Session, org: int, interview_id: int) -> ScorecardRow | None:
    """The newest scorecard of an interview, if it is rated."""
    return session.scalar(
        columns(ScorecardRow).where(
            col(ScorecardRow.organisation_id) == org, col(ScorecardRow.interview_id) == interview_id
        )
    )


def assessments(session: Session, org: int, interview_id: int) -> list[AssessmentRow]:
    """What each rater of the panel made of each question, in the order it was rated."""
    query = columns(AssessmentRow).where(
        col(AssessmentRow.organisation_id) == org, col(AssessmentRow.interview_id) == interview_id
    )
    return list(session.scalars(query.order_by(col(AssessmentRow.last_turn), col(AssessmentRow.rater))))


def verdicts(session: Session, org: int, interview_id: int) -> list[VerdictRow]:
    """Every accepted verdict of an interview."""
    query = columns(VerdictRow).where(
        col(VerdictRow.organisation_id) == org, col(VerdictRow.interview_id) == interview_id
    )
    return list(session.scalars(query.order_by(col(VerdictRow.id))))


def model_calls(session: Session, org: int, interview_id: int) -> list[ModelCallRow]:
    """The calls to language models of one interview, in order."""
    query = columns(ModelCallRow).where(
        col(ModelCallRow.organisation_id) == org, col(ModelCallRow.interview_id) == interview_id
    )
    return list(session.scalars(query.order_by(col(ModelCallRow.id))))


_document = col(ScorecardRow.document)
_content = col(RubricVersion.content)
_INTERVIEW_COLUMNS: tuple[Any, ...] = (
    Interview.public_id,
    RubricVersion.rubric_id,
    RubricVersion.version,
    _content["title"].as_string(),
    Interview.phase,
    Interview.created_at,
    Interview.completed_at,
    ScorecardRow.recommendation,
    ScorecardRow.level,
    _document[("composite", "interval", 0)].as_float(),
    _document[("composite", "interval", 1)].as_float(),
    _document["cut"].as_float(),
    ScorecardRow.provisional,
)
_PERSON_COLUMNS: tuple[Any, ...] = (
    Candidate.id,
    Candidate.public_id,
    Candidate.imported_id,
    Candidate.name,
    Candidate.headline,
)


def _candidates(org: int) -> tuple[Any, Subquery]:
    """Every person with the newest interview, its rubric and its scorecard."""
    newest = (
        columns(
            col(Interview.candidate_id).label("candidate_id"),
            func.max(col(Interview.id)).label("newest"),
            func.count().label("n"),
        )
        .where(col(Interview.organisation_id) == org)
        .group_by(col(Interview.candidate_id))
        .subquery()
    )
    query = (
        columns(*_PERSON_COLUMNS, newest.c.n, *_INTERVIEW_COLUMNS)
        .select_from(Candidate)
        .outerjoin(newest, newest.c.candidate_id == Candidate.id)
        .outerjoin(Interview, col(Interview.id) == newest.c.newest)
        .outerjoin(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .outerjoin(ScorecardRow, col(ScorecardRow.interview_id) == Interview.id)
        .where(col(Candidate.organisation_id) == org, col(Candidate.id).not_in(columns(Erasure.candidate_id)))
    )
    return query, newest


def _wanted(words: str, imported_ids: Sequence[str] | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if words.strip():
        fields = (Candidate.name, Candidate.imported_id, Candidate.email)
        wanted.append(or_(*(col(f).icontains(words.strip(), autoescape=True) for f in fields)))
    if imported_ids is not None:
        wanted.append(col(Candidate.imported_id).in_(imported_ids))
    return wanted


def _filter(only: Filter) -> list[ColumnElement[bool]]:
    phase, recommendation = col(Interview.phase), col(ScorecardRow.recommendation)
    person = (Recommendation.NEEDS_PERSON.value, Recommendation.MORE_EVIDENCE.value)
    conditions: dict[Filter, list[ColumnElement[bool]]] = {
        Filter.ALL: [],
        Filter.NEEDS_PERSON: [recommendation.in_(person)],
        Filter.RUNNING: [phase.in_(RUNNING)],
        Filter.RATED: [recommendation.is_not(None)],
        Filter.INVITED: [phase == Phase.CREATED.value],
        Filter.NOT_INVITED: [phase.is_(None)],
    }
    return conditions[only]


def _candidate_line(row: Sequence[Any]) -> CandidateLine:
    newest = _interview_line(row[6:]) if row[6] is not None else None
    return CandidateLine._make((*row[:5], newest, row[5] or 0))


def _interview_line(row: Sequence[Any]) -> InterviewLine:
    return InterviewLine._make((*row[:12], bool(row[12])))


def owned(session: Session, model: type[T], org: int, public_id: str) -> T:
    """A stranger's id and an unknown one get the same answer."""
    table: Any = model
    found: T | None = session.scalar(columns(table).where(table.organisation_id == org, table.public_id == public_id))
    if found is None:
        raise NotFound
    return found
