"""How many more invitations a project needs, and how many will be ready by its date; each with its interval.

Acceptances among answered invitations are binomial with a Jeffreys prior, so that the number among the next ones is
beta-binomial (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4); acceptances over time are Poisson with the same
kind of prior, so that their number until a date is negative binomial. Both intervals are 90 % predictive.
"""

from __future__ import annotations

from typing import NamedTuple

import scipy

ENOUGH_ANSWERS = 10
"""Answered invitations below which nothing is said about how many accept."""

ENOUGH_DAYS = 7
ENOUGH_ACCEPTED = 5
"""Days and acceptances below which nothing is said about the pace."""

MOST = 100_000
"""A need beyond this is said as 'more than'; no project invites as many."""

_PRIOR = 0.5
_LOW, _MIDDLE, _HIGH = 0.05, 0.5, 0.95


class Tally(NamedTuple):
    """A project's invitations: wanted and ready experts, offers waiting, and how those answered so far were answered.

    An offer that ran out unanswered counts as answered and not accepted: inviting that person did not help.
    """

    wanted: int
    ready: int
    waiting: int
    answered: int
    accepted: int


class Forecast(NamedTuple):
    """A number with its 90 % interval."""

    likely: int
    low: int
    high: int


def invitations_needed(tally: Tally) -> Forecast | None:
    """Invitations to send beside those waiting so that enough accept: with probability .5, .05 (low) and .95 (high).

    Nothing is needed once all wanted are ready. None where too few were answered to say.
    """
    missing = tally.wanted - tally.ready
    if missing <= 0:
        return Forecast(0, 0, 0)
    if tally.answered < ENOUGH_ANSWERS:
        return None
    likely, low, high = (_needed(tally, missing, sure) for sure in (_MIDDLE, _LOW, _HIGH))
    return Forecast(likely, low, high)


def ready_by(ready: int, accepted: int, days: float, left: float) -> Forecast | None:
    """Experts ready after `left` more days at the pace of `accepted` in the last `days`; None where little is known.

    `left` below 0 is a date that has passed: then nobody is added.
    """
    if left <= 0:
        return Forecast(ready, ready, ready)
    if days < ENOUGH_DAYS or accepted < ENOUGH_ACCEPTED:
        return None
    coming = scipy.stats.nbinom(accepted + _PRIOR, days / (days + left))
    likely, low, high = (int(coming.ppf(sure)) for sure in (_MIDDLE, _LOW, _HIGH))
    return Forecast(ready + likely, ready + low, ready + high)


def _needed(tally: Tally, missing: int, sure: float) -> int:
    """The smallest number of further invitations with P(at least `missing` accept) >= `sure`, or MOST."""
    a, b = tally.accepted + _PRIOR, tally.answered - tally.accepted + _PRIOR

    def enough(more: int) -> bool:
        sent = tally.waiting + more
        return sent >= missing and bool(scipy.stats.betabinom.sf(missing - 1, sent, a, b) >= sure)

    low, high = 0, 1
    while high < MOST and not enough(high):
        low, high = high, high * 2
    if enough(low):
        return low
    high = min(high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
