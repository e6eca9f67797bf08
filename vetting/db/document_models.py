"""Tables of documents that people sent, and of what staff said about facts: corrected, or checked."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class DocumentRow(SQLModel, table=True):
    """A CV as it was read. `text` is what its pages show, `hidden` what they do not; the file itself is not kept.

    `made` holds the columns of a candidate as this document alone would have them, `found` the facts with their places
    in `text`. The newest document of a person counts.
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("candidate_id", "sha256"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    name: str
    kind: str
    sha256: str
    pages: int
    text: str
    hidden: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    found: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    made: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class FactEntry(SQLModel, table=True):
    """What somebody of the staff did about a fact; never changed, the newest counts.

    `kind` 'corrected': `value` is the fact as it should be (null: not stated). `kind` 'checked': `value` is the check.
    """

    __tablename__ = "fact_entry"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    kind: str
    fact: str
    value: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
