"""What a candidate does in a work sample, as one readable text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import samples
from vetting.domain.rubric import Rubric
from vetting.domain.work_sample import (
    Chosen,
    Criteria,
    Marked,
    Stepped,
    choice_text,
    from_short,
    mark_line,
    marked_text,
    material,
    read,
    read_leniently,
    reasons,
    step_text,
    typed,
    units,
)
from vetting.errors import BadInput

FLAWS = samples.question(samples.flaws())
STEPS = samples.question(samples.steps())
CHOICE = samples.question(samples.comparison())
CRITERIA = samples.question(samples.rubric_task())
LENGTH = len(samples.MATERIAL)
REASON = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="["), max_size=40)


@given(st.lists(st.tuples(st.integers(0, LENGTH - 2), st.integers(1, 60), REASON), min_size=1, max_size=8))
def test_marks_written_to_text_are_read_back_as_they_were(drawn: list[tuple[int, int, str]]) -> None:
    spans = [(a, min(LENGTH, a + n), why) for a, n, why in drawn]
    spans = [(a, b, why) for a, b, why in spans if samples.MATERIAL[a:b].strip()]
    text = marked_text(mark_line(a, b, samples.MATERIAL[a:b], why) for a, b, why in spans)
    if not spans:
        return
    response = read(FLAWS, text)
    assert isinstance(response, Marked) and response.rest == "the rest is right"
    assert [(m.start, m.end, m.reason) for m in response.marks] == [(a, b, " ".join(w.split())) for a, b, w in spans]
    assert all(mark.head in text and mark.reason in text for mark in response.marks)


@given(st.text(max_size=200))
def test_any_text_is_a_response_prose_or_one_plain_sentence(text: str) -> None:
    for question in (FLAWS, STEPS, CHOICE, CRITERIA):
        try:
            read(question, text)
        except BadInput as error:
            assert error.message.endswith(".") and "\n" not in error.message


def test_a_mark_needs_no_position_where_its_words_stand_once() -> None:
    response = read(FLAWS, '[mark "halved after\n a loss"]\nthat was\nlong ago'.replace("\n a", " a"))
    assert isinstance(response, Marked)
    (mark,) = response.marks
    assert samples.MATERIAL[mark.start : mark.end] == mark.words == "halved after a loss"
    assert mark.reason == "that was\nlong ago" and response.rest == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[mark "rate"] why', 'The marked words "rate" appear 2 times in the text.'),
        ('[mark "no such words"] why', 'The marked words "no such words" do not appear in the text.'),
        ("[mark 5-900] why", "[mark 5-900] is not a place in the text."),
        ('[no errors]\n[mark "Loss fills"] why', "says that there are no errors and marks some"),
        ("[the rest is right]", "Mark at least one place, or say that you find no error."),
        ("[mark here] why", '"[mark here] why" is not a mark'),
        ("[mark 0-4]\n" * 41, "41 places are marked; at most 40 can be taken."),
    ],
)
def test_marks_that_cannot_be_read_are_told_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(FLAWS, text)
    assert message in caught.value.message
    assert read_leniently(FLAWS, text) is None


def test_prose_is_no_response_and_no_fault() -> None:
    assert read(FLAWS, "I think that CoDel is described wrongly.") is None
    assert read(STEPS, "The third, I think.") is None
    assert read(CHOICE, "I like neither.") is None


def test_a_step_is_named_or_none_is() -> None:
    assert read(STEPS, step_text(3, "0.4 s")) == Stepped(3, "0.4 s", "[first wrong step 3]")
    assert read(STEPS, step_text(None)) == Stepped(None, "", "[no wrong step]")
    with pytest.raises(BadInput, match="There is no step 9; the solution has 4"):
        read(STEPS, "[first wrong step 9]")


def test_a_choice_has_a_confidence_between_a_guess_and_certainty() -> None:
    assert read(CHOICE, choice_text("second", 80, "delay")) == Chosen("second", 0.8, "delay", "[choose second 80%]")
    assert read(CHOICE, "[choose first]") == Chosen("first", 0.5, "", "[choose first]")
    with pytest.raises(BadInput, match="between 50 and 100 %; this one is 20"):
        read(CHOICE, "[choose first 20%]")


def test_a_rubric_is_read_line_by_line_with_weights() -> None:
    response = read(CRITERIA, "- States that the buffer is full (2)\n\n2. Names the delay")
    assert isinstance(response, Criteria)
    assert [(c.text, c.weight) for c in response.lines] == [
        ("States that the buffer is full", 2.0),
        ("Names the delay", 1.0),
    ]


def test_what_is_typed_in_a_terminal_becomes_the_same_text() -> None:
    sentence = units(FLAWS)[3]
    short = from_short(FLAWS, '4: by waiting time\n"its rate": they do not\nI am not sure of the shaper')
    response = read(FLAWS, short)
    assert isinstance(response, Marked) and response.marks[0][:2] == sentence[:2]
    assert [m.reason for m in response.marks] == ["by waiting time", "they do not"]
    assert response.remark == "I am not sure of the shaper"
    assert from_short(FLAWS, "none") == "[no errors]"
    assert from_short(FLAWS, "I do not know") == "I do not know"
    with pytest.raises(BadInput, match="There is no sentence 12; the text has 7"):
        from_short(FLAWS, "12: why")
    assert from_short(STEPS, "3: 0.4 s") == "[first wrong step 3] 0.4 s"
    assert from_short(CHOICE, "second 80 adds delay") == "[choose second 80%] adds delay"


def test_reasons_stand_verbatim_in_the_answer_and_brackets_are_not_typed_words() -> None:
    response = read(FLAWS, samples.RIGHT)
    assert response is not None
    assert all(line in samples.RIGHT for line in reasons(response).splitlines())
    assert typed(samples.RIGHT).split() == "It holds four hundred milliseconds. By waiting time.".split()
    assert typed("[sic] a plain answer") == "[sic] a plain answer"


def test_every_type_shows_its_material() -> None:
    assert material(FLAWS) == samples.MATERIAL
    assert material(STEPS).startswith("1. 4 Mbit") and "Second answer" in material(CHOICE)
    assert material(CRITERIA) == "Why do calls stutter?"


def test_an_indicator_that_code_cannot_tell_is_refused() -> None:
    for field, value in (("flaw", "nowhere"), ("spares", "not a decoy"), ("outcome", "choice")):
        document = samples.flaws()
        document["indicators"][-1][field] = value
        with pytest.raises(ValueError, match="indicator 'flaws-words'"):
            samples.question(document)


def test_a_pack_without_work_samples_keeps_its_hash() -> None:
    plain = samples.pack()
    assert "flaw" not in plain.canonical_json() and "outcome" not in plain.canonical_json()
    assert Rubric.model_validate(samples.pack(samples.flaws()).model_dump(mode="json")) == samples.pack(samples.flaws())
