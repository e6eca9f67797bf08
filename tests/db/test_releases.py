"""Databases of earlier releases open, keep a copy of themselves, and their interviews go on; whenever it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import release_databases as releases
from tests.cast import GOOD, service
from vetting.db import backup
from vetting.db.engine import make_engine
from vetting.db.migrate import BACKUPS, KEPT_BACKUPS, head, upgrade
from vetting.domain.interview_events import Phase, SubmitAnswer
from vetting.services import doctor, interviews, scoring
from vetting.services.context import Context

pytestmark = pytest.mark.sqlite
"""Releases left files; how the same rows fare in a PostgreSQL, see test_releases_on_postgres."""

OLDER = [version for version in releases.versions() if version != head()]
EACH = int(os.environ.get("STATEMENTS_EACH", "9"))
"""After the first ten statements the update is killed at every ninth; 1 for each of them, which takes a minute."""
KILLED_AT_STATEMENTS = '''
import os, signal, sys
from sqlalchemy import event
from vetting.db.engine import make_engine
from vetting.db.migrate import upgrade
import vetting.db.migrate, alembic.command

def killed(step: int) -> bool:
    """Whether the update of the database was killed before it had sent so many statements."""
    child = os.fork()
    if not child:
        engine, sent = make_engine(sys.argv[1]), [0]
        def count(*_):
            sent[0] += 1
            if sent[0] > step:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(engine, "before_cursor_execute", count)
        try:
            upgrade(engine)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL

step, kills = 0, 0
while killed(step):
    step, kills = step + (1 if step < 10 else int(sys.argv[2])), kills + 1
print(kills)
'''


@pytest.fixture(params=OLDER)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return releases.opened(request.param, tmp_path / "data" / "vetting.sqlite3")


def killed_updates(url: str) -> int:
    """How often an update was killed, each time later, until one came through."""
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", KILLED_AT_STATEMENTS, url, str(EACH)]
    ran = subprocess.run(command, env=surroundings, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def goes_on(ctx: Context) -> None:
    """Every interview in flight takes its next answer, and nothing stored before is missing."""
    for interview_id in (releases.ANSWERED, releases.BETWEEN, releases.PAUSED, releases.OPEN):
        current = interviews.ensure_question(ctx, interview_id).state.current
        assert current is not None
        log = interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=f"{GOOD} Still."))
        assert log.transcript.turns[current.asked.turn - 1].answer == f"{GOOD} Still."
    interviews.begin(ctx, releases.INVITED, {"interview": True})
    completed = interviews.ensure_question(ctx, releases.COMPLETED)
    assert completed.state.phase is Phase.COMPLETED and scoring.recompute(ctx, releases.COMPLETED).raters
    faults = [f for check in doctor.examine_file(ctx.engine) + doctor.examine(ctx) for f in check.faults]
    assert faults == []


def test_there_is_a_database_of_an_earlier_release() -> None:
    assert OLDER, "write one with `python -m tests.release_databases` before the tables change"


def test_interviews_of_an_earlier_release_go_on(file: Path) -> None:
    before = file.read_bytes()
    former = backup.revision(file)
    ctx = service(file.parent.parent)
    (kept,) = (file.parent / BACKUPS).iterdir()
    assert backup.revision(kept) == former and len(kept.read_bytes()) == len(before)
    assert backup.integrity_faults(kept) == [] and kept.stat().st_mode & 0o077 == 0
    goes_on(ctx)


def test_an_update_that_is_killed_at_any_statement_leaves_the_old_tables_or_the_new_ones(file: Path) -> None:
    assert killed_updates(f"sqlite:///{file}") > 15
    assert backup.integrity_faults(file) == []
    kept = [p.name for p in (file.parent / BACKUPS).iterdir()]
    assert 1 <= len(kept) <= KEPT_BACKUPS and not any(name.startswith(".") for name in kept)
    goes_on(service(file.parent.parent))


def test_a_new_database_and_one_that_is_up_to_date_leave_no_copies(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/vetting.sqlite3")
    upgrade(engine)
    upgrade(engine)
    engine.dispose()
    assert not (tmp_path / BACKUPS).exists()
