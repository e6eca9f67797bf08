"""Tables of the audit chain: what was changed, by whom and when; ids and HMACs, never text."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """One change of an organisation; `digest` also covers the entry before it (see `domain/audit.py`)."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("organisation_id", "seq"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    seq: int
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    subject: str = Field(index=True)
    detail: dict[str, Any] = Field(sa_type=JSON)
    previous: str
    digest: str


class AuditHead(SQLModel, table=True):
    """Where the chain of an organisation ends, so that one cut short shows."""

    __tablename__ = "audit_head"
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    seq: int
    digest: str
    seal: str
