"""Named reads of users, scoped by organisation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from vetting.db.models import User, WebSession
from vetting.db.queries import columns

ADMIN = "admin"


class UserLine(NamedTuple):
    """A user as the list shows them; `sessions` are browsers signed in now, `signed_in` when the last of them did."""

    public_id: str
    email: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    sessions: int
    signed_in: datetime | None


class SessionLine(NamedTuple):
    """A session of a user as its owner sees it."""

    public_id: str
    browser: str | None
    created_at: datetime
    seen_at: datetime


def sessions(session: Session, org: int, user_id: int, now: datetime, rest: timedelta) -> list[SessionLine]:
    """The sessions of one user that last, the one used last first."""
    rows = session.exec(
        select(WebSession).where(WebSession.organisation_id == org, WebSession.user_id == user_id, *lasting(now, rest))
    )
    lines = [SessionLine(row.public_id, row.browser, row.created_at, row.seen_at or row.created_at) for row in rows]
    return sorted(lines, key=lambda line: (line.seen_at, line.created_at), reverse=True)


def users(session: Session, org: int, now: datetime, rest: timedelta) -> list[UserLine]:
    """Every user by e-mail, those who may sign in first; sessions end after so much `rest`."""
    mine = (col(WebSession.user_id) == User.id, *lasting(now, rest))
    live = columns(func.count(col(WebSession.id))).where(*mine).correlate(User).scalar_subquery()
    last = columns(func.max(col(WebSession.created_at))).where(*mine).correlate(User).scalar_subquery()
    rows = session.connection().execute(
        columns(User.public_id, User.email, User.role, User.created_at, User.disabled_at, live, last)
        .where(col(User.organisation_id) == org)
        .order_by(col(User.disabled_at).is_not(None), col(User.email))
    )
    return [UserLine._make(row) for row in rows]


def lasting(now: datetime, rest: timedelta) -> tuple[ColumnElement[bool], ...]:
    """Sessions of users that have ended neither by time nor by rest."""
    seen = func.coalesce(col(WebSession.seen_at), col(WebSession.created_at))
    return col(WebSession.expires_at) > now, seen > now - rest


def administrators(session: Session, org: int) -> list[User]:
    """The administrators who may sign in; locked until the end of a transaction that writes."""
    mine = (User.organisation_id == org, User.role == ADMIN, col(User.disabled_at).is_(None))
    return list(session.exec(select(User).where(*mine).with_for_update()))
