"""Where in a ranked list reading on is worth less: after the last who meets every must, or of whom anything speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from vetting.domain.tongue import N_


class Cut(StrEnum):
    """Why a line is drawn."""

    MUSTS = "musts"
    SPEAKS = "speaks"
    BAND = "band"


class Ranked(NamedTuple):
    """What the line goes by in one entry: every must known to be met, words that speak for them, their tie band."""

    musts: bool
    speaks: bool
    band: int | None = None


SAID: Mapping[Cut, str] = {
    Cut.MUSTS: N_("From here on nobody is known to meet every must."),
    Cut.SPEAKS: N_("From here on no words speak for what is asked: read on only if those above do not suffice."),
    Cut.BAND: N_("Those above cannot be told apart by what is known; from here on less speaks for each."),
}


def cuts(entries: Sequence[Ranked]) -> dict[int, Cut]:
    """How many stand above each line, with why it is drawn; where neither line falls, the end of the first tie band.

    A list in which nobody meets every must has that line above its first entry.
    """
    found: dict[int, Cut] = {}
    for cut in (Cut.SPEAKS, Cut.MUSTS):
        above = max((n for n, one in enumerate(entries, 1) if getattr(one, cut.value)), default=0)
        if above < len(entries) and (above or cut is Cut.MUSTS):
            found[above] = cut
    if not found and entries and entries[0].band is not None:
        size = sum(one.band == entries[0].band for one in entries)
        if 1 < size < len(entries):
            found[size] = Cut.BAND
    return found
