"""Marks lean a ranking by what they may weigh, keep its sums, and are undone without a trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.people import facts, flat_scores, order, pool, project, ranked
from vetting.domain.matching import MARKS
from vetting.domain.preference import DECLINED, WEIGHT, leaned, ordered, taste

UNIT = st.floats(0, 1)
ASKED = [{"id": "h", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10}]


@given(st.lists(st.tuples(UNIT, UNIT, st.integers(1, 40)), min_size=1, max_size=9))
def test_parts_still_sum_to_a_fit_between_nought_and_one_and_nobody_comes_back(
    people: list[tuple[float, float, int]],
) -> None:
    experts = pool({f"e{n}": facts(hours_per_week=hours) for n, (_, _, hours) in enumerate(people)})
    of = project(ASKED)
    straight = ranked(of, experts, flat_scores(of, experts, people[0][0]))
    near = taste([np.array([m for m, _, _ in people])], [np.array([f for _, f, _ in people])], len(people))
    found = ordered(leaned(straight, near), experts, np.zeros(len(people), dtype=bool))
    for row in range(len(people)):
        parts = found.parts_of(row)
        assert sum(parts.values()) == pytest.approx(found.fit[row], abs=1e-6) and MARKS in parts
        assert -1e-6 <= found.fit[row] <= 1 + 1e-6 and min(parts.values()) >= 0
    assert set(found.order) == set(straight.order) and found.excluded == straight.excluded
    assert (np.diff(found.fit[found.order]) <= 0).all()


@given(UNIT, UNIT, UNIT)
def test_a_mark_moves_a_fit_by_no_more_than_its_weight(liked: float, disliked: float, fit: float) -> None:
    experts = pool({"a": facts()})
    of = project()
    straight = ranked(of, experts, flat_scores(of, experts, fit))
    found = leaned(straight, taste([np.array([liked])], [np.array([disliked])], 1))
    assert abs(found.fit[0] - straight.fit[0]) <= WEIGHT + 1e-5


def test_more_and_fewer_pull_apart_who_was_equal() -> None:
    experts = pool({"a": facts(), "b": facts()})
    straight = ranked(project(), experts)
    nobody = np.zeros(2, dtype=bool)
    near_b = np.array([0.1, 0.9])
    assert order(ordered(leaned(straight, taste([near_b], [], 2)), experts, nobody), experts) == ["b", "a"]
    assert order(ordered(leaned(straight, taste([], [near_b], 2)), experts, nobody), experts) == ["a", "b"]


def test_who_was_declined_is_left_out_and_counted() -> None:
    experts = pool({"a": facts(), "b": facts()})
    found = ordered(ranked(project(), experts), experts, np.array([True, False]))
    assert order(found, experts) == ["b"] and found.excluded == {DECLINED: 1}
