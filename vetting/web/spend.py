"""What language models cost, for administrators: today against the budget, day by day, by model."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vetting.db import spend_queries
from vetting.db.engine import reading
from vetting.services import spending
from vetting.services.accounts import Account
from vetting.services.throttles import BY_KEY
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]
DAYS = 14


@router.get("/admin/spend")
def spend(request: Request, ctx: Ctx, _: Administrator) -> Response:
    """Budgets, and what was spent of them."""
    with reading(ctx.engine) as session:
        days = spending.days(session, ctx, DAYS)
        models = spend_queries.by_model(session, ctx.org, days[-1][0])
    return page(
        request,
        "admin/spend.html",
        days=[(start, spent) for start, spent in days if spent.calls],
        today=days[0][1],
        models=models,
        count=DAYS,
        of_day=spending.of_day(ctx.settings),
        of_interview=spending.of_interview(ctx.settings),
        untold=spend_queries.UNTOLD_TOKENS,
        model=ctx.settings.llm_model,
        of_key=BY_KEY,
    )
