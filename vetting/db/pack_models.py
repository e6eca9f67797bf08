"""Tables of packs written here: drafts with every step that can be taken back, and which versions are published."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class PackDraft(SQLModel, table=True):
    """A pack being written; what it says now is the document of step `position`.

    `revision` counts every change, so that a form that shows an older state is noticed. `origin` is how it began.
    `writing`: a language model has been asked for a fuller draft and has not answered; `note` says what came of it.
    """

    __tablename__ = "pack_draft"
    __table_args__ = (UniqueConstraint("organisation_id", "rubric_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    rubric_id: str
    origin: str
    note: str = ""
    brief: str = ""
    position: int = 1
    revision: int = 1
    writing: bool = False
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    saved_at: datetime = Field(sa_type=UtcDateTime)


class PackStep(SQLModel, table=True):
    """One state of a draft, with what was done to come to it."""

    __tablename__ = "pack_step"
    __table_args__ = (UniqueConstraint("draft_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    draft_id: int = Field(foreign_key="pack_draft.id", index=True)
    number: int
    did: str
    by: str
    document: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class PackPublication(SQLModel, table=True):
    """A version published by its organisation; the newest of a pack that is not retired is offered for interviews."""

    __tablename__ = "pack_publication"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    rubric_version_id: int = Field(foreign_key="rubric_version.id", unique=True)
    rubric_id: str = Field(index=True)
    published_by: str
    published_at: datetime = Field(sa_type=UtcDateTime)
    retired_by: str = ""
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
