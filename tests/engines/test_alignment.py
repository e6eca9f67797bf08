"""Word against word: a copy gains everything, the question repeated nothing, and the place is short."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.text import sentences
from vetting.engines.alignment import (
    ContentWords,
    Gains,
    among,
    best_window,
    content,
    focus,
    gains,
    side_by_side,
    windows,
)
from vetting.index.embedder import HashEmbedder

WORDS = st.lists(
    st.sampled_from("loss radio window queue packet valve stenosis delay bits sender the of is".split()), max_size=30
).map(" ".join)


def seen(text: str) -> ContentWords:
    return content(text, HashEmbedder().word_vectors([text])[0])


def gained(claim: str, answer: str, question: str = "") -> Gains:
    return gains(side_by_side([seen(claim)]), seen(answer), seen(question), sentences(answer))


def gain(claim: str, answer: str, question: str = "") -> float:
    return float(gained(claim, answer, question).said.max())


def place(claim: str, answer: str) -> str:
    parts = sentences(answer)
    window = windows(parts)[best_window(gained(claim, answer).said[:, 0], len(parts))]
    return answer[window.start : window.end]


def test_a_copy_gains_everything_and_a_stranger_nothing() -> None:
    claim = "the window is halved after loss"
    assert gain(claim, f"Well. {claim}. Yes.") > 0.9
    assert gain(claim, "calcified aortic valves narrow slowly") < 0.2


def test_words_that_the_question_gave_away_gain_nothing() -> None:
    question = "What happens to the window after loss?"
    assert gain("the window is halved after loss", question, question) < 0.2


def test_the_place_is_the_sentence_that_says_it() -> None:
    answer = "I like radio. The window is halved after loss. Valves are calcified."
    assert place("window halved after loss", answer) == "The window is halved after loss."


def test_words_scattered_over_a_long_answer_are_no_statement() -> None:
    near = "The window is halved after loss. " + "Valves are calcified. " * 8
    far = "The window. " + "Valves are calcified. " * 4 + "Halved. " + "Valves are calcified. " * 4 + "Loss."
    assert gain("window halved loss", near) > gain("window halved loss", far) + 0.3


@given(WORDS, WORDS, WORDS)
def test_gain_and_focus_stay_in_their_range(claim: str, answer: str, question: str) -> None:
    parts = sentences(answer)
    found = gained(claim, answer, question)
    assert found.said.shape == found.near.shape == (len(windows(parts)), 1)
    assert ((found.said >= -0.5) & (found.said <= 1)).all()
    assert np.isfinite(found.near).all()
    assert -1 <= focus(seen(answer), seen(claim), seen(question)) <= 1


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS, WORDS)
def test_texts_side_by_side_gain_what_each_gains_alone(claims: list[str], answer: str, question: str) -> None:
    together = gains(side_by_side([seen(c) for c in claims]), seen(answer), seen(question), sentences(answer))
    for at, claim in enumerate(claims):
        alone = gained(claim, answer, question)
        assert np.allclose(together.said[:, at], alone.said[:, 0], atol=2e-4)
        assert np.allclose(together.near[:, at], alone.near[:, 0], atol=2e-4)


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_kin_gain_on_each_other_what_they_would_as_answers(claims: list[str], question: str) -> None:
    kin = among(side_by_side([seen(c) for c in claims]), seen(question))
    for row, said in enumerate(claims):
        for column, claim in enumerate(claims):
            whole = gained(claim, said, question).said if seen(said).stems and seen(claim).stems else None
            assert whole is None or np.isclose(kin[row, column], whole.max(), atol=2e-4)


@given(WORDS, WORDS)
def test_saying_more_never_loses_a_gain_by_much(claim: str, answer: str) -> None:
    if seen(answer).stems and seen(claim).stems:
        assert gain(claim, f"{answer}. Something else entirely here.") >= gain(claim, answer) - 0.03


def test_windows_are_runs_of_neighbours() -> None:
    assert len(windows(sentences("One. Two. Three. Four."))) == 4 + 3 + 2
    assert windows(()) == []
    assert np.array(seen("the of is").vectors).shape[0] == 0
