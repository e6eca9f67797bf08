"""Who is asking: the signed-in user, the candidate of one interview, or a program with an API key.

Endpoints take these as annotated parameters; each context is already limited to the organisation of who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from vetting.errors import Forbidden, NotSignedIn
from vetting.services import accounts, rate_limits
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.rate_limits import Limiter, Policy
from vetting.web.security import CANDIDATE_COOKIE, STAFF_COOKIE, UNSAFE, session_token


class CandidateContext(NamedTuple):
    """What a candidate's request may touch: one interview of one organisation."""

    ctx: Context
    interview_id: int


def app_context(request: Request) -> Context:
    """The service as it was put together at start; not limited to an organisation, so only for signing in."""
    ctx: Context = request.app.state.ctx
    return ctx


AppContext = Annotated[Context, Depends(app_context)]


def signed_in(request: Request, ctx: AppContext) -> Account:
    """The user of this browser; also shown in the page's header. Raises NotSignedIn."""
    token = session_token(request, STAFF_COOKIE)
    if not token:
        raise NotSignedIn
    account = accounts.account_of(ctx, token)
    request.state.account = account
    return account


SignedIn = Annotated[Account, Depends(signed_in)]


def staff_context(ctx: AppContext, account: SignedIn) -> Context:
    """The service, acting for the signed-in user's organisation."""
    return ctx.for_organisation(account.organisation_id)


Ctx = Annotated[Context, Depends(staff_context)]


def require(*roles: Role) -> Callable[[Account], Account]:
    """A dependency that lets these roles in, and administrators always. Raises Forbidden, NotSignedIn."""

    def check(account: SignedIn) -> Account:
        if account.role is not Role.ADMIN and account.role not in roles:
            names = " or ".join(role.value.replace("_", " ") for role in roles)
            raise Forbidden(f"This page is for the role {names}; you are signed in as {_plain(account.role)}.")
        return account

    return check


def candidate_context(request: Request, ctx: AppContext) -> CandidateContext:
    """The interview of this browser. Raises NotSignedIn, and TooMany for more writes than a person makes."""
    token = session_token(request, CANDIDATE_COOKIE)
    if not token:
        raise NotSignedIn("Please open your invitation link: this browser is not signed in to an interview.")
    access = accounts.candidate_of(ctx, token)
    if request.method in UNSAFE:
        policy = Policy("candidate", ctx.settings.candidate_per_minute)
        rate_limits.require(_limiter(request).take(ctx, policy, str(access.interview_id)))
    return CandidateContext(ctx.for_organisation(access.organisation_id), access.interview_id)


CandidateCtx = Annotated[CandidateContext, Depends(candidate_context)]


def api_context(request: Request, ctx: AppContext) -> Context:
    """The service, acting for the organisation of the API key. Raises NotSignedIn, TooMany.

    `request.state.rate` says where the key stands, for the headers of the answer.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotSignedIn("An API key is needed: send the header 'Authorization: Bearer KEY'.")
    scoped = ctx.for_organisation(accounts.organisation_of_key(ctx, key.strip()))
    subject = accounts.token_sha256(key.strip())[:16]
    standing = _limiter(request).take(ctx, Policy("api", ctx.settings.api_per_minute), subject)
    request.state.rate = standing
    rate_limits.require(standing)
    return scoped


ApiCtx = Annotated[Context, Depends(api_context)]


def _limiter(request: Request) -> Limiter:
    limiter: Limiter = request.app.state.limiter
    return limiter


def _plain(role: Role) -> str:
    return role.value.replace("_", " ")
