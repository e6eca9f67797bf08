"""Tables of what becomes of shortlists: steps, offers, outcomes, marks; links for clients; what experts are asked.

Tokens of links are kept as SHA-256 only.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class EntryStep(SQLModel, table=True):
    """One step in the life of an entry, with the state after it. `by` is an e-mail, or empty for the expert."""

    __tablename__ = "entry_step"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    entry_id: int = Field(foreign_key="shortlist_entry.id", index=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    step: str
    state: str
    reason: str = ""
    by: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Offer(SQLModel, table=True):
    """Work offered to an expert by a link. `terms` are what the expert reads; closed once withdrawn or replaced."""

    __tablename__ = "offer"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    entry_id: int = Field(foreign_key="shortlist_entry.id", index=True)
    token_sha256: str = Field(unique=True)
    terms: dict[str, Any] = Field(sa_type=JSON)
    offered_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Outcome(SQLModel, table=True):
    """How the work of an assigned expert went, 1 to 5, as one person rates it; rating again replaces."""

    __tablename__ = "outcome"
    __table_args__ = (UniqueConstraint("entry_id", "by"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    entry_id: int = Field(foreign_key="shortlist_entry.id", index=True)
    by: str
    rating: int
    note: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class ClientLink(SQLModel, table=True):
    """A link by which a client sees the approved of a shortlist, without names, until it expires or is ended."""

    __tablename__ = "client_link"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    shortlist_id: int = Field(foreign_key="shortlist.id", index=True)
    token_sha256: str = Field(unique=True)
    made_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Inquiry(SQLModel, table=True):
    """What an expert is asked where there is no evidence: facts on a page of their own, or an interview.

    `subjects` are fact names, or competencies of the one rubric of `interview_id`.
    """

    __tablename__ = "inquiry"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    kind: str
    subjects: list[str] = Field(sa_type=JSON)
    interview_id: int | None = Field(default=None, foreign_key="interview.id", index=True)
    token_sha256: str | None = Field(default=None, unique=True)
    asked_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Preference(SQLModel, table=True):
    """More, or fewer, experts like this one for a project; the next ranking leans that way, and says so."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("project_id", "candidate_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    more: bool
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
