"""Where in a ranked list reading on is worth less: after the last who meets every must, or of whom anything speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from vetting.domain.tongue import N_


class Cut(StrEnum):
    """Why a line is drawn. `MOST`: nobody meets every must, and those above meet the most of them."""

    EVERY = "every"
    MOST = "most"
    SPEAKS = "speaks"
    BAND = "band"


class Ranked(NamedTuple):
    """What the line goes by in one entry: musts that are not known to be met, words that speak for them, tie band."""

    missing: int
    speaks: bool
    band: int | None = None


SAID: Mapping[Cut, str] = {
    Cut.EVERY: N_("From here on nobody is known to meet every must."),
    Cut.MOST: N_("From here on fewer musts are known to be met; nobody is known to meet every one."),
    Cut.SPEAKS: N_("From here on no words speak for what is asked: read on only if those above do not suffice."),
    Cut.BAND: N_("Those above cannot be told apart by what is known; from here on less speaks for each."),
}


def cuts(entries: Sequence[Ranked]) -> dict[int, Cut]:
    """How many stand above each line, with why it is drawn; where neither line falls, the end of the first tie band."""
    if not entries:
        return {}
    least = min(one.missing for one in entries)
    found: dict[int, Cut] = {}
    for cut, good in (
        (Cut.SPEAKS, [one.speaks for one in entries]),
        (Cut.MOST if least else Cut.EVERY, [one.missing == least for one in entries]),
    ):
        above = max((n for n, is_good in enumerate(good, 1) if is_good), default=0)
        if 0 < above < len(entries):
            found[above] = cut
    if not found and entries[0].band is not None:
        size = sum(one.band == entries[0].band for one in entries)
        if 1 < size < len(entries):
            found[size] = Cut.BAND
    return found
