"""The home of who reviews: what needs a person, by what a look is worth, with the minutes it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import own_queries, people_queries, review_queries
from vetting.db.engine import reading
from vetting.db.own_queries import AppealLine
from vetting.db.review_queries import LookLine, Waiting
from vetting.domain.scoring import Scorecard
from vetting.domain.second_look import MINUTES_TO_CONFIRM, REASONS, doubted, minutes
from vetting.domain.tongue import _
from vetting.errors import NotSignedIn
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.sessions import Rested
from vetting.web.deps import AppContext, signed_in
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

SHOWN = 25


@dataclass(frozen=True)
class Need:
    """One interview that wants a person: by which rubric, the one reason, and about how many minutes it takes."""

    line: LookLine
    title: str
    reason: str
    minutes: float


@dataclass(frozen=True)
class HomeView:
    """What waits for a person, appeals first; `minutes` are of all second looks, judged by those that are shown."""

    waiting: Waiting
    needs: tuple[Need, ...]
    appeals: tuple[AppealLine, ...]

    @property
    def minutes(self) -> float:
        """Estimated minutes of every second look that waits."""
        each = sum(need.minutes for need in self.needs) / len(self.needs) if self.needs else 0
        return each * self.waiting.second_look

    @property
    def minutes_to_confirm(self) -> float:
        """Estimated minutes to confirm what the machine is sure of."""
        return self.waiting.sure * MINUTES_TO_CONFIRM


@router.get("/")
def home(request: Request, ctx: AppContext) -> Response:
    """What needs me; a manager's home are the projects, and who is not signed in reads how to."""
    try:
        account: Account = signed_in(request, ctx)
    except NotSignedIn as error:
        ways = {"provider": ctx.identity is not None, "links": ctx.settings.local_sign_in}
        return page(request, "accounts/welcome.html", **ways, rested=error.message if isinstance(error, Rested) else "")
    if account.role is Role.PROJECT_MANAGER:
        return RedirectResponse("/projects", 303)
    return page(request, "recruiter/home.html", view=read_home(ctx.for_organisation(account.organisation_id)))


def read_home(ctx: Context) -> HomeView:
    """Seven queries, however much waits."""
    with reading(ctx.engine) as session:
        appeals = own_queries.open_appeals(session, ctx.org)
        waiting = review_queries.waiting(session, ctx.org)
        lines = review_queries.second_looks(session, ctx.org, limit=SHOWN)
        titles = people_queries.rubric_titles(session, ctx.org)
        characters = review_queries.characters(session, ctx.org, [line.key for line in lines])
        cards = review_queries.cards(session, ctx.org, [line.key for line in lines])
        parts = review_queries.competencies(session, ctx.org, sorted({line.version for line in lines}))
    needs = tuple(
        Need(
            line=line,
            title=titles[line.version][2],
            reason=_(REASONS.get(line.concern or "", "")),
            minutes=_minutes(cards[line.key], parts.get(line.version, {}), characters.get(line.key, {})),
        )
        for line in lines
    )
    return HomeView(waiting, needs, tuple(appeals))


def _minutes(card: Scorecard, competency_of: Mapping[str, str], characters: Mapping[str, int]) -> float:
    """Estimated minutes of a look; `characters` are those of each question and its answers."""
    each: dict[str, int] = {}
    for question, length in characters.items():
        each[competency_of.get(question, "")] = each.get(competency_of.get(question, ""), 0) + length
    about = doubted(card, competency_of, each)
    return minutes(sum(each.get(id_, 0) for id_ in about), len(about))
