"""Links to interviews: their tokens, how they are kept, and how long they work."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session

from vetting.db.models import Invite
from vetting.services.context import Context

INVITE_DAYS = 30


class Link(NamedTuple):
    """A link to an interview, by its token, and how long it works; the token is shown once and never stored."""

    token: str
    until: datetime


def token_sha256(token: str) -> str:
    """How tokens of links, sessions and keys are kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_link(
    ctx: Context, session: Session, interview_id: int, *, days: int = INVITE_DAYS, until: datetime | None = None
) -> Link:
    """A link within the caller's transaction, besides those there are; it works for `days`, or `until` then."""
    now, token = ctx.now(), secrets.token_urlsafe(32)
    row = Invite(
        organisation_id=ctx.org,
        interview_id=interview_id,
        token_sha256=token_sha256(token),
        expires_at=until or now + timedelta(days=days),
        created_at=now,
    )
    session.add(row)
    return Link(token, row.expires_at)
