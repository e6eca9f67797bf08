"""The plan that a person with a sorted list would make: what is held, then whom a cover needs, then by falling fit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vetting.domain.pool import Ints
from vetting.domain.staffing import TOLERANCE, Problem


def greedy(problem: Problem) -> Ints:
    """Pairs taken one by one while seats and hours allow; never anybody over their hours, seats may stay empty."""
    table = _Table(problem)
    order = np.lexsort((np.arange(len(problem)), -problem.fit))
    for pair in problem.held:
        table.take(int(pair))
    for demand, meeting in zip(problem.demands, problem.meeting, strict=True):
        for cover, pairs in zip(demand.covers, meeting, strict=True):
            table.cover(pairs[np.lexsort((pairs, -problem.fit[pairs]))].tolist(), cover.least)
    for pair in order.tolist():
        table.take(pair)
    return np.array(sorted(table.taken), dtype=np.int64)


class _Table:
    """Seats and hours that are left."""

    def __init__(self, problem: Problem) -> None:
        self._project, self._expert = problem.project.tolist(), problem.expert.tolist()
        self._load = problem.load.tolist()
        self._seats, self._free = problem.seats.tolist(), problem.free.tolist()
        self.taken: set[int] = set()

    def take(self, pair: int) -> bool:
        """Whether the pair was free to take, and is taken now."""
        project, expert, load = self._project[pair], self._expert[pair], self._load[pair]
        if pair in self.taken or not self._seats[project] or load > self._free[expert] + TOLERANCE:
            return False
        self._seats[project] -= 1
        self._free[expert] -= load
        self.taken.add(pair)
        return True

    def cover(self, pairs: Iterable[int], least: int) -> None:
        """Take of these, best first, until `least` of them are taken."""
        order = list(pairs)
        have = sum(pair in self.taken for pair in order)
        for pair in order:
            if have >= least:
                return
            have += self.take(pair)
