"""Slips are read over where only one word of the pack can be meant; everything else stays as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.text import normalise
from vetting.engines.spelling import respelt, vocabulary

OWN = vocabulary(
    ("The sender halves its congestion window after a retransmission timeout.", "Queues fill before loss.")
)


def read(text: str) -> str:
    return respelt(normalise(text), OWN).text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("congetsion", "congestion"),  # two letters exchanged
        ("retransmision", "retransmission"),  # one left out
        ("Windwo", "window"),
        ("conges", "congestion"),  # cut short
        ("retransm", "retransmission"),
    ],
)
def test_a_slip_is_read_as_the_packs_word(written: str, meant: str) -> None:
    assert read(f"The {written} of it") == f"The {meant} of it"


@pytest.mark.parametrize("word", ["widow", "lass", "quest", "BBR", "cwnd", "zzzz", "fall", "sander"])
def test_english_and_strange_words_stay(word: str) -> None:
    assert read(f"a {word} b") == f"a {word} b"


def test_a_word_that_could_be_two_of_the_pack_stays() -> None:
    own = vocabulary(("throughput and throughflow",))
    assert respelt(normalise("the throug falls"), own).text == "the throug falls"


def test_quotes_are_still_what_the_candidate_wrote() -> None:
    answer = "Well\u00a0— the congetsion windwo halves."
    plain = respelt(normalise(answer), OWN)
    at = plain.text.index("congestion window")
    span = plain.original(at, at + len("congestion window"))
    assert answer[span.start : span.end] == "congetsion windwo"


@given(st.text(alphabet="abcdeghinostuw .,\n\u00e9", max_size=60))
def test_every_place_of_the_read_text_has_its_place_in_the_written_one(answer: str) -> None:
    plain = respelt(normalise(answer), OWN)
    assert len(plain.text) == len(plain.starts) == len(plain.ends)
    assert list(plain.starts) == sorted(plain.starts)
    assert all(0 <= a < b <= len(answer) for a, b in zip(plain.starts, plain.ends, strict=True))
