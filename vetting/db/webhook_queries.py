"""Named reads of webhooks and their deliveries, scoped by organisation."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session, col

from vetting.db.queries import columns
from vetting.db.webhook_models import Webhook, WebhookDelivery

PAGE = 50


class DeliveryLine(NamedTuple):
    """A delivery with the address it goes to."""

    delivery: WebhookDelivery
    url: str
    ended: bool


def webhooks(session: Session, org: int) -> list[Webhook]:
    """The addresses that are told of events, the oldest first."""
    mine = (col(Webhook.organisation_id) == org, col(Webhook.ended_at).is_(None))
    return list(session.scalars(columns(Webhook).where(*mine).order_by(col(Webhook.id))))


def deliveries(session: Session, org: int, *, offset: int = 0) -> list[DeliveryLine]:
    """One page of deliveries, the newest first."""
    query = (
        columns(WebhookDelivery, Webhook.url, Webhook.ended_at)
        .join(Webhook, col(Webhook.id) == WebhookDelivery.webhook_id)
        .where(col(WebhookDelivery.organisation_id) == org)
        .order_by(col(WebhookDelivery.id).desc())
    )
    rows = session.execute(query.offset(offset).limit(PAGE + 1)).all()
    return [DeliveryLine(row[0], row[1], row[2] is not None) for row in rows]
