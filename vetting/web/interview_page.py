"""The page of one interview, as several routes answer with it."""

from __future__ import annotations

from fastapi import Request, Response

from vetting.db import own_queries, review_queries
from vetting.db.engine import reading
from vetting.services import reviews
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.web.interview_view import read_interview
from vetting.web.render import page

REVIEWERS = (Role.RECRUITER, Role.REVIEWER, Role.ADMIN)


def interview_page(
    request: Request, ctx: Context, account: Account, public_id: str, *, link: str | None = None
) -> Response:
    """The scorecard with its quotes, or how far the interview has come; `link` is a new link, shown once.

    Who reviews and sees a scorecard here has seen the machine's ratings: a later rating of theirs is not blind.
    """
    with reading(ctx.engine) as session:
        shown = read_interview(session, ctx.org, public_id)
        key = shown.row.id or 0
        decisions = review_queries.decisions(session, ctx.org, key)
        contested = own_queries.appeals_against(session, ctx.org, key)
        own = review_queries.own_review(session, ctx.org, key, account.user_id)
    reviewer = account.role in REVIEWERS
    if reviewer and shown.card is not None and own is None:
        reviews.note_sight(ctx, key, account)
    return page(
        request,
        "recruiter/interview.html",
        it=shown,
        link=link,
        decision=next((d for d in decisions if d.row.current), None),
        rated=own is not None,
        reviewer=reviewer,
        contested=contested,
        sends=ctx.mailer.sends,
    )
