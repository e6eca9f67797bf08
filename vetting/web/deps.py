"""Who is asking: the signed-in user, the candidate of one interview, or a program with an API key.

Endpoints take these as annotated parameters; each context is already limited to the organisation of who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from vetting.domain.throttle import Limit
from vetting.domain.tongue import _
from vetting.errors import BadInput, Expired, Forbidden, NotSignedIn, TooMany
from vetting.services import accounts
from vetting.services.accounts import Account, Role, Scope
from vetting.services.context import Context
from vetting.services.security_log import Event
from vetting.services.throttles import BY_ACCOUNT, BY_ADDRESS, BY_INTERVIEW, BY_KEY, Left, Throttles
from vetting.web.figures import plain
from vetting.web.security import CANDIDATE_COOKIE, STAFF_COOKIE, UNSAFE, session_token, tell

LATEST_PAGE = 100_000


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
    """The user of this browser; also shown in the page's header. Raises NotSignedIn, TooMany."""
    token = session_token(request, STAFF_COOKIE)
    if not token:
        raise NotSignedIn
    account = accounts.account_of(ctx, token, used=not _by_itself(request))
    request.state.account = account
    if request.method in UNSAFE:
        spend(request, BY_ACCOUNT, str(account.user_id))
    return account


SignedIn = Annotated[Account, Depends(signed_in)]


def _by_itself(request: Request) -> bool:
    """Whether a script looks whether something is done yet: a page left open is not somebody at work."""
    return request.method == "GET" and request.headers.get("hx-request") == "true"


def staff_context(ctx: AppContext, account: SignedIn) -> Context:
    """The service, acting for the signed-in user's organisation."""
    return ctx.for_organisation(account.organisation_id)


Ctx = Annotated[Context, Depends(staff_context)]


def require(*roles: Role) -> Callable[[Request, Account], Account]:
    """A dependency that lets these roles in, and administrators always. Raises Forbidden, NotSignedIn."""

    def check(request: Request, account: SignedIn) -> Account:
        if account.role is not Role.ADMIN and account.role not in roles:
            tell(request, Event.REFUSED_BY_ROLE, user=account.public_id, how=account.role.value)
            names = _(" or ").join(plain(role.value) for role in roles or (Role.ADMIN,))
            words = _("This page is for the role {names}; you are signed in as {role}.")
            raise Forbidden(words.format(names=names, role=plain(account.role.value)))
        return account

    check.roles = frozenset(roles) | {Role.ADMIN}  # type: ignore[attr-defined]  # for the table of who may do what
    return check


def candidate_context(request: Request, ctx: AppContext) -> CandidateContext:
    """The interview of this browser. Raises NotSignedIn, and TooMany for more writes than a person makes."""
    token = session_token(request, CANDIDATE_COOKIE)
    if not token:
        raise NotSignedIn(_("Please open your invitation link: this browser is not signed in to an interview."))
    access = accounts.candidate_of(ctx, token)
    if request.method in UNSAFE:
        spend(request, BY_INTERVIEW, str(access.interview_id))
    return CandidateContext(ctx.for_organisation(access.organisation_id), access.interview_id)


CandidateCtx = Annotated[CandidateContext, Depends(candidate_context)]


def by_address(request: Request) -> None:
    """For what anybody may send: so often from one address. Raises TooMany."""
    spend(request, BY_ADDRESS, request.client.host if request.client else "unknown")


ByAddress = Depends(by_address)


def guessed(request: Request) -> Iterator[None]:
    """For links and sign-ins: so many that do not work may come from one address. Raises TooMany."""
    throttles: Throttles = request.app.state.throttles
    who = request.client.host if request.client else "unknown"
    with _telling(request, BY_ADDRESS):
        throttles.refuse_if_spent(app_context(request), BY_ADDRESS, who)
    try:
        yield
    except (Expired, Forbidden, BadInput):
        tell(request, Event.SIGN_IN_FAILED if request.url.path.startswith("/sign-") else Event.LINK_FAILED)
        spend(request, BY_ADDRESS, who)
        raise


Guessed = Depends(guessed)


def api_context(request: Request, ctx: AppContext) -> Context:
    """The service, acting for the organisation of the API key. Raises NotSignedIn, Forbidden, TooMany."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotSignedIn("An API key is needed: send the header 'Authorization: Bearer KEY'.")
    try:
        known = accounts.key_of(ctx, key.strip())
    except NotSignedIn:
        tell(request, Event.KEY_FAILED)
        raise
    try:
        request.state.left = spend(request, BY_KEY, str(known.key_id))
    except TooMany as refused:
        request.state.left = Left(BY_KEY, 0, refused.seconds)
        raise
    if request.method in UNSAFE and known.scope is Scope.READ:
        tell(request, Event.REFUSED_BY_ROLE, how="reading_key")
        raise Forbidden("This API key may read and change nothing: make another with 'vetting apikeys create NAME'.")
    return ctx.for_organisation(known.organisation_id)


ApiCtx = Annotated[Context, Depends(api_context)]


def page_number(at: int = 1) -> int:
    """Which page of a list is asked for: the first is 1, and none is so far that a database cannot count to it."""
    return min(max(at, 1), LATEST_PAGE)


PageNumber = Annotated[int, Depends(page_number)]


def spend(request: Request, limit: Limit, who: str) -> Left:
    """Use one of a limit. Raises TooMany."""
    throttles: Throttles = request.app.state.throttles
    with _telling(request, limit):
        return throttles.spend(app_context(request), limit, who)


@contextmanager
def _telling(request: Request, limit: Limit) -> Iterator[None]:
    """Whoever is told that it was too much stands in the log: by the limit, and by the user where there is one."""
    try:
        yield
    except TooMany:
        account: Account | None = getattr(request.state, "account", None)
        tell(request, Event.THROTTLED, user=account.public_id if account else "", how=limit.name)
        raise
