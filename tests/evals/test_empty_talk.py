"""The banks of empty answers are whole, and are found for the pack they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packs_examples import pack
from vetting.domain.rubric import Rubric
from vetting.domain.text import words
from vetting.errors import BadInput
from vetting.evals.empty_talk import BESIDE, GENERIC, empty_answers, generic
from vetting.evals.phrases import spoken
from vetting.packs import installed_rubrics

SHIPPED = [rubric for _, rubric in installed_rubrics()]
OWN = Rubric.model_validate(pack())


def beside(folder: Path, text: str) -> Path:
    (folder / BESIDE).mkdir()
    (folder / BESIDE / "test.pack.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("rubric", SHIPPED, ids=[r.id for r in SHIPPED])
def test_every_shipped_pack_has_an_empty_answer_of_usual_length_to_each_question(rubric: Rubric) -> None:
    found = empty_answers(rubric)
    assert found.bank == rubric.id
    assert set(found.by_question) == {q.id for q in spoken(rubric)}
    for answers in found.by_question.values():
        assert [50 <= len(answer.split()) <= 95 for answer in answers] == [True]


def test_the_generic_answers_are_a_dozen_or_more_and_all_different() -> None:
    openings = {tuple(words(answer)[:4]) for answer in generic()}
    assert len(openings) == len(generic()) >= 12
    assert all(50 <= len(answer.split()) <= 95 for answer in generic())


def test_a_pack_without_a_bank_gets_the_generic_answers_for_each_question() -> None:
    found = empty_answers(OWN)
    assert found.bank == GENERIC
    assert set(found.by_question.values()) == {generic()}


def test_a_bank_beside_a_pack_is_used_and_what_it_leaves_out_gets_the_generic_answers(tmp_path: Path) -> None:
    folder = beside(tmp_path, "rubric: test.pack\nwritten_by: us\nanswers:\n  q0-0: It is a matter of experience.\n")
    found = empty_answers(OWN, folder)
    assert found.bank == "test.pack"
    assert found.by_question["q0-0"] == ("It is a matter of experience.",)
    assert found.by_question["q0-1"] == generic()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rubric: other.pack\nwritten_by: us\nanswers: {}\n", "bank of other.pack"),
        ("rubric: test.pack\nwritten_by: us\nanswers: {nowhere: Well.}\n", "no question 'nowhere'"),
        ("rubric: test.pack\nanswers: {}\n", "written_by"),
        ("rubric: [\n", "not valid YAML"),
    ],
)
def test_a_bank_that_does_not_fit_is_refused_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"test\.pack\.yaml") as caught:
        empty_answers(OWN, beside(tmp_path, text))
    assert said in caught.value.message
