"""Texts and addresses of two people that are nearly the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.likeness import alike_items, normalised_email
from vetting.domain.near_copies import NEAR_COPY, runs, shared

TEXT = (
    "A queue that overflowed is what a loss means to us, and so the sender halves its window and waits until the "
    "delay has come down again before it tries to send more than it did at the time of the loss."
)
OTHER = (
    "When packets vanish we take it that some buffer was full somewhere, which is why half of the window goes at once; "
    "growth resumes later and slowly, one segment for every round trip that passes without trouble."
)


def test_a_copy_with_some_words_changed_is_near_and_another_text_on_the_same_is_not() -> None:
    changed = " ".join("thus" if n % 10 == 9 else w for n, w in enumerate(TEXT.split()))
    assert shared(runs(TEXT), runs(changed)) >= NEAR_COPY
    assert shared(runs(TEXT), runs(OTHER)) < NEAR_COPY


def test_what_both_have_from_the_question_does_not_count() -> None:
    assert shared(runs(TEXT, TEXT), runs(TEXT, TEXT)) == 0


def test_short_texts_are_not_compared() -> None:
    assert shared(runs("I do not know that one, sorry."), runs("I do not know that one, sorry.")) == 0


@given(st.text(max_size=300), st.text(max_size=300))
def test_likeness_is_symmetric_and_a_share(one: str, other: str) -> None:
    a, b = runs(one), runs(other)
    assert shared(a, b) == shared(b, a) and 0 <= shared(a, b) <= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana.Reyes@gmail.com", "anareyes+work@googlemail.com"),
        ("ana@example.org", " ANA@example.org "),
        ("ana+vetting@example.org", "ana@example.org"),
    ],
)
def test_addresses_of_one_mailbox_meet(one: str, other: str) -> None:
    assert normalised_email(one) == normalised_email(other) != ""


@pytest.mark.parametrize("address", [None, "", "ana", "@example.org", "ana@"])
def test_what_is_no_address_meets_nobody(address: str | None) -> None:
    assert normalised_email(address) == ""


def test_dots_are_kept_where_they_tell_people_apart() -> None:
    assert normalised_email("a.reyes@example.org") != normalised_email("areyes@example.org")


def test_profiles_are_alike_when_most_of_their_items_are() -> None:
    assert alike_items([TEXT, OTHER], [OTHER, TEXT, "More of it"]) == 1
    assert alike_items([TEXT], [TEXT]) == 0, "one item is too thin to tell"
    assert alike_items([TEXT, OTHER], ["something else", "entirely"]) == 0
