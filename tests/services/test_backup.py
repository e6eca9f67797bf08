"""A backup taken under load becomes a running service; a bad one changes nothing."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cast import GOOD, begun, service
from tests.web.site import browser, site
from vetting.config import load_settings
from vetting.db.backup import integrity_faults
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.migrate import NewerDatabase
from vetting.domain.interview_events import SubmitAnswer
from vetting.domain.soundness import digest
from vetting.errors import BadInput, Conflict
from vetting.services import backup, doctor, interviews
from vetting.services.context import Context

pytestmark = pytest.mark.sqlite


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


def restored(folder: Path, file: Path) -> Context:
    """The service of another folder after the backup was restored there."""
    backup.restore(load_settings(data_dir=folder / "data", embedder="hash"), file)
    return service(folder)


def sound(ctx: Context, ledger: doctor.Ledger | None = None) -> list[str]:
    checks = doctor.examine_file(ctx.engine) + doctor.examine(ctx, ledger)
    return [fault for check in checks for fault in check.faults]


def test_a_backup_taken_while_answers_come_in_holds_every_one_acknowledged_before_it(
    ctx: Context, tmp_path: Path
) -> None:
    interview_id = begun(ctx)
    public_id = interviews.ensure_question(ctx, interview_id).row.public_id
    acknowledged: dict[int, str] = {}
    copied = threading.Event()

    def answer() -> None:
        for turn in range(1, 40):
            if interviews.ensure_question(ctx, interview_id).state.current is None:
                break
            words = f"{GOOD} ({turn})"
            interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=words))
            acknowledged[turn] = digest(words)
        copied.wait(10)

    candidate = threading.Thread(target=answer)
    candidate.start()
    while len(acknowledged) < 2:
        threading.Event().wait(0.01)
    before = dict(acknowledged)
    made = backup.back_up(ctx.settings, tmp_path / "under-load.sqlite3")
    copied.set()
    candidate.join()
    assert integrity_faults(made) == [] and made.stat().st_mode & 0o077 == 0
    again = restored(tmp_path / "elsewhere", made)
    assert sound(again, {public_id: before}) == []
    assert sound(ctx, {public_id: acknowledged}) == []


def test_a_restored_backup_goes_on_where_it_was(ctx: Context, tmp_path: Path) -> None:
    interview_id = begun(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    token = interviews.new_link(ctx, interview_id)
    again = restored(tmp_path / "elsewhere", backup.back_up(ctx.settings, tmp_path / "copy.sqlite3"))
    page = browser(again)
    assert page.post(f"/i/{token}").status_code == 303
    assert page.post("/interview/answer", data={"turn": 2, "text": "It went on here."}).status_code == 303
    with reading(again.engine) as session:
        assert load(session, again.org, interview_id).transcript.turns[1].answer == "It went on here."


def test_the_former_database_is_kept_and_no_log_or_index_of_it_is_taken_for_the_new_ones(
    ctx: Context, tmp_path: Path
) -> None:
    made = backup.back_up(ctx.settings, tmp_path / "copy.sqlite3")
    interview_id = begun(ctx)
    index = ctx.settings.data_dir / "index" / "profiles-1.index"
    index.parent.mkdir()
    index.write_bytes(b"of another history")
    ctx.engine.dispose()
    done = backup.restore(ctx.settings, made)
    assert done.former is not None and integrity_faults(done.former) == [] and done.index_files == 1
    assert sorted(p.name for p in ctx.settings.data_dir.glob("*vetting.sqlite3*")) == sorted(
        ["vetting.sqlite3", done.former.name]
    )
    with reading(ctx.engine) as session:
        assert session.connection().execute(text("SELECT count(*) FROM interview")).scalar() == 0
    assert interview_id


def test_a_database_that_is_damaged_can_be_replaced_and_is_kept(ctx: Context, tmp_path: Path) -> None:
    made = backup.back_up(ctx.settings, tmp_path / "copy.sqlite3")
    ctx.engine.dispose()
    place = ctx.settings.data_dir / "vetting.sqlite3"
    place.write_bytes(b"no database at all")
    assert doctor.examine_file(ctx.engine)[0].faults
    done = backup.restore(ctx.settings, made)
    assert done.former is not None and done.former.read_bytes() == b"no database at all"
    assert sound(ctx) == []


@pytest.mark.parametrize("damage", ["text", "cut", "flipped", "foreign", "newer"])
def test_what_is_no_sound_backup_of_this_version_changes_nothing(ctx: Context, tmp_path: Path, damage: str) -> None:
    made = backup.back_up(ctx.settings, tmp_path / "copy.sqlite3")
    begun(ctx)
    content = made.read_bytes()
    spoilt = {"text": b"hello", "cut": content[: len(content) // 2], "flipped": _flipped(content)}
    if damage in spoilt:
        made.write_bytes(spoilt[damage])
    else:
        other = "DROP TABLE alembic_version" if damage == "foreign" else "UPDATE alembic_version SET version_num = '9'"
        _change(made, other)
    before = (ctx.settings.data_dir / "vetting.sqlite3").read_bytes()
    with pytest.raises(NewerDatabase if damage == "newer" else BadInput, match=r"copy\.sqlite3"):
        backup.restore(ctx.settings, made)
    assert (ctx.settings.data_dir / "vetting.sqlite3").read_bytes() == before


def test_a_backup_overwrites_nothing(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "mine.sqlite3").write_text("precious")
    with pytest.raises(Conflict, match="never overwrites"):
        backup.back_up(ctx.settings, tmp_path / "mine.sqlite3")
    assert (tmp_path / "mine.sqlite3").read_text() == "precious"


def _flipped(content: bytes) -> bytes:
    """The header of a page in the middle turned over."""
    page = len(content) // 4096 // 2 * 4096
    return content[:page] + bytes(255 - byte for byte in content[page : page + 64]) + content[page + 64 :]


def _change(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)
    connection.close()
