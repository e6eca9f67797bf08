"""Erasing a person deletes every word of them from the disk, and leaves the rest of the house as it was."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import JSON, ColumnElement, LargeBinary, String, Table, select, text
from sqlmodel import col

from tests import databases
from tests.cast import service
from tests.web.staff import EXPERT, SAID, House, house
from vetting.db import inventory as inventory
from vetting.db import people_queries, queries
from vetting.db.engine import reading, scrub, writing
from vetting.db.log import load
from vetting.db.mail_models import Mail
from vetting.db.models import Candidate, Interview, InterviewEvent, UtcDateTime, metadata
from vetting.db.own_rows import rows_of
from vetting.db.project_models import ShortlistEntry
from vetting.db.webhook_models import Webhook
from vetting.domain.accommodation import AccommodationKind
from vetting.domain.interview_events import EVENT, AddNote, Phase
from vetting.domain.letter import Letter, LetterKind
from vetting.domain.profile import Profile
from vetting.errors import Conflict, NotFound
from vetting.services import (
    accommodations,
    accounts,
    appeals,
    audit,
    doctor,
    erasure,
    interviews,
    items,
    results,
    scoring,
)
from vetting.services.candidates import import_profiles
from vetting.services.results import Standing
from vetting.services.search import search

NOW = datetime(2026, 11, 21, tzinfo=UTC)
WORDS = ("ferry link", "Queue bench", "ana@example.org", "Ana Reyes", "NOTE-7731", "DRAFT-7731", "APPEAL-7731")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def home(built: House, tmp_path: Path) -> House:
    """A copy of the house, since every test here takes somebody out of it."""
    scrub(built.ctx.engine)
    shutil.copytree(built.ctx.settings.data_dir, tmp_path / "data")
    databases.copy(built.ctx.settings.data_dir, tmp_path / "data")
    ctx = service(tmp_path)
    return replace(built, ctx=ctx, other=ctx.for_organisation(built.other.org))


def key(home: House) -> int:
    with reading(home.ctx.engine) as session:
        found = queries.candidate(session, home.ctx.org, home.candidate).id
    assert found is not None
    return found


def finished(home: House) -> int:
    with reading(home.ctx.engine) as session:
        found = queries.interview(session, home.ctx.org, home.interview).id
    assert found is not None
    return found


def say_more(home: House) -> None:
    """Everything else a person can leave behind: a note, an appeal, a draft in a second interview."""
    interviews.do(home.ctx, finished(home), AddNote(turn=1, text="NOTE-7731"))
    appeals.contest(home.ctx, finished(home), "APPEAL-7731")
    with reading(home.ctx.engine) as session:
        version = session.get(Interview, finished(home))
    assert version is not None
    second = interviews.invite(home.ctx, interviews.Ask(key(home), version.rubric_version_id))
    interviews.begin(home.ctx, second.interview_id, {"interview": True})
    interviews.save_draft(home.ctx, second.interview_id, 1, "DRAFT-7731")


def on_disk(home: House) -> bytes:
    """Every file of the installation, the write-ahead log and the index among them."""
    folder = home.ctx.settings.data_dir
    files = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    return files + databases.everything(folder) if databases.ON_POSTGRES else files


def test_no_word_of_an_erased_person_is_left_on_the_disk(home: House) -> None:
    say_more(home)
    search(home.ctx, "queues", k=3)
    before = on_disk(home)
    assert [word for word in WORDS if word.encode() not in before] == []
    with reading(home.ctx.engine) as session:
        vector = (
            session.connection()
            .execute(select(metadata().tables["profile_item"].c.vector).where(text("title = 'Queue bench'")))
            .scalar_one()
        )
    home.ctx.engine.dispose()
    erasure.erase(home.ctx, key(home), "test")
    after = on_disk(home)
    # The other candidate of the house said the same: only what nobody else said must be gone from every page.
    assert [word for word in WORDS[1:] if word.encode() in after] == []
    assert vector not in after


def test_of_the_person_no_row_is_left_but_the_log_without_words(home: House) -> None:
    say_more(home)
    person = key(home)
    erased = erasure.erase(home.ctx, person, "test")
    assert erased.interviews == 2 and erased.rows["verdict"] > 0 and erased.rows["shortlist_entry"] > 0
    with reading(home.ctx.engine) as session:
        mine = list(session.scalars(queries.columns(Interview.id).where(col(Interview.candidate_id) == person)))
        left = {
            table.name: session.connection().execute(select(table).where(clause)).all()
            for table, clause in rows_of(session, person, mine).items()
        }
        assert {name: rows for name, rows in left.items() if rows} == {}
        for interview in mine:
            log = load(session, home.ctx.org, interview)
            assert log.state.phase is Phase.ERASED
            assert all(entry.text is None for entry in log.entries)
        rows = session.scalars(select(InterviewEvent).where(col(InterviewEvent.interview_id).in_(mine))).all()
        assert rows and all(row.erased for row in rows)
        for row in rows:
            EVENT.validate_python({"type": row.type, **row.payload})


def test_everybody_else_is_found_rated_and_counted_as_before(home: House) -> None:
    person = key(home)
    with reading(home.ctx.engine) as session:
        others, total = people_queries.people(session, home.ctx.org, people_queries.Wanted(), home.ctx.now())
    erasure.erase(home.ctx, person, "test")
    with reading(home.ctx.engine) as session:
        lines, left = people_queries.people(session, home.ctx.org, people_queries.Wanted(), home.ctx.now())
        assert session.scalars(select(ShortlistEntry).where(col(ShortlistEntry.candidate_id) == person)).all() == []
    assert left == total - 1 and [line for line in others if line.key != person] == lines
    assert all(hit["expert"] != "x-1" for hit in search(home.ctx, "drop-tail queues", k=5)["hits"])
    scoring.score_interview(home.ctx, finished(home))
    with reading(home.ctx.engine) as session:
        assert queries.scorecard(session, home.ctx.org, finished(home)) is None
    assert items.find(home.ctx, "test.pack") is not None
    page = home.user("recruiter")
    for path in ("/rubrics/test.pack/items", "/reports", "/candidates", f"/shortlists/{home.shortlist}"):
        assert page.get(path).status_code == 200
    told = page.get(f"/interviews/{home.interview}").text
    assert "was erased" in told and "ferry" not in told


def test_a_person_is_erased_once_by_their_own_organisation_and_can_come_again_as_somebody_new(home: House) -> None:
    person = key(home)
    with pytest.raises(NotFound):
        erasure.erase(home.other, person, "test")
    erasure.erase(home.ctx, person, "test")
    with pytest.raises(NotFound):
        erasure.erase(home.ctx, person, "test")
    assert import_profiles(home.ctx, [Profile.model_validate(EXPERT)]).added == 1


def test_a_result_of_an_erased_person_is_genuine_and_no_longer_kept(home: House) -> None:
    person, interview = key(home), finished(home)
    document = json.dumps(results.signed_result(home.ctx, interview)).encode()
    erasure.erase(home.ctx, person, "test")
    assert results.check(home.ctx, document).standing is Standing.GONE
    with pytest.raises(Conflict):
        appeals.contest(home.ctx, interview, "Too late.")
    with pytest.raises(Conflict):
        accommodations.ask(home.ctx, interview, {AccommodationKind.PERSON})


@pytest.mark.asvs("V2.3.3")
def test_an_erasure_that_fails_halfway_changes_nothing(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = key(home)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(erasure, "bump_revision", fail)
    with pytest.raises(RuntimeError):
        erasure.erase(home.ctx, person, "test")
    with writing(home.ctx.engine) as session:
        row = session.get(Candidate, person)
        assert row is not None and row.name == "Ana Reyes"
        assert SAID in [entry.text for entry in load(session, home.ctx.org, finished(home)).entries]


def canaries(home: House, person: int, interview: int) -> dict[str, str]:
    """Put words into every field of the inventory that belongs to the person, and a row where a table has none yet."""
    placed: dict[str, str] = {}
    with writing(home.ctx.engine) as session:
        run = session.connection().execute
        # Rows point at rows that come later: SQLite looks at the end, PostgreSQL, whose keys cannot wait, not at all.
        run(text("SET LOCAL session_replication_role = replica" if databases.ON_POSTGRES else DEFERRED))
        for table, mine in {**rows_of(session, person, [interview]), **standing(person, interview)}.items():
            fields = [c for c in table.columns if "personal" in c.info and c.name not in READ_BY_ERASING]
            if run(select(table).where(mine)).first() is None:
                run(table.insert().values(**made_up(table, person, interview)))
            for field in fields:
                word = f"CANARY-{table.name}-{field.name}-{MARK}"
                if isinstance(field.type, JSON):
                    run(table.update().where(mine).values({field.name: {"said": word}}))
                elif isinstance(field.type, LargeBinary):
                    run(table.update().where(mine).values({field.name: word.encode()}))
                else:
                    # unique ones among them: only the first row of the person gets the words
                    (first, *_) = table.primary_key.columns
                    one = select(first).where(mine).limit(1).scalar_subquery()
                    run(table.update().where(first == one).values({field.name: word}))
                placed[f"{table.name}.{field.name}"] = word
    return placed


MARK = "canary7731"
"""Long, and not in hexadecimal: four digits alone stand now and then in a token or a vector by chance."""
DEFERRED = "PRAGMA defer_foreign_keys=ON"
READ_BY_ERASING = {"payload"}
"""Events are read to end a running interview; what of them could tell of words has a test of its own."""


def standing(person: int, interview: int) -> dict[Table, ColumnElement[bool]]:
    tables = metadata().tables
    candidate, asked = tables["candidate"], tables["interview"]
    events = select(tables["interview_event"].c.id).where(tables["interview_event"].c.interview_id == interview)
    words = tables["interview_text"]
    return {candidate: candidate.c.id == person, asked: asked.c.id == interview, words: words.c.event_id.in_(events)}


def made_up(table: Table, person: int, interview: int) -> dict[str, object]:
    """A row that points at the person; what else it points at is the first there is."""
    keys = {"candidate": person, "interview": interview}
    row: dict[str, object] = {}
    for column in table.columns:
        target = next((key.column.table.name for key in column.foreign_keys), None)
        if target is not None:
            row[column.name] = keys.get(target, 1)
        elif column.primary_key or column.nullable:
            continue
        elif isinstance(column.type, JSON):
            row[column.name] = {}
        elif isinstance(column.type, UtcDateTime):
            row[column.name] = NOW
        elif isinstance(column.type, LargeBinary):
            row[column.name] = MARK.encode()
        else:
            row[column.name] = f"{table.name}-{MARK}" if isinstance(column.type, String) else 1
    return row


def test_a_canary_in_every_field_of_the_inventory_is_nowhere_on_the_disk_afterwards(home: House) -> None:
    person, interview = key(home), finished(home)
    home.ctx.mailer.send(f"letter-{MARK}", LETTER)
    accounts.add_user(home.ctx, "ada@example.org", "reviewer")
    with writing(home.ctx.engine) as session:
        hook = Webhook(organisation_id=home.ctx.org, url="https://x.example/", kinds=[], made_by="a", created_at=NOW)
        session.add(hook)
        session.add(
            Mail(
                organisation_id=home.ctx.org, public_id=f"letter-{MARK}", key="k", kind="invite", candidate_id=person,
                state="sent", due_at=NOW, created_at=NOW,
            )
        )  # fmt: skip
    placed = canaries(home, person, interview)
    assert len(placed) > 70 and {"interview_text.text", "review.blind", "mail.kind", "offer.terms"} <= set(placed)
    before = on_disk(home)
    assert [word for word in placed.values() if word.encode() not in before] == [] and b"Outbox Canary" in before
    home.ctx.engine.dispose()
    erasure.erase(home.ctx, person, "test")
    after = on_disk(home)
    assert [word for word in placed.values() if word.encode() in after] == []
    assert MARK.encode() not in after and b"Outbox Canary" not in after
    assert audit.check(home.ctx).fault is None
    faults = {check.name: check.faults for check in doctor.examine(home.ctx)}
    assert faults["audit"] == faults["logs"] == faults["vectors"] == ()


LETTER = Letter(
    kind=LetterKind.INVITE, to="ana@example.org", name="Outbox Canary", house="Lab", link=f"http://x/i/{MARK}",
    about="T",
)  # fmt: skip
