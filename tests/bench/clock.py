"""What a piece of work takes, on the wall and of the processors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Spent:
    """Seconds on the wall, and of all processors by this process: the second hardly knows what else is running."""

    wall: float = 0.0
    cpu: float = 0.0

    def add(self, other: Spent) -> None:
        """Count the other in."""
        self.wall += other.wall
        self.cpu += other.cpu

    def less(self, other: Spent) -> Spent:
        """What is left without the other."""
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


@contextmanager
def timed() -> Iterator[Spent]:
    """`with timed() as spent: ...`; it holds what the block took once the block is over."""
    spent = Spent()
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent.add(Spent(time.perf_counter() - wall, time.process_time() - cpu))
