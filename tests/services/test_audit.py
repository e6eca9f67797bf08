"""The audit chain on a real database: written with the change or not at all, and whatever is done to it shows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.shortlisted import MIA, Listed, listed
from vetting.db.audit_models import AuditEntry
from vetting.db.engine import reading, writing
from vetting.errors import Conflict
from vetting.services import audit, offers, shortlists
from vetting.services.context import Context

REASON = "Would not work with our client in Turin"


@pytest.fixture
def it(tmp_path: Path) -> Listed:
    made = listed(tmp_path)
    token = made.offered("ana")
    offers.answer(made.ctx, token, accept=True)
    shortlists.decide(made.ctx, made.entries["cleo"], "decline", reason=REASON, by=MIA)
    return made


def entries(ctx: Context) -> list[AuditEntry]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(AuditEntry).order_by(AuditEntry.seq)).all())


def change(ctx: Context, *statements: str) -> None:
    with ctx.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.asvs("V16.2.1")
def test_every_step_is_an_entry_with_who_took_it(it: Listed) -> None:
    rows = entries(it.ctx)
    assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
    done = [(r.action, r.actor.partition(":")[0]) for r in rows]
    assert (
        ("shortlist.make", "user") in done and ("entry.invite", "user") in done and ("entry.accept", "expert") in done
    )
    assert audit.check(it.ctx).fault is None


@pytest.mark.asvs("V16.4.1", "V16.2.5")
def test_the_chain_holds_no_word_that_somebody_wrote_and_no_name(it: Listed) -> None:
    everything = json.dumps([r.model_dump(mode="json") for r in entries(it.ctx)])
    assert not [word for word in (*REASON.split(), "Ana", "Reyes", MIA) if len(word) > 3 and word in everything]
    declined = next(r for r in entries(it.ctx) if r.action == "entry.decline")
    assert declined.detail["reason"] == audit.fingerprint(it.ctx, REASON)
    with writing(it.ctx.engine) as session, pytest.raises(ValueError, match="holds no text"):
        audit.record(it.ctx, session, "a.b", "c:d", by=MIA, why="because it rained")


@pytest.mark.asvs("V2.3.3")
def test_a_change_that_failed_leaves_no_entry(it: Listed) -> None:
    before = len(entries(it.ctx))
    with pytest.raises(Conflict):
        shortlists.offer(it.ctx, it.entries["ben"], shortlists.Terms("Judging"), by=MIA)
    assert len(entries(it.ctx)) == before


@pytest.mark.asvs("V16.4.2")
@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE audit_entry SET actor = 'user:somebody' WHERE seq = 3"],
        ["UPDATE audit_entry SET detail = '{}' WHERE action = 'entry.decline'"],
        ["UPDATE audit_entry SET at = '2027-01-01 00:00:00' WHERE seq = 2"],
        ["DELETE FROM audit_entry WHERE seq = 2"],
        ["DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)"],
        ["DELETE FROM audit_entry"],
        ["DELETE FROM audit_head"],
        [
            "UPDATE audit_entry SET seq = -1 WHERE seq = 2",
            "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
            "UPDATE audit_entry SET seq = 3 WHERE seq = -1",
        ],
        [
            "DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)",
            "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_entry), "
            "digest = (SELECT digest FROM audit_entry ORDER BY seq DESC LIMIT 1)",
        ],
    ],
)
def test_whatever_is_done_to_the_chain_in_the_database_is_found(it: Listed, statements: list[str]) -> None:
    change(it.ctx, *statements)
    assert audit.check(it.ctx).fault is not None


def test_a_chain_and_its_end_removed_together_show_against_a_note(it: Listed) -> None:
    noted = audit.check(it.ctx).mark
    change(it.ctx, "DELETE FROM audit_entry", "DELETE FROM audit_head")
    assert audit.check(it.ctx).fault is None
    fault = audit.check(it.ctx, noted).fault
    assert fault is not None and "noted end" in fault.what


def test_many_at_once_write_one_chain(it: Listed) -> None:
    before = len(entries(it.ctx))

    def one(n: int) -> None:
        with writing(it.ctx.engine) as session:
            audit.record(it.ctx, session, "test.count", f"test:{n}", by="system", n=n)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(12)))
    found = audit.check(it.ctx)
    assert found.fault is None and found.links == before + 12


def test_each_organisation_has_a_chain_of_its_own(it: Listed) -> None:
    with writing(it.ctx.engine) as session:
        session.connection().execute(text("INSERT INTO organisation VALUES (2, 'other', 'Other', '2026-11-28')"))
    other = it.ctx.for_organisation(2)
    with writing(other.engine) as session:
        assert audit.record(other, session, "test.first", "test:1", by="system").seq == 1
    assert audit.check(other).links == 1 and audit.check(it.ctx).fault is None
