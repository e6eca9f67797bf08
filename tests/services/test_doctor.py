"""The doctor finds what was broken on purpose, names it, and finds nothing in a service that was only used."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests import databases
from tests.cast import GOOD, Clock, begun
from tests.web.site import site
from vetting.db.engine import writing
from vetting.db.migrate import job_table, upgrade
from vetting.domain.interview_events import FinishNow, Pause, SubmitAnswer
from vetting.domain.soundness import digest
from vetting.errors import BadInput
from vetting.services import accounts, doctor, interviews
from vetting.services.context import Context

PAYLOAD = (
    {
        "without_pasted_chars": "(payload::jsonb - 'pasted_chars')::json",
        "with_turn_7": "jsonb_set(payload::jsonb, '{turn}', '7')::json",
    }
    if databases.ON_POSTGRES
    else {
        "without_pasted_chars": "json_remove(payload, '$.pasted_chars')",
        "with_turn_7": "json_set(payload, '$.turn', 7)",
    }
)


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A service with an interview in the middle, one on a break and one that is over."""
    ctx = site(tmp_path, clock=Clock())
    for seed in (1, 2, 3):
        interview_id = begun(ctx, seed=seed)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    interviews.do(ctx, 2, Pause())
    interviews.do(ctx, 3, FinishNow())
    for address in ("ada@example.org", "ben@example.org"):
        accounts.add_user(ctx, address, "recruiter")
    return ctx


def faults(ctx: Context, ledger: doctor.Ledger | None = None) -> dict[str, list[str]]:
    return {c.name: list(c.faults) for c in doctor.examine(ctx, ledger) if c.faults}


def execute(ctx: Context, *statements: str) -> None:
    with writing(ctx.engine) as session:
        for statement in statements:
            session.connection().execute(text(statement))


def test_a_service_that_was_only_used_has_no_fault_and_every_check_looked_at_something(ctx: Context) -> None:
    checks = doctor.examine_file(ctx.engine) + doctor.examine(ctx)
    assert [f for c in checks for f in c.faults] == []
    assert {c.name for c in checks if not c.looked_at} <= {"jobs"}


@pytest.mark.parametrize(
    ("broken", "check", "said"),
    [
        ("UPDATE interview_event SET seq = 99 WHERE interview_id = 1 AND type = 'answer_submitted'", "logs", "a gap"),
        ("UPDATE interview_event SET type = 'turn_skipped', payload = {without_pasted_chars} "
         "WHERE interview_id = 1 AND type = 'answer_submitted'", "logs", "did not wait"),
        ("UPDATE interview_event SET payload = {with_turn_7} "
         "WHERE interview_id = 1 AND type = 'answer_submitted'", "logs", "turn 7 was not the open one"),
        ("UPDATE interview SET phase = 'completed' WHERE id = 2", "logs", "its events say paused"),
        ("UPDATE verdict SET start = 9000, \"end\" = 9010 WHERE interview_id = 3 AND start IS NOT NULL", "quotes",
         "words that are not in the answer"),
        ("UPDATE verdict SET start = NULL WHERE interview_id = 3 AND finding = 'met'", "quotes", "without a quote"),
        ("UPDATE verdict SET p = 0.5 WHERE interview_id = 3", "scorecards", "not what its verdicts add up to"),
        ("DELETE FROM scorecard", "interviews", "has no scorecard"),
        ("UPDATE audit_entry SET actor = 'somebody else' WHERE seq = 1", "audit", "entry 1: the link was changed"),
        ("DELETE FROM audit_entry WHERE seq = 1", "audit", "entry 1: link 1 is missing"),
        ("DELETE FROM audit_entry WHERE seq = 2", "audit", "the chain ends at 1 and went on to 2"),
    ],
)  # fmt: skip
def test_what_was_broken_is_named(ctx: Context, broken: str, check: str, said: str) -> None:
    for name, sql in PAYLOAD.items():
        broken = broken.replace(f"{{{name}}}", sql)
    execute(ctx, broken)
    ctx.clock.pass_minutes(20)  # type: ignore[attr-defined]  # a Clock
    assert said in " ".join(faults(ctx)[check])


def test_answers_that_a_client_was_told_are_stored_are_looked_for_word_for_word(ctx: Context, tmp_path: Path) -> None:
    public_id = interviews.ensure_question(ctx, 1).row.public_id
    assert faults(ctx, {public_id: {1: digest(GOOD)}}) == {}
    found = faults(ctx, {public_id: {1: digest("other words"), 2: digest(GOOD)}, "nobody": {1: digest(GOOD)}})
    assert len(found["acknowledged"]) == 3
    execute(ctx, "DELETE FROM interview_text WHERE event_id IN (SELECT id FROM interview_event WHERE interview_id = 1)")
    assert faults(ctx, {public_id: {1: digest(GOOD)}}) == {}, "an erased answer was acknowledged, and is erased"


def test_a_ledger_that_cannot_be_read_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_text(json.dumps({"interview": "a", "turn": 1, "sha256": "x"}) + "\n{}\n")
    with pytest.raises(BadInput, match=r"ledger\.jsonl:2"):
        doctor.read_ledger(file)


def test_a_job_that_nobody_runs_is_named(ctx: Context) -> None:
    upgrade(ctx.engine)
    hour = int((ctx.now() - timedelta(hours=2)).timestamp() * 1000)
    execute(
        ctx,
        f"INSERT INTO {job_table(ctx.engine, 'workflow_status')} (workflow_uuid, status, name, created_at, updated_at) "
        f"VALUES ('rate:1:1', 'ENQUEUED', 'rate_answer', {hour}, {hour})",
    )
    assert "rate:1:1" in faults(ctx)["jobs"][0]


@pytest.mark.sqlite
def test_tables_of_another_version_and_rows_that_point_nowhere_are_told_before_all_else(ctx: Context) -> None:
    execute(ctx, "UPDATE alembic_version SET version_num = '0001'")
    assert "older than this version" in doctor.examine_file(ctx.engine)[1].faults[0]
    with ctx.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]  # sqlite3's own
        raw.execute("DELETE FROM interview WHERE id = 1")  # type: ignore[attr-defined]  # sqlite3's own
    (whole,) = doctor.examine_file(ctx.engine)
    assert any("points to nothing" in fault for fault in whole.faults)
