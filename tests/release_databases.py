"""Databases as earlier releases left them, with interviews in flight: each has to open, migrate and go on.

    python -m tests.release_databases      writes the one of the present tables into tests/releases

One file per version of the tables, written once when that version is released and never again.
"""

from __future__ import annotations

import gzip
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tests.cast import GOOD, Clock, begun, invited, service, with_clock
from vetting.db.migrate import head
from vetting.domain.interview_events import Pause, SubmitAnswer
from vetting.services import interviews

FOLDER = Path(__file__).parent / "releases"
ANSWERED, BETWEEN, PAUSED, OPEN, COMPLETED, INVITED = range(1, 7)
"""The interviews of each database: two answers in, killed between an answer and the next question, and so on."""


def versions() -> list[str]:
    """The versions of the tables of which there is a database."""
    return sorted(file.name.removesuffix(".sql.gz") for file in FOLDER.glob("*.sql.gz"))


def opened(version: str, file: Path) -> Path:
    """The database of that version as a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.executescript(gzip.decompress((FOLDER / f"{version}.sql.gz").read_bytes()).decode())
        connection.execute("PRAGMA journal_mode=WAL")
    return file


def write() -> Path:
    """The database of the present tables. Its people and answers are invented."""
    with tempfile.TemporaryDirectory() as folder:
        ctx = with_clock(service(Path(folder)), Clock())
        answered, between, paused, _open, completed = (begun(ctx, seed=seed) for seed in range(1, 6))
        for turn in (1, 2):
            interviews.submit_answer(ctx, answered, SubmitAnswer(turn=turn, text=f"{GOOD} ({turn})"))
        interviews.keep_answer(ctx, between, SubmitAnswer(turn=1, text=GOOD))
        interviews.do(ctx, paused, Pause())
        interviews.save_draft(ctx, paused, 1, "Loss means")
        _to_the_end(ctx, completed)
        invited(ctx, seed=6)
        ctx.engine.dispose()
        with closing(sqlite3.connect(Path(folder) / "data" / "vetting.sqlite3")) as connection:
            script = "\n".join(connection.iterdump())
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / f"{head()}.sql.gz"
    target.write_bytes(gzip.compress(script.encode(), mtime=0))
    return target


def _to_the_end(ctx: interviews.Context, interview_id: int) -> None:
    for turn in range(1, 40):
        log = interviews.ensure_question(ctx, interview_id)
        if log.state.current is None:
            return
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=f"{GOOD} ({turn})"))


if __name__ == "__main__":
    print(write())
