"""Delivers events to the addresses that want them: signed, tried again for about a day and a half, then by hand.

An event may arrive twice (a worker that dies after it was taken): its `webhook-id` is the same then.
"""

from __future__ import annotations

import json
from datetime import timedelta

from sqlmodel import Session, col, select

from vetting.db.engine import writing
from vetting.db.queries import owned
from vetting.db.webhook_models import Webhook, WebhookDelivery
from vetting.domain.tongue import _
from vetting.domain.webhook import DeliveryState
from vetting.errors import Conflict
from vetting.ports import Answered, HookRequest
from vetting.services import audit, events, webhooks
from vetting.services.context import Context

WAITS = (1, 5, 30, 120, 300, 600, 900)
"""Minutes before an event that was not taken is sent again; after the last one it has failed."""
AT_ONCE = 50
GONE = 410
"""An address that answers so wants no more events (Standard Webhooks)."""


def deliver(ctx: Context, delivery_id: int) -> None:
    """Try to deliver an event that waits and is due; anything else is left alone."""
    with writing(ctx.engine) as session:
        row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        if row is None or row.state != DeliveryState.WAITING.value or row.due_at > ctx.now():
            return
        hook = session.get_one(Webhook, row.webhook_id)
        if hook.ended_at is not None:
            row.state, row.problem = DeliveryState.FAILED.value, "the address was ended"
            session.add(row)
            return
        # pushed on before anything is sent: a second worker leaves it alone, and a dead one does not lose it
        row.due_at = ctx.now() + timedelta(minutes=WAITS[min(row.attempts, len(WAITS) - 1)])
        row.attempts, row.tried_at = row.attempts + 1, ctx.now()
        session.add(row)
        request = _request(ctx, hook, row)
    _settle(ctx, delivery_id, ctx.hooks.post(request))


def again(ctx: Context, public_id: str, *, by: str) -> None:
    """Deliver an event once more, whatever came of it. Raises NotFound, Conflict for an address that has ended."""
    with writing(ctx.engine) as session:
        row = owned(session, WebhookDelivery, ctx.org, public_id)
        if session.get_one(Webhook, row.webhook_id).ended_at is not None:
            raise Conflict(_("This address no longer gets events; add it again."))
        row.state, row.due_at, row.attempts = DeliveryState.WAITING.value, ctx.now(), 0
        audit.record(ctx, session, "webhook.again", f"delivery:{public_id}", by=by, kind=row.kind)
        session.add(row)
        session.flush()
        ctx.jobs.enqueue(session, events.JOB, f"deliver:{row.id}:by-hand:{ctx.now().timestamp():.3f}", row.id or 0)


def sweep(ctx: Context) -> int:
    """Ask for what is due, of every organisation; returns how many."""
    with writing(ctx.engine) as session:
        due = select(WebhookDelivery).where(
            WebhookDelivery.state == DeliveryState.WAITING.value, col(WebhookDelivery.due_at) <= ctx.now()
        )
        rows = session.exec(due.order_by(col(WebhookDelivery.due_at)).limit(AT_ONCE)).all()
        for row in rows:
            events.ask(ctx.for_organisation(row.organisation_id), session, row)
    return len(rows)


def _request(ctx: Context, hook: Webhook, row: WebhookDelivery) -> HookRequest:
    body = json.dumps(row.document, ensure_ascii=False, sort_keys=True)
    return HookRequest(hook.url, row.public_id, ctx.now(), body, webhooks.secret(ctx, hook))


def _settle(ctx: Context, delivery_id: int, answered: Answered) -> None:
    with writing(ctx.engine) as session:
        row = session.get(WebhookDelivery, delivery_id)
        if row is None:  # the person was erased meanwhile
            return
        row.status, row.problem = answered.status, answered.problem
        if answered.status is not None and 200 <= answered.status < 300:
            row.state = DeliveryState.DELIVERED.value
        elif answered.status == GONE:
            row.state = DeliveryState.FAILED.value
            _end(ctx, session, row.webhook_id)
        elif row.attempts > len(WAITS):
            row.state = DeliveryState.FAILED.value
        session.add(row)


def _end(ctx: Context, session: Session, webhook_id: int) -> None:
    hook = session.get_one(Webhook, webhook_id)
    if hook.ended_at is None:
        hook.ended_at = ctx.now()
        session.add(hook)
        audit.record(ctx, session, "webhook.gone", f"webhook:{hook.public_id}", by=audit.SYSTEM)
