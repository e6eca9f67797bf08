"""Addresses of other systems that are told of events: adding one, a new secret, ending it, trying it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from vetting.db.engine import writing
from vetting.db.queries import owned
from vetting.db.webhook_models import Webhook
from vetting.domain.hosts import Refused, read_allowed, target
from vetting.domain.tongue import _
from vetting.domain.webhook import CHOOSABLE, EventKind, document
from vetting.errors import BadInput, Conflict
from vetting.services import audit, events
from vetting.services.context import Context

MOST = 20


class Made(NamedTuple):
    """An address and the secret it verifies signatures with, which is shown once."""

    public_id: str
    secret: str


def add(ctx: Context, url: str, kinds: Sequence[str], *, by: str) -> Made:
    """Have an address told of these kinds of events. Raises BadInput, Conflict for too many."""
    chosen = [kind.value for kind in CHOOSABLE if kind.value in kinds]
    if not chosen or set(kinds) - set(chosen):
        raise BadInput(_("Choose the events to be told of: {known}.").format(known=", ".join(CHOOSABLE)))
    check(ctx, url.strip())
    with writing(ctx.engine) as session:
        if _standing(session, ctx.org) >= MOST:
            raise Conflict(_("There are {most} addresses already; end one of them first.").format(most=MOST))
        row = Webhook(organisation_id=ctx.org, url=url.strip(), kinds=chosen, made_by=by, created_at=ctx.now())
        session.add(row)
        session.flush()
        audit.record(ctx, session, "webhook.add", f"webhook:{row.public_id}", by=by, events=len(chosen))
        return Made(row.public_id, secret(ctx, row))


def check(ctx: Context, url: str) -> None:
    """Raises BadInput for an address that would never be called."""
    try:
        target(url, read_allowed(ctx.settings.webhook_hosts or ""))
    except Refused as refused:
        raise BadInput(_("Address: {refused}").format(refused=refused)) from None


def renew(ctx: Context, public_id: str, *, by: str) -> Made:
    """A new secret; the former one signs nothing any more. Raises NotFound, Conflict for one that has ended."""
    with writing(ctx.engine) as session:
        row = _open(session, ctx.org, public_id)
        row.generation += 1
        session.add(row)
        audit.record(ctx, session, "webhook.renew", f"webhook:{public_id}", by=by)
        return Made(public_id, secret(ctx, row))


def end(ctx: Context, public_id: str, *, by: str) -> None:
    """Tell an address of nothing any more. Raises NotFound, Conflict."""
    with writing(ctx.engine) as session:
        row = _open(session, ctx.org, public_id)
        row.ended_at = ctx.now()
        session.add(row)
        audit.record(ctx, session, "webhook.end", f"webhook:{public_id}", by=by)


def ping(ctx: Context, public_id: str) -> None:
    """Send an event that means nothing, to see whether it arrives. Raises NotFound, Conflict."""
    with writing(ctx.engine) as session:
        row = _open(session, ctx.org, public_id)
        content = document(EventKind.PING, ctx.now(), {"webhook": public_id})
        events.send(ctx, session, row, EventKind.PING, f"ping:{ctx.now().timestamp():.3f}", content)


def secret(ctx: Context, row: Webhook) -> str:
    """The secret in the form of Standard Webhooks; worked out, so that no copy of the database signs for us."""
    content = f"webhook {row.organisation_id} {row.public_id} {row.generation}"
    key = hmac.digest(ctx.settings.secret().encode(), content.encode(), "sha256")
    return f"whsec_{base64.b64encode(key).decode()}"


def _standing(session: Session, org: int) -> int:
    query = select(func.count(col(Webhook.id))).where(Webhook.organisation_id == org, col(Webhook.ended_at).is_(None))
    return session.exec(query).one()


def _open(session: Session, org: int, public_id: str) -> Webhook:
    row = owned(session, Webhook, org, public_id)
    if row.ended_at is not None:
        raise Conflict(_("This address no longer gets events; add it again."))
    return row
