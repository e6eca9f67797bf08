"""The audit chain for administrators: what was changed, by whom, and whether the record is whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vetting.db import audit_queries
from vetting.db.engine import reading
from vetting.services import audit
from vetting.services.accounts import Account
from vetting.web.deps import Ctx, PageNumber, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]


@router.get("/audit")
def audit_page(
    request: Request,
    ctx: Ctx,
    _: Administrator,
    number: PageNumber,
    subject: str = "",
    check: bool = False,
    noted: str = "",
) -> Response:
    """The newest entries; with `check` the whole chain is walked, against the mark `noted` earlier if one is given."""
    found = audit.check(ctx, noted.strip() or None) if check else None
    with reading(ctx.engine) as session:
        offset = (number - 1) * audit_queries.PAGE
        lines, total = audit_queries.newest(session, ctx.org, offset=offset, subject=subject.strip())
    return page(
        request,
        "reports/audit.html",
        lines=lines,
        total=total,
        subject=subject.strip(),
        number=number,
        last=max(1, -(-total // audit_queries.PAGE)),
        found=found,
        noted=noted.strip(),
    )
