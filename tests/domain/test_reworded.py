"""A rewording passes only when it says what the plain sentences say."""

import pytest
from hypothesis import given, settings

from tests.domain.test_explanation import SOME
from tests.domain.told import evidence
from vetting.domain.feedback import feedback
from vetting.domain.reworded import faults, fingerprint, shown
from vetting.domain.scoring import aggregate
from vetting.domain.sentence import Piece, Sentence, sentence

QUOTE = Piece(kind="quote", text="UDP slows down by itself", turn=3, start=0)
PLAIN = (
    sentence("Around this level, answers name the right thing and leave open when and how far it holds."),
    sentence("To reach level 3: say how it works step by step, with the figure or the test that shows it."),
    sentence("Least was shown in answer 3."),
    sentence("You wrote ", QUOTE, " (answer 3), which was read as a mistake."),
    sentence("The correction: It does not."),
)
GOOD = (
    "Around this level, answers name the right thing, and leave open when and how far it holds. "
    "So to reach level 3, say how it works, step by step, with the figure or the test that shows it. "
    "Least was shown in your answer 3. You wrote “UDP slows down by itself” (answer 3), and it was read as a mistake. "
    "The correction is: it does not."
)


def test_a_smoother_wording_of_the_same_passes() -> None:
    assert faults(PLAIN, GOOD) == []


@pytest.mark.parametrize(
    ("change", "into", "why"),
    [
        ("level 3", "level 4", "other numbers"),
        ("level 3,", "level three,", "words of its own: three"),
        ("your answer 3", "answer 3", None),
        ("Least was shown", "Least was clearly shown", "words of its own: clearly"),
        ("UDP slows down by itself", "UDP slows down", "quote"),
        ("The correction is: it does not.", "", "left out"),
        ("The correction", "Well done! The correction", "added"),
        ("a mistake.", "a mistake, very much so.", "words of its own: very, much"),
        ("the right thing", "the “right” thing", "quote"),
        ("say how it works", "say how it \u200bworks", "cannot be seen"),
        ("answers name", "answers 👍 name", "does not have"),
        ("answers name", "answers отлично name", "does not have"),
        ("name the right thing, and leave open when and how far it holds", "hold far, open, leave; thing right name",
         "another order"),
        ("Least was shown in your answer 3. ", "", "left out"),
    ],
)  # fmt: skip
def test_a_change_of_content_does_not_pass(change: str, into: str, why: str | None) -> None:
    assert change in GOOD
    found = faults(PLAIN, GOOD.replace(change, into, 1))
    assert (found == []) if why is None else any(why in fault for fault in found), found


def test_words_may_not_move_from_one_statement_into_another() -> None:
    moved = GOOD.replace("Least was shown in your answer 3.", "Least was shown in your answer 3, a mistake.")
    assert any("words of its own: mistake" in fault for fault in faults(PLAIN, moved))


def test_a_negation_that_is_lost_or_won_does_not_pass() -> None:
    plain = (sentence("In answer 1 no sentence of yours could be tied to the topic with certainty."),)
    assert any("negations" in f for f in faults(plain, plain[0].text.replace(" no ", " a ")))
    assert any("negations" in f for f in faults(plain, plain[0].text.replace("could", "could no")))


def test_an_empty_an_endless_and_a_repeated_text_do_not_pass() -> None:
    assert faults(PLAIN, " ") and faults(PLAIN, f"{GOOD} {GOOD}") and faults(PLAIN, GOOD + " and so" * 90)


def test_quotation_marks_inside_a_quote_do_not_confuse_the_check() -> None:
    odd = Piece(kind="quote", text='he said "yes”. Level 5.', turn=1, start=0)
    plain: tuple[Sentence, ...] = (sentence("You wrote ", odd, " (answer 1)."),)
    assert faults(plain, plain[0].text) == []
    assert faults(plain, plain[0].text.replace("Level 5", "Level 4"))


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_the_plain_text_itself_always_passes(given_: dict[tuple[str, str], float]) -> None:
    interview = evidence(given_)
    for part in feedback(interview.rubric, interview.transcript, aggregate(interview)).competencies:
        assert faults(part.sentences, part.text) == []


def test_a_stored_wording_is_shown_only_for_the_sentences_it_was_made_from() -> None:
    stored = {"of": fingerprint(PLAIN), "text": GOOD}
    assert shown(PLAIN, stored) == GOOD
    assert shown(PLAIN[1:], stored) is None and shown(PLAIN, None) is None
    assert shown(PLAIN, stored | {"text": GOOD + " Bravo."}) is None
