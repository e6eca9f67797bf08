"""Live counts agree with the ranking that they announce."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.people import facts, pool, project, ranked
from vetting.domain.remaining import remaining

PEOPLE = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "hours_per_week": st.integers(1, 40).map(float),
            "rate": st.integers(20, 200).map(lambda n: {"amount": n, "currency": "EUR"}),
        },
    ),
    max_size=12,
)
ASKED = st.permutations(
    [
        {"id": "h", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10},
        {"id": "r", "kind": "must", "fact": "rate", "op": "<=", "value": {"amount": 100, "currency": "EUR"}},
        {"id": "n", "kind": "nice", "fact": "hours_per_week", "op": ">=", "value": 30},
        {"id": "t", "kind": "must", "topic": "queues"},
    ]
)


@given(PEOPLE, ASKED)
def test_who_is_left_at_the_end_is_who_is_ranked_and_no_requirement_brings_anybody_back(
    people: list[dict[str, Any]], asked: list[dict[str, Any]]
) -> None:
    experts = pool({f"e{n:02}": facts(**one) for n, one in enumerate(people)})
    ranking = ranked(project(asked), experts)
    found = remaining(ranking)
    left = [found.experts, *(c.left for c in found.counts)]
    assert left == sorted(left, reverse=True) and left[-1] == found.left == len(ranking.order)
    for before, count in zip(left, found.counts, strict=False):
        assert count.met + count.not_met + count.no_evidence == len(people)
        assert before - count.left <= (count.not_met if count.must else 0)
