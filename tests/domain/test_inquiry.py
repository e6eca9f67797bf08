"""What is asked of an expert: what nobody knows and asking can find out, each thing once."""

from __future__ import annotations

from typing import Any

from vetting.domain.facts import Fact
from vetting.domain.inquiry import ASKS, needed

REQUIREMENTS: list[dict[str, Any]] = [
    {"id": "h", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10},
    {"id": "en", "kind": "must", "fact": "languages.en", "op": ">=", "value": "C1"},
    {"id": "de", "kind": "nice", "fact": "languages", "op": ">=", "value": {"de": "B2"}},
    {"id": "lic", "kind": "must", "fact": "licences", "op": "overlaps", "value": ["medical"]},
    {"id": "a", "kind": "must", "competency": "test.pack/alpha", "min_level": 3},
    {"id": "b", "kind": "must", "competency": "test.pack/beta", "min_level": 3},
    {"id": "t", "kind": "nice", "topic": "queues"},
]


def finding(
    id: str, status: str = "no_evidence", source: str | None = None, note: str = "not stated"
) -> dict[str, Any]:
    return {"id": id, "status": status, "source": source, "note": note}


def test_facts_are_asked_once_and_competencies_of_one_rubric_are_one_interview() -> None:
    found = needed(REQUIREMENTS, [finding(i) for i in ("h", "en", "de", "a", "b", "t", "conflict")])
    assert found.facts == (Fact.HOURS, Fact.LANGUAGES)
    assert found.rubrics == {"test.pack": ("test.pack/alpha", "test.pack/beta")}


def test_what_is_known_or_only_claimed_is_not_asked_but_a_licence_that_lapsed_is() -> None:
    claimed = finding("lic", source="licences: medical (Portugal)", note="only claimed")
    lapsed = finding("lic", source="licences: medical (Portugal)", note="expired")
    assert not needed(REQUIREMENTS, [finding("h", "met", "12"), finding("a", "not_met", "said"), claimed])
    assert needed(REQUIREMENTS, [lapsed]).facts == (Fact.LICENCES,)


def test_every_fact_that_can_be_required_can_be_asked_for() -> None:
    assert set(ASKS) == set(Fact)
