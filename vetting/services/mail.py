"""Sends the letters of the outbox: each at most once, tried again while it surely was not taken.

Before the text is handed over the row says `sending`; a worker that dies in that moment leaves it so, and the sweep
makes it `unsure`. Only a person sends such a letter again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, select

from vetting.db.engine import writing
from vetting.db.mail_models import Mail
from vetting.db.queries import owned
from vetting.domain.letter import MailState
from vetting.domain.tongue import _
from vetting.errors import Conflict
from vetting.ports import Posted
from vetting.services import audit, letters, outbox
from vetting.services.context import Context

WAITS = (1, 5, 15, 60, 240, 720)
"""Minutes before a letter that was surely not taken is tried again; after the last one it has failed."""
STALE = timedelta(minutes=10)
"""A letter that is being sent for longer than this belongs to a worker that died."""
AT_ONCE = 50
BY_HAND = (MailState.FAILED.value, MailState.UNSURE.value)


def send(ctx: Context, mail_id: int) -> None:
    """Try to send a letter that waits and is due; anything else is left alone."""
    with writing(ctx.engine) as session:
        row = _waiting(session, ctx, mail_id)
        if row is None:
            return
        letter = letters.letter_of(ctx, session, row)
        row.tried_at = ctx.now()
        row.state = (MailState.SENDING if letter else MailState.DROPPED).value
        session.add(row)
    if letter is not None:
        _settle(ctx, mail_id, ctx.mailer.send(row.public_id, letter))


def again(ctx: Context, public_id: str, *, by: str) -> None:
    """Send a letter that failed, or that may not have arrived, once more. Raises NotFound, Conflict."""
    with writing(ctx.engine) as session:
        row = owned(session, Mail, ctx.org, public_id)
        if row.state not in BY_HAND:
            raise Conflict(_("Only a letter that failed, or may not have arrived, can be sent again; this one is not."))
        row.state, row.due_at, row.problem = MailState.WAITING.value, ctx.now(), ""
        row.attempts += 1
        audit.record(ctx, session, "mail.again", f"mail:{public_id}", by=by, kind=row.kind)
        session.add(row)
        outbox.ask(ctx, session, row)


def sweep(ctx: Context) -> int:
    """Ask for what is due, of every organisation, and name what a dead worker left; returns how many were asked for."""
    now = ctx.now()
    laid = ctx.mailer.kept()  # before the rows are read: a letter that is laid meanwhile has a row that was not seen
    with writing(ctx.engine) as session:
        stale = select(Mail).where(Mail.state == MailState.SENDING.value, col(Mail.tried_at) < now - STALE)
        for row in session.exec(stale).all():
            row.state, row.problem = MailState.UNSURE.value, "the worker ended while it was being sent"
            session.add(row)
        due = select(Mail).where(Mail.state == MailState.WAITING.value, col(Mail.due_at) <= now)
        rows = session.exec(due.order_by(col(Mail.due_at)).limit(AT_ONCE)).all()
        for row in rows:
            outbox.ask(ctx.for_organisation(row.organisation_id), session, row)
        known = set(session.exec(select(Mail.public_id))) if laid else set()
    ctx.mailer.forget([name for name in laid if name not in known])
    return len(rows)


def _waiting(session: Session, ctx: Context, mail_id: int) -> Mail | None:
    row = session.get(Mail, mail_id, with_for_update=True)
    if row is None or row.organisation_id != ctx.org or row.state != MailState.WAITING.value:
        return None
    return row if row.due_at <= ctx.now() else None


def _settle(ctx: Context, mail_id: int, outcome: Posted) -> None:
    with writing(ctx.engine) as session:
        row = session.get(Mail, mail_id)
        if row is None:  # erased meanwhile: the letter has gone, and nothing of it is kept
            return
        row.attempts += 1
        row.problem = outcome.problem
        row.state = outcome.state.value
        if outcome.state is MailState.WAITING:
            tried = row.attempts - 1
            if tried < len(WAITS):
                row.due_at = ctx.now() + timedelta(minutes=WAITS[tried])
            else:
                row.state = MailState.FAILED.value
        session.add(row)
