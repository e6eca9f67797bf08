"""How often something may be done: so many times in so many seconds, counted from the first of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple


class Limit(NamedTuple):
    """`most` times in `seconds`; `name` says of what, and `said` is the sentence for who has done it too often."""

    name: str
    most: int
    seconds: int
    said: str

    @property
    def lease(self) -> int:
        """How many a process takes at a time from what all processes share: a hundredth, at least one.

        What it took and did not use is lost when it ends: many processes that are started again must not use it up.
        """
        return max(1, self.most // 100)


class Spent(NamedTuple):
    """What was used up since `since`."""

    since: datetime
    times: int


class Granted(NamedTuple):
    """What was given (0: nothing), what is kept, how many are left of the whole, and seconds until all are back."""

    given: int
    kept: Spent
    left: int
    seconds: int


def take(limit: Limit, spent: Spent | None, now: datetime, wanted: int = 1) -> Granted:
    """Take up to `wanted` from a limit. A clock that was put back begins a new window rather than an endless one."""
    window = timedelta(seconds=limit.seconds)
    if spent is None or not spent.since <= now < spent.since + window:
        spent = Spent(now, 0)
    given = max(0, min(wanted, limit.most - spent.times))
    kept = Spent(spent.since, spent.times + given)
    seconds = max(1, round((spent.since + window - now).total_seconds()))
    return Granted(given, kept, limit.most - kept.times, seconds)
