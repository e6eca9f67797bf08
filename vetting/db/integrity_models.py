"""Tables of what is asked about an answer rather than rated in it: defences, signals of the page, likenesses."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime


class DefenceRow(SQLModel, table=True):
    """A defence rated on its own; `ratings` holds one assessment per rater."""

    __tablename__ = "defence"
    __table_args__ = (UniqueConstraint("interview_id", "turn"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    turn: int
    question_id: str
    ratings: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class PageSignal(SQLModel, table=True):
    """Something pasted, or the page left and come back to: how much and when, never what. Shown, never scored.

    `number` is the browser's own count within the turn, so that a repeated request adds nothing.
    """

    __tablename__ = "page_signal"
    __table_args__ = (UniqueConstraint("interview_id", "turn", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    turn: int
    number: int
    kind: str
    amount: int
    at: datetime = Field(sa_type=UtcDateTime)


class Likeness(SQLModel, table=True):
    """Two people of one organisation who look alike in something; a question to a person, never a finding.

    `first_id` < `second_id`. `detail` names the places (turns, fields) and figures, no text.
    """

    __tablename__ = "likeness"
    __table_args__ = (UniqueConstraint("first_id", "second_id", "kind", "place"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    first_id: int = Field(foreign_key="candidate.id", index=True)
    second_id: int = Field(foreign_key="candidate.id", index=True)
    kind: str
    place: str
    detail: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
