"""Named reads for pages, exports and the API: each is scoped by organisation and takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from vetting.db.consent_queries import released
from vetting.db.models import (
    AssessmentRow,
    Candidate,
    Interview,
    ModelCallRow,
    ProfileItem,
    RubricVersion,
    ScorecardRow,
)
from vetting.db.review_models import Decision
from vetting.domain.interview_events import Phase
from vetting.domain.tongue import _
from vetting.errors import NotFound

T = TypeVar("T", bound=SQLModel)

PAGE = 50
RUNNING = (Phase.OPEN.value, Phase.PAUSED.value)


class InterviewLine(NamedTuple):
    """An interview as lists show it; what is rated is None until there is a scorecard (or a level).

    `decision` is what a person decided and counts, `decided_at` when.
    """

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
    decision: str | None
    decided_at: datetime | None


class ItemLine(NamedTuple):
    """A profile item without its vector."""

    kind: str
    title: str
    text: str
    dated: str | None


def columns(*wanted: Any) -> Any:
    """A select; the overloads of SQLAlchemy know neither SQLModel's attributes nor more than ten columns."""
    return select(*wanted)


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


def interviews_of(session: Session, org: int, candidate_id: int, project: int | None = None) -> list[InterviewLine]:
    """The interviews of a person, newest first; for a project only the rated ones that count for it."""
    query = (
        columns(*_INTERVIEW_COLUMNS)
        .select_from(Interview)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .outerjoin(ScorecardRow, col(ScorecardRow.interview_id) == Interview.id)
        .outerjoin(Decision, (col(Decision.interview_id) == Interview.id) & col(Decision.current))
        .where(col(Interview.organisation_id) == org, col(Interview.candidate_id) == candidate_id)
        .order_by(col(Interview.id).desc())
    )
    rows = session.connection().execute(query if project is None else query.where(released(project)))
    return [_interview_line(tuple(row)) for row in rows]


def interview(session: Session, org: int, public_id: str) -> Interview:
    """The interview of that id in a URL. Raises NotFound."""
    return owned(session, Interview, org, public_id)


def interview_and_candidate(session: Session, org: int, public_id: str) -> tuple[Interview, Candidate]:
    """The interview of that id in a URL with whom it is held, in one query. Raises NotFound."""
    mine = (col(Interview.organisation_id) == org, col(Interview.public_id) == public_id)
    pair = columns(Interview, Candidate).join(Candidate, col(Candidate.id) == Interview.candidate_id).where(*mine)
    if (found := session.execute(pair).first()) is None:
        raise NotFound
    return found[0], found[1]


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


def model_calls(session: Session, org: int, interview_id: int) -> list[ModelCallRow]:
    """The calls to language models of one interview, in order."""
    query = columns(ModelCallRow).where(
        col(ModelCallRow.organisation_id) == org, col(ModelCallRow.interview_id) == interview_id
    )
    return list(session.scalars(query.order_by(col(ModelCallRow.id))))


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
    ScorecardRow.low,
    ScorecardRow.high,
    ScorecardRow.cut,
    ScorecardRow.provisional,
    Decision.choice,
    Decision.at,
    _content["uncalibrated"].as_boolean(),
)


def _interview_line(row: Sequence[Any]) -> InterviewLine:
    *line, uncalibrated = row
    made = InterviewLine._make(line)
    return made._replace(provisional=bool(made.provisional), rubric_title=titled(made.rubric_title, uncalibrated))


def titled(title: str, uncalibrated: bool | None) -> str:
    """The title of a pack as lists name it: one whose levels are assumed says so wherever its results stand."""
    return _("{title} (uncalibrated)").format(title=title) if uncalibrated else title


def owned(session: Session, model: type[T], org: int, public_id: str) -> T:
    """A stranger's id and an unknown one get the same answer."""
    table: Any = model
    found: T | None = session.scalar(columns(table).where(table.organisation_id == org, table.public_id == public_id))
    if found is None:
        raise NotFound
    return found
