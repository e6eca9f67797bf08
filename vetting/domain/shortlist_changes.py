"""What became of a shortlist when the same question is asked again: who moved, came, left, and what is known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """An expert on a shortlist: place, fit, and the status of each requirement by what it asks."""

    expert: str
    name: str
    rank: int
    fit: float
    statuses: Mapping[str, str]


class Learned(NamedTuple):
    """A requirement whose status changed; None where it was not asked."""

    asked: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Moved:
    """One expert then and now. `why` says in words why somebody is not there any more."""

    expert: str
    name: str
    before: Place | None
    after: Place | None
    learned: tuple[Learned, ...]
    why: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing changed that a reader would see."""
        if self.before is None or self.after is None or self.learned:
            return False
        return self.before.rank == self.after.rank and round(self.before.fit, 3) == round(self.after.fit, 3)


def compare(before: Sequence[Place], after: Sequence[Place], why: Mapping[str, str]) -> tuple[Moved, ...]:
    """Everybody who is on either list, those of today first by place, then those who left by their former place.

    `why` has the reason of each expert who left.
    """
    then, now = {p.expert: p for p in before}, {p.expert: p for p in after}
    stayed = [Moved(p.expert, p.name, then.get(p.expert), p, _learned(then.get(p.expert), p)) for p in after]
    left = [Moved(p.expert, p.name, p, None, (), why.get(p.expert, "")) for p in before if p.expert not in now]
    return (*stayed, *left)


def _learned(before: Place | None, after: Place) -> tuple[Learned, ...]:
    if before is None:
        return ()
    asked = dict.fromkeys((*before.statuses, *after.statuses))
    pairs = (Learned(a, before.statuses.get(a), after.statuses.get(a)) for a in asked)
    return tuple(one for one in pairs if one.before != one.after)
