"""Tables about questions: which are withdrawn, what that changed, and how a model-written answer to them rates."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime

_STANDING = text("restored_at IS NULL")


class VoidedQuestion(SQLModel, table=True):
    """A question of one version that counts for nobody, until it is restored.

    `settled_at` is None while scorecards still have to be worked out again, after it was voided or restored.
    """

    __tablename__ = "voided_question"
    __table_args__ = (
        Index(
            "uq_voided_question_standing",
            "rubric_version_id",
            "question_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    rubric_version_id: int = Field(foreign_key="rubric_version.id", index=True)
    question_id: str
    reason: str
    voided_by: str
    voided_at: datetime = Field(sa_type=UtcDateTime)
    restored_by: str = ""
    restored_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ScorecardChange(SQLModel, table=True):
    """What working a scorecard out again changed: `before` and `after` hold figures, never words of the candidate.

    `voided` are the questions left out afterwards. The earlier scorecard follows from the verdicts, which stay.
    """

    __tablename__ = "scorecard_change"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    voided: list[str] = Field(sa_type=JSON)
    before: dict[str, Any] = Field(sa_type=JSON)
    after: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class ModelAnswerRating(SQLModel, table=True):
    """What one rater found in the shipped model-written answer to a question.

    Of the installation, as the packs and engines are: nothing of a person stands in it.
    """

    __tablename__ = "model_answer_rating"
    __table_args__ = (UniqueConstraint("rubric_sha256", "question_id", "rater"),)
    id: int | None = Field(default=None, primary_key=True)
    rubric_sha256: str = Field(index=True)
    question_id: str
    rater: str
    answer_sha256: str
    shown: int
    indicators: int
    at: datetime = Field(sa_type=UtcDateTime)
