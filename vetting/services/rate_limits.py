"""How many requests one key or one candidate may make in a minute, over all processes of an installation.

A process takes requests from the database in portions, so that one write serves many of them; who has used up a
minute is refused without any.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import col

from vetting.db.engine import writing
from vetting.db.limit_models import RateLimit
from vetting.errors import TooMany
from vetting.services.context import Context

WINDOW = 60
"""Seconds."""
PORTION = 20
"""Requests that a process takes at once; what it has left at the end of a minute is lost."""
MOST_SUBJECTS = 10_000


@dataclass(frozen=True)
class Policy:
    """So many requests a minute."""

    name: str
    quota: int


@dataclass
class _Share:
    """What this process has taken for a subject in a window, and used."""

    window: int
    taken: int = 0
    used: int = 0
    left_elsewhere: int = 0


@dataclass(frozen=True)
class Standing:
    """Where a subject stands after a request: requests left in this window, and seconds until the next."""

    policy: Policy
    left: int
    seconds: int


class Limiter:
    """Counts requests of one process; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shares: dict[str, _Share] = {}

    def take(self, ctx: Context, policy: Policy, subject: str) -> Standing:
        """Count one request; the answer says what is left (about: other processes may hold a portion).

        A refusal is a Standing with nothing `left`, raised by `require`.
        """
        now = ctx.now().timestamp()
        window = int(now // WINDOW)
        seconds = max(1, round((window + 1) * WINDOW - now))
        name = f"{policy.name}:{subject}"
        with self._lock:
            share = self._share(name, window)
            if share.used >= share.taken and (share.taken == 0 or share.left_elsewhere > 0):
                self._refill(ctx, policy, name, share)
            if share.used >= share.taken:
                return Standing(policy, -1, seconds)
            share.used += 1
            return Standing(policy, share.taken - share.used + share.left_elsewhere, seconds)

    def _share(self, name: str, window: int) -> _Share:
        share = self._shares.get(name)
        if share is None or share.window != window:
            if len(self._shares) >= MOST_SUBJECTS:
                self._shares = {key: s for key, s in self._shares.items() if s.window == window}
            share = self._shares[name] = _Share(window)
        return share

    def _refill(self, ctx: Context, policy: Policy, name: str, share: _Share) -> None:
        with writing(ctx.engine) as session:
            row = session.get(RateLimit, (name, share.window), with_for_update=True)
            if row is None:
                session.connection().execute(delete(RateLimit).where(col(RateLimit.window) < share.window - 1))
                row = RateLimit(subject=name, window=share.window)
            portion = max(0, min(PORTION, policy.quota - row.used))
            row.used += portion
            share.taken += portion
            share.left_elsewhere = policy.quota - row.used
            session.add(row)


def require(standing: Standing) -> None:
    """Raises TooMany for a request that was not to be had."""
    if standing.left < 0:
        raise TooMany(
            f"At most {standing.policy.quota:,} requests a minute are answered here; nothing was changed. "
            f"Try again in {standing.seconds} s.",
            retry_after=standing.seconds,
        )
