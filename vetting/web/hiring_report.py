"""The funnel from invitation to decision, where people stop, how people agree with the machine, and what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median, quantiles
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from vetting.db import funnel_queries, people_queries, review_queries
from vetting.db.engine import reading
from vetting.db.funnel_queries import Period
from vetting.db.review_queries import Spent
from vetting.domain import item_statistics, review
from vetting.domain.funnel import stages
from vetting.domain.tongue import _
from vetting.services.accounts import Account, Role
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Reader = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER))]
PERIODS = (30, 90, 365)
SILENT = timedelta(days=3)
"""Somebody who has not been seen for this long, in the middle of an interview, has stopped for now."""
STOPS = 20


class Effort(NamedTuple):
    """Minutes of a reviewer per decision: the middle one and the 90th percentile, which takes at least ten."""

    decisions: int
    median: float | None
    p90: float | None


@router.get("/reports/hiring")
def hiring(request: Request, ctx: Ctx, account: Reader, rubric: str = "", days: int = 90) -> Response:
    """Counts with intervals for a rubric, or all, and interviews of the last `days`."""
    length = min(max(days, 1), 3650)
    now = ctx.now()
    with reading(ctx.engine) as session:
        titles = people_queries.rubric_titles(session, ctx.org)
        versions = [key for key, (name, _version, _title) in titles.items() if name == rubric] if rubric else None
        period = Period(now - timedelta(days=length), versions)
        counts = funnel_queries.counts(session, ctx.org, period)
        stops = funnel_queries.stops(session, ctx.org, period, now - SILENT, limit=STOPS)
        pairs = review_queries.pairs(session, ctx.org)
        spent = review_queries.spent(session, ctx.org)
    return page(
        request,
        "reports/hiring.html",
        stages=stages(counts),
        stops=[(s, " ".join(titles[s.version][:2]), item_statistics.share(s.stopped, s.asked)) for s in stops],
        rubrics=sorted({name: title for name, _version, title in titles.values()}.items(), key=lambda pair: pair[1]),
        rubric=rubric,
        days=length,
        periods=PERIODS,
        agreement=review.agreement(pairs),
        reviewed=len({pair.interview for pair in pairs}),
        enough_reviews=review.ENOUGH_REVIEWS,
        enough=item_statistics.ENOUGH,
        effort=[
            (_("rated and settled"), effort(spent, confirmed=False)),
            (_("confirmed"), effort(spent, confirmed=True)),
        ],
        silent=SILENT.days,
    )


def effort(spent: Sequence[Spent], *, confirmed: bool) -> Effort:
    """The reviewers' time over the decisions of one kind."""
    minutes = [one.seconds / 60 for one in spent if one.confirmed is confirmed]
    middle = median(minutes) if minutes else None
    return Effort(len(minutes), middle, quantiles(minutes, n=10)[-1] if len(minutes) >= 10 else None)
