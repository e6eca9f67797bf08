"""Named reads for the candidate's own pages; each is limited to one interview of one organisation."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session, col, select

from vetting.db.models import Candidate, Consent, Draft, Organisation
from vetting.errors import NotFound


class Parties(NamedTuple):
    """Who interviews whom."""

    organisation: str
    candidate: str


def parties(session: Session, org: int, candidate_id: int) -> Parties:
    """The names of the organisation and of the candidate. Raises NotFound."""
    found = session.exec(
        select(Organisation.name, Candidate.name)
        .join(Candidate, col(Candidate.organisation_id) == Organisation.id)
        .where(Organisation.id == org, Candidate.id == candidate_id)
    ).first()
    if found is None:
        raise NotFound
    return Parties(*found)


def draft(session: Session, org: int, interview_id: int) -> Draft | None:
    """What is being typed, if anything was saved."""
    return session.exec(select(Draft).where(Draft.interview_id == interview_id, Draft.organisation_id == org)).first()


def consents(session: Session, org: int, interview_id: int) -> dict[str, bool]:
    """What the candidate agreed to, per purpose."""
    rows = session.exec(
        select(Consent.purpose, Consent.granted).where(
            Consent.interview_id == interview_id, Consent.organisation_id == org
        )
    ).all()
    return dict(rows)
