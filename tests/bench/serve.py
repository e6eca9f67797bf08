"""`vetting serve` from its start to its first answers, and the memory its processes hold."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.figures import Figure, Sample
from tests.bench.processes import UP_SECONDS, environment, mapped, resident_mb, serving, started
from tests.drill import free_port
from vetting.index.bundled import model_folder

REPEATS = 3
BARE_APP = """
import sys, fastapi, uvicorn
app = fastapi.FastAPI()
app.add_api_route("/healthz", lambda: {"status": "ok"})
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""
BARE_MODEL = """
import re, sys
from pathlib import Path
from sentence_transformers import SentenceTransformer
SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True).encode(["ready"])
print(re.search(r"VmRSS:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


class Start(NamedTuple):
    """One start of the service: seconds, MB by process, and files of torch that the web process has mapped."""

    health: float
    ready: float
    memory: dict[str, float]
    torch: int


class Bare(NamedTuple):
    """The same without us: an empty application answering, the sentence model loaded."""

    health: float
    web: float
    ready: float
    embedder: float


def run(folder: Path) -> list[Figure]:
    """Each start in a data folder of its own (its database is made in it), in turns with the bare programs."""
    found = [(_start(folder / f"start-{n}"), _bare(folder)) for n in range(REPEATS)]
    ours, bare = [f[0] for f in found], [f[1] for f in found]
    health, ready = Sample.of(s.health for s in ours), Sample.of(s.ready for s in ours)
    app = Sample.of(b.health for b in bare)
    model = Sample.of(b.ready for b in bare)
    memory = {who: Sample.of(s.memory[who] for s in ours) for who in ("serve", "worker", "embedder")}
    return [
        Figure("start to /healthz", "s", health, "empty FastAPI app", app, at_most=3),
        Figure("start to /readyz", "s", ready, "the bare model loaded", model),
        Figure("web process", "MB", memory["serve"], "empty FastAPI app", Sample.of(b.web for b in bare), at_most=512),
        Figure("worker", "MB", memory["worker"]),
        Figure("embedder", "MB", memory["embedder"], "the bare model loaded", Sample.of(b.embedder for b in bare)),
        Figure("torch in the web process", "files", Sample.of(float(s.torch) for s in ours), at_most=0),
    ]


def _start(folder: Path) -> Start:
    folder.mkdir()
    with serving(folder) as service:
        health = service.seconds_until("/healthz")
        ready = service.seconds_until("/readyz")
        members = service.members()
        assert mapped(members["embedder"], "torch"), "the embedder has torch, so a look that finds none sees nothing"
        memory = {who: resident_mb(pid) for who, pid in members.items()}
        return Start(health, ready, memory, mapped(members["serve"], "torch"))


def _bare(folder: Path) -> Bare:
    port = free_port()
    with started([sys.executable, "-c", BARE_APP, str(port)], folder, {}, port) as app:
        health = app.seconds_until("/healthz")
        web = resident_mb(app.process.pid)
    began = time.perf_counter()
    command = [sys.executable, "-c", BARE_MODEL, str(model_folder())]
    loaded = subprocess.run(
        command, env=environment({}), cwd=folder, capture_output=True, text=True, timeout=UP_SECONDS, check=True
    )
    return Bare(health, web, time.perf_counter() - began, int(loaded.stdout.split()[-1]) * 1024 / 1e6)
