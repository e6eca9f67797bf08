"""Sessions of users: begun by signing in, renewed by use, ended by hand, by rest, and after twelve hours at the latest.

What a session is renewed by is written at most once a minute, so that a page costs no write of its own. One that ended
by rest stays in its row until its twelve hours are over: whoever comes back to it is told why they have to sign in.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from vetting.db import user_queries
from vetting.db.engine import reading, writing
from vetting.db.models import User, WebSession
from vetting.db.queries import owned
from vetting.db.user_queries import SessionLine
from vetting.domain.browser import browser_of
from vetting.domain.tongue import N_, _
from vetting.errors import NotFound, NotSignedIn, Unavailable
from vetting.services import audit, security_log
from vetting.services.context import Context
from vetting.services.interviews import token_sha256
from vetting.services.security_log import Event

USER_SESSION = timedelta(hours=12)
RENEWED = timedelta(minutes=1)
RESTED = N_("You were signed out, as nothing was done here for {minutes} minutes. Please sign in again.")


class Rested(NotSignedIn):
    """You were signed out, as nothing was done here for a while. Please sign in again."""


def begin(ctx: Context, session: Session, user: User, *, how: str, agent: str = "") -> str:
    """A new session of a user who has shown who they are; returns its token. Old sessions of anybody go.

    `how` they have shown it is `link` or `provider`; `agent` is what the browser says of itself, of which only the
    family and the system are kept. Once this is committed, `began` has to be told.
    """
    now = ctx.now()
    session.exec(delete(WebSession).where(col(WebSession.expires_at) < now))
    token = secrets.token_urlsafe(32)
    row = WebSession(
        organisation_id=user.organisation_id,
        token_sha256=token_sha256(token),
        user_id=user.id,
        browser=browser_of(agent),
        created_at=now,
        seen_at=now,
        expires_at=now + USER_SESSION,
    )
    session.add(row)
    home = ctx.for_organisation(user.organisation_id)
    audit.record(home, session, "user.sign-in", f"user:{user.public_id}", by=user.email, how=how)
    return token


def began(ctx: Context, user: User, *, how: str) -> None:
    """Tell of a session that has begun."""
    security_log.tell(ctx, Event.SIGNED_IN, user=user.public_id, how=how)


def sign_out(ctx: Context, token: str) -> None:
    """End the session of a user; an unknown one is no error."""
    mine = (WebSession.token_sha256 == token_sha256(token), col(WebSession.user_id) == User.id)
    with writing(ctx.engine) as session:
        found = session.exec(select(WebSession, User).where(*mine)).first()
        if found is None:
            return
        row, user = found
        session.delete(row)
        home = ctx.for_organisation(user.organisation_id)
        audit.record(home, session, "user.sign-out", f"user:{user.public_id}", by=user.email, sessions=1)
    security_log.tell(ctx, Event.SIGNED_OUT, user=user.public_id)


def rest(ctx: Context) -> timedelta:
    """After so long without use a session ends."""
    return timedelta(minutes=ctx.settings.session_idle_minutes)


def refuse_rested(ctx: Context, row: WebSession, now: datetime) -> None:
    """Raises Rested for a session that was not used for too long."""
    if now - _seen(row) >= rest(ctx):
        raise Rested(_(RESTED).format(minutes=ctx.settings.session_idle_minutes))


def renew(ctx: Context, row: WebSession, now: datetime) -> None:
    """Note that a session is in use, at most once a minute; where nothing can be written, the next page does."""
    if now - _seen(row) < RENEWED:
        return
    try:
        with writing(ctx.engine) as session:
            session.exec(update(WebSession).where(col(WebSession.id) == row.id).values(seen_at=now))
    except Unavailable:
        return


def of_user(ctx: Context, user_id: int) -> list[SessionLine]:
    """A user's sessions that last, the one used last first."""
    with reading(ctx.engine) as session:
        return user_queries.sessions(session, ctx.org, user_id, ctx.now(), rest(ctx))


def end(ctx: Context, user_id: int, public_id: str, *, by: str) -> None:
    """End one session of a user. Raises NotFound for one that is not theirs."""
    with writing(ctx.engine) as session:
        row = owned(session, WebSession, ctx.org, public_id)
        if row.user_id != user_id:
            raise NotFound
        session.delete(row)
        user = _record(ctx, session, user_id, 1, by=by)
    security_log.tell(ctx, Event.SIGNED_OUT, user=user.public_id)


def end_others(ctx: Context, user_id: int, kept: str, *, by: str) -> int:
    """End every session of a user but the one with the public id `kept`; how many those were."""
    others = (
        col(WebSession.organisation_id) == ctx.org,
        col(WebSession.user_id) == user_id,
        col(WebSession.public_id) != kept,
    )
    with writing(ctx.engine) as session:
        ended = session.exec(delete(WebSession).where(*others)).rowcount
        user = _record(ctx, session, user_id, ended, by=by) if ended else None
    if user is not None:
        security_log.tell(ctx, Event.SIGNED_OUT, user=user.public_id, how="others")
    return ended


def _record(ctx: Context, session: Session, user_id: int, ended: int, *, by: str) -> User:
    user = session.get(User, user_id)
    assert user is not None
    audit.record(ctx, session, "user.sign-out", f"user:{user.public_id}", by=by, sessions=ended)
    return user


def _seen(row: WebSession) -> datetime:
    return row.seen_at or row.created_at
