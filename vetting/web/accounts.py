"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from vetting.domain.tongue import _
from vetting.errors import Forbidden
from vetting.services import accounts, sessions
from vetting.services.sessions import USER_SESSION
from vetting.web.deps import AppContext, Guessed
from vetting.web.render import page
from vetting.web.security import CANDIDATE_COOKIE, STAFF_COOKIE, end_session, session_token, set_session

router = APIRouter(include_in_schema=False)


@router.get("/sign-in/{token}")
def sign_in_page(request: Request, token: str) -> Response:
    """A button: mail scanners and previews open links, and must not use this one up."""
    return page(request, "accounts/sign_in.html")


@router.post("/sign-in/{token}", dependencies=[Guessed])
def sign_in(request: Request, ctx: AppContext, token: str) -> Response:
    """Exchange the one-time link for a session; a former session of this browser ends."""
    if not ctx.settings.local_sign_in:
        raise Forbidden(
            _("Links do not sign anybody in here: please sign in at your organisation's identity provider.")
        )
    session = accounts.sign_in(ctx, token, agent=request.headers.get("user-agent", ""))
    if former := session_token(request, STAFF_COOKIE):
        sessions.sign_out(ctx, former)
    response = RedirectResponse("/", 303)
    set_session(request, response, STAFF_COOKIE, session, int(USER_SESSION.total_seconds()))
    return response


@router.post("/sign-out")
def sign_out(request: Request, ctx: AppContext) -> Response:
    """End this browser's session."""
    if token := session_token(request, STAFF_COOKIE):
        sessions.sign_out(ctx, token)
    return signed_out(request)


def signed_out(request: Request) -> Response:
    """To the start page; the browser forgets the session's cookie and what else it kept of this service.

    Not where a candidate sits at the same browser: its storage may hold an answer that has not arrived here yet. For
    the same reason nothing is cleared when an interview ends: what is in storage then is what was never sent.
    """
    response = RedirectResponse("/", 303)
    end_session(request, response, STAFF_COOKIE)
    writing = session_token(request, CANDIDATE_COOKIE) is not None
    response.headers["clear-site-data"] = '"cache"' if writing else '"cache", "storage"'
    return response
