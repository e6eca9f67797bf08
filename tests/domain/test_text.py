"""Text as evidence: what is found in normalised text must be found, character for character, in the original."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.text import (
    baseline_words,
    content_words,
    invisible,
    normalise,
    sentences,
    stem,
    words,
)

ODD = st.text(
    alphabet=st.characters(exclude_categories=["Cs"])
    | st.sampled_from("\u200b\u00ad\ufb01é\u0301\u1100\u1161.;:\n -1)")
)


def pieces(text: str) -> list[str]:
    return [s.text for s in sentences(text)]


@given(ODD)
def test_every_sentence_stands_verbatim_at_its_place_and_in_order(text: str) -> None:
    found = sentences(text)
    assert all(text[s.start : s.end] == s.text for s in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(ODD)
def test_only_list_marks_are_lost_between_sentences(text: str) -> None:
    covered = {i for s in sentences(text) for i in range(s.start, s.end)}
    for word in re.finditer(r"[^\W\d_]{5,}", text):
        assert covered.issuperset(range(word.start(), word.end()))


@given(ODD)
def test_normalised_characters_know_where_they_come_from(text: str) -> None:
    plain = normalise(text)
    assert len(plain.text) == len(plain.starts) == len(plain.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(plain.starts, plain.ends, strict=True))
    assert list(plain.starts) == sorted(plain.starts)
    assert not any(invisible(c) for c in plain.text)
    visible = "".join(c for c in text if not invisible(c))
    assert plain.text == "".join(c for c in unicodedata.normalize("NFKC", visible) if not invisible(c))


def test_a_quote_found_in_normalised_text_is_verbatim_in_the_original() -> None:
    original = "The ﬁ\u200brst hop cafe\u0301 drops\u00a0it."
    plain = normalise(original)
    start = plain.text.index("first hop café")
    span = plain.original(start, start + len("first hop café"))
    assert original[span.start : span.end] == "ﬁ\u200brst hop cafe\u0301"


def test_a_range_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="lies outside"):
        normalise("abc").original(1, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is lost.Then cwnd halves. Then e.g. RFC 5681 says 3.5 ms.", 3),
        ("1. UDP is fast 2. TCP is slow 3. Both use ports.", 3),
        ("It has: - a number, - a window and - a pointer.", 3),
        ("- one thing\n- another thing\n", 2),
        ("first part; second part", 2),
        ("P(X less than 10) = (1 - P_B) for 0, 1, …, 9 packets", 1),
        ("", 0),
        (" ?! \n", 0),
    ],
)
def test_lists_clauses_and_sloppy_stops_are_told_apart(text: str, expected: int) -> None:
    assert len(pieces(text)) == expected


def test_a_line_wrapped_in_mid_sentence_stays_one_sentence() -> None:
    text = "The sender thinks that every missing segment means\na full queue somewhere. So it slows down."
    assert pieces(text)[0].endswith("a full queue somewhere.")


def test_a_sentence_without_end_is_cut_into_pieces_of_readable_length() -> None:
    endless = "and then the router looks at the packet and decides where it goes " * 20
    found = sentences(endless)
    assert len(found) > 3
    assert all(len(s.text.split()) <= 60 for s in found)
    assert sum(len(s.text.split()) for s in found) == len(endless.split())


def test_tokens_follow_the_pinned_definition() -> None:
    assert words("TCP's ss_thresh = 10, Größe") == ["tcp's", "ss", "thresh", "10", "gr", "e"]
    assert baseline_words("The loss is not on the link") == ["loss", "link"]


def test_content_words_leave_out_what_carries_none() -> None:
    assert content_words("I would check the MTU of 1500 on a tunnel") == ["check", "mtu", "1500", "tunnel"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("routes", "routing"),
        ("assigned", "assignment"),
        ("congested", "congestion"),
        ("acknowledge", "acknowledgement"),
        ("stopping", "stop"),
        ("dynamically", "dynamic"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1))
def test_a_stem_is_never_empty_nor_longer_than_its_word(word: str) -> None:
    assert 0 < len(stem(word)) <= len(word) + 1


def test_a_raised_digit_before_a_full_stop_is_no_number_of_a_list() -> None:
    assert [s.text for s in sentences("As noted in ¹. The rest follows.")] == ["As noted in ¹.", "The rest follows."]
