"""One's own sessions: where one is signed in, and ending one of them or all others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from vetting.domain.browser import in_words
from vetting.services import sessions
from vetting.services.accounts import Account, Role
from vetting.web.accounts import signed_out
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(prefix="/sessions", include_in_schema=False)

Staff = Annotated[Account, Depends(require(*Role))]


@router.get("")
def session_list(request: Request, ctx: Ctx, account: Staff) -> Response:
    """Where one is signed in: which browser, since when, last seen when."""
    lines = sessions.of_user(ctx, account.user_id)
    minutes = ctx.settings.session_idle_minutes
    return page(
        request, "accounts/sessions.html", lines=lines, mine=account.session, minutes=minutes, in_words=in_words
    )


@router.post("/end-others")
def end_others(ctx: Ctx, account: Staff) -> Response:
    """Sign oneself out everywhere but here."""
    sessions.end_others(ctx, account.user_id, account.session, by=account.email)
    return RedirectResponse("/sessions", 303)


@router.post("/{public_id}/end")
def end(request: Request, ctx: Ctx, account: Staff, public_id: str) -> Response:
    """End one of one's own sessions; ending the one in use is signing out."""
    sessions.end(ctx, account.user_id, public_id, by=account.email)
    return signed_out(request) if public_id == account.session else RedirectResponse("/sessions", 303)
