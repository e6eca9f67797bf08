"""Run the fault drill:  python -m tests.drill --kills 500 --turns 10000 --seed 1

`vetting serve` (with its worker every fourth time) is killed at random moments while candidates answer over a network
that drops, delays and drips, and its language model fails in every way there is. With `--database postgres` the data
and the index are in a PostgreSQL, which is restarted `--restarts` times in between, in turns asked to end and as after
a crash. The candidates keep a ledger of what was acknowledged; `vetting doctor` compares it with what is stored.
Loopback only, in a folder of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text
from sqlmodel import col, select

from tests.cast import service
from tests.domain.packs import rubric as small_rubric
from tests.drill.people import Invited, Ledger, Person
from tests.drill.service import Supervisor, fake_model
from tests.drill.toxics import Proxy
from tests.postgres_server import ENDS, Server, chosen
from vetting.db.engine import reading
from vetting.db.models import Interview, InterviewEvent, InterviewText
from vetting.errors import Unavailable
from vetting.services import interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

T = TypeVar("T")
PEOPLE = 16
MOST_TURNS = 40
"""A service lives for fewer acknowledged answers than this; half of it on average."""
LONGEST_LIFE = 20.0
LONGEST_MOMENT = 0.4
"""Seconds after that, so that the kill falls anywhere in a turn."""
MODEL_SECONDS = "0.8"
LATENCY = "0.15"
PATIENCE = 90.0
"""Seconds in which at least one more interview has to be scored once a worker is left alone."""
SAY_EVERY = 10


@dataclass
class Result:
    """What a drill counted; `faults` are sentences of the doctor."""

    seed: int = 0
    kills: int = 0
    terminations: int = 0
    restarts: int = 0
    between_transactions: int = 0
    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    unsent: int = 0
    interviews: int = 0
    completed: int = 0
    resumable: int = 0
    stuck: int = 0
    unscored: int = 0
    server_errors: int = 0
    cut_connections: int = 0
    seconds: float = 0
    toxics: dict[str, int] = field(default_factory=dict)
    looked_at: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every promise held."""
        broken = self.lost or self.twice or self.unsent or self.stuck or self.unscored or self.server_errors
        return not broken and not self.faults


def run(
    folder: Path,
    *,
    kills: int,
    turns: int = 0,
    seed: int = 1,
    minutes: float = 60.0,
    people: int = PEOPLE,
    workers: int = 1,
    server: Server | None = None,
    restarts: int = 0,
    say: bool = False,
) -> Result:
    """The whole drill: at least so many kills and acknowledged turns, within so many minutes.

    `server` has the database, else it is as for any test; it is restarted so many times, evenly over the kills.
    """
    began = time.monotonic()
    on_server = {"database_url": server.url, "index": "pgvector"} if server else {}
    rng, ctx, result = random.Random(seed), service(folder, **on_server), Result(seed=seed)
    ledger = Ledger(folder / "ledger.jsonl")
    with _stage(ctx, folder, seed, workers) as (supervisor, network):
        crowd = [Person(network.port, rng.getrandbits(32), _inviting(ctx), ledger) for _ in range(people)]
        supervisor.start()
        for person in crowd:
            person.start()
        while result.kills < kills or ledger.acknowledged < turns:
            if time.monotonic() - began > minutes * 60:
                break
            due = result.restarts < round(restarts * result.kills / max(kills, 1))
            _one_life(ctx, supervisor, ledger, rng, result, server if due else None)
            if say and result.kills % SAY_EVERY == 0:
                print(_progress(result, ledger, time.monotonic() - began), file=sys.stderr, flush=True)
        for person in crowd:
            person.join()
        result.toxics = {toxic.value: n for toxic, n in network.met.items()}
        supervisor.kill(signal.SIGTERM)
        _count(ctx, supervisor, ledger, crowd, result)
    result.seconds = round(time.monotonic() - began, 1)
    return result


@contextmanager
def _stage(ctx: Context, folder: Path, seed: int, workers: int) -> Iterator[tuple[Supervisor, Proxy]]:
    """A faulty model behind a bad network, the service, and another bad network before it."""
    with (
        fake_model("--mode", "faulty", "--seed", str(seed), "--latency", LATENCY) as model,
        Proxy(model, seed) as to_model,
    ):
        supervisor = Supervisor(
            folder,
            workers,
            VETTING_DATABASE_URL=ctx.settings.database,
            VETTING_INDEX=ctx.settings.index,
            VETTING_LLM_MODEL="fake",
            VETTING_LLM_SECONDS=MODEL_SECONDS,
            OPENAI_BASE_URL=f"http://127.0.0.1:{to_model.port}/v1",
            OPENAI_API_KEY="unused",
        )
        try:
            with Proxy(supervisor.port, seed + 1) as network:
                yield supervisor, network
        finally:
            supervisor.stop()


def _inviting(ctx: Context) -> Any:
    lock = threading.Lock()
    version = rubrics.install(ctx, small_rubric())

    def invite() -> Invited:
        with lock:
            return _patiently(invited)

    def invited() -> Invited:
        made = interviews.invite(ctx, interviews.Ask(create_candidate(ctx, name="Candidate"), version))
        return Invited(made.public_id, made.token)

    return invite


def _patiently(ask: Callable[[], T]) -> T:
    """What the drill itself asks of the database, which may be on its way back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _one_life(
    ctx: Context, supervisor: Supervisor, ledger: Ledger, rng: random.Random, result: Result, due: Server | None
) -> None:
    """Let the service live for some answers and a moment, end it, look where it fell, and start it again.

    A server that is due is restarted while the service lives.
    """
    if due:
        _answers(ledger, rng.randrange(MOST_TURNS))
        due.restart(ENDS[result.restarts % len(ENDS)])
        result.restarts += 1
    _answers(ledger, rng.randrange(MOST_TURNS))
    time.sleep(rng.uniform(0, LONGEST_MOMENT))
    politely = rng.random() < 0.1
    supervisor.kill(signal.SIGTERM if politely else signal.SIGKILL)
    result.kills += not politely
    result.terminations += politely
    result.between_transactions += _patiently(lambda: _between(ctx))
    supervisor.start(worker=rng.random() < 0.25)


def _answers(ledger: Ledger, more: int) -> None:
    """Wait until so many more are acknowledged, or a service has lived long enough."""
    enough, late = ledger.acknowledged + more, time.monotonic() + LONGEST_LIFE
    while ledger.acknowledged < enough and time.monotonic() < late:
        time.sleep(0.01)


def _between(ctx: Context) -> int:
    """Interviews that were left with an answer stored and no next question."""
    query = text(
        "SELECT count(*) FROM interview_event e JOIN interview i ON i.id = e.interview_id WHERE i.phase = 'open' AND "
        "e.type = 'answer_submitted' AND e.seq = (SELECT max(seq) FROM interview_event WHERE interview_id = i.id)"
    )
    with reading(ctx.engine) as session:
        return int(session.connection().execute(query).scalar_one())


def _count(ctx: Context, supervisor: Supervisor, ledger: Ledger, crowd: list[Person], result: Result) -> None:
    result.unscored = _score(ctx, supervisor)
    found = supervisor.command("doctor", "--ledger", str(ledger.file))
    by_name = {check["name"]: check for check in found["checks"]}
    result.acknowledged = ledger.acknowledged
    result.lost = len(by_name["acknowledged"]["faults"])
    result.faults = [fault for check in found["checks"] for fault in check["faults"]]
    result.looked_at = {name: check["looked_at"] for name, check in by_name.items()}
    with reading(ctx.engine) as session:
        ids = session.exec(select(Interview.id, Interview.phase)).all()
        answered = select(InterviewEvent.id).where(InterviewEvent.type == "answer_submitted")
        answers = session.exec(select(InterviewText.text).where(col(InterviewText.event_id).in_(answered))).all()
    stored = Counter(answers)
    result.twice = sum(n - 1 for n in stored.values())
    result.unsent = len(set(stored) - set(ledger.sent))
    result.interviews = len(ids)
    result.completed = sum(phase == "completed" for _, phase in ids)
    for interview_id, phase in ids:
        if phase == "open" and interview_id is not None:
            asked = interviews.ensure_question(ctx, interview_id).state
            result.resumable += asked.current is not None
            result.stuck += asked.current is None and not asked.finish
        elif phase == "created":
            result.resumable += 1
    result.server_errors = sum(person.statuses[500] for person in crowd)
    result.cut_connections = sum(person.broken for person in crowd)


def _score(ctx: Context, supervisor: Supervisor) -> int:
    """Let a worker do what is left, with a model that is well again; how many completed interviews are without a
    scorecard after that.
    """
    query = text(
        "SELECT count(*) FROM interview i LEFT JOIN scorecard s ON s.interview_id = i.id "
        "WHERE i.phase = 'completed' AND s.id IS NULL"
    )

    def left() -> int:
        with reading(ctx.engine) as session:
            return int(session.connection().execute(query).scalar_one())

    least = left()
    deadline = time.monotonic() + PATIENCE
    if least:
        with (
            fake_model("--mode", "honest") as well,
            supervisor.worker(OPENAI_BASE_URL=f"http://127.0.0.1:{well}/v1"),
        ):
            while (now := left()) and time.monotonic() < deadline:
                if now < least:
                    least, deadline = now, time.monotonic() + PATIENCE
                time.sleep(0.3)
    return left()


def _progress(result: Result, ledger: Ledger, seconds: float) -> str:
    return f"{seconds:6.0f} s  {result.kills} kills, {ledger.acknowledged:,} turns acknowledged"


def main() -> None:
    """Run from the command line; exit code 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--turns", type=int, default=0, help="go on until so many turns are acknowledged")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so many, however far it got")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="web processes")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--restarts", type=int, default=0, help="of PostgreSQL, while candidates answer")
    given = parser.parse_args()
    if given.restarts and given.database != "postgres":
        parser.error("--restarts is of --database postgres")
    how = {name: getattr(given, name) for name in ("kills", "turns", "seed", "minutes", "workers", "restarts")}
    with tempfile.TemporaryDirectory() as folder, chosen(given.database) as server:
        result = run(Path(folder), server=server, say=True, **how)
        if result.server_errors:
            print((Path(folder) / "server.log").read_text(errors="replace")[-4000:], file=sys.stderr)
    print(json.dumps(asdict(result), indent=1))
    sys.exit(0 if result.held else 1)


if __name__ == "__main__":
    main()
