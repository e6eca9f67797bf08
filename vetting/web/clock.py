"""The soft clock of the interview page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from vetting.db.log import Log
from vetting.db.own_queries import accommodations
from vetting.domain.accommodation import BREAK_MINUTES, MORE_TIME_FACTOR, AccommodationKind
from vetting.domain.soft_clock import minutes_so_far


@dataclass(frozen=True)
class SoftClock:
    """Minutes so far and planned, and after how many a break is suggested (0: never). Nothing ends by it."""

    minutes: int
    planned: int
    break_every: int


def soft_clock(session: Session, log: Log, now: datetime) -> SoftClock:
    """The clock of an interview as its candidate asked for it."""
    asked = accommodations(session, log.row.organisation_id, log.id)
    factor = MORE_TIME_FACTOR if AccommodationKind.MORE_TIME in asked else 1.0
    return SoftClock(
        minutes=int(minutes_so_far(log.entries, now)),
        planned=round(log.rubric.time_budget_minutes * factor),
        break_every=BREAK_MINUTES if AccommodationKind.BREAKS in asked else 0,
    )
