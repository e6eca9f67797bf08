"""What a stranger pastes becomes a draft by rules: nothing is made up, ids are stable, weights sum to 1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vetting import packs
from vetting.domain import pack_edit
from vetting.domain.pack_draft import MOST, from_brief, from_questions, points_of, read_questions, skeleton, tasks_of
from vetting.domain.pack_edit import Document
from vetting.domain.pack_places import Part, told
from vetting.domain.rubric import Rubric

PASTED = """1. A container arrives with condensation on the cargo. How do you find out where the water came from?
- Compares the dew point of the air with the temperature of the cargo
- A silver nitrate test tells salt from fresh water
- Tests the door gaskets with ultrasound
2. What does a draft survey tell you?
Answer: The weight loaded, from the displacement before and after. Density of the dock water is measured.
3. When would you
refuse to load?
4) How do you sample a damaged parcel of grain?

Explain general average.
"""
BRIEF = (
    "We need people who review model answers about cargo damage. They must find the cause of wetting damage in "
    "containers. They judge whether packing was sufficient for a sea voyage. At least 10 hours a week. English at C1."
)


def base(title: str = "Marine cargo surveying") -> Document:
    return skeleton(pack_edit.pack_id(title), title, "mia@example.org")


def test_numbers_question_marks_and_empty_lines_begin_questions_and_bullets_are_points() -> None:
    found = read_questions(PASTED)
    assert [q.text.split()[0] for q in found] == ["A", "What", "When", "How", "Explain"]
    assert found[2].text == "When would you refuse to load?"
    assert len(found[0].points) == 3 and found[1].reference.startswith("The weight loaded")


def test_a_question_with_points_gets_indicators_and_one_without_says_what_is_missing() -> None:
    document = from_questions(base(), read_questions(PASTED))
    (competency,) = document["competencies"]
    first, second, third, *_ = competency["questions"]
    assert [(i["statement"].split()[0], i["level"]) for i in first["indicators"]] == [
        ("Compares", 2), ("A", 3), ("Tests", 4),
    ]  # fmt: skip
    assert [i["statement"] for i in second["indicators"]] == [p.rstrip(".") for p in points_of(second["reference"])]
    assert third["reference"] == "" and third["indicators"] == []
    faults = told(packs.check_data(document), document)
    missing = {(f.place.id, f.place.field) for f in faults if f.error and f.place.part is Part.QUESTION}
    assert missing == {(q["id"], field) for q in competency["questions"][2:] for field in ("reference", "indicators")}


def test_a_draft_with_every_answer_is_a_sound_fixed_pack_marked_uncalibrated() -> None:
    answered = "\n\n".join(
        f"{q.text}\n- {q.text.split()[-1]} is found by measuring it twice\n- number {n} is told by its colour alone"
        for n, q in enumerate(read_questions(PASTED))
    )
    document = from_questions(base(), read_questions(answered))
    assert [f.message for f in packs.check_data(document) if f.severity == "error"] == []
    rubric = Rubric.model_validate(document)
    assert (rubric.form.value, rubric.standing) == ("fixed", "draft, uncalibrated")


def test_headings_are_competencies_of_equal_weight() -> None:
    document = from_questions(base(), read_questions("# Wetting\nWhy?\n# Packing\nHow?\nWhen?\n# Law\nWho?"))
    assert [c["name"] for c in document["competencies"]] == ["Wetting", "Packing", "Law"]
    assert sum(c["weight"] for c in document["competencies"]) == 1


def test_a_brief_asks_about_what_the_work_is_and_not_about_hours_or_languages() -> None:
    tasks = tasks_of(BRIEF)
    assert len(tasks) == 3 and not any("hours" in t or "C1" in t for t in tasks)
    document = from_brief(base(), BRIEF)
    asked = [q["text"] for c in document["competencies"] for q in c["questions"]]
    assert len(asked) == 6 and all(any(task.rstrip(".") in text for task in tasks) for text in asked)
    assert all(q["reference"] == "" for c in document["competencies"] for q in c["questions"])


def test_weights_sum_to_one_whatever_is_added_weighed_or_removed() -> None:
    document = base()
    for name in ("one", "two", "three", "four"):
        pack_edit.add_competency(document, name)
    pack_edit.set_weight(document, "two", 0.5)
    assert abs(sum(c["weight"] for c in document["competencies"]) - 1) < 1e-6
    pack_edit.remove_competency(document, "two")
    assert abs(sum(c["weight"] for c in document["competencies"]) - 1) < 1e-6
    assert [c["id"] for c in document["competencies"]] == ["one", "three", "four"]


def test_a_pack_has_room_for_so_many_topics_and_questions_and_then_says_so() -> None:
    document = base()
    for n in range(pack_edit.MOST_COMPETENCIES):
        pack_edit.add_competency(document, f"topic {n}")
    with pytest.raises(pack_edit.Full, match="at most 12 topics here; remove one first"):
        pack_edit.add_competency(document, "one more")
    first, second, *_ = document["competencies"]
    for n in range(pack_edit.MOST_QUESTIONS):
        pack_edit.add_question(document, first if n % 2 else second)
    with pytest.raises(pack_edit.Full, match="at most 60 questions here; remove one first"):
        pack_edit.add_question(document, first)
    assert (len(document["competencies"]), len(pack_edit.questions(first))) == (12, 30)


def test_what_no_database_holds_is_left_out_wherever_it_stands() -> None:
    part = {"title": "a\x00b", "rows": [{"text": "c\ud800", "level": 3}], "case": True}
    assert pack_edit.storable(part) == {"title": "ab", "rows": [{"text": "c", "level": 3}], "case": True}


def test_ids_are_told_apart_and_survive_any_title() -> None:
    assert pack_edit.pack_id("Übersetzen: Recht") == "own.ubersetzen_recht"
    assert pack_edit.free_id("own.ubersetzen_recht", {"own.ubersetzen_recht"}) == "own.ubersetzen_recht_2"
    assert pack_edit.pack_id("解剖") == "own.pack"
    assert pack_edit.slug("The window is halved", {"window-halved"}, "x") == "window-halved-2"


def test_the_next_version_is_above_everything_that_was_used() -> None:
    assert pack_edit.next_version("1.0.0", ["1.2.0", "1.1.9"]) == "1.3.0"
    assert pack_edit.highest(["1.9.0", "1.10.0", "odd", "0.1.0"]) == "1.10.0" and pack_edit.highest([]) is None
    assert pack_edit.is_higher("1.10.0", ["1.9.0"])
    assert not pack_edit.is_higher("1.0", []) and not pack_edit.is_higher("1.0.0", ["1.0.0"])


@settings(max_examples=20)
@given(st.text(max_size=300), st.text(max_size=60))
def test_nothing_pasted_breaks_the_reader_or_makes_ids_that_cannot_be_one(pasted: str, title: str) -> None:
    pack_id = pack_edit.pack_id(title)
    document = from_questions(skeleton(pack_id, title or "x", "me"), read_questions(pasted)[:MOST])
    for fault in packs.check_data(document):
        assert "id" not in fault.path or "pattern" not in fault.message
