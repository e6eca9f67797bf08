"""What the embedded rater is fitted on: complete, written apart from what it is measured with, and reproducible."""

import pytest

from vetting.domain.text import words
from vetting.evals.phrases import RUN, banks, read_bank, spoken
from vetting.evals.rater_training import EACH, made, near_misses, talk_of
from vetting.packs import installed_rubrics, load_rubric

PACKS = [rubric.id for _, rubric in installed_rubrics()]


def runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[i : i + RUN]) for i in range(len(said) - RUN + 1)}


@pytest.mark.parametrize("slug", PACKS)
def test_every_question_in_words_has_examples_and_near_misses_of_all_it_looks_for(slug: str) -> None:
    rubric = load_rubric(slug)
    misses = near_misses(rubric).questions
    for question in spoken(rubric):
        targets = {**misses[question.id].indicators, **misses[question.id].misconceptions}
        assert set(targets) == set(question.statements())
        assert all(len(set(texts)) >= 2 for texts in targets.values())
        assert all(len(set(target.examples)) >= 2 for target in (*question.indicators, *question.misconceptions))


@pytest.mark.parametrize("slug", PACKS)
def test_no_example_is_also_a_near_miss_or_the_packs_own_wording(slug: str) -> None:
    rubric = load_rubric(slug)
    misses = near_misses(rubric).questions
    for question in spoken(rubric):
        own = {run for text in question.statements().values() for run in runs(text)}
        for indicator in question.indicators:
            assert not set(indicator.examples) & set(misses[question.id].indicators[indicator.id])
            assert not any(runs(text) & own for text in indicator.examples)


@pytest.mark.parametrize("slug", banks())
def test_simulated_people_say_none_of_it(slug: str) -> None:
    rubric = load_rubric(slug)
    learnt = {run for a in made(rubric, near_misses(rubric), talk_of(rubric)) for run in runs(a.text)}
    assert not [text for text in read_bank(rubric).sentences() if runs(text) & learnt]


def test_answers_are_made_the_same_way_again_and_never_say_what_they_are_compared_with() -> None:
    rubric = load_rubric(PACKS[0])
    first, again = (list(made(rubric, near_misses(rubric), talk_of(rubric))) for _ in range(2))
    assert first == again
    assert len(first) == EACH * len(spoken(rubric))
    for answer in first:
        assert not any(wording in answer.text for claim in answer.claims for wording in claim.phrases if wording)
