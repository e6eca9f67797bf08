"""Users and roles, for administrators: who may sign in, as what, and in how many browsers they are now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import user_queries
from vetting.db.engine import reading
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Conflict, VettingError
from vetting.services import sessions, users
from vetting.services.accounts import LOGIN_LINK, Account, Role, sign_in_address
from vetting.services.context import Context
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(prefix="/admin/users", include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]
Text = Annotated[str, Form()]
MAY = {
    Role.RECRUITER: N_("invites, reviews, decides; sees candidates, rubrics and reports"),
    Role.PROJECT_MANAGER: N_("projects, shortlists and staffing"),
    Role.REVIEWER: N_("rates interviews, and reads what they rest on"),
    Role.ADMIN: N_("everything, and these pages"),
}


@router.get("")
def user_list(request: Request, ctx: Ctx, account: Administrator) -> Response:
    """Everybody, with a form for somebody new."""
    return _page(request, ctx, account)


@router.post("")
def add(request: Request, ctx: Ctx, account: Administrator, email: Text = "", role: Text = "") -> Response:
    """Add somebody; their sign-in link is shown once."""
    try:
        token = users.add(ctx, email, role, by=account.email)
    except (BadInput, Conflict) as error:
        return _page(request, ctx, account, error=error, email=email, role=role)
    return _page(request, ctx, account, link=sign_in_address(ctx, token), whose=email.strip().lower())


@router.post("/{public_id}/role")
def set_role(request: Request, ctx: Ctx, account: Administrator, public_id: str, role: Text = "") -> Response:
    """Give somebody another role."""
    try:
        users.set_role(ctx, public_id, role, by=account.email)
    except (BadInput, Conflict) as error:
        return _page(request, ctx, account, error=error)
    return RedirectResponse("/admin/users", 303)


@router.post("/{public_id}/link")
def new_link(request: Request, ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Another sign-in link, shown once."""
    try:
        token = users.new_link(ctx, public_id, by=account.email)
    except Conflict as error:
        return _page(request, ctx, account, error=error)
    whose = next(line.email for line in _lines(ctx) if line.public_id == public_id)
    return _page(request, ctx, account, link=sign_in_address(ctx, token), whose=whose)


@router.post("/{public_id}/sessions")
def end_sessions(ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Sign somebody out everywhere."""
    users.end_sessions(ctx, public_id, by=account.email)
    return RedirectResponse("/admin/users", 303)


@router.post("/{public_id}/disable")
def disable(request: Request, ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Keep somebody out."""
    try:
        users.disable(ctx, public_id, by=account.email)
    except Conflict as error:
        return _page(request, ctx, account, error=error)
    return RedirectResponse("/admin/users", 303)


@router.post("/{public_id}/enable")
def enable(ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Let somebody in again."""
    users.enable(ctx, public_id, by=account.email)
    return RedirectResponse("/admin/users", 303)


def _lines(ctx: Context) -> list[user_queries.UserLine]:
    with reading(ctx.engine) as session:
        return user_queries.users(session, ctx.org, ctx.now(), sessions.rest(ctx))


def _page(
    request: Request,
    ctx: Context,
    account: Account,
    *,
    error: VettingError | None = None,
    link: str = "",
    whose: str = "",
    email: str = "",
    role: str = Role.RECRUITER.value,
) -> Response:
    return page(
        request,
        "admin/users.html",
        status=error.status if error else 200,
        lines=_lines(ctx),
        me=account.email,
        may={role: _(words) for role, words in MAY.items()},
        link=link,
        whose=whose,
        links=ctx.settings.local_sign_in,
        hours=round(LOGIN_LINK.total_seconds() / 3600),
        email=email,
        role=role,
        error=error.message if error else None,
    )
