"""Then and now: everybody of both lists, once, with what is new."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.shortlist_changes import Learned, Place, compare

LISTS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def places(experts: list[str], status: str = "met") -> list[Place]:
    return [Place(e, e.upper(), n, 1 / n, {"hours": status}) for n, e in enumerate(experts, start=1)]


@given(LISTS, LISTS)
def test_everybody_of_both_lists_is_told_of_once(then: list[str], now: list[str]) -> None:
    found = compare(places(then), places(now), {e: "gone" for e in then})
    assert sorted(m.expert for m in found) == sorted({*then, *now})
    assert [m.expert for m in found if m.after] == now
    for moved in found:
        assert (moved.why == "gone") == (moved.after is None)
        assert moved.same == (moved.before is not None and moved.before == moved.after)


def test_what_became_known_is_told() -> None:
    (found,) = compare(places(["a"], "no_evidence"), places(["a"]), {})
    assert found.learned == (Learned("hours", "no_evidence", "met"),) and not found.same
