"""The correlation with outcomes: nothing below thirty pairs, and an interval that covers as often as it says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.validity import ENOUGH, correlation


@given(st.lists(st.tuples(st.floats(1, 5), st.floats(1, 5)), max_size=ENOUGH - 1))
def test_fewer_than_thirty_pairs_say_nothing(pairs: list[tuple[float, float]]) -> None:
    assert correlation(pairs) is None


def test_one_side_that_is_always_the_same_says_nothing() -> None:
    assert correlation([(3.0, float(n)) for n in range(ENOUGH)]) is None


@given(st.lists(st.tuples(st.integers(10, 50), st.integers(1, 5)), min_size=ENOUGH, max_size=90))
def test_the_interval_holds_the_value_and_stays_within_a_correlation(pairs: list[tuple[int, int]]) -> None:
    found = correlation([(float(a), float(b)) for a, b in pairs])
    if found is not None:
        assert -1 <= found.low <= found.value + 1e-9 and found.value - 1e-9 <= found.high <= 1
        assert found.n == len(pairs)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, rho, hits = np.random.default_rng(7), 0.5, 0
    truth = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's rho of a bivariate normal with Pearson's rho
    for _ in range(400):
        x = rng.standard_normal(60)
        y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(60)
        found = correlation(list(zip(x, y, strict=True)))
        assert found is not None
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 400 <= 0.98
