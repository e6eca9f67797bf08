"""`vetting demo` once it was run before, beside that first time, when the packs' vectors had to be computed."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import environment

REPEATS = 3
SECONDS = 600.0


def run(folder: Path) -> list[Figure]:
    """One run in an empty work folder, then three more in the same; whole processes, from start to end."""
    first, *later = [demo(folder) for _ in range(1 + REPEATS)]
    again, cpu = Sample.of(r.wall for r in later), Sample.of(r.cpu for r in later)
    return [
        Figure("the demo again", "s", again, "the first time", Sample.of([first.wall]), at_most=30),
        Figure("the demo again, CPU", "s", cpu, "the first time", Sample.of([first.cpu])),
    ]


def demo(folder: Path) -> Spent:
    """Run it in the folder `work`; what it took."""
    command = [sys.executable, "-m", "vetting", "demo", "--no-serve", "--json", "--workdir", str(folder / "work")]
    before = _cpu_of_children()
    with timed() as spent:
        done = subprocess.run(
            command, env=environment({}), cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    assert json.loads(done.stdout)["interviews"], "the demo interviewed nobody"
    return Spent(spent.wall, _cpu_of_children() - before)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
