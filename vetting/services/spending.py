"""What language models may cost: budgets per interview and per day, looked at before every request.

    with spending.on_account(ctx, interview_id):
        reply = rater.rate(request)

The gateway asks the purse that is laid open here; when it is empty it asks no model, so the embedded engine goes on
and the turn says why. What is under way at that moment is still paid for: a budget may be passed by those requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from vetting.config import Settings
from vetting.db import spend_queries
from vetting.db.engine import reading
from vetting.db.spend_queries import Spent
from vetting.ports import PURSE, ModelCall
from vetting.services.context import Context

OF_INTERVIEW = "The budget for language models of this interview is used up."
OF_DAY = "The budget for language models of this day is used up; it begins anew at midnight UTC."


@dataclass(frozen=True)
class Budget:
    """The most that may be spent; None: no limit of that kind. Money counts only where a price is known."""

    tokens: int | None
    usd: float | None

    def used_up(self, spent: Spent) -> bool:
        """Whether nothing is left."""
        return (self.tokens is not None and spent.tokens >= self.tokens) or (
            self.usd is not None and spent.usd >= self.usd
        )


@dataclass
class _Purse:
    """`ports.Purse` of one interview, or of none, of an organisation, over calls kept and calls still under way."""

    ctx: Context
    interview_id: int | None
    under_way: Spent = field(default_factory=Spent)

    def refusal(self) -> str | None:
        """Why no further request may be made, or None."""
        settings = self.ctx.settings
        with reading(self.ctx.engine) as session:
            today = spend_queries.since(session, self.ctx.org, day_of(self.ctx.now()))
            if of_day(settings).used_up(today + self.under_way):
                return OF_DAY
            if self.interview_id is None:
                return None
            mine = spend_queries.of_interview(session, self.ctx.org, self.interview_id)
        return OF_INTERVIEW if of_interview(settings).used_up(mine + self.under_way) else None

    def note(self, call: ModelCall) -> None:
        """A request that was made and is not kept yet."""
        tokens = spend_queries.counted(call.status, call.input_tokens + call.output_tokens)
        self.under_way += Spent(calls=1, tokens=tokens, usd=call.cost_usd or 0.0)


@contextmanager
def on_account(ctx: Context, interview_id: int | None) -> Iterator[None]:
    """Requests to language models in this block are for an interview, or for the organisation alone."""
    token = PURSE.set(_Purse(ctx, interview_id))
    try:
        yield
    finally:
        PURSE.reset(token)


def of_interview(settings: Settings) -> Budget:
    """The budget of each interview."""
    return Budget(settings.interview_tokens, settings.interview_usd)


def of_day(settings: Settings) -> Budget:
    """The budget of each day (UTC) and organisation."""
    return Budget(settings.day_tokens, settings.day_usd)


def day_of(now: datetime) -> datetime:
    """When the day of `now` began."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def days(session: Session, ctx: Context, count: int) -> list[tuple[datetime, Spent]]:
    """What was spent on each of the last `count` days, today first."""
    first = day_of(ctx.now())
    starts = [first - timedelta(days=n) for n in range(count)]
    return [(start, spend_queries.since(session, ctx.org, start, start + timedelta(days=1))) for start in starts]
