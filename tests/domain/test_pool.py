"""Columns and best-three scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vetting.domain.pool import SINGLE_ITEM_SE, Column, best_three

COSINES = st.lists(st.tuples(st.integers(0, 4), st.floats(-1, 1)), max_size=40)


@settings(deadline=None)
@given(COSINES)
def test_a_score_is_the_mean_of_the_three_best_cosines_of_an_expert(items: list[tuple[int, float]]) -> None:
    owners = np.array([owner for owner, _ in items], dtype=np.int64)
    cosines = np.array([cosine for _, cosine in items])
    found = best_three(cosines, owners, 5)
    for expert in range(5):
        own = sorted((c for o, c in items if o == expert), reverse=True)[:3]
        expected = min(max(sum(own) / len(own), 0), 1) if own else 0.0
        assert found.score[expert] == pytest.approx(expected)
        assert (found.best[expert] == -1) == (not own)
        if own:
            assert owners[found.best[expert]] == expert and cosines[found.best[expert]] == own[0]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=9), st.floats(0, 1))
def test_another_item_never_lowers_the_score_of_a_full_profile(cosines: list[float], more: float) -> None:
    before = best_three(np.array(cosines), np.zeros(len(cosines), dtype=np.int64), 1)
    after = best_three(np.array([*cosines, more]), np.zeros(len(cosines) + 1, dtype=np.int64), 1)
    assert after.score[0] >= before.score[0] - 1e-12


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_cosine_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        best_three(np.array([0.5, bad]), np.array([0, 1]), 2)


def test_one_item_alone_has_a_stated_uncertainty_and_none_has_none() -> None:
    found = best_three(np.array([0.5]), np.array([1]), 2)
    assert found.se.tolist() == [0.0, SINGLE_ITEM_SE]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None])))
def test_a_column_gives_back_what_went_in(values: list[str | None]) -> None:
    column = Column.of(values)
    assert [column[row] for row in range(len(values))] == values
    assert len(column.values) == len(set(values))
