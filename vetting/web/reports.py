"""What can be said about the service as a whole, with "not enough data" where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vetting.db import report_queries, shortlist_queries
from vetting.db.engine import reading
from vetting.db.shortlist_queries import OutcomeLine
from vetting.domain import validity
from vetting.domain.interview_events import Phase
from vetting.domain.scoring import Recommendation
from vetting.domain.tongue import _
from vetting.domain.validity import Correlation
from vetting.services import admission, calibration
from vetting.services.accounts import Account, Role
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Reader = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER, Role.PROJECT_MANAGER))]

ENOUGH = 30
"""Below this many observations no share is shown: its interval would be wider than any use of it."""


@dataclass(frozen=True)
class RubricRow:
    """Counts of one rubric, or of all of them."""

    name: str
    phases: dict[str, int]
    recommendations: dict[str, int]

    @property
    def interviews(self) -> int:
        """All interviews, whatever their phase."""
        return sum(self.phases.values())

    @property
    def rated(self) -> int:
        """Interviews with a scorecard."""
        return sum(self.recommendations.values())

    def share(self, recommendation: str) -> float | None:
        """Share of the rated, or None where there are too few to say."""
        return self.recommendations.get(recommendation, 0) / self.rated if self.rated >= ENOUGH else None


@router.get("/reports")
def reports(request: Request, ctx: Ctx, _: Reader) -> Response:
    """Engines, interviews by phase and recommendation, model calls, disputed questions."""
    with reading(ctx.engine) as session:
        people = report_queries.people(session, ctx.org)
        phases = report_queries.by_phase(session, ctx.org)
        recommendations = report_queries.by_recommendation(session, ctx.org)
        calls = report_queries.calls(session, ctx.org)
        fallbacks = report_queries.fallbacks(session, ctx.org)
        disputes = report_queries.disputes(session, ctx.org)
        admissions = admission.newest(session)
        calibrations = calibration.newest(session)
        rated = shortlist_queries.rated_work(session, ctx.org)
    rows = _rows(phases, recommendations)
    return page(
        request,
        "reports/reports.html",
        engines=ctx.engines,
        people=people,
        rows=rows,
        total=_total(rows),
        phases=[p.value for p in Phase],
        recommendations=[r.value for r in Recommendation],
        calls=calls,
        fallbacks=fallbacks,
        disputes=disputes,
        validity=_validity(rated),
        rated_work=len(rated),
        enough_work=validity.ENOUGH,
        admissions=admissions,
        calibrations=calibrations,
        running={c.id for c in calibrations if calibration.fits(c, ctx.steering.id)},
        enough=ENOUGH,
    )


def _validity(rated: list[OutcomeLine]) -> list[tuple[str, int, Correlation | None]]:
    """What we said beforehand against how the work went: (what, pairs, correlation)."""
    levels = [(line.level, line.rating) for line in rated if line.level is not None]
    fits = [(line.fit, line.rating) for line in rated]
    return [
        (_("level of the newest scorecard"), len(levels), validity.correlation(levels)),
        (_("fit on the shortlist"), len(fits), validity.correlation(fits)),
    ]


def _rows(
    phases: list[report_queries.PhaseCount], recommendations: list[report_queries.RecommendationCount]
) -> list[RubricRow]:
    return [
        RubricRow(
            name,
            {p.phase: p.n for p in phases if p.rubric_id == name},
            {r.recommendation: r.n for r in recommendations if r.rubric_id == name},
        )
        for name in sorted({p.rubric_id for p in phases})
    ]


def _total(rows: list[RubricRow]) -> RubricRow:
    phases = {p.value: sum(row.phases.get(p, 0) for row in rows) for p in Phase}
    recommendations = {r.value: sum(row.recommendations.get(r, 0) for row in rows) for r in Recommendation}
    return RubricRow("all", phases, recommendations)
