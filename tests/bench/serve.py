"""`vetting serve` from its start to its first answers, and the memory its processes hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import UP_SECONDS, cpu_seconds, environment, mapped, resident_mb, serving, started
from tests.drill.service import free_port
from vetting.index.bundled import model_folder

REPEATS = 3
APP, MODEL = "empty FastAPI app", "the bare model loaded"
BARE_APP = """
import sys, fastapi, uvicorn
app = fastapi.FastAPI()
app.add_api_route("/healthz", lambda: {"status": "ok"})
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""
BARE_MODEL = """
import re, sys, time
from pathlib import Path
from sentence_transformers import SentenceTransformer
SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True).encode(["ready"])
print(re.search(r"VmRSS:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], time.process_time())
"""


class Start(NamedTuple):
    """One start of the service: MB by process, and files of torch that the web process has mapped.

    CPU is that of the web process until it answers, and of the embedder until all is ready.
    """

    health: Spent
    ready: Spent
    memory: dict[str, float]
    torch: int


class Bare(NamedTuple):
    """The same without us: an empty application answering, the sentence model loaded."""

    health: Spent
    web: float
    ready: Spent
    embedder: float


def run(folder: Path) -> list[Figure]:
    """Each start in a data folder of its own (its database is made in it), in turns with the bare programs."""
    found = [(_start(folder / f"start-{n}"), _bare(folder)) for n in range(REPEATS)]
    ours, bare = zip(*found, strict=True)
    memory = {who: Sample.of(s.memory[who] for s in ours) for who in ("serve", "worker", "embedder")}
    web, model = Sample.of(b.web for b in bare), Sample.of(b.embedder for b in bare)
    started, loaded = [(s.health, b.health) for s, b in found], [(s.ready, b.ready) for s, b in found]
    return [
        _figure("start to /healthz", started, "wall", APP, at_most=3),
        _figure("start to /healthz, CPU", started, "cpu", APP),
        _figure("start to /readyz", loaded, "wall", MODEL),
        _figure("embedder until then, CPU", loaded, "cpu", MODEL),
        Figure("web process", "MB", memory["serve"], APP, web, at_most=512),
        Figure("worker", "MB", memory["worker"]),
        Figure("embedder", "MB", memory["embedder"], MODEL, model),
        Figure("torch in the web process", "files", Sample.of(float(s.torch) for s in ours), at_most=0),
    ]


def _figure(what: str, pairs: list[tuple[Spent, Spent]], clock: str, beside: str, **targets: float) -> Figure:
    value, base = (Sample.of(getattr(pair[side], clock) for pair in pairs) for side in (0, 1))
    return Figure(what, "s", value, beside, base, **targets)


def _start(folder: Path) -> Start:
    folder.mkdir()
    with serving(folder) as service:
        health = Spent(service.seconds_to_health(), cpu_seconds(service.process.pid))
        ready = service.seconds_to_ready()
        members = service.members()
        loading = Spent(ready, cpu_seconds(members["embedder"]))
        assert mapped(members["embedder"], "torch"), "the embedder has torch, so a look that finds none sees nothing"
        memory = {who: resident_mb(pid) for who, pid in members.items()}
        return Start(health, loading, memory, mapped(members["serve"], "torch"))


def _bare(folder: Path) -> Bare:
    port = free_port()
    with started([sys.executable, "-c", BARE_APP, str(port)], folder, {}, port) as app:
        health = Spent(app.seconds_to_health(), cpu_seconds(app.process.pid))
        web = resident_mb(app.process.pid)
    command = [sys.executable, "-c", BARE_MODEL, str(model_folder())]
    with timed() as spent:
        loaded = subprocess.run(
            command, env=environment({}), cwd=folder, capture_output=True, text=True, timeout=UP_SECONDS, check=True
        )
    kilobytes, cpu = loaded.stdout.split()[-2:]
    return Bare(health, web, Spent(spent.wall, float(cpu)), int(kilobytes) * 1024 / 1e6)
