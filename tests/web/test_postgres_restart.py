"""PostgreSQL is restarted while candidates answer and a worker rates: nothing acknowledged is lost, all goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from tests.cast import GOOD
from tests.postgres_server import Server, postgres
from tests.web.site import Candidate, candidate
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import ScorecardRow
from vetting.domain.soundness import digest
from vetting.services import doctor
from vetting.services.context import Context

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PEOPLE, ANSWERS_BETWEEN, PACE = 6, 5, 0.5
HOW = ("fast", "immediate", "immediate")
"""Asked to end, then twice as if it had crashed: what was not yet written to its tables is read from its log."""


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres() as made:
        yield made


@pytest.fixture
def ctx(server: Server, tmp_path: Path) -> Context:
    settings = load_settings(data_dir=tmp_path / "data", embedder="hash", database_url=server.url, index="pgvector")
    return build_context(settings, in_process=True)


@contextmanager
def worker(ctx: Context) -> Iterator[subprocess.Popen[bytes]]:
    data = {"VETTING_DATA_DIR": str(ctx.settings.data_dir), "VETTING_EMBEDDER": "hash"}
    where = {"VETTING_DATABASE_URL": ctx.settings.database, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "-m", "vetting", "worker"], env=os.environ | data | where)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Ledger:
    """What candidates were told is stored, by interview and turn."""

    def __init__(self) -> None:
        self.turns: dict[str, dict[int, str]] = {}
        self.refused = 0
        self.faults: list[str] = []
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        return sum(map(len, self.turns.values()))

    def note(self, public_id: str, turn: int, text: str) -> None:
        with self._lock:
            self.turns.setdefault(public_id, {})[turn] = digest(text)


def patiently(ledger: Ledger, ask: Callable[[], Any]) -> Any:
    """Ask until it is not answered with 'try again'."""
    for _ in range(300):
        answer = ask()
        if answer.status_code != 503:
            if answer.status_code >= 500:
                ledger.faults.append(f"{answer.status_code} {answer.text[:500]}")
            return answer
        ledger.refused += 1
        assert answer.headers["retry-after"]
        time.sleep(0.1)
    raise AssertionError("the service did not come back")


def sit(ctx: Context, who: Candidate, public_id: str, ledger: Ledger) -> None:
    """Answer to the end, trying again what was refused."""
    patiently(ledger, lambda: who.page.post(f"/i/{who.token}", data={"interview": "true"}))
    for _ in range(60):
        page = patiently(ledger, lambda: who.page.get("/interview"))
        if 'name="turn"' not in page.text:
            return
        turn = int(page.text.partition('name="turn" value="')[2].partition('"')[0])
        text = f"{GOOD} ({turn})"
        sent = {"turn": turn, "text": text}
        time.sleep(PACE)
        if patiently(ledger, lambda sent=sent: who.page.post("/interview/answer", data=sent)).status_code == 303:
            ledger.note(public_id, turn, text)
    ledger.faults.append("an interview did not end")


def until(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def scorecards(ctx: Context) -> int:
    with reading(ctx.engine) as session:
        return session.exec(select(func.count()).select_from(ScorecardRow)).one()


def rated(ctx: Context) -> int:
    """Jobs that the worker has done."""
    with reading(ctx.engine) as session:
        done = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"
        return int(session.connection().exec_driver_sql(done).scalar_one())


def test_no_acknowledged_answer_is_lost_and_every_interview_ends_with_its_scorecard(
    ctx: Context, server: Server
) -> None:
    people = [candidate(ctx, name=f"Person {n}") for n in range(PEOPLE)]
    with reading(ctx.engine) as session:
        names = [load(session, ctx.org, who.interview_id).row.public_id for who in people]
    ledger = Ledger()
    threads = [
        threading.Thread(target=sit, args=(ctx, who, name, ledger)) for who, name in zip(people, names, strict=True)
    ]
    with worker(ctx) as process:
        for thread in threads:
            thread.start()
        for number, how in enumerate(HOW, start=1):
            until(lambda: ledger.count >= number * ANSWERS_BETWEEN and rated(ctx) >= 2 * number)  # noqa: B023  # waited for
            server.restart(how)
        for thread in threads:
            thread.join()
        print(f"{ledger.count} acknowledged, {ledger.refused} refused with Retry-After")
        assert ledger.faults == [] and ledger.count > len(HOW) * ANSWERS_BETWEEN
        until(lambda: scorecards(ctx) == PEOPLE)
        assert process.poll() is None, "the worker outlives the restarts"
    assert [fault for check in doctor.examine(ctx, ledger.turns) for fault in check.faults] == []
