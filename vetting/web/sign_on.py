"""Signing in at the identity provider: there, and back with what proves who came back."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadData, URLSafeTimedSerializer

from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Forbidden, NotFound
from vetting.ports import IdentityProvider, SignOnStart
from vetting.services import sessions
from vetting.services.context import Context
from vetting.services.sessions import USER_SESSION
from vetting.services.sign_on import sign_on
from vetting.web.deps import AppContext, Guessed
from vetting.web.security import SIGN_ON_COOKIE, STAFF_COOKIE, end_session, session_token, set_session

router = APIRouter(include_in_schema=False)

MINUTES: Final = 10
NONE = N_("No identity provider is set up here.")
OTHER = N_("This sign-in was not begun in this browser, or too long ago. Please begin again on the start page.")
REFUSED = N_("The identity provider did not sign you in. Please begin again, or ask whoever looks after it.")


@router.get("/sign-on")
def begin(request: Request, ctx: AppContext) -> Response:
    """Go to the identity provider; what has to come back stays in this browser."""
    start = _provider(ctx).start(_back(ctx))
    response = RedirectResponse(start.url, 303)
    set_session(request, response, SIGN_ON_COOKIE, _seal(ctx).dumps(list(start[1:])), MINUTES * 60)
    return response


@router.get("/sign-on/done", dependencies=[Guessed])
def done(
    request: Request, ctx: AppContext, code: str = "", state: str = "", error: str = "", iss: str = ""
) -> Response:
    """Come back from it: a new session, and a former one of this browser ends."""
    provider = _provider(ctx)
    start = _opened(ctx, session_token(request, SIGN_ON_COOKIE) or "")
    if not hmac.compare_digest(start.state.encode(), state.encode()):
        raise BadInput(_(OTHER))
    if error or not code or (iss and iss != ctx.settings.oidc_issuer):  # RFC 9207: an answer of another provider
        raise Forbidden(_(REFUSED))
    who = provider.finish(start, code, _back(ctx))
    token = sign_on(ctx, who, agent=request.headers.get("user-agent", ""))
    if former := session_token(request, STAFF_COOKIE):
        sessions.sign_out(ctx, former)
    response = RedirectResponse("/", 303)
    set_session(request, response, STAFF_COOKIE, token, int(USER_SESSION.total_seconds()))
    end_session(request, response, SIGN_ON_COOKIE)
    return response


def _provider(ctx: Context) -> IdentityProvider:
    if ctx.identity is None:
        raise NotFound(_(NONE))
    return ctx.identity


def _back(ctx: Context) -> str:
    """Where the provider sends the browser; the public URL, not what a request claims to have been sent to."""
    return f"{ctx.settings.public_url.rstrip('/')}/sign-on/done"


def _seal(ctx: Context) -> URLSafeTimedSerializer:
    # itsdangerous would take SHA-1 by itself
    how = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(ctx.settings.secret(), salt="vetting sign-on", signer_kwargs=how)


def _opened(ctx: Context, sealed: str) -> SignOnStart:
    try:
        state, nonce, verifier = _seal(ctx).loads(sealed, max_age=MINUTES * 60)
    except (BadData, ValueError):
        raise BadInput(_(OTHER)) from None
    return SignOnStart("", state, nonce, verifier)
