"""A ranked list says where reading on is worth less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.cutoff import Cut, Ranked, cuts

GOOD, OPEN, EMPTY = Ranked(True, True), Ranked(False, True), Ranked(False, False)


def test_a_line_stands_after_the_last_who_is_known_to_meet_every_must() -> None:
    assert cuts([GOOD, OPEN, GOOD, OPEN]) == {3: Cut.MUSTS}


def test_where_nobody_meets_every_must_the_list_begins_with_saying_so() -> None:
    assert cuts([OPEN, OPEN]) == {0: Cut.MUSTS}


def test_a_second_line_stands_where_nothing_speaks_for_anybody_any_more() -> None:
    assert cuts([GOOD, OPEN, EMPTY]) == {1: Cut.MUSTS, 2: Cut.SPEAKS}


def test_two_lines_at_one_place_are_the_one_about_musts() -> None:
    assert cuts([GOOD, EMPTY]) == {1: Cut.MUSTS}


def test_where_all_meet_everything_the_line_is_the_end_of_the_first_tie_band() -> None:
    banded = [GOOD._replace(band=band) for band in (1, 1, 2, 3)]
    assert cuts(banded) == {2: Cut.BAND} and cuts(banded[:2]) == {} and cuts(banded[1:]) == {}


entry = st.builds(Ranked, st.booleans(), st.booleans(), st.one_of(st.none(), st.integers(1, 3)))


@given(st.lists(entry, max_size=8))
def test_whoever_stands_below_a_line_is_as_it_says(entries: list[Ranked]) -> None:
    for above, cut in cuts(entries).items():
        assert 0 <= above < len(entries)
        if cut is not Cut.BAND:
            assert not any(getattr(one, cut.value) for one in entries[above:])
