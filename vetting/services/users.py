"""Who may sign in, as an administrator arranges it: roles, links, sessions, and never without an administrator."""

from __future__ import annotations

from sqlmodel import Session, col, delete, select, update

from vetting.db.engine import reading, writing
from vetting.db.models import LoginToken, User, WebSession
from vetting.db.queries import owned
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict, NotFound
from vetting.services import accounts, audit
from vetting.services.accounts import Role, keep_an_administrator
from vetting.services.context import Context


def add(ctx: Context, email: str, role: str, *, by: str) -> str:
    """Add somebody new; the token of a sign-in link, shown once. Raises BadInput, Conflict for who is here already."""
    return accounts.add_user(ctx, email, role, by=by, only_new=True)


def set_role(ctx: Context, public_id: str, role: str, *, by: str) -> None:
    """Give a user another role, from their next page on. Raises NotFound, BadInput, Conflict for the last admin."""
    if role not in set(Role):
        raise BadInput(
            _("Role: '{role}' is not one; choose one of {known}.").format(
                role=role[:40], known=", ".join(r.replace("_", " ") for r in Role)
            )
        )
    with writing(ctx.engine) as session:
        user = owned(session, User, ctx.org, public_id)
        if user.role == role:
            return
        if role != Role.ADMIN:
            keep_an_administrator(session, ctx, user)
        audit.record(ctx, session, "user.role", f"user:{public_id}", by=by, before=user.role, after=role)
        user.role = role
        session.add(user)


def end_sessions(ctx: Context, public_id: str, *, by: str) -> int:
    """Sign a user out of every browser and end open sign-in links; how many browsers that were. Raises NotFound."""
    with writing(ctx.engine) as session:
        user = owned(session, User, ctx.org, public_id)
        ended = _end(session, ctx, user)
        audit.record(ctx, session, "user.sign-out", f"user:{public_id}", by=by, sessions=ended)
        return ended


def new_link(ctx: Context, public_id: str, *, by: str) -> str:
    """The token of another one-time sign-in link, shown once. Raises NotFound, Conflict for who may not sign in."""
    with writing(ctx.engine) as session:
        user = owned(session, User, ctx.org, public_id)
        if user.disabled_at is not None or user.id is None:
            raise Conflict(_("{email} may not sign in; let them in again first.").format(email=user.email))
        audit.record(ctx, session, "user.link", f"user:{public_id}", by=by)
        return accounts.login_link(ctx, session, user.id)


def disable(ctx: Context, public_id: str, *, by: str) -> None:
    """Keep a user out from this moment; what they did stays under their name. Raises NotFound, Conflict."""
    with writing(ctx.engine) as session:
        user = owned(session, User, ctx.org, public_id)
        if user.disabled_at is not None:
            return
        _shut_out(session, ctx, user, by=by)


def remove(ctx: Context, email: str) -> None:
    """The same from the command line, by address. Raises NotFound, Conflict for the last administrator."""
    address = email.strip().lower()
    with writing(ctx.engine) as session:
        user = session.exec(select(User).where(User.organisation_id == ctx.org, User.email == address)).first()
        if user is None or user.disabled_at is not None:
            raise NotFound(
                _("Nobody with the address '{email}' may sign in here; 'vetting users list' shows who may.").format(
                    email=email
                )
            )
        _shut_out(session, ctx, user, by=audit.SYSTEM)


def enable(ctx: Context, public_id: str, *, by: str) -> None:
    """Let a user in again, by a new sign-in link. Raises NotFound."""
    with writing(ctx.engine) as session:
        user = owned(session, User, ctx.org, public_id)
        if user.disabled_at is not None:
            user.disabled_at = None
            session.add(user)
            audit.record(ctx, session, "user.enable", f"user:{public_id}", by=by)


def allowed(ctx: Context) -> list[User]:
    """Who may sign in, by address."""
    with reading(ctx.engine) as session:
        mine = select(User).where(User.organisation_id == ctx.org, col(User.disabled_at).is_(None))
        return list(session.exec(mine.order_by(col(User.email))))


def _shut_out(session: Session, ctx: Context, user: User, *, by: str) -> None:
    keep_an_administrator(session, ctx, user)
    user.disabled_at = ctx.now()
    session.add(user)
    ended = _end(session, ctx, user)
    audit.record(ctx, session, "user.disable", f"user:{user.public_id}", by=by, sessions=ended)


def _end(session: Session, ctx: Context, user: User) -> int:
    unused = (col(LoginToken.user_id) == user.id, col(LoginToken.used_at).is_(None))
    session.exec(update(LoginToken).where(*unused).values(used_at=ctx.now()))
    return session.exec(delete(WebSession).where(col(WebSession.user_id) == user.id)).rowcount
