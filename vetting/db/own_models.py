"""Tables of what candidates ask for themselves: accommodations, a person, an appeal, erasure."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class Accommodation(SQLModel, table=True):
    """Something a candidate needs otherwise. No rater reads this table, whether a person or a program."""

    __tablename__ = "accommodation"
    __table_args__ = (UniqueConstraint("interview_id", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    kind: str
    text: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Appeal(SQLModel, table=True):
    """A result that its candidate contests; `competency_id` is None, and `about` empty, where they mean all of it.

    `answer` is what a person wrote back to the candidate, None until then.
    """

    __tablename__ = "appeal"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    competency_id: str | None = None
    about: str = ""
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Erasure(SQLModel, table=True):
    """That a person's record was erased, when and at whose wish; of the person nothing is left but the row it names."""

    __tablename__ = "erasure"
    candidate_id: int = Field(foreign_key="candidate.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    asked_by: str
    at: datetime = Field(sa_type=UtcDateTime)
