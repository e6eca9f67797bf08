"""A text for a client does not say whose it is, and stays a text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.withheld import withheld

NAME = st.text(st.sampled_from("abcdéß"), min_size=2, max_size=6)


@pytest.mark.parametrize(
    ("text", "names", "shown"),
    [
        ("I, Ana Reyes, measured it.", ["Ana Reyes"], "I, [name] [name], measured it."),
        ("ANALYSIS by ana, says reyes' team", ["Ana Reyes"], "ANALYSIS by [name], says [name]' team"),
        ("Write to ana.r@x.org", ["ana.r"], "Write to [name].r@x.org"),
        ("O'Neill and Müller-Lüdenscheidt", ["Müller-Lüdenscheidt"], "O'Neill and [name]-[name]"),
        ("Nothing here", ["X"], "Nothing here"),
        ("a (b) .*", ["(b) .*"], "a (b) .*"),
    ],
)
def test_each_word_of_a_name_is_withheld_wherever_it_stands_alone(text: str, names: list[str], shown: str) -> None:
    assert withheld(text, names) == shown


@given(st.lists(NAME, min_size=1, max_size=3), st.lists(NAME, max_size=6))
def test_no_word_of_a_name_is_left(names: list[str], others: list[str]) -> None:
    found = withheld(" ".join([*others, *names, *others]), names)
    assert not {w.casefold() for w in re.findall(r"\w+", found)} & {n.lower() for n in names}
