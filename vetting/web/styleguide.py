"""The parts that pages are made of, each in every state, in development only."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from vetting.errors import NotFound
from vetting.web.deps import AppContext
from vetting.web.render import page

router = APIRouter(include_in_schema=False)


@router.get("/styleguide")
def styleguide(request: Request, ctx: AppContext) -> Response:
    """Tokens and parts. Raises NotFound in production."""
    if ctx.settings.env == "production":
        raise NotFound
    return page(request, "styleguide.html", now=ctx.now())
