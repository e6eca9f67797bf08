"""A number is not torn from its unit at the end of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.typography import NO_BREAK, unbroken


@pytest.mark.parametrize(
    "together",
    ["2 s", "40 ms", "90 %", "500 kB", "100 Mbit/s", "1.5 mg", "120 mmHg", "10 GBP", "3 years", "5 °C", "§ 305"],
)
def test_a_number_and_its_unit_stay_on_one_line(together: str) -> None:
    assert unbroken(f"It takes {together}, not more.") == f"It takes {together.replace(' ', NO_BREAK)}, not more."


@pytest.mark.parametrize("apart", ["in 2026 she", "5 people", "chapter 3 says", "2 squares", "4 miles away"])
def test_other_words_after_a_number_may_go_to_the_next_line(apart: str) -> None:
    assert unbroken(apart) == apart


@given(st.text())
def test_nothing_but_spaces_changes(text: str) -> None:
    assert unbroken(text).replace(NO_BREAK, " ") == text.replace(NO_BREAK, " ")
    assert unbroken(unbroken(text)) == unbroken(text)
