"""Webhooks, for administrators: who is told of which events, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import webhook_queries
from vetting.db.engine import reading
from vetting.domain.webhook import CHOOSABLE
from vetting.errors import VettingError
from vetting.services import deliveries, webhooks
from vetting.services.accounts import Account
from vetting.services.context import Context
from vetting.services.webhooks import Made
from vetting.web.deps import Ctx, PageNumber, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]
PATH = "/admin/webhooks"


@router.get(PATH)
def webhook_page(request: Request, ctx: Ctx, _: Administrator, number: PageNumber) -> Response:
    """The addresses and the newest deliveries."""
    return _page(request, ctx, number=number)


@router.post(PATH)
def add_webhook(
    request: Request,
    ctx: Ctx,
    account: Administrator,
    url: Annotated[str, Form()] = "",
    kind: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Have an address told of events; its secret is shown on this page and never again."""
    try:
        made = webhooks.add(ctx, url, kind, by=account.email)
    except VettingError as error:
        return _page(request, ctx, error=error, url=url, kinds=kind)
    return _page(request, ctx, made=made)


@router.post(PATH + "/{public_id}/secret")
def new_secret(request: Request, ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Sign with another secret from now on; it is shown once."""
    return _page(request, ctx, made=webhooks.renew(ctx, public_id, by=account.email))


@router.post(PATH + "/{public_id}/ping")
def ping(ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """Send an event that means nothing."""
    webhooks.ping(ctx, public_id)
    return RedirectResponse(PATH + "#deliveries", 303)


@router.post(PATH + "/{public_id}/end")
def end_webhook(ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Tell an address of nothing any more."""
    webhooks.end(ctx, public_id, by=account.email)
    return RedirectResponse(PATH, 303)


@router.post(PATH + "/deliveries/{public_id}/again")
def deliver_again(ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Deliver an event once more."""
    deliveries.again(ctx, public_id, by=account.email)
    return RedirectResponse(PATH + "#deliveries", 303)


def _page(
    request: Request,
    ctx: Context,
    *,
    number: int = 1,
    made: Made | None = None,
    error: VettingError | None = None,
    url: str = "",
    kinds: list[str] | None = None,
) -> Response:
    with reading(ctx.engine) as session:
        hooks = webhook_queries.webhooks(session, ctx.org)
        lines = webhook_queries.deliveries(session, ctx.org, offset=(number - 1) * webhook_queries.PAGE)
    return page(
        request,
        "admin/webhooks.html",
        status=error.status if error else 200,
        hooks=hooks,
        lines=lines[: webhook_queries.PAGE],
        more=len(lines) > webhook_queries.PAGE,
        number=number,
        made=made,
        error=error.message if error else None,
        url=url,
        kinds=kinds if kinds is not None else list(CHOOSABLE),
        choosable=CHOOSABLE,
        hosts=ctx.settings.webhook_hosts,
    )
