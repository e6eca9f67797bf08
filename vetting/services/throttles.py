"""Who does something too often is told so, with the seconds to wait: per address, account, interview and API key."""

from __future__ import annotations

import hmac
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from vetting.db.throttle import spend
from vetting.domain.throttle import Granted, Limit
from vetting.domain.tongue import N_, _, ngettext
from vetting.errors import TooMany, Unavailable
from vetting.services.context import Context

BY_ADDRESS = Limit("address", 60, 600, N_("Too many attempts came from your network"))
BY_ACCOUNT = Limit("account", 1200, 600, N_("You changed too much in a short time"))
BY_INTERVIEW = Limit("interview", 1200, 600, N_("Too much was sent for this interview in a short time"))
BY_KEY = Limit("key", 3000, 600, N_("This API key was used too often"))
LIMITS = (BY_ADDRESS, BY_ACCOUNT, BY_INTERVIEW, BY_KEY)
REMEMBERED = 10_000
"""Leases that one process holds at most; beyond that it forgets them all, which only asks the database again."""


class Left(NamedTuple):
    """What is left of a limit, and seconds until all of it is back."""

    limit: Limit
    left: int
    seconds: int


class _Lease(NamedTuple):
    left: int
    of_all: int
    until: datetime


class Throttles:
    """The limits of one process. It takes a few at a time from what all processes share, so that most requests write
    nothing; what it has taken and not used is lost when it ends, never given twice.
    """

    def __init__(self) -> None:
        self._leases: dict[str, _Lease] = {}
        self._lock = threading.Lock()

    def spend(self, ctx: Context, limit: Limit, who: str) -> Left:
        """Use one of a limit. Raises TooMany with the seconds to wait."""
        name, now = _name(ctx, limit, who), ctx.now()
        while (left := self._own(limit, name, now)) is None:
            try:  # without the lock: it may wait for the database
                granted = spend(ctx.engine, name, limit, now, limit.lease)
            except Unavailable:
                # What cannot be counted is let through: what it wants to write tells the person what is wrong.
                return Left(limit, limit.lease, limit.seconds)
            self._keep(name, granted, now)
        return left

    def refuse_if_spent(self, ctx: Context, limit: Limit, who: str) -> None:
        """Raises TooMany where this process knows that nothing is left; uses nothing."""
        now = ctx.now()
        with self._lock:
            lease = self._leases.get(_name(ctx, limit, who))
            if lease is not None and lease.left == lease.of_all == 0 and now < lease.until:
                raise _refusal(limit, lease, now)

    def _keep(self, name: str, granted: Granted, now: datetime) -> None:
        with self._lock:
            mine = self._leases.get(name)
            spare = mine.left if mine is not None and now < mine.until else 0
            if len(self._leases) >= REMEMBERED:
                self._leases.clear()
            until = now + timedelta(seconds=granted.seconds)
            self._leases[name] = _Lease(granted.given + spare, granted.left, until)

    def _own(self, limit: Limit, name: str, now: datetime) -> Left | None:
        """Use one of what this process has; None where the database has to be asked. Raises TooMany."""
        with self._lock:
            lease = self._leases.get(name)
            if lease is None or not now < lease.until <= now + timedelta(seconds=limit.seconds):
                return None
            if lease.left == 0:
                if lease.of_all:
                    return None
                raise _refusal(limit, lease, now)
            self._leases[name] = lease = lease._replace(left=lease.left - 1)
            return Left(limit, lease.of_all + lease.left, _seconds(lease, now))


def _name(ctx: Context, limit: Limit, who: str) -> str:
    """How a limit's row is called: an address is personal data, and a key of ours keeps it from being looked up."""
    key = hmac.digest(ctx.settings.secret().encode(), b"vetting throttle", "sha256")
    return f"{limit.name}:{hmac.digest(key, who.encode(), 'sha256').hex()}"


def _refusal(limit: Limit, lease: _Lease, now: datetime) -> TooMany:
    seconds = _seconds(lease, now)
    return TooMany(_("{what}; please try again in {wait}.").format(what=_(limit.said), wait=_words(seconds)), seconds)


def _seconds(lease: _Lease, now: datetime) -> int:
    return max(1, round((lease.until - now).total_seconds()))


def _words(seconds: int) -> str:
    if seconds < 120:
        return ngettext("{count} seconds", "{count} seconds", seconds).format(count=seconds)
    minutes = -(-seconds // 60)
    return ngettext("{count} minutes", "{count} minutes", minutes).format(count=minutes)
