"""The phrase banks keep the rules that make the simulation honest."""

import pytest

from vetting.errors import BadInput, NotFound
from vetting.evals.phrases import NEAR, banks, checked, faults, nearness, read_bank, spoken
from vetting.evals.styles import LEAST_CHANGE, Style, change, restyled
from vetting.packs import load_rubric


@pytest.mark.parametrize("slug", banks())
def test_a_bank_says_all_of_its_pack_in_other_words(slug: str) -> None:
    rubric = load_rubric(slug)
    bank = read_bank(rubric)
    assert faults(bank, rubric) == []
    assert nearness(bank, rubric) <= NEAR
    assert len(bank.filler) >= 20


def test_a_bank_that_copies_its_pack_is_found_out() -> None:
    rubric = load_rubric(banks()[0])
    bank, question = read_bank(rubric), spoken(rubric)[0]
    indicator = question.indicators[0]
    said = bank.questions[question.id]
    copied = said.model_copy(update={"indicators": {**said.indicators, indicator.id: (indicator.statement,)}})
    found = faults(bank.model_copy(update={"questions": {**bank.questions, question.id: copied}}), rubric)
    assert any("6 words in a row" in fault for fault in found)
    assert any("two statements" in fault for fault in found)


def test_a_bank_that_leaves_something_out_is_found_out() -> None:
    rubric = load_rubric(banks()[0])
    bank, question = read_bank(rubric), spoken(rubric)[0]
    said = bank.questions[question.id]
    less = said.model_copy(update={"indicators": dict(list(said.indicators.items())[1:]) | {"made-up": ("a", "b")}})
    with pytest.raises(BadInput, match=f"nothing is said for {question.indicators[0].id}"):
        checked(bank.model_copy(update={"questions": {**bank.questions, question.id: less}}), rubric, "bank.yaml")


def test_a_pack_without_a_bank_is_named_with_those_that_have_one() -> None:
    rubric = load_rubric(banks()[0]).model_copy(update={"id": "arts.juggling"})
    with pytest.raises(NotFound, match=banks()[0]):
        read_bank(rubric)


@pytest.mark.parametrize("style", [style for style in Style if style is not Style.PLAIN])
def test_a_style_changes_three_tenths_of_the_tokens(style: Style) -> None:
    said = [s for slug in banks() for s in read_bank(load_rubric(slug)).sentences()]
    changes = sorted(change(s, restyled(s, style)) for s in said)
    assert sum(changes) / len(changes) >= LEAST_CHANGE
    assert changes[len(changes) // 4] >= LEAST_CHANGE - 0.02


def test_a_sentence_is_always_restyled_the_same_way() -> None:
    sentence = "The window is halved because a loss counts as congestion."
    for style in Style:
        assert restyled(sentence, style) == restyled(sentence, style)
    assert restyled(sentence, Style.PLAIN) == sentence
