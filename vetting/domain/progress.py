"""How far a project has come: its experts by state, day by day, and what that says of the days to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from vetting.domain.forecast import Forecast, Tally, invitations_needed, ready_by
from vetting.domain.shortlist import READY, State, Step

SECONDS_A_DAY = 86_400


class Taken(NamedTuple):
    """A step for a person, with the state after it; in the order of time."""

    person: int
    step: Step
    state: State
    at: datetime


class Spell(NamedTuple):
    """An interview for the project, from the day a person was invited to it to the day it was over."""

    person: int
    begun: date
    over: date | None


class Day(NamedTuple):
    """How many experts stood where at the end of a day; `declined` is by the organisation, `turned_down` by them."""

    on: date
    ready: int
    interviewing: int
    invited: int
    approved: int
    declined: int
    turned_down: int


@dataclass(frozen=True)
class Progress:
    """A project today. `needed` and `by_start` are None where too little is known to say."""

    wanted: int | None
    days: tuple[Day, ...]
    lapsed: int
    tally: Tally
    needed: Forecast | None
    by_start: Forecast | None

    @property
    def today(self) -> Day | None:
        """Where its experts stand now; None before the first step."""
        return self.days[-1] if self.days else None

    @property
    def ready(self) -> int:
        """Experts that accepted or are assigned."""
        return self.days[-1].ready if self.days else 0

    @property
    def waiting(self) -> int:
        """Offers that are open and not answered."""
        return self.tally.waiting


def progress(
    steps: Sequence[Taken],
    interviews: Sequence[Spell] = (),
    *,
    wanted: int | None,
    start: date | None,
    now: datetime,
    lapsed: int = 0,
) -> Progress:
    """Where a project stands after these steps and interviews. `lapsed` of its open offers ran out unanswered.

    A person counts once, with the newest step, whichever of the project's shortlists it was taken on.
    """
    days = tuple(_days(steps, interviews))
    answers = [s for s in steps if s.step in (Step.ACCEPT, Step.TURN_DOWN)]
    last = {s.person: s.step for s in answers}
    accepted = sum(step is Step.ACCEPT for step in last.values())
    invited = days[-1].invited if days else 0
    ready = days[-1].ready if days else 0
    tally = Tally(wanted or 0, ready, max(invited - lapsed, 0), len(last) + lapsed, accepted)
    needed = invitations_needed(tally) if wanted else None
    return Progress(wanted, days, lapsed, tally, needed, _by_start(steps, ready, start, now))


def _days(steps: Iterable[Taken], interviews: Sequence[Spell]) -> Iterable[Day]:
    """Every day on which something changed."""
    taken = {on: list(group) for on, group in groupby(steps, key=lambda s: s.at.date())}
    ends = {day for spell in interviews for day in (spell.begun, spell.over) if day is not None}
    states: dict[int, State] = {}
    for on in sorted(taken.keys() | ends):
        states |= {s.person: s.state for s in taken.get(on, ())}
        n = Counter(states.values())
        ready = sum(n[state] for state in READY)
        busy = len({s.person for s in interviews if s.begun <= on and (s.over is None or s.over > on)})
        yield Day(on, ready, busy, n[State.INVITED], n[State.APPROVED], n[State.DECLINED], n[State.TURNED_DOWN])


def _by_start(steps: Sequence[Taken], ready: int, start: date | None, now: datetime) -> Forecast | None:
    """Ready at the start, at the pace since the first invitation."""
    first = next((s.at for s in steps if s.step is Step.INVITE), None)
    if start is None or first is None:
        return None
    accepted = sum(s.step is Step.ACCEPT for s in steps)
    observed = (now - first).total_seconds() / SECONDS_A_DAY
    return ready_by(ready, accepted, observed, float((start - now.date()).days))
