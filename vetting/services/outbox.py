"""Promises a letter: the row is written in the transaction that makes what the letter tells of, and sent afterwards.

with writing(ctx.engine) as session:
    ...
    outbox.post(ctx, session, LetterKind.INVITE, key=f"invite:{public_id}", to=To(candidate_id, interview_id))
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, select

from vetting.db.mail_models import Mail
from vetting.db.models import Candidate
from vetting.domain.letter import LetterKind, MailState
from vetting.services.context import Context

JOB = "send_mail"
REMIND_AFTER = timedelta(days=5)
"""After so long, or after half of the days that a link works, whoever has not begun is written to once more."""


class To(NamedTuple):
    """Who is written to: the candidate of an interview, or a user."""

    candidate_id: int | None = None
    interview_id: int | None = None
    user_id: int | None = None


def post(
    ctx: Context, session: Session, kind: LetterKind, key: str, to: To, *, about: str = "", due: datetime | None = None
) -> Mail | None:
    """Have a letter written once `session` commits, or at `due`; None for a candidate without an address.

    The same key again is the same letter: one that still waits is sent at the earlier of the two times.
    """
    now = ctx.now()
    at = due or now
    if to.candidate_id is not None and not _address(session, to.candidate_id):
        return None
    row = session.exec(select(Mail).where(Mail.organisation_id == ctx.org, Mail.key == key)).first()
    if row is not None and (row.state != MailState.WAITING.value or row.due_at <= at):
        return row
    row = row or Mail(
        organisation_id=ctx.org, key=key, kind=kind.value, candidate_id=to.candidate_id, interview_id=to.interview_id,
        user_id=to.user_id, about=about, state=MailState.WAITING.value, due_at=at, created_at=now,
    )  # fmt: skip
    row.due_at = at
    session.add(row)
    if at <= now:
        ask(ctx, session, row)
    return row


def ask(ctx: Context, session: Session, row: Mail) -> None:
    """Have the worker try to send a letter: once per try within ten minutes, as a job that failed keeps its name."""
    session.flush()
    assert row.id is not None
    ctx.jobs.enqueue(session, JOB, f"mail:{row.id}:{row.attempts}:{ctx.now():%Y%m%d%H%M}"[:-1], row.id)


def invite(ctx: Context, session: Session, to: To, public_id: str, days: int, *, remind: bool) -> Mail | None:
    """Send an invitation, and a reminder to whoever has not begun after a while."""
    sent = post(ctx, session, LetterKind.INVITE, f"invite:{public_id}", to)
    if sent is not None and remind:
        due = ctx.now() + min(REMIND_AFTER, timedelta(days=days) / 2)
        post(ctx, session, LetterKind.REMINDER, f"reminder:{public_id}", to, due=due)
    return sent


def _address(session: Session, candidate_id: int) -> bool:
    person = session.get(Candidate, candidate_id)
    return bool(person and person.email)
