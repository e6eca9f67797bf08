"""What a person takes with them: everything kept about them, a signed result, and an appeal that is heard."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.web.staff import SAID, House, house
from vetting.db import queries
from vetting.db.engine import reading
from vetting.db.models import metadata
from vetting.db.own_queries import wishes
from vetting.db.own_rows import STANDING, rows_of
from vetting.domain.accommodation import AccommodationKind
from vetting.domain.interview_events import AddNote
from vetting.errors import BadInput, Conflict, NotFound
from vetting.services import accommodations, appeals, interviews, items, own_record, results
from vetting.services.results import Standing


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house(tmp_path_factory.mktemp("house"))
    _, interview = keys(made)
    interviews.do(made.ctx, interview, AddNote(turn=1, text="I meant the last router."))
    accommodations.ask(made.ctx, interview, {AccommodationKind.OTHER}, "Large type, please.")
    appeals.contest(made.ctx, interview, "Answer 2 was misread.", "alpha")
    return made


def keys(home: House) -> tuple[int, int]:
    with reading(home.ctx.engine) as session:
        person = queries.candidate(session, home.ctx.org, home.candidate).id
        interview = queries.interview(session, home.ctx.org, home.interview).id
    assert person is not None and interview is not None
    return person, interview


def unpacked(home: House) -> tuple[dict[str, Any], zipfile.ZipFile]:
    file = zipfile.ZipFile(io.BytesIO(own_record.archive(home.ctx, keys(home)[0])))
    return json.loads(file.read("record.json")), file


def test_the_archive_holds_every_word_and_every_kind_of_record(home: House) -> None:
    record, file = unpacked(home)
    assert record["person"]["email"] == "ana@example.org"
    (interview,) = record["interviews"]
    first = interview["turns"][0]
    assert (first["answer"], first["note"]) == (SAID, "I meant the last router.")
    assert first["marked_as_wrong"] == "Two questions in one." and first["pasted_characters"] == 300
    assert interview["scorecard"]["competencies"][0]["evidence"][0]["quote"] in SAID
    with reading(home.ctx.engine) as session:
        person, key = keys(home)
        held = {
            table.name
            for table, mine in rows_of(session, person, [key]).items()
            if session.connection().execute(table.select().where(mine)).first() is not None
        }
    assert set(record["tables"]) == held - {"scorecard"}
    assert record["tables"]["accommodation"][0]["text"] == "Large type, please."
    assert SAID in file.read("transcripts/1-test.pack.txt").decode()


def test_the_archive_tells_no_answer_to_questions_in_use_and_no_secret(home: House) -> None:
    record, file = unpacked(home)
    everything = file.read("record.json").decode()
    rubric = items.find(home.ctx, "test.pack").rubric
    for question in rubric.questions():
        for indicator in question.indicators:
            assert f'"{indicator.id}"' not in everything and indicator.statement not in everything
        assert question.reference not in everything
    assert "sha256" not in json.dumps(record["tables"].get("invite")) and "@" not in json.dumps(record["tables"])
    for name in own_record.HELD_BACK:
        assert name in file.read("README.txt").decode()


def test_every_table_that_points_at_a_person_is_given_and_erased_or_named_as_standing(home: House) -> None:
    with reading(home.ctx.engine) as session:
        found = {table.name for table in rows_of(session, keys(home)[0], [keys(home)[1]])}
    direct = {
        table.name
        for table in metadata().tables.values()
        if any(k.column.table.name in ("candidate", "interview") for c in table.columns for k in c.foreign_keys)
    }
    assert direct <= found | STANDING


def test_what_is_held_back_exists(home: House) -> None:
    columns = {f"{table.name}.{column.name}" for table in metadata().tables.values() for column in table.columns}
    assert set(own_record.HELD_BACK) - columns == {"scorecard.statement"}


def test_only_ones_own_organisation_gives_the_archive(home: House) -> None:
    with pytest.raises(NotFound):
        own_record.archive(home.other, keys(home)[0])


def test_a_signed_result_is_known_again_and_stands(home: House) -> None:
    document = results.signed_result(home.ctx, keys(home)[1])
    checked = results.check(home.other, json.dumps(document, indent=4).encode())
    assert checked.standing is Standing.STANDS
    assert checked.result["person"] == "Ana Reyes" and checked.result["competencies"][0]["id"] == "test.pack/alpha"
    assert "recommendation" not in document and "evidence" not in json.dumps(document)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_result_that_was_changed_anywhere_is_refused(home: House, data: st.DataObject) -> None:
    document = results.signed_result(home.ctx, keys(home)[1])
    name = data.draw(st.sampled_from(sorted(document)))
    changed = document | {name: data.draw(st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers())))}
    if changed == document:
        return
    with pytest.raises(BadInput):
        results.check(home.ctx, json.dumps(changed).encode())


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_a_file_that_is_no_result_is_refused_in_one_sentence(home: House, content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        results.check(home.ctx, content)
    assert "\n" not in refused.value.message


def test_another_installation_cannot_confirm_a_result(home: House) -> None:
    other = home.ctx.settings.model_copy(update={"secret_key": SecretStr("x" * 40)})
    document = results.signed_result(home.ctx, keys(home)[1])
    with pytest.raises(BadInput, match="another installation"):
        results.check(replace(home.ctx, settings=other), json.dumps(document).encode())


def test_an_appeal_names_a_topic_of_the_result_and_has_words(home: House) -> None:
    _, interview = keys(home)
    for reason, topic in (("  ", None), ("x" * 4001, None), ("Why?", "no-such-topic")):
        with pytest.raises(BadInput):
            appeals.contest(home.ctx, interview, reason, topic)
    with reading(home.ctx.engine) as session:
        running = queries.interview(session, home.ctx.org, home.running).id
    assert running is not None
    with pytest.raises(Conflict, match="no result yet"):
        appeals.contest(home.ctx, running, "I want to know.")
    with pytest.raises(NotFound):
        appeals.contest(home.other, interview, "Not mine.")


def test_asking_again_replaces_the_words_and_adds_no_second_request(home: House) -> None:
    person, interview = keys(home)
    later = replace(home.ctx, clock=lambda: home.ctx.now() + timedelta(hours=1))
    accommodations.ask(home.ctx, interview, {AccommodationKind.PERSON}, "Call me.")
    accommodations.ask(later, interview, {AccommodationKind.PERSON}, "Write to me.")
    with reading(home.ctx.engine) as session:
        found = [w.wish.text for w in wishes(session, home.ctx.org, [AccommodationKind.PERSON], person)]
    assert found == ["Write to me."]
