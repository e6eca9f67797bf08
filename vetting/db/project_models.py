"""Tables of projects: what is wanted, and shortlists as they were made and decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class Project(SQLModel, table=True):
    """Work that needs experts."""

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("organisation_id", "imported_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    imported_id: str
    title: str
    brief: str
    requirements: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    seats: int | None = None
    hours_per_week: float | None = None
    rate_max: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    start: str | None = None
    client: str | None = None
    status: str = "open"
    created_at: datetime = Field(sa_type=UtcDateTime)


class Shortlist(SQLModel, table=True):
    """A snapshot of a ranking: what was asked, of which index, with which version of the rules."""

    __tablename__ = "shortlist"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    ranking_version: str
    index_revision: int
    embedder: str
    query: dict[str, Any] = Field(sa_type=JSON)
    considered: int
    excluded: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ShortlistEntry(SQLModel, table=True):
    """One ranked expert of a shortlist with the parts of the fit, where they stand, and what was decided.

    `state` is of `domain.shortlist.State`; `decision` is what it says of the organisation's own decision.
    """

    __tablename__ = "shortlist_entry"
    __table_args__ = (UniqueConstraint("shortlist_id", "rank"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    shortlist_id: int = Field(foreign_key="shortlist.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    rank: int
    fit: float
    parts: dict[str, float] = Field(sa_type=JSON)
    requirements: list[dict[str, Any]] = Field(sa_type=JSON)
    reasons: list[str] = Field(sa_type=JSON)
    state: str = Field(default="proposed", sa_column_kwargs={"server_default": "proposed"})
    decision: str = "proposed"
    decision_reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
