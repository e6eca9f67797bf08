"""Named reads of reviews and decisions: what waits for a person, and what people made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.models import (
    Candidate,
    Interview,
    InterviewEvent,
    InterviewText,
    RubricVersion,
    ScorecardRow,
    User,
)
from vetting.db.queries import columns
from vetting.db.review_models import Decision, Review, ScorecardSight
from vetting.domain.review import Pair
from vetting.domain.scoring import Scorecard


class LookLine(NamedTuple):
    """A rated interview that nobody has decided; `rated_by` counts the people who have rated it themselves."""

    key: int
    public_id: str
    candidate: str
    version: int
    completed_at: datetime | None
    concern: str | None
    worth: float
    recommendation: str
    rated_by: int


class Waiting(NamedTuple):
    """How many undecided interviews want a second look, and how many recommendations wait to be confirmed."""

    second_look: int
    sure: int


class Decided(NamedTuple):
    """A decision with who made it."""

    row: Decision
    by: str


class Rated(NamedTuple):
    """A rated interview with its scorecard."""

    public_id: str
    completed_at: datetime | None
    title: str
    card: Scorecard


class Spent(NamedTuple):
    """Seconds that a decision took its reviewer, and whether it was confirmed rather than rated."""

    seconds: int
    confirmed: bool


def waiting(session: Session, org: int) -> Waiting:
    """How much waits for a person."""
    concern = col(ScorecardRow.concern)
    query = columns(func.count().filter(concern.is_not(None)), func.count().filter(concern.is_(None)))
    row = session.connection().execute(_undecided(query, org)).one()
    return Waiting(row[0] or 0, row[1] or 0)


def second_looks(session: Session, org: int, *, limit: int) -> list[LookLine]:
    """Undecided interviews that a person should rate, by the worth of a look; of equal worth the longest waiting first.

    Appeals stand above them all: see `own_queries.open_appeals`.
    """
    query = _undecided(columns(*_LOOK), org).where(col(ScorecardRow.concern).is_not(None))
    order = (col(ScorecardRow.worth).desc(), col(Interview.completed_at), col(Interview.id))
    return [LookLine._make(row) for row in session.connection().execute(query.order_by(*order).limit(limit))]


def sure(session: Session, org: int, *, limit: int, after: int = 0) -> list[LookLine]:
    """Undecided interviews of whose recommendation the machine is sure, in the order of their keys, past `after`."""
    query = _undecided(columns(*_LOOK), org).where(col(ScorecardRow.concern).is_(None), col(Interview.id) > after)
    return [LookLine._make(row) for row in session.connection().execute(query.order_by(col(Interview.id)).limit(limit))]


def characters(session: Session, org: int, interviews: Sequence[int]) -> dict[int, dict[str, int]]:
    """How much there is to read in each of these interviews: characters of a question and the answers to it."""
    payload = col(InterviewEvent.payload)
    rows = session.connection().execute(
        columns(
            InterviewEvent.interview_id, payload["turn"].as_integer(), payload["question_id"].as_string(),
            func.coalesce(func.length(col(InterviewText.text)), 0),
        )
        .select_from(InterviewEvent)
        .outerjoin(InterviewText, col(InterviewText.event_id) == InterviewEvent.id)
        .where(col(InterviewEvent.organisation_id) == org, col(InterviewEvent.interview_id).in_(interviews))
        .where(col(InterviewEvent.type).in_(("question_asked", "answer_submitted")))
        .order_by(col(InterviewEvent.seq))
    )  # fmt: skip
    found: dict[int, dict[str, int]] = {}
    asked: dict[tuple[int, int], str] = {}
    for key, turn, question, length in rows:
        of = asked.setdefault((key, turn), question or "")
        each = found.setdefault(key, {})
        each[of] = each.get(of, 0) + length
    return found


def cards(session: Session, org: int, interviews: Sequence[int]) -> dict[int, Scorecard]:
    """The scorecards of these interviews."""
    rows = session.connection().execute(
        columns(ScorecardRow.interview_id, col(ScorecardRow.document)).where(
            col(ScorecardRow.organisation_id) == org, col(ScorecardRow.interview_id).in_(interviews)
        )
    )
    return {key: Scorecard.model_validate(document) for key, document in rows}


def competencies(session: Session, org: int, versions: Sequence[int]) -> dict[int, dict[str, str]]:
    """The competency of each question of these rubric versions."""
    rows = session.connection().execute(
        columns(RubricVersion.id, col(RubricVersion.content)["competencies"]).where(
            col(RubricVersion.organisation_id) == org, col(RubricVersion.id).in_(versions)
        )
    )
    return {key: {q["id"]: c["id"] for c in found for q in c["questions"]} for key, found in rows}


def own_review(session: Session, org: int, interview_id: int, user_id: int) -> Review | None:
    """What this person made of the interview, if anything."""
    mine = (col(Review.interview_id) == interview_id) & (col(Review.user_id) == user_id)
    return session.scalar(columns(Review).where(col(Review.organisation_id) == org, mine))


def reviews(session: Session, org: int, interview_id: int) -> list[tuple[Review, str]]:
    """Everybody's ratings of an interview with their e-mail, in the order they were given."""
    rows = session.execute(
        columns(Review, User.email)
        .join(User, col(User.id) == Review.user_id)
        .where(col(Review.organisation_id) == org, col(Review.interview_id) == interview_id)
        .order_by(col(Review.id))
    )
    return [(row, email) for row, email in rows]


def decisions(session: Session, org: int, interview_id: int) -> list[Decided]:
    """The decisions about an interview, the one that counts first."""
    rows = session.execute(
        columns(Decision, User.email)
        .join(User, col(User.id) == Decision.user_id)
        .where(col(Decision.organisation_id) == org, col(Decision.interview_id) == interview_id)
        .order_by(col(Decision.id).desc())
    )
    return [Decided(row, email) for row, email in rows]


def newest_scorecard(session: Session, org: int, candidate_id: int) -> Rated | None:
    """What a person's newest rated interview showed, if there is one."""
    row = session.connection().execute(
        columns(Interview.public_id, Interview.completed_at, col(RubricVersion.content)["title"].as_string(),
                ScorecardRow.document)
        .select_from(ScorecardRow)
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(col(ScorecardRow.organisation_id) == org, col(ScorecardRow.candidate_id) == candidate_id)
        .order_by(col(Interview.id).desc())
        .limit(1)
    ).first()  # fmt: skip
    return Rated(row[0], row[1], row[2], Scorecard.model_validate(row[3])) if row else None


def seen(session: Session, org: int, interview_id: int, user_id: int) -> bool:
    """Whether this person has opened the scorecard of the interview."""
    mine = (col(ScorecardSight.interview_id) == interview_id) & (col(ScorecardSight.user_id) == user_id)
    query = columns(ScorecardSight.id).where(col(ScorecardSight.organisation_id) == org, mine)
    return session.scalar(query) is not None


def spent(session: Session, org: int) -> list[Spent]:
    """The reviewer's time of each decision whose time is known: rating, settling and confirming together."""
    rated = func.coalesce(col(Review.seconds), 0)
    rows = session.connection().execute(
        columns(col(Decision.seconds) + rated, Decision.confirmed)
        .select_from(Decision)
        .outerjoin(
            Review, (col(Review.interview_id) == Decision.interview_id) & (col(Review.user_id) == Decision.user_id)
        )
        .where(col(Decision.organisation_id) == org, col(Decision.seconds).is_not(None))
        .where(col(Decision.confirmed) | col(Review.seconds).is_not(None))
    )
    return [Spent(int(seconds), bool(confirmed)) for seconds, confirmed in rows]


def pairs(session: Session, org: int) -> list[Pair]:
    """Blind ratings of people who had not seen the scorecard, beside the machine's level at that moment."""
    rows = session.connection().execute(
        columns(Review.interview_id, Review.blind, Review.machine).where(
            col(Review.organisation_id) == org, col(Review.unseen)
        )
    )
    return [
        Pair(interview, mark["level"], machine[competency])
        for interview, blind, machine in rows
        for competency, mark in blind.items()
        if mark["level"] is not None and machine.get(competency) is not None
    ]


_RATED = columns(func.count()).where(col(Review.interview_id) == Interview.id).correlate(Interview).scalar_subquery()
_LOOK: tuple[Any, ...] = (
    Interview.id,
    Interview.public_id,
    Candidate.name,
    Interview.rubric_version_id,
    Interview.completed_at,
    ScorecardRow.concern,
    ScorecardRow.worth,
    ScorecardRow.recommendation,
    _RATED,
)


def _undecided(query: Any, org: int) -> Any:
    return (
        query.select_from(ScorecardRow)
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .join(Candidate, col(Candidate.id) == Interview.candidate_id)
        .outerjoin(Decision, (col(Decision.interview_id) == Interview.id) & col(Decision.current))
        .where(col(ScorecardRow.organisation_id) == org, col(Decision.id).is_(None))
    )
