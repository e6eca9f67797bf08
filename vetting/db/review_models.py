"""Tables of what people make of interviews: their own ratings, decisions, and who had seen the machine's before.

Notes and reasons are words of staff about a person: they belong to an interview and go when it is erased.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text, true
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class Review(SQLModel, table=True):
    """One person's ratings of one interview. What is in `blind` and `machine` is written once and never changed.

    `blind`: competency -> {level, note}; `machine`: the scorecard's levels at that moment; `settled`: the ratings the
    person stands by after seeing those. `unseen`: they had not opened the scorecard before. `seconds`: capped.
    """

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("interview_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    blind: dict[str, Any] = Field(sa_type=JSON)
    machine: dict[str, Any] = Field(sa_type=JSON)
    unseen: bool
    seconds: int | None = None
    saved_at: datetime = Field(sa_type=UtcDateTime)
    settled: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Decision(SQLModel, table=True):
    """What a person decided about an interview; the one that is `current` counts, the others stay to be read.

    `recommended` is what the machine said then; `turn`, `start`, `end` are the quote the person saw beside it.
    `confirmed`: the machine was sure and the person confirmed it without rating.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "uq_decision_current_interview_id", "interview_id", unique=True,
            sqlite_where=text("current"), postgresql_where=text("current"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    choice: str
    reason: str = ""
    recommended: str
    confirmed: bool
    turn: int | None = None
    start: int | None = None
    end: int | None = None
    seconds: int | None = None
    current: bool = True
    at: datetime = Field(sa_type=UtcDateTime)


class ScorecardSight(SQLModel, table=True):
    """Somebody saw the machine's ratings of an interview: from then on they do not rate it blind."""

    __tablename__ = "scorecard_sight"
    __table_args__ = (UniqueConstraint("interview_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class SavedView(SQLModel, table=True):
    """A way one user looks at the candidates: filters, columns and order as the query of the page's address."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    name: str
    query: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class InviteTemplate(SQLModel, table=True):
    """What an invitation says, to be used again: what for, what it pays, in which language, how long the link works.

    `remind`: whoever has not begun is written to once more.
    """

    __tablename__ = "invite_template"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    name: str
    purpose: str = ""
    offer: str = ""
    language: str = "en"
    days: int
    remind: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    updated_at: datetime = Field(sa_type=UtcDateTime)


class InviteStep(SQLModel, table=True):
    """What happened to an invitation before the interview began: first opened, sent again, withdrawn."""

    __tablename__ = "invite_step"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    step: str
    by: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
