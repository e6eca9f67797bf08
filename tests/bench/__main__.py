"""The promises about time and memory, measured: `python -m tests.bench [NAME...] [--json]`, or `make bench`.

Every figure stands beside something measured in turns with it in the same run, so that a slow or busy machine moves
both: read the ratios first, and the load that is printed. CPU rows count only what the measuring process computed.
Servers listen on the loopback address, in temporary folders, and are ended by the benchmark that started them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import (
    demo,
    embedding,
    model_path,
    pages,
    rating,
    reviewing,
    scorecard,
    search,
    serve,
    shortlist,
    staffing,
    vectors,
    writes,
)
from tests.bench.figures import Figure, table
from tests.bench.processes import SETTINGS
from vetting.config import Settings

Bench = Callable[[Path], list[Figure]]
NAMES = (
    "rating",
    "model",
    "serve",
    "shortlist",
    "staffing",
    "pages",
    "scorecard",
    "reviewing",
    "demo",
    "search",
    "embedding",
    "vectors",
    "writes",
)
SIZES = ",".join(map(str, vectors.SIZES))


@dataclass(frozen=True)
class Measured:
    """What a benchmark found, how long it took, and the load (one-minute average) before and after it."""

    name: str
    figures: Sequence[Figure]
    seconds: float
    load: tuple[float, float]
    failure: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        found = {"name": self.name, "seconds": round(self.seconds, 1), "load": list(self.load)}
        return found | {"failure": self.failure or None, "figures": [f.document() for f in self.figures]}


def benches(seed: int, embedder: str, experts: int, sizes: Sequence[int]) -> dict[str, Bench]:
    """The benchmarks by name."""
    of_shortlist = partial(shortlist.run, seed=seed, embedder=embedder)
    of_staffing = partial(staffing.run, seed=seed, embedder=embedder)
    of_search = partial(search.run, seed=seed, experts=experts, embedder=embedder)
    of_vectors = partial(vectors.run, seed=seed, sizes=sizes)
    runs = (
        rating.run,
        model_path.run,
        serve.run,
        of_shortlist,
        of_staffing,
        pages.run,
        scorecard.run,
        reviewing.run,
        demo.run,
        of_search,
        embedding.run,
        of_vectors,
        writes.run,
    )
    return dict(zip(NAMES, runs, strict=True))


def measure(name: str, bench: Bench) -> Measured:
    """Run one benchmark in a temporary folder; what goes wrong in it is its result, and the next one runs."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    began, before = time.perf_counter(), os.getloadavg()[0]
    figures: list[Figure] = []
    failure = ""
    with TemporaryDirectory(prefix="vetting-bench-") as folder:
        try:
            figures = bench(Path(folder))
        except subprocess.CalledProcessError as error:
            failure = f"{error}\n{error.stderr}"
        except Exception as error:  # of whatever kind: the other benchmarks are still worth their time
            failure = "".join(traceback.format_exception(error)[-2:]) + _log(Path(folder))
    return Measured(name, figures, time.perf_counter() - began, (before, os.getloadavg()[0]), failure)


def _log(folder: Path) -> str:
    """The last lines of what its processes said."""
    logs = [path.read_text(errors="replace").splitlines()[-5:] for path in sorted(folder.rglob("processes.log"))]
    return "".join(f"    {line}\n" for lines in logs for line in lines)


def report(found: Sequence[Measured]) -> str:
    """One table, and under it what the machine was doing."""
    loads = "; ".join(f"{m.name} {m.load[0]:.1f} to {m.load[1]:.1f} in {m.seconds:.0f} s" for m in found)
    lines = [table([(m.name, m.figures) for m in found]), "", f"Load of {os.cpu_count()} processors: {loads}."]
    lines += [f"{m.name} failed: {m.failure}" for m in found if m.failure]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line; exit code 1 when a benchmark failed. A target that is missed is a result."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)}; without one, all")
    parser.add_argument("--json", action="store_true", help="every repeat, as JSON")
    parser.add_argument("--seed", type=int, default=1, help="of the invented experts")
    parser.add_argument(
        "--embedder", default="hash", choices=("hash", "bundled"), help="of shortlist, staffing and search"
    )
    parser.add_argument("--experts", type=int, default=10_000, help="of the search, with eight items each")
    parser.add_argument("--sizes", default=SIZES, help=f"of vectors, default {SIZES}")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in NAMES]:
        parser.error(f"there is no benchmark '{unknown[0]}'; known: {', '.join(NAMES)}")
    _only_what_is_here()
    known = benches(chosen.seed, chosen.embedder, chosen.experts, [int(size) for size in chosen.sizes.split(",")])
    found = [measure(name, known[name]) for name in chosen.names or NAMES]
    print(json.dumps([m.document() for m in found], indent=1) if chosen.json else report(found))
    sys.exit(1 if any(m.failure for m in found) else 0)


def _only_what_is_here() -> None:
    """No setting of the shell or of a `.env` reaches a benchmark; one that is asked to end takes its servers along."""
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        del os.environ[name]
    Settings.model_config["env_file"] = None
    os.environ["HF_HUB_OFFLINE"] = "1"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


if __name__ == "__main__":
    main()
