"""Denials: a person who says what they are not gives no evidence of being it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.denial import NOTHING, affirmations, affirmed, denials
from vetting.domain.profile import embedding_text


@pytest.mark.parametrize(
    "said",
    [
        "Not a physician.",
        "I am not a physician.",
        "I'm not a licensed engineer.",
        "I have never worked with PyTorch",
        "Have not worked with PyTorch yet.",
        "no experience in tax law",
        "Ten years of work without any experience in tax law.",
        "I don't speak German.",
        "I lack formal training in statistics.",
        "Not licensed to practise in Germany.",
        "No tax law.",
        "Tax law: none",
        "Little or no knowledge of Kubernetes.",
        "I cannot prescribe.",
        "Keine Erfahrung im Steuerrecht.",
        "Ich habe noch nie mit PyTorch gearbeitet.",
        "Aucune expérience en droit fiscal.",
        "Sin experiencia en derecho fiscal.",
    ],
)
def test_what_somebody_says_they_are_not_is_a_denial(said: str) -> None:
    assert [one.text for one in denials(said)] == [said]
    assert affirmations(said) == () and embedding_text(said, "") == NOTHING


@pytest.mark.parametrize(
    "said",
    [
        "Not only reviewed contracts, also drafted them.",
        "Built a model that does not leak memory.",
        "Taught Python to students with no experience in programming.",
        "Never missed a deadline in nine years.",
        "No downtime in five years of operation.",
        "Cut latency without loss of quality.",
        "Non-Hodgkin lymphoma and NoSQL stores.",
        "Designed screens for people who have never used a computer.",
        "No experience needed: wrote the course for beginners.",
        "Showed that the router is not a bottleneck.",
        "Lawyer without borders since 2015.",
        "Trained a classifier with no training data of its own.",
    ],
)
def test_a_negation_about_something_else_denies_nothing(said: str) -> None:
    assert denials(said) == () and affirmed(said, "") == (said, "")


def test_of_a_sentence_that_turns_only_the_denying_part_is_left_out() -> None:
    said = "Ten years of corporate law, but no experience in tax law. Led two mergers."
    assert affirmations(said) == ("Ten years of corporate law", "Led two mergers.")
    assert embedding_text("Counsel", said) == "Counsel. Ten years of corporate law Led two mergers."
    assert affirmations("Although I have no experience in tax law, I led mergers.") == ("I led mergers.",)


def test_a_skill_of_which_the_text_says_none_takes_its_title_along() -> None:
    assert embedding_text("Tax law", "No experience in tax law.") == NOTHING
    assert embedding_text("Counsel, Northgate", "No experience in tax law.") == "Counsel, Northgate"


@pytest.mark.parametrize(
    ("topic", "covered"),
    [("tax law", True), ("Experience in tax law", True), ("tax law of Germany", False), ("experience", False)],
)
def test_a_denial_is_of_a_topic_whose_words_it_holds(topic: str, covered: bool) -> None:
    (denial,) = denials("no experience in tax law")
    assert denial.covers(topic) is covered


@given(
    st.text(alphabet=st.sampled_from("not never no I have worked, but with. experience\nPyTorch; n't"), max_size=200)
)
def test_what_is_kept_and_what_is_denied_stands_word_for_word_in_the_text(text: str) -> None:
    assert all(one.text in text for one in denials(text)) and all(part in text for part in affirmations(text))
