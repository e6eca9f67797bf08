"""Tables of who is told of events, and of each telling.

The secret that signs is worked out from the service's own and stands nowhere. A delivery points at the person it is
about, so that erasing them takes it along.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class Webhook(SQLModel, table=True):
    """An address that is told of events of these kinds until it is ended; `generation` counts its secrets."""

    __tablename__ = "webhook"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    url: str
    kinds: list[str] = Field(sa_type=JSON)
    generation: int = 1
    made_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookDelivery(SQLModel, table=True):
    """One event on its way to one address; the same `key` is the same event.

    `state` is of `domain.webhook.DeliveryState`.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "key"),
        Index("ix_webhook_delivery_state_due_at", "state", "due_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    webhook_id: int = Field(foreign_key="webhook.id", index=True)
    candidate_id: int | None = Field(default=None, foreign_key="candidate.id", index=True)
    key: str
    kind: str
    document: dict[str, Any] = Field(sa_type=JSON)
    state: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    status: int | None = None
    problem: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
