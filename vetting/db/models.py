"""The tables of accounts, people and interviews; others stand in `*_models`.

No logic: rows become domain values in `db/mapping.py`.

Every row that a person owns or sees carries `organisation_id`. Integer keys never leave the service: `public_id`
stands in URLs, imported ids in commands and files. Free text of interviews lives in `interview_text` alone, so
that erasing a person leaves the event log whole.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, LargeBinary, MetaData, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
}  # fmt: skip


def metadata() -> MetaData:
    """The metadata of all tables."""
    return SQLModel.metadata


def new_public_id() -> str:
    """Unguessable id for URLs."""
    return secrets.token_urlsafe(12)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times on every database; SQLite would drop the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Stored times are UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Organisation(SQLModel, table=True):
    """Who runs interviews here; everything else belongs to one."""

    __tablename__ = "organisation"
    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class User(SQLModel, table=True):
    """A recruiter, project manager, reviewer or administrator; who was shut out has `disabled_at`.

    `subject`: who this is at the identity provider, `ISSUER SUBJECT`, from their first sign-in there on.
    """

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    email: str
    role: str
    subject: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LoginToken(SQLModel, table=True):
    """A one-time sign-in link of a user; only its SHA-256 is kept."""

    __tablename__ = "login_token"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    token_sha256: str = Field(unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """A signed-in browser: of a user, or of the candidate of one interview.

    Of a user: `browser`, its family and system in words of a closed set; `seen_at`, when it was last used, to a minute.
    """

    __tablename__ = "session"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    token_sha256: str = Field(unique=True)
    user_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    interview_id: int | None = Field(default=None, foreign_key="interview.id", index=True)
    browser: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ApiKey(SQLModel, table=True):
    """A key of one organisation for `/api/v1`; only its SHA-256 is kept. `scope` None: it may do all, `read`: read."""

    __tablename__ = "api_key"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    name: str
    key_sha256: str = Field(unique=True)
    scope: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Candidate(SQLModel, table=True):
    """A person: candidate and, once there is a profile, expert. `imported_id` is unique within the organisation."""

    __tablename__ = "candidate"
    __table_args__ = (UniqueConstraint("organisation_id", "imported_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    imported_id: str
    name: str
    email: str | None = None
    headline: str = ""
    summary: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    conflicts: list[Any] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ProfileItem(SQLModel, table=True):
    """One piece of evidence to embed: a role, paper, project ... of a profile. `vector` is float32 bytes.

    `document_id`: the document it was read from; None where a file or a form said it.
    """

    __tablename__ = "profile_item"
    __table_args__ = (
        UniqueConstraint("candidate_id", "position"),
        Index("ix_profile_item_organisation_id_embedder", "organisation_id", "embedder"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    document_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    position: int
    kind: str
    title: str
    text: str
    dated: str | None = None
    sha256: str = Field(index=True)
    embedder: str | None = None
    vector: bytes | None = Field(default=None, sa_type=LargeBinary)


class IndexRevision(SQLModel, table=True):
    """Counts changes to the vectors of one organisation, so that an index knows when it is stale."""

    __tablename__ = "index_revision"
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    revision: int = 0


class RubricVersion(SQLModel, table=True):
    """The immutable copy of a pack that interviews are pinned to."""

    __tablename__ = "rubric_version"
    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    rubric_id: str = Field(index=True)
    version: str
    sha256: str
    content: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Interview(SQLModel, table=True):
    """One interview. `phase` is a cache for lists; the log decides."""

    __tablename__ = "interview"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    rubric_version_id: int = Field(foreign_key="rubric_version.id", index=True)
    form: str
    seed: int
    phase: str = Field(index=True)
    invited_by: str = ""
    purpose: str = ""
    offer: str = ""
    request_key: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class InterviewEvent(SQLModel, table=True):
    """One event of the append-only log; two writers of one `seq` collide."""

    __tablename__ = "interview_event"
    __table_args__ = (UniqueConstraint("interview_id", "seq"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    seq: int
    type: str
    payload: dict[str, Any] = Field(sa_type=JSON)
    erased: bool = False
    at: datetime = Field(sa_type=UtcDateTime)


class InterviewText(SQLModel, table=True):
    """The free text of an event; deleting the row erases it and leaves the log whole."""

    __tablename__ = "interview_text"
    event_id: int = Field(foreign_key="interview_event.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    text: str


class Draft(SQLModel, table=True):
    """An answer being typed; never an event, gone once the answer is submitted."""

    __tablename__ = "draft"
    interview_id: int = Field(foreign_key="interview.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    turn: int
    text: str
    saved_at: datetime = Field(sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """What a candidate agreed to, per purpose."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("interview_id", "purpose"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    purpose: str
    granted: bool
    at: datetime = Field(sa_type=UtcDateTime)


class Invite(SQLModel, table=True):
    """The link to one interview; only the SHA-256 of its token is kept."""

    __tablename__ = "invite"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    token_sha256: str = Field(unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class VerdictRow(SQLModel, table=True):
    """One accepted verdict of one rater; a scorecard is recomputed from these."""

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("interview_id", "rater", "question_id", "target"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    question_id: str
    target: str
    rater: str
    finding: str
    p: float
    turn: int | None = None
    start: int | None = None
    end: int | None = None


class AssessmentRow(SQLModel, table=True):
    """What one panel rater made of one question: provenance, flags, refused claims, and which turns it saw."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("interview_id", "rater", "question_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    question_id: str
    rater: str
    last_turn: int
    provenance: dict[str, Any] = Field(sa_type=JSON)
    turns: list[int] = Field(sa_type=JSON)
    flags: list[str] = Field(sa_type=JSON)
    dropped: list[dict[str, Any]] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class ScorecardRow(SQLModel, table=True):
    """The newest scorecard of an interview; `document` has no clock and no ids, so it can be recomputed to the byte.

    `low` to `worth` copy figures of the document for lists (`domain/second_look.py` says what concern and worth are).
    `reworded`: the candidate's feedback in a model's words where they passed, each with the hash of its plain text.
    """

    __tablename__ = "scorecard"
    # Covers the home page: the columns stand behind the document, which is long to read over.
    __table_args__ = (Index("ix_scorecard_second_look", "organisation_id", "concern", "worth", "interview_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int = Field(foreign_key="interview.id", unique=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    rubric_id: str = Field(index=True)
    recommendation: str = Field(index=True)
    level: float | None = None
    low: float | None = None
    high: float | None = None
    cut: float | None = None
    concern: str | None = None
    worth: float | None = None
    provisional: bool = Field(default=False, index=True)
    document: dict[str, Any] = Field(sa_type=JSON)
    reworded: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    rated_at: datetime = Field(sa_type=UtcDateTime)


class IdempotencyKey(SQLModel, table=True):
    """The remembered answer to an API request, so that a retry changes nothing."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    key: str
    request_sha256: str
    status: int | None = None
    body: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ModelCallRow(SQLModel, table=True):
    """One call to a language model, whatever came of it. `cost_usd` by list price, None where none is known."""

    __tablename__ = "model_call"
    __table_args__ = (Index("ix_model_call_organisation_id_at", "organisation_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    interview_id: int | None = Field(default=None, foreign_key="interview.id", index=True)
    prompt: str
    prompt_sha: str
    model: str
    status: str
    rung: str
    error: str
    milliseconds: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = None
    at: datetime = Field(sa_type=UtcDateTime)


# Tables in files of their own, known to migrations as soon as these are.
from vetting.db import audit_models as audit_models  # noqa: E402  # its tables need those above
from vetting.db import document_models as document_models  # noqa: E402  # its tables need those above
from vetting.db import integrity_models as integrity_models  # noqa: E402  # its tables need those above
from vetting.db import item_models as item_models  # noqa: E402  # its tables need those above
from vetting.db import mail_models as mail_models  # noqa: E402  # its tables need those above
from vetting.db import outage as outage  # noqa: E402  # its tables need those above
from vetting.db import own_models as own_models  # noqa: E402  # its tables need those above
from vetting.db import pack_models as pack_models  # noqa: E402  # its tables need those above
from vetting.db import profile_models as profile_models  # noqa: E402  # its tables need those above
from vetting.db import project_models as project_models  # noqa: E402  # its tables need those above
from vetting.db import rater_models as rater_models  # noqa: E402  # its tables need those above
from vetting.db import review_models as review_models  # noqa: E402  # its tables need those above
from vetting.db import shortlist_models as shortlist_models  # noqa: E402  # its tables need those above
from vetting.db import staffing_models as staffing_models  # noqa: E402  # its tables need those above
from vetting.db import throttle as throttle  # noqa: E402  # its tables need those above
from vetting.db import webhook_models as webhook_models  # noqa: E402  # its tables need those above
