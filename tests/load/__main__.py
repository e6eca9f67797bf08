"""Load a whole service:  python -m tests.load --people 200 --seconds 120

200 interviews at once with 30 s to think and a model that takes 2 s; then five times that much; then open pages that do
nothing. Everything on loopback, in a folder of its own, bounded. Times are those a browser waits; `stored` and `page`
have neither model nor embedder in them. With `--database postgres` the data and the index are in a PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from tests.cast import service
from tests.domain.packs import rubric as small_rubric
from tests.drill.service import fake_model, free_port, wait_for
from tests.load.crowd import Candidate, Seen
from tests.postgres_server import chosen
from vetting.services import interviews, rubrics
from vetting.services.candidates import create_candidate

OVERLOAD = 5
INTERVIEWS = 8
"""Links per candidate: so many interviews one after the other."""


def main() -> None:
    """Run from the command line; exit code 1 when anybody met an error that does not say when to come back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120.0, help="of each of the two parts")
    parser.add_argument("--think", type=float, default=30.0)
    parser.add_argument("--model-seconds", type=float, default=2.0)
    parser.add_argument("--idle", type=int, default=1000, help="open pages that do nothing")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--embedder", default="bundled")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_model("--latency", str(given.model_seconds)) as model,
        chosen(given.database) as server,
    ):
        report = run(Path(folder), model, given, {"database_url": server.url, "index": "pgvector"} if server else {})
    print(json.dumps(report, indent=1))
    sys.exit(0 if report["ok"] else 1)


def run(folder: Path, model: int, given: argparse.Namespace, on_server: dict[str, str]) -> dict[str, Any]:
    """All parts over one service; what was measured."""
    links, stored = _links(folder, given.people, on_server)
    base, process = _serve(folder, model, given, stored)
    try:
        normal = asyncio.run(_part(base, links, given, given.think))
        memory = _memory(process.pid)
        pressed = asyncio.run(_part(base, links, given, given.think / OVERLOAD))
        idle = asyncio.run(_idle(base, given.idle))
        after = _memory(process.pid)
    finally:
        process.terminate()
        process.wait(30)
    parts = {"normal": _figures(normal, given.seconds), "five times": _figures(pressed, given.seconds)}
    ok = not (normal.errors or pressed.errors or normal.statuses[503] or pressed.without_retry_after or idle["errors"])
    return {"ok": ok, "people": given.people, **parts, "idle": idle, "peak_mb": memory, "peak_mb_at_the_end": after}


def _links(folder: Path, people: int, on_server: dict[str, str]) -> tuple[list[list[str]], dict[str, str]]:
    """Invitations, before anything runs, and where they are stored as a process is told it."""
    ctx = service(folder, **on_server)
    version = rubrics.install(ctx, small_rubric())
    person = create_candidate(ctx, name="Candidate")
    ask = interviews.Ask(person, version)
    links = [[interviews.invite(ctx, ask).token for _ in range(INTERVIEWS)] for _ in range(people)]
    ctx.engine.dispose()
    return links, {"VETTING_DATABASE_URL": ctx.settings.database, "VETTING_INDEX": ctx.settings.index}


def _serve(
    folder: Path, model: int, given: argparse.Namespace, stored: dict[str, str]
) -> tuple[str, subprocess.Popen[bytes]]:
    port = free_port()
    settings = stored | {
        "VETTING_DATA_DIR": str(folder / "data"),
        "VETTING_EMBEDDER": given.embedder,
        "VETTING_LLM_MODEL": "fake",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model}/v1",
        "OPENAI_API_KEY": "unused",
    }
    command = [sys.executable, "-m", "vetting", "serve", "--port", str(port), "--workers", str(given.workers)]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    wait_for(f"{base}/healthz")
    deadline = time.monotonic() + 120
    while given.embedder != "hash" and time.monotonic() < deadline:
        if httpx2.get(f"{base}/readyz", timeout=10).status_code == 200:
            break
        time.sleep(0.5)
    return base, process


async def _part(base: str, links: Sequence[list[str]], given: argparse.Namespace, think: float) -> Seen:
    seen = Seen()
    until = time.monotonic() + given.seconds
    people = [Candidate(base, own, think, given.seed + n, seen) for n, own in enumerate(links)]
    await asyncio.gather(*(person.live(until) for person in people))
    for own, person in zip(links, people, strict=True):
        own[:] = person.left
    return seen


async def _idle(base: str, pages: int) -> dict[str, Any]:
    """Connections that were used once and stay open, and how long a sign of life takes beside them."""
    host, port = base.removeprefix("http://").split(":")
    request = f"GET /static/vetting.css HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    opened, errors = [], 0
    for _ in range(pages):
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(request)
            errors += b"200" not in await asyncio.wait_for(reader.readline(), 30)
            opened.append(writer)
        except (OSError, TimeoutError):
            errors += 1
    began = time.monotonic()
    async with httpx2.AsyncClient(base_url=base, timeout=30, verify=False) as page:
        errors += (await page.get("/healthz")).status_code != 200
    took = time.monotonic() - began
    for writer in opened:
        writer.close()
    return {"pages": len(opened), "errors": errors, "healthz_ms": round(took * 1000)}


def _figures(seen: Seen, seconds: float) -> dict[str, Any]:
    times = {
        kind: {"n": len(values), **{f"p{p}_ms": round(float(np.percentile(values, p)) * 1000) for p in (50, 95, 99)}}
        for kind, values in sorted(seen.seconds.items())
    }
    return {
        "turns_per_second": round(seen.turns / seconds, 2),
        "refused": seen.statuses[503],
        "refused_without_retry_after": seen.without_retry_after,
        "errors": dict(seen.errors),
        "times": times,
    }


def _memory(process: int) -> dict[str, int]:
    """Peak resident memory in MB of the service and its children, by what they run."""
    found = {"web": _peak(process)}
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            name = words[words.index("vetting") + 1] if "vetting" in words else "web child"
            found[name] = max(found.get(name, 0), _peak(int(child)))
    return found


def _peak(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    main()
