"""Named reads about what candidates ask for and own; each is scoped by organisation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.integrity_models import PageSignal
from vetting.db.models import Candidate, Draft, Interview, InterviewEvent, Invite, ProfileItem, VerdictRow
from vetting.db.own_models import Accommodation, Appeal
from vetting.db.project_models import ShortlistEntry
from vetting.db.queries import columns, owned
from vetting.db.review_models import Decision
from vetting.domain.accommodation import AccommodationKind
from vetting.errors import NotFound

NEWEST = 20


class KeptCount(StrEnum):
    """The kinds of record a person is told of."""

    ANSWERS = "answers"
    NOTES = "notes"
    DRAFTS = "drafts"
    RATINGS = "ratings"
    SIGNALS = "signals"
    PROFILE = "profile"
    SHORTLISTS = "shortlists"
    LINKS = "links"


class AppealLine(NamedTuple):
    """An appeal with whom and which interview it is about, both as addresses know them."""

    appeal: Appeal
    interview: str
    candidate: str
    name: str


class Told(NamedTuple):
    """What a person decided about an interview, as its candidate is told: neither who it was nor their reason."""

    choice: str
    at: datetime


class Wish(NamedTuple):
    """Something that people are asked for: another way, or a person instead of the program."""

    wish: Accommodation
    interview: str
    candidate: str
    name: str


def candidate_of(session: Session, org: int, interview_id: int) -> Candidate:
    """Whose interview it is. Raises NotFound."""
    found: Candidate | None = session.scalar(
        columns(Candidate)
        .join(Interview, col(Interview.candidate_id) == Candidate.id)
        .where(col(Interview.id) == interview_id, col(Interview.organisation_id) == org)
    )
    if found is None:
        raise NotFound
    return found


def own_interview(session: Session, org: int, candidate_id: int, public_id: str) -> int:
    """The key of an interview of this very person. Raises NotFound."""
    row = owned(session, Interview, org, public_id)
    if row.candidate_id != candidate_id or row.id is None:
        raise NotFound
    return row.id


def kept(session: Session, candidate_id: int) -> dict[KeptCount, int]:
    """How many records of each kind there are about a person."""
    said = InterviewEvent.type

    def of_interviews(table: Any, *conditions: Any) -> Any:
        query = columns(func.count()).select_from(table).join(Interview, col(Interview.id) == table.interview_id)
        return query.where(col(Interview.candidate_id) == candidate_id, *conditions)

    def of_person(table: Any) -> Any:
        return columns(func.count()).select_from(table).where(table.candidate_id == candidate_id)

    counted = {
        KeptCount.ANSWERS: of_interviews(InterviewEvent, col(said) == "answer_submitted"),
        KeptCount.NOTES: of_interviews(InterviewEvent, col(said).in_(("note_added", "turn_disputed"))),
        KeptCount.DRAFTS: of_interviews(Draft),
        KeptCount.RATINGS: of_interviews(VerdictRow),
        KeptCount.SIGNALS: of_interviews(PageSignal),
        KeptCount.PROFILE: of_person(ProfileItem),
        KeptCount.SHORTLISTS: of_person(ShortlistEntry),
        KeptCount.LINKS: of_interviews(Invite),
    }
    row = session.execute(columns(*(query.scalar_subquery() for query in counted.values()))).one()
    return dict(zip(counted, row, strict=True))


def decided(session: Session, org: int, candidate_id: int) -> dict[str, Told]:
    """The decisions that count, by the interview's public id. For the candidate's own pages."""
    rows = session.connection().execute(
        columns(Interview.public_id, Decision.choice, Decision.at)
        .join(Decision, (col(Decision.interview_id) == Interview.id) & col(Decision.current))
        .where(col(Interview.organisation_id) == org, col(Interview.candidate_id) == candidate_id)
    )
    return {public_id: Told(choice, at) for public_id, choice, at in rows}


def accommodations(session: Session, org: int, interview_id: int) -> dict[AccommodationKind, Accommodation]:
    """What was asked for in an interview, by kind. For the candidate's own pages: no rater may call this."""
    rows = session.scalars(
        columns(Accommodation).where(
            col(Accommodation.organisation_id) == org, col(Accommodation.interview_id) == interview_id
        )
    )
    return {AccommodationKind(row.kind): row for row in rows}


def wishes(
    session: Session, org: int, kinds: Iterable[AccommodationKind], candidate_id: int | None = None
) -> list[Wish]:
    """What people are asked for, the newest first; of one person, or the newest of all."""
    kind = col(Accommodation.kind).in_([k.value for k in kinds])
    return [Wish(*row) for row in _newest(session, Accommodation, org, candidate_id, kind)]


def appeals(session: Session, org: int, candidate_id: int | None = None) -> list[AppealLine]:
    """Appeals, the newest first; of one person, or the newest of all."""
    return [AppealLine(*row) for row in _newest(session, Appeal, org, candidate_id)]


def open_appeals(session: Session, org: int) -> list[AppealLine]:
    """Appeals that nobody has answered, and after which nobody has decided about the interview, the newest first."""
    answered = (col(Decision.interview_id) == Appeal.interview_id) & (col(Decision.at) >= col(Appeal.at))
    still = ~columns(Decision.id).where(answered).correlate(Appeal).exists()
    return [AppealLine(*row) for row in _newest(session, Appeal, org, None, still, col(Appeal.answered_at).is_(None))]


def appeals_against(session: Session, org: int, interview_id: int) -> list[Appeal]:
    """Appeals against one result, the newest first."""
    mine = columns(Appeal).where(col(Appeal.organisation_id) == org, col(Appeal.interview_id) == interview_id)
    return list(session.scalars(mine.order_by(col(Appeal.at).desc(), col(Appeal.id).desc())))


def _newest(session: Session, table: Any, org: int, candidate_id: int | None, *conditions: Any) -> list[Any]:
    """Rows of a table of interviews with whose they are."""
    query = (
        columns(table, Interview.public_id, Candidate.public_id, Candidate.name)
        .join(Interview, col(Interview.id) == table.interview_id)
        .join(Candidate, col(Candidate.id) == Interview.candidate_id)
        .where(table.organisation_id == org, *conditions)
        .order_by(table.at.desc(), table.id.desc())
    )
    query = query.limit(NEWEST) if candidate_id is None else query.where(col(Candidate.id) == candidate_id)
    return list(session.execute(query).all())
