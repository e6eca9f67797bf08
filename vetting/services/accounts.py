"""Who may do what: organisations, users with one-time sign-in links, browser sessions, API keys, invite links.

Tokens are random, shown once, and kept as SHA-256 only. A stranger's id and an unknown one get the same answer.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Engine, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select, update

from vetting.db import user_queries
from vetting.db.engine import reading, writing
from vetting.db.models import ApiKey, Interview, Invite, LoginToken, Organisation, User, WebSession
from vetting.domain.interview_events import Phase
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Conflict, Expired, NotFound, NotSignedIn
from vetting.services import audit, sessions
from vetting.services.context import Context
from vetting.services.interviews import token_sha256

LOGIN_LINK = timedelta(hours=48)
CANDIDATE_SESSION = timedelta(days=30)
SLUG_LENGTH = 64
UNNAMED = "Default"
"""The name that the first organisation has until somebody gives it one."""
LAST = N_("{email} is the only administrator who can sign in; make somebody else an administrator first.")
_WORKING_KEY = select(ApiKey.organisation_id, ApiKey.id, ApiKey.scope).where(
    col(ApiKey.key_sha256) == bindparam("sha256"), col(ApiKey.revoked_at).is_(None)
)
"""Asked by every request of a program, so it is put together once."""
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")


class Role(StrEnum):
    """What a user is here for; an administrator may do all of it."""

    RECRUITER = "recruiter"
    PROJECT_MANAGER = "project_manager"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API key may do: all that the API has, or only read."""

    ALL = "all"
    READ = "read"


class Key(NamedTuple):
    """Whose an API key is, and what it may do."""

    organisation_id: int
    key_id: int
    scope: Scope


class Account(NamedTuple):
    """A signed-in user; `public_id` names them in logs, `session` is the public id of the session they use."""

    user_id: int
    organisation_id: int
    email: str
    role: Role
    public_id: str = ""
    session: str = ""


class CandidateAccess(NamedTuple):
    """A candidate's browser: it may see one interview."""

    interview_id: int
    organisation_id: int


def organisation_id(engine: Engine, slug: str) -> int:
    """The key of an organisation. Raises NotFound naming the slug."""
    with reading(engine) as session:
        found = session.exec(select(Organisation.id).where(Organisation.slug == slug)).first()
    if found is None:
        raise NotFound(
            _("There is no organisation '{slug}'; to make it: vetting organisations add {slug} --name NAME").format(
                slug=slug
            )
        )
    return found


def add_organisation(engine: Engine, slug: str, name: str, now: datetime) -> None:
    """A new organisation: `slug` for commands, `name` as candidates read it. Raises BadInput, Conflict."""
    if len(slug) > SLUG_LENGTH or not _SLUG.fullmatch(slug):
        raise BadInput(
            _(
                "'{slug}' cannot be the slug of an organisation: write lower-case letters, digits and "
                "hyphens, such as example-lab."
            ).format(slug=slug[:80])
        )
    if not name.strip():
        raise BadInput(_("An organisation needs a name: candidates read who invites them."))
    try:
        with writing(engine) as session:
            session.add(Organisation(slug=slug, name=name.strip(), created_at=now))
            session.flush()
    except IntegrityError:
        raise Conflict(_("There is already an organisation '{slug}'.").format(slug=slug)) from None


def organisations(engine: Engine) -> list[tuple[str, str]]:
    """(slug, name) of every organisation, in the order they were made."""
    with reading(engine) as session:
        rows = session.exec(select(Organisation).order_by(col(Organisation.id)))
        return [(row.slug, row.name) for row in rows]


def name_organisation(engine: Engine, slug: str, name: str) -> None:
    """Give an organisation the name that candidates read; nothing is written when it has it already."""
    with reading(engine) as session:
        same = session.exec(select(Organisation.name).where(Organisation.slug == slug)).first() == name
    if not same:
        with writing(engine) as session:
            session.exec(update(Organisation).where(col(Organisation.slug) == slug).values(name=name))


def organisation_name(session: Session, org: int) -> str:
    """What outsiders read; empty while nobody has named the organisation."""
    row = session.get(Organisation, org)
    return "" if row is None or row.name == UNNAMED else row.name


def project_managers(session: Session, org: int) -> list[User]:
    """Those who staff projects and may sign in."""
    mine = (User.organisation_id == org, User.role == Role.PROJECT_MANAGER.value, col(User.disabled_at).is_(None))
    return list(session.exec(select(User).where(*mine)))


def add_user(ctx: Context, email: str, role: str, *, by: str = audit.SYSTEM, only_new: bool = False) -> str:
    """Add a user, or give an existing one this role; returns the token of a one-time sign-in link.

    Who had been kept out is let in again: it takes an administrator, or the server's own command line, to come here.
    Raises BadInput, Conflict where the last administrator would lose the role, and with `only_new` for who is here.
    """
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise BadInput(_("'{email}' is not an e-mail address.").format(email=email))
    if role not in set(Role):
        raise BadInput(_("'{role}' is not a role; choose one of {known}.").format(role=role, known=", ".join(Role)))
    with writing(ctx.engine) as session:
        user = session.exec(select(User).where(User.organisation_id == ctx.org, User.email == address)).first()
        if user is not None and only_new:
            raise Conflict(
                _("{address} is here already; change the role, or let them in again, in the list below.").format(
                    address=address
                )
            )
        if user is not None and role != Role.ADMIN:
            keep_an_administrator(session, ctx, user)
        user = user or User(organisation_id=ctx.org, email=address, role=role, created_at=ctx.now())
        user.role, user.disabled_at = role, None
        session.add(user)
        session.flush()
        assert user.id is not None
        audit.record(ctx, session, "user.allow", f"user:{user.public_id}", by=by, role=role)
        return login_link(ctx, session, user.id)


def sign_in_address(ctx: Context, token: str) -> str:
    """Where a user signs in: by the link, or at the identity provider where links sign nobody in."""
    way = f"sign-in/{token}" if ctx.settings.local_sign_in else "sign-on"
    return f"{ctx.settings.public_url.rstrip('/')}/{way}"


def keep_an_administrator(session: Session, ctx: Context, leaving: User) -> None:
    """Raises Conflict where nobody could administer the organisation without this user."""
    if leaving.role != Role.ADMIN or leaving.disabled_at is not None:
        return
    if all(one.id == leaving.id for one in user_queries.administrators(session, ctx.org)):
        raise Conflict(_(LAST).format(email=leaving.email))


def anybody(ctx: Context) -> bool:
    """Whether this organisation has a user."""
    with reading(ctx.engine) as session:
        mine = select(User.id).where(User.organisation_id == ctx.org, col(User.disabled_at).is_(None))
        return session.exec(mine.limit(1)).first() is not None


def sign_in(ctx: Context, token: str, *, agent: str = "") -> str:
    """Exchange a one-time link for a session token. Raises Expired for a link that is used, old or unknown.

    `agent` is what the browser says of itself.
    """
    now = ctx.now()
    with writing(ctx.engine) as session:
        link = session.exec(select(LoginToken).where(LoginToken.token_sha256 == token_sha256(token))).first()
        user = session.get(User, link.user_id) if link else None
        if link is None or link.used_at is not None or link.expires_at < now or user is None or user.disabled_at:
            raise Expired
        link.used_at = now
        session.add(link)
        begun = sessions.begin(ctx, session, user, how="link", agent=agent)
    sessions.began(ctx, user, how="link")
    return begun


def account_of(ctx: Context, session_token: str, *, used: bool = True) -> Account:
    """The user of a session, which counts as `used` unless a script asks by itself. Raises NotSignedIn, Rested."""
    now = ctx.now()
    with reading(ctx.engine) as session:
        found = session.exec(
            select(User, WebSession)
            .join(WebSession, col(WebSession.user_id) == User.id)
            .where(WebSession.token_sha256 == token_sha256(session_token), WebSession.expires_at > now)
            .where(col(User.disabled_at).is_(None))
        ).first()
    if found is None or found[0].id is None:
        raise NotSignedIn
    user, row = found
    assert user.id is not None
    sessions.refuse_rested(ctx, row, now)
    if used:
        sessions.renew(ctx, row, now)
    return Account(user.id, user.organisation_id, user.email, Role(user.role), user.public_id, row.public_id)


def invitation(ctx: Context, token: str) -> CandidateAccess:
    """Which interview an invite link leads to; looking does not use it up. Raises Expired."""
    with reading(ctx.engine) as session:
        invite = _valid_invite(session, token, ctx.now())
        return CandidateAccess(invite.interview_id, invite.organisation_id)


def accept_invitation(ctx: Context, token: str) -> str:
    """Exchange an invite link for a candidate's session token; ends the former session of that interview.

    Possible as often as needed until the interview is over, so that a lost browser costs nothing.
    """
    now = ctx.now()
    with writing(ctx.engine) as session:
        invite = _valid_invite(session, token, now)
        session.exec(delete(WebSession).where(col(WebSession.interview_id) == invite.interview_id))
        opened = secrets.token_urlsafe(32)
        session.add(
            WebSession(
                organisation_id=invite.organisation_id,
                token_sha256=token_sha256(opened),
                interview_id=invite.interview_id,
                created_at=now,
                expires_at=now + CANDIDATE_SESSION,
            )
        )
        return opened


def candidate_of(ctx: Context, session_token: str) -> CandidateAccess:
    """The interview a candidate's session belongs to. Raises NotSignedIn."""
    with reading(ctx.engine) as session:
        found = session.exec(
            select(WebSession).where(
                WebSession.token_sha256 == token_sha256(session_token), WebSession.expires_at > ctx.now()
            )
        ).first()
    if found is None or found.interview_id is None:
        raise NotSignedIn(_("Please open your invitation link again: this browser is not signed in to an interview."))
    return CandidateAccess(found.interview_id, found.organisation_id)


def create_api_key(ctx: Context, name: str, scope: Scope = Scope.ALL) -> str:
    """A new API key of this organisation; shown once. Raises BadInput for an empty name."""
    if not name.strip():
        raise BadInput(_("An API key needs a name, so that it can be told from others later."))
    key = f"vk_{secrets.token_urlsafe(32)}"
    with writing(ctx.engine) as session:
        row = ApiKey(
            organisation_id=ctx.org,
            name=name.strip(),
            key_sha256=token_sha256(key),
            scope=scope.value,
            created_at=ctx.now(),
        )
        session.add(row)
        session.flush()
        audit.record(ctx, session, "key.create", f"key:{row.id}", by=audit.SYSTEM, scope=scope.value)
    return key


def api_keys(ctx: Context) -> list[ApiKey]:
    """The keys that work, oldest first."""
    with reading(ctx.engine) as session:
        mine = select(ApiKey).where(ApiKey.organisation_id == ctx.org, col(ApiKey.revoked_at).is_(None))
        return list(session.exec(mine.order_by(col(ApiKey.id))))


def revoke_api_keys(ctx: Context, name: str) -> int:
    """End every key of that name at once; returns how many. Raises NotFound."""
    with writing(ctx.engine) as session:
        mine = select(ApiKey).where(ApiKey.organisation_id == ctx.org, ApiKey.name == name.strip())
        found = list(session.exec(mine.where(col(ApiKey.revoked_at).is_(None))))
        if not found:
            raise NotFound(
                _("There is no working API key '{name}'; 'vetting apikeys list' shows those there are.").format(
                    name=name
                )
            )
        for row in found:
            row.revoked_at = ctx.now()
            session.add(row)
            audit.record(ctx, session, "key.revoke", f"key:{row.id}", by=audit.SYSTEM)
        return len(found)


def key_of(ctx: Context, key: str) -> Key:
    """What an API key may do, and for whom. Raises NotSignedIn."""
    with reading(ctx.engine) as session:
        found = session.connection().execute(_WORKING_KEY, {"sha256": token_sha256(key)}).first()
    if found is None:
        raise NotSignedIn(_("This API key is not known here; send 'Authorization: Bearer KEY' with a valid one."))
    return Key(found.organisation_id, found.id, Scope(found.scope or Scope.ALL))


def _valid_invite(session: Session, token: str, now: datetime) -> Invite:
    found = session.exec(
        select(Invite, Interview)
        .join(Interview, col(Interview.id) == Invite.interview_id)
        .where(Invite.token_sha256 == token_sha256(token))
    ).first()
    if found is None or found[0].expires_at < now or found[1].phase == Phase.EXPIRED.value:
        raise Expired
    return found[0]


def login_link(ctx: Context, session: Session, user_id: int) -> str:
    """The token of a one-time sign-in link, within the caller's transaction."""
    token = secrets.token_urlsafe(32)
    expires = ctx.now() + LOGIN_LINK
    session.add(
        LoginToken(organisation_id=ctx.org, user_id=user_id, token_sha256=token_sha256(token), expires_at=expires)
    )
    return token
