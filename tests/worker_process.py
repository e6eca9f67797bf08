"""A worker process over a small table of its own, for tests to start, kill and start again.

Usage: worker_process.py DATABASE FOLDER SECONDS-BETWEEN-SWEEPS. Jobs: `note(n)` writes n; `slow(n)` writes n, waits,
writes n again; `flaky(n)` is unavailable twice; `broken(n)` always fails.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, text

from vetting.db.engine import make_engine, writing
from vetting.errors import BadInput, Unavailable
from vetting.worker import Worker, run

SLOW_SECONDS = 2.0


def note(engine: Engine, n: int, what: str = "note") -> int:
    """Write a row; returns how many rows of this kind there are for n."""
    with writing(engine) as session:
        connection = session.connection()
        connection.execute(text("CREATE TABLE IF NOT EXISTS noted (n INTEGER, what TEXT, at DOUBLE PRECISION)"))
        connection.execute(text("INSERT INTO noted VALUES (:n, :what, :at)"), {"n": n, "what": what, "at": time.time()})
        same = text("SELECT count(*) FROM noted WHERE n = :n AND what = :what")
        return int(connection.execute(same, {"n": n, "what": what}).scalar_one())


def slow(engine: Engine, n: int) -> None:
    """Begin, wait, end."""
    note(engine, n, "begun")
    time.sleep(SLOW_SECONDS)
    note(engine, n, "ended")


def flaky(engine: Engine, n: int) -> None:
    """Unavailable at the first two tries."""
    if note(engine, n, "tried") < 3:
        raise Unavailable("The embedder is not ready.")
    note(engine, n, "ended")


def broken(engine: Engine, n: int) -> None:
    """Always fails for good."""
    note(engine, n, "tried")
    raise BadInput("This can never work.")


JOBS = {"note": note, "slow": slow, "flaky": flaky, "broken": broken}


def worker(database: str, folder: str, **options: object) -> Worker[Engine]:
    """A worker whose context is the engine itself."""
    engine = make_engine(database)
    return Worker(engine, Path(folder), lambda: engine, JOBS, retry_seconds=(0.2, 0.2), **options)  # type: ignore[arg-type]  # options of Worker


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    run(worker(sys.argv[1], sys.argv[2], sweep_seconds=float(sys.argv[3])))
