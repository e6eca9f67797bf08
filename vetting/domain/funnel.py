"""How far invited people come, step by step, with what each share is worth."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from vetting.domain.item_statistics import Figure, share


class Step(StrEnum):
    """The way of an interview, in order; who has taken a step has taken those before it."""

    INVITED = "invited"
    OPENED = "opened"
    CONSENTED = "consented"
    BEGAN = "began"
    FINISHED = "finished"
    REVIEWED = "reviewed"
    ADVANCED = "advanced"


class Stage(NamedTuple):
    """How many came here; shares of the step before and of all, None where they are too few to say."""

    step: Step
    people: int
    of_before: Figure | None
    of_all: Figure | None


def stages(counts: Mapping[Step, int]) -> tuple[Stage, ...]:
    """The steps in order, each with its shares; intervals are Wilson's, 95 %."""
    found: list[Stage] = []
    for step in Step:
        count = counts.get(step, 0)
        before, first = (found[-1].people, found[0].people) if found else (0, 0)
        of_before, of_all = (share(count, whole) if whole else None for whole in (before, first))
        found.append(Stage(step, count, of_before, of_all))
    return tuple(found)
