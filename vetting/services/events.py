"""Tells other systems what happened: each event is written in the transaction that makes it happen, sent afterwards.

events.emit(ctx, session, EventKind.SCORECARD_DECIDED, f"decision:{row.id}", {"choice": "advance"}, person)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from vetting.db.models import Candidate, Interview
from vetting.db.webhook_models import Webhook, WebhookDelivery
from vetting.domain.webhook import DeliveryState, EventKind, document
from vetting.services.context import Context

JOB = "deliver_event"


def emit(
    ctx: Context, session: Session, kind: EventKind, key: str, data: Mapping[str, Any], about: Candidate | None = None
) -> None:
    """Have every address that wants this kind told once `session` commits; the same key again is the same event.

    `about` is the person it is about: their ids go along, and erasing them takes back what was not delivered yet.
    """
    wanted = select(Webhook).where(Webhook.organisation_id == ctx.org, col(Webhook.ended_at).is_(None))
    hooks = [hook for hook in session.exec(wanted) if kind.value in hook.kinds]
    if not hooks:
        return
    whose = {"candidate": ids_of(about)} if about is not None else {}
    for hook in hooks:
        send(ctx, session, hook, kind, key, document(kind, ctx.now(), {**whose, **data}), about)


def send(
    ctx: Context,
    session: Session,
    hook: Webhook,
    kind: EventKind,
    key: str,
    content: dict[str, Any],
    about: Candidate | None = None,
) -> None:
    """Have one address told."""
    known = select(WebhookDelivery.id).where(WebhookDelivery.webhook_id == hook.id, WebhookDelivery.key == key)
    if hook.id is None or session.exec(known).first() is not None:
        return
    row = WebhookDelivery(
        organisation_id=ctx.org, webhook_id=hook.id, candidate_id=about.id if about else None, key=key,
        kind=kind.value, document=content, state=DeliveryState.WAITING.value, due_at=ctx.now(), created_at=ctx.now(),
    )  # fmt: skip
    session.add(row)
    ask(ctx, session, row)


def ask(ctx: Context, session: Session, row: WebhookDelivery) -> None:
    """Have the worker try to deliver: once per try within ten minutes, as a job that failed keeps its name."""
    session.flush()
    assert row.id is not None
    ctx.jobs.enqueue(session, JOB, f"deliver:{row.id}:{row.attempts}:{ctx.now():%Y%m%d%H%M}"[:-1], row.id)


def ids_of(person: Candidate) -> dict[str, str]:
    """By which ids other systems know a person: `id` is the one that was imported, `public_id` stays when erased."""
    return {"id": person.imported_id, "public_id": person.public_id}


def candidate_of(session: Session, interview: Interview) -> Candidate:
    """Whose interview it is."""
    return session.get_one(Candidate, interview.candidate_id)
