"""The candidates: search, filters, columns and order, views that are kept, files of what is shown, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import people_queries
from vetting.db.engine import reading
from vetting.db.people_queries import Decided, InviteState
from vetting.db.queries import PAGE
from vetting.domain.scoring import Recommendation
from vetting.domain.tongue import _
from vetting.services import saved_views
from vetting.services.accounts import Account, Role
from vetting.web.compare_view import MOST, compared
from vetting.web.deps import Ctx, require
from vetting.web.files import download
from vetting.web.own_view import ARRANGES, voices
from vetting.web.people_look import COLUMNS, Look, look
from vetting.web.people_view import find, table_of
from vetting.web.render import page
from vetting.web.sheets import CSV, XLSX, Sheet, csv_of, xlsx_of

router = APIRouter(include_in_schema=False)

Looker = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER))]
Searcher = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER, Role.PROJECT_MANAGER))]
Wanted = Annotated[Look, Depends(look)]


@router.get("/candidates")
def candidate_list(request: Request, ctx: Ctx, account: Searcher, wanted: Wanted) -> Response:
    """People with their newest interview; `q` searches names and, in plain words, profiles.

    A manager finds those whom a project has to do with.
    """
    manages = account.role is Role.PROJECT_MANAGER
    found = find(ctx, wanted, considered=manages)
    with reading(ctx.engine) as session:
        asked = None if manages else voices(session, ctx.org, arranges=account.role in ARRANGES)
        views = saved_views.views_of(session, ctx.org, account.user_id)
        rubrics = {rubric: title for rubric, _version, title in people_queries.rubric_titles(session, ctx.org).values()}
    return page(
        request,
        "recruiter/candidates.html",
        found=found,
        voices=asked,
        manages=manages,
        look=wanted,
        views=views,
        rubrics=sorted(rubrics.items(), key=lambda pair: pair[1]),
        columns={name: _(words) for name, words in COLUMNS.items()},
        states=list(InviteState),
        decisions=list(Decided),
        recommendations=list(Recommendation),
        last=1 if wanted.q else max(1, -(-found.total // PAGE)),
        most=MOST,
    )


@router.get("/candidates/export.csv")
def candidates_csv(ctx: Ctx, _: Looker, wanted: Wanted) -> Response:
    """Everybody the filters leave, with the columns of the page."""
    head, rows = table_of(find(ctx, wanted, limit=None), wanted.show)
    return download(csv_of(Sheet("Candidates", head, rows)), CSV, "candidates.csv")


@router.get("/candidates/export.xlsx")
def candidates_xlsx(ctx: Ctx, _: Looker, wanted: Wanted) -> Response:
    """The same as a workbook."""
    head, rows = table_of(find(ctx, wanted, limit=None), wanted.show)
    return download(xlsx_of(Sheet("Candidates", head, rows)), XLSX, "candidates.xlsx")


@router.post("/candidates/views")
def save_view(ctx: Ctx, account: Looker, wanted: Wanted, name: Annotated[str, Form()] = "") -> Response:
    """Keep this look under a name; the look is what the address says."""
    query = wanted.query()
    saved_views.save(ctx, account, name, query)
    return RedirectResponse(f"/candidates?{query}", 303)


@router.post("/candidates/views/{public_id}/remove")
def remove_view(ctx: Ctx, account: Looker, public_id: str) -> Response:
    """Forget a view."""
    saved_views.remove(ctx, account, public_id)
    return RedirectResponse("/candidates", 303)


@router.get("/compare")
def compare(request: Request, ctx: Ctx, _: Looker, pick: Annotated[Sequence[str], Query()] = ()) -> Response:
    """Up to four people side by side, each by their newest rated interview."""
    chosen = list(dict.fromkeys(pick))
    with reading(ctx.engine) as session:
        shown = compared(session, ctx.org, chosen, ctx.now())
    without = {one.line.imported_id: urlencode({"pick": [p for p in chosen if p != one.line.imported_id]}, doseq=True)
               for one in shown.people}  # fmt: skip
    return page(request, "recruiter/compare.html", shown=shown, without=without, most=MOST)
