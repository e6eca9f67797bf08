"""The kill drill: `vetting serve` is killed at random moments while a candidate answers; then everything is counted.

    python -m tests.drill --kills 30 --seed 1

Runs on loopback, in a folder of its own. The client keeps a ledger of what the server acknowledged; after each kill
the server is started again and the database is compared with the ledger.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from sqlmodel import select

from tests.cast import service
from tests.domain.packs import rubric as small_rubric
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import InterviewEvent
from vetting.domain.interview_events import Phase
from vetting.domain.transcript import TurnStatus
from vetting.services import interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

UP_SECONDS = 30.0
MODEL_LATENCY = 0.25  # widens the gap between the two transactions of a turn
LONGEST_WAIT = 0.7
EARLY_WAIT = 0.02


@dataclass
class Ledger:
    """What the server acknowledged: (interview, turn) -> the words sent."""

    acknowledged: dict[tuple[int, int], str] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)


@dataclass
class Result:
    """What a drill counted."""

    kills: int = 0
    between_transactions: int = 0
    before_commit: int = 0
    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    wrong_question: int = 0
    finished: int = 0


class Server:
    """`vetting serve --no-worker` in a process group of its own."""

    def __init__(self, folder: Path, model_port: int) -> None:
        self.port = free_port()
        self._env = os.environ | {
            "VETTING_DATA_DIR": str(folder / "data"),
            "VETTING_EMBEDDER": "hash",
            "VETTING_LLM_MODEL": "fake",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
            "OPENAI_API_KEY": "unused",
        }
        self._log = (folder / "server.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [sys.executable, "-m", "vetting", "serve", "--no-worker", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, env=self._env, start_new_session=True, stdout=self._log, stderr=self._log
        )
        wait_for(f"http://127.0.0.1:{self.port}/healthz")

    def kill(self) -> None:
        """SIGKILL the whole group."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Candidate:
    """A candidate's browser, as far as a form goes."""

    def __init__(self, server: Server, interview_id: int, token: str) -> None:
        self.interview_id, self._token = interview_id, token
        base = f"http://127.0.0.1:{server.port}"
        self._http = httpx2.Client(base_url=base, timeout=20, headers={"Origin": base}, follow_redirects=True)

    def open(self) -> None:
        """Accept the invitation, as often as needed."""
        self._http.post(f"/i/{self._token}", data={"interview": "true"}).raise_for_status()

    def turn(self) -> int | None:
        """The turn the page asks for; None once the interview is over."""
        page = self._http.get("/interview").raise_for_status().text
        found = re.search(r'action="/interview/answer".*?name="turn"[^>]*value="(\d+)"', page, re.DOTALL)
        return int(found.group(1)) if found else None

    def answer(self, turn: int, text: str) -> bool:
        """Whether the server acknowledged the answer."""
        return self._http.post("/interview/answer", data={"turn": turn, "text": text}).status_code == 200


def run(folder: Path, kills: int, seed: int) -> Result:
    """The whole drill in a folder; returns the counts."""
    rng = random.Random(seed)
    ctx = service(folder)
    result, ledger = Result(), Ledger()
    with model_server() as model_port:
        server = Server(folder, model_port)
        server.start()
        candidate: Candidate | None = None
        while result.kills < kills:
            if candidate is None:
                candidate = _next_candidate(ctx, server, rng)
                candidate.open()
            candidate = _one_kill(ctx, server, candidate, rng, ledger, result)
        server.kill()
    check(ctx, ledger, result)
    return result


def _one_kill(
    ctx: Context, server: Server, candidate: Candidate, rng: random.Random, ledger: Ledger, result: Result
) -> Candidate | None:
    """Answer a few turns, kill during one of them, start again, and look at the question then asked."""
    for last in (False,) * rng.randrange(3) + (True,):
        turn = candidate.turn()
        if turn is None:
            result.finished += 1
            return None
        words = f"Loss means the queue overflowed, says answer {rng.getrandbits(64):016x} of turn {turn}."
        ledger.sent[words] += 1
        killer = threading.Timer(_moment(rng), server.kill) if last else None
        if killer:
            killer.start()
        try:
            if candidate.answer(turn, words):
                ledger.acknowledged[candidate.interview_id, turn] = words
        except httpx2.HTTPError:
            pass  # the connection died with the server: not acknowledged
        if killer:
            killer.join()
    result.kills += 1
    _look_inside(ctx, candidate.interview_id, turn, result)
    server.start()
    asked = candidate.turn()
    state = _state(ctx, candidate.interview_id)
    expected = state.current.asked.turn if state.current else None
    result.wrong_question += asked != expected or (asked is not None and asked != len(state.turns))
    return candidate if asked is not None else None


def _moment(rng: random.Random) -> float:
    """Seconds after sending at which to kill; three in ten before the first commit can have happened."""
    return rng.uniform(0, EARLY_WAIT) if rng.random() < 0.3 else rng.uniform(0, LONGEST_WAIT)


def _look_inside(ctx: Context, interview_id: int, turn: int, result: Result) -> None:
    """Where the kill fell, for the report."""
    state = _state(ctx, interview_id)
    if len(state.turns) == turn and state.turns[-1].status is TurnStatus.OPEN:
        result.before_commit += 1
    elif state.phase is Phase.OPEN and state.needs_question:
        result.between_transactions += 1


def check(ctx: Context, ledger: Ledger, result: Result) -> None:
    """Compare the database with the ledger."""
    result.acknowledged = len(ledger.acknowledged)
    with reading(ctx.engine) as session:
        ids = set(session.exec(select(InterviewEvent.interview_id)).all())
        logs = {i: load(session, ctx.org, i) for i in ids}
        sequences = {
            i: session.exec(
                select(InterviewEvent.seq).where(InterviewEvent.interview_id == i).order_by(InterviewEvent.seq)
            ).all()
            for i in ids
        }
    for (interview_id, turn), words in ledger.acknowledged.items():
        said = logs[interview_id].transcript.turn(turn)
        result.lost += said is None or said.answer != words
    for interview_id, log in logs.items():
        types = Counter((e.event.type, getattr(e.event, "turn", None)) for e in log.entries)
        unique = ("question_asked", "answer_submitted", "answer_assessed", "completed")
        result.twice += sum(n - 1 for (kind, _), n in types.items() if kind in unique)
        assert list(sequences[interview_id]) == list(range(1, len(log.entries) + 1)), "the log has a gap"
    stored = Counter(t.answer for log in logs.values() for t in log.transcript.turns if t.answer)
    result.twice += sum(n - 1 for n in stored.values())
    assert set(stored) <= set(ledger.sent), "an answer nobody sent"


def _state(ctx: Context, interview_id: int):  # type: ignore[no-untyped-def]  # an InterviewState
    with reading(ctx.engine) as session:
        return load(session, ctx.org, interview_id).state


def _next_candidate(ctx: Context, server: Server, rng: random.Random) -> Candidate:
    version = rubrics.install(ctx, small_rubric())
    person = create_candidate(ctx, name=f"Candidate {rng.getrandbits(32):08x}")
    made = interviews.invite(ctx, interviews.Ask(person, version, seed=rng.getrandbits(31)))
    return Candidate(server, made.interview_id, made.token)


class model_server:  # reads as a with-statement
    """`vetting fake-llm` in a process of its own."""

    def __enter__(self) -> int:
        command = [sys.executable, "-m", "vetting", "fake-llm", "--latency", str(MODEL_LATENCY)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        return int(json.loads(self._process.stdout.readline())["port"])

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Until the address answers."""
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=1).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.05)
    raise TimeoutError(url)


def main() -> None:
    """Run from the command line; exit code 1 when anything was lost, doubled or misplaced."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = run(Path(folder), arguments.kills, arguments.seed)
    print(json.dumps(vars(result)))
    sys.exit(1 if result.lost or result.twice or result.wrong_question else 0)


if __name__ == "__main__":
    main()
