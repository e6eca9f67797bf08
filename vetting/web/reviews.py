"""Review: rate before the machine's ratings are seen, settle the differences, decide; or confirm what it is sure of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from vetting.db import queries, review_queries
from vetting.db.engine import reading
from vetting.errors import BadInput, NotFound, VettingError
from vetting.services import appeals, reviews
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.reviews import Verdict
from vetting.web.deps import Ctx, require
from vetting.web.render import page
from vetting.web.review_view import read_review
from vetting.web.work_sample_form import one_kind_of_lines

router = APIRouter(include_in_schema=False)

Reviewer = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER))]


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form whose names depend on the rubric."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Sent = Annotated[dict[str, str], Depends(sent)]


@router.get("/interviews/{public_id}/review")
def review_page(request: Request, ctx: Ctx, account: Reviewer, public_id: str) -> Response:
    """The answers to rate, without anything the machine made of them; once rated, both side by side."""
    return _shown(request, ctx, account, public_id)


@router.post("/interviews/{public_id}/review")
def rate(request: Request, ctx: Ctx, account: Reviewer, public_id: str, given: Sent) -> Response:
    """Keep the person's own ratings, for good; then the machine's stand beside them."""
    try:
        reviews.rate(ctx, public_id, account, _parts(given, "level"), _parts(given, "note"), given.get("opened", ""))
    except BadInput as error:
        return _shown(request, ctx, account, public_id, given, error)
    return RedirectResponse(f"/interviews/{public_id}/review", 303)


@router.post("/interviews/{public_id}/decision")
def decide(request: Request, ctx: Ctx, account: Reviewer, public_id: str, given: Sent) -> Response:
    """Settle the ratings and decide; with `confirm`, confirm a recommendation and go on to the next."""
    verdict = Verdict(
        choice=given.get("choice", ""),
        reason=given.get("reason", ""),
        levels=_parts(given, "level"),
        reasons=_parts(given, "why"),
        opened=given.get("opened", ""),
    )
    if "confirm" in given:
        reviews.confirm(ctx, public_id, account, verdict)
        return RedirectResponse(f"/confirm?after={public_id}&done=1", 303)
    try:
        reviews.settle(ctx, public_id, account, verdict)
    except BadInput as error:
        return _shown(request, ctx, account, public_id, given, error)
    return RedirectResponse(f"/interviews/{public_id}/review#decided", 303)


@router.get("/confirm")
def confirm_page(request: Request, ctx: Ctx, account: Reviewer, after: str = "", done: bool = False) -> Response:
    """The next recommendation the machine is sure of, beside the quote that decides it."""
    with reading(ctx.engine) as session:
        last = _key(session, ctx.org, after) if after else 0
        lines = review_queries.sure(session, ctx.org, limit=1, after=last)
        left = review_queries.waiting(session, ctx.org).sure
        shown = read_review(session, ctx.org, lines[0].public_id, account.user_id) if lines else None
    if shown is not None and shown.own is None and shown.it.row.id is not None:
        reviews.note_sight(ctx, shown.it.row.id, account)
    before = after if done else ""
    return page(request, "recruiter/confirm.html", shown=shown, left=left, before=before, opened=_now(ctx), after=after)


@router.post("/appeals/{public_id}/answer")
def answer_appeal(ctx: Ctx, account: Reviewer, public_id: str, text: Annotated[str, Form()] = "") -> Response:
    """Answer an appeal in words that its candidate reads on their page; they are written to."""
    interview = appeals.answer(ctx, public_id, one_kind_of_lines(text), by=account.email)
    return RedirectResponse(f"/interviews/{interview}#appeals", 303)


def _shown(
    request: Request,
    ctx: Context,
    account: Account,
    public_id: str,
    given: Mapping[str, str] | None = None,
    error: VettingError | None = None,
) -> Response:
    with reading(ctx.engine) as session:
        shown = read_review(session, ctx.org, public_id, account.user_id)
        others = [m for m in review_queries.reviews(session, ctx.org, shown.it.row.id or 0) if m[1] != account.email]
    return page(
        request,
        "recruiter/reconcile.html" if shown.own else "recruiter/review.html",
        status=error.status if error else 200,
        shown=shown,
        given=given or {},
        error=error.message if error else None,
        opened=(given or {}).get("opened") or _now(ctx),
        others=others if shown.own else [],
    )


def _parts(given: Mapping[str, str], kind: str) -> dict[str, str]:
    """Fields named `kind:competency`, by competency."""
    start = f"{kind}:"
    return {name.removeprefix(start): value for name, value in given.items() if name.startswith(start)}


def _now(ctx: Context) -> str:
    return f"{ctx.now().timestamp():.0f}"


def _key(session: Session, org: int, public_id: str) -> int:
    try:
        return queries.interview(session, org, public_id).id or 0
    except NotFound:
        return 0
