"""A ranked list says where reading on is worth less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.cutoff import Cut, Ranked, cuts

GOOD, OPEN, EMPTY = Ranked(0, True), Ranked(1, True), Ranked(2, False)


def test_a_line_stands_after_the_last_who_is_known_to_meet_every_must() -> None:
    assert cuts([GOOD, OPEN, GOOD, OPEN]) == {3: Cut.EVERY}


def test_where_nobody_meets_every_must_it_stands_after_those_who_meet_most() -> None:
    assert cuts([OPEN, OPEN, OPEN._replace(missing=3)]) == {2: Cut.MOST} and cuts([OPEN, OPEN]) == {}


def test_a_second_line_stands_where_nothing_speaks_for_anybody_any_more() -> None:
    assert cuts([GOOD, OPEN, EMPTY]) == {1: Cut.EVERY, 2: Cut.SPEAKS}


def test_two_lines_at_one_place_are_the_one_about_musts() -> None:
    assert cuts([GOOD, EMPTY]) == {1: Cut.EVERY}


def test_where_all_meet_everything_the_line_is_the_end_of_the_first_tie_band() -> None:
    banded = [GOOD._replace(band=band) for band in (1, 1, 2, 3)]
    assert cuts(banded) == {2: Cut.BAND} and cuts(banded[:2]) == cuts(banded[1:]) == cuts([]) == {}


entry = st.builds(Ranked, st.integers(0, 3), st.booleans(), st.one_of(st.none(), st.integers(1, 3)))


@given(st.lists(entry, max_size=8))
def test_whoever_stands_below_a_line_is_as_it_says(entries: list[Ranked]) -> None:
    least = min((one.missing for one in entries), default=0)
    for above, cut in cuts(entries).items():
        assert 0 < above < len(entries) and (cut is not Cut.EVERY or least == 0)
        below = entries[above:]
        if cut in (Cut.EVERY, Cut.MOST):
            assert all(one.missing > least for one in below)
        elif cut is Cut.SPEAKS:
            assert not any(one.speaks for one in below)
