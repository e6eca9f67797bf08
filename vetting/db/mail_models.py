"""The outbox of letters: a row says what is to be told to whom, and is written with what it tells of.

It holds no address, no text and no link: those are put together when the letter is sent, so that nobody is written
to at an address they have left, and no link stands in the database.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class Mail(SQLModel, table=True):
    """One letter; the same `key` is one letter, whoever asks for it. `state` is of `domain.letter.MailState`.

    To a candidate (with the interview it is about) or to a user. `about`: public id of an appeal or a shortlist, or
    the key of a decision.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        Index("ix_mail_state_due_at", "state", "due_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    key: str
    kind: str
    candidate_id: int | None = Field(default=None, foreign_key="candidate.id", index=True)
    interview_id: int | None = Field(default=None, foreign_key="interview.id", index=True)
    user_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    about: str = ""
    state: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    problem: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
