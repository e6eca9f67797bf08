"""Named reads of the outbox of letters, scoped by organisation."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.mail_models import Mail
from vetting.db.models import Candidate, Interview, User
from vetting.db.queries import columns

PAGE = 50


class MailLine(NamedTuple):
    """A letter with whom it is for; what does not apply is None."""

    mail: Mail
    name: str | None
    candidate: str | None
    interview: str | None
    user: str | None


def newest(session: Session, org: int, *, offset: int = 0, state: str = "") -> list[MailLine]:
    """One page of letters, the newest first; of one state, or of all."""
    query = (
        columns(Mail, Candidate.name, Candidate.public_id, Interview.public_id, User.email)
        .outerjoin(Candidate, col(Candidate.id) == Mail.candidate_id)
        .outerjoin(Interview, col(Interview.id) == Mail.interview_id)
        .outerjoin(User, col(User.id) == Mail.user_id)
        .where(col(Mail.organisation_id) == org, *([col(Mail.state) == state] if state else []))
        .order_by(col(Mail.id).desc())
    )
    return [MailLine(*row) for row in session.execute(query.offset(offset).limit(PAGE)).all()]


def by_state(session: Session, org: int) -> dict[str, int]:
    """How many letters there are in each state."""
    query = columns(Mail.state, func.count()).where(col(Mail.organisation_id) == org).group_by(col(Mail.state))
    return {row[0]: row[1] for row in session.execute(query).all()}
