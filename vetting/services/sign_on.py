"""Signing in by what an identity provider says: users who are known here, new ones only where a setting lets them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from vetting.db.engine import writing
from vetting.db.models import User
from vetting.domain.tongue import N_, _
from vetting.errors import Forbidden
from vetting.ports import Identity
from vetting.services import audit, sessions
from vetting.services.accounts import organisation_id
from vetting.services.context import Context

UNVERIFIED = N_("Your identity provider has not verified your e-mail address, so it cannot be used to sign in here.")
UNKNOWN = N_("Nobody with this address may sign in here. An administrator lets you in with 'vetting users add'.")
ANOTHER = N_("This address belongs to another account of your identity provider; ask an administrator to look at it.")
OUT = N_("This account was shut out; ask an administrator.")


def sign_on(ctx: Context, who: Identity, *, agent: str = "") -> str:
    """A session for who signed in at the identity provider; returns its token. Raises Forbidden with the reason.

    The first time the verified address finds the user; from then on the provider's own id does, so that an address
    which is given to somebody else opens nothing. `agent` is what the browser says of itself.
    """
    home = ctx.for_organisation(organisation_id(ctx.engine, ctx.settings.oidc_organisation))
    subject = f"{ctx.settings.oidc_issuer} {who.subject}"
    with writing(ctx.engine) as session:
        user = _known(home, session, subject) or _first_time(home, session, who, subject)
        if user.disabled_at is not None:
            raise Forbidden(_(OUT))
        token = sessions.begin(home, session, user, how="provider", agent=agent)
    sessions.began(home, user, how="provider")
    return token


def _known(ctx: Context, session: Session, subject: str) -> User | None:
    mine = select(User).where(User.organisation_id == ctx.org)
    return session.exec(mine.where(col(User.subject) == subject)).first()


def _first_time(ctx: Context, session: Session, who: Identity, subject: str) -> User:
    if not who.email_verified:
        raise Forbidden(_(UNVERIFIED))
    address = who.email.strip().lower()
    user = session.exec(select(User).where(User.organisation_id == ctx.org, User.email == address)).first()
    if user is None:
        user = _new(ctx, address)
    elif user.subject is not None:
        raise Forbidden(_(ANOTHER))
    user.subject = subject
    session.add(user)
    session.flush()
    audit.record(ctx, session, "user.sign_on", f"user:{user.public_id}", by=audit.SYSTEM, role=user.role)
    return user


def _new(ctx: Context, address: str) -> User:
    role = ctx.settings.oidc_new_users
    if role is None or not address:
        raise Forbidden(_(UNKNOWN))
    return User(organisation_id=ctx.org, email=address, role=role, created_at=ctx.now())
