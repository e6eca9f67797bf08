"""How long a candidate has been at it, for their own orientation: nothing ends and nothing is rated by this clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from vetting.domain.interview_events import Completed, Entry, Erased, Event, Paused, Withdrawn

AWAY = timedelta(minutes=10)
"""Of a longer silence no more than this counts: somebody who comes back tomorrow has not worked all night."""


def minutes_so_far(entries: Iterable[Entry], now: datetime) -> float:
    """Minutes between the first event and `now` without breaks, each silence counted up to `AWAY`."""
    events = [entry.event for entry in entries]
    ends = [*((event, after.at) for event, after in pairwise(events)), *((event, now) for event in events[-1:])]
    counted = sum((_counted(event, until) for event, until in ends), timedelta())
    return counted.total_seconds() / 60


def _counted(event: Event, until: datetime) -> timedelta:
    if isinstance(event, Paused | Completed | Withdrawn | Erased):
        return timedelta()
    return min(max(until - event.at, timedelta()), AWAY)
