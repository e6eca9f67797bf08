"""`vetting demo` once it was run before, beside that first time, when the packs' vectors had to be computed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.figures import Figure, Sample
from tests.bench.processes import environment

REPEATS = 3
SECONDS = 600.0


def run(folder: Path) -> list[Figure]:
    """One run in an empty work folder, then three more in the same; whole processes, from start to end."""
    first, *later = [_demo(folder) for _ in range(1 + REPEATS)]
    return [Figure("the demo again", "s", Sample.of(later), "the first time", Sample.of([first]), at_most=30)]


def _demo(folder: Path) -> float:
    command = [sys.executable, "-m", "vetting", "demo", "--no-serve", "--json", "--workdir", str(folder / "work")]
    began = time.perf_counter()
    done = subprocess.run(
        command, env=environment({}), cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    seconds = time.perf_counter() - began
    assert json.loads(done.stdout)["interviews"], "the demo interviewed nobody"
    return seconds
