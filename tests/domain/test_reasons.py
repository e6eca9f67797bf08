"""Findings and reasons: each about a person holds a verbatim piece of what it rests on."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import TODAY, facts, pool, project, ranked, standing
from vetting.domain.facts import Status
from vetting.domain.matching import TOPIC_MET
from vetting.domain.pool import best_three
from vetting.domain.reasons import LONGEST_SNIPPET, Explanation, ItemText, breaches, explain, snippet

ITEM = ItemText("project", "Fairness bench", "Nobody asked for it. It compares queue management schemes.", "2022")
ASKED = [
    {"id": "transport", "kind": "must", "competency": "soft.net/transport", "min_level": 3},
    {"id": "queues", "kind": "nice", "topic": "queue management"},
    {"id": "hours", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10},
]


def explained(
    *, score: float = 0.5, level: float | None = 3.8, p: float = 0.9, hours: float | None = 14
) -> Explanation:
    held = facts() if hours is None else facts(hours_per_week=hours)
    standings = {} if level is None else {"a": standing(level, p_above=p)}
    experts = pool({"a": held}, standings=standings, conflicts={"a": ["Northgate"]})
    scores = best_three(np.array([score]), np.array([0]), 1)
    of = project(ASKED, client="Quillback")
    ranking = ranked(of, experts, {"queues": scores})
    return explain(ranking, 0, experts, {0: ITEM}, TODAY)


def test_every_met_requirement_is_explained_by_its_source() -> None:
    assert explained().reasons == (
        'Transport at level 3.8 (3.3-4.3): "the queue is where delay is born" (turn 4)',
        'queue management: "It compares queue management schemes." (project, 2022: Fairness bench)',
        'at least 10 hours a week: "hours per week: 14"',
    )


def test_what_is_unknown_is_said_as_no_evidence_musts_first() -> None:
    assert explained(score=0.1, level=None, hours=None).reasons == (
        "no evidence for soft.net/transport at level 3 or above: not interviewed",
        "no evidence for at least 10 hours a week: not stated",
        'no evidence for queue management; nearest is "It compares queue management schemes."'
        " (project, 2022: Fairness bench)",
    )


def test_an_inconclusive_interview_says_so_with_its_quote() -> None:
    (reason,) = [r for r in explained(level=3.1, p=0.5).reasons if "Transport" in r]
    assert reason.startswith("no evidence for Transport at level 3 or above: inconclusive, P(level >= 3) is 0.50")
    assert "the queue is where delay is born" in reason


def test_a_finding_holds_status_source_and_place() -> None:
    found = {f.id: f.document() for f in explained().findings}
    assert found["queues"]["source"] == "It compares queue management schemes."
    assert found["queues"]["note"] == f"similarity 0.50, shown from {TOPIC_MET:.2f}"
    assert found["transport"]["where"] == "interview soft.net, turn 4"
    assert (found["conflict"]["status"], found["conflict"]["source"]) == ("met", "conflicts: Northgate")


def test_an_item_that_denies_what_is_asked_for_is_no_evidence_whatever_its_words_are_near_to() -> None:
    experts = pool({"a": facts()})
    of = project([{"id": "queues", "kind": "must", "topic": "queue management"}])
    ranking = ranked(of, experts, {"queues": best_three(np.array([0.9]), np.array([0]), 1)})
    item = ItemText("summary", "Counsel", "Drafts contracts. I have never worked with queue management.")
    found = explain(ranking, 0, experts, {0: item}, TODAY)
    assert found.findings[0].status is Status.NO_EVIDENCE
    assert found.reasons == (
        'no evidence for queue management: the profile says otherwise, "I have never worked with queue management."'
        " (summary: Counsel)",
    )


def test_a_snippet_is_no_denial() -> None:
    said = "No experience in queue management of hospitals, but nine years of queue theory. Rides a bicycle."
    assert snippet(ItemText("role", "Analyst", said), "queue management") == "nine years of queue theory."


@settings(deadline=None)
@given(st.text(max_size=700), st.text(min_size=1, max_size=60))
def test_a_snippet_is_verbatim_and_short(text: str, title: str) -> None:
    found = snippet(ItemText("role", title, text), "queue management")
    assert (found in text or found in title) and len(found) <= LONGEST_SNIPPET


@settings(deadline=None)
@given(st.floats(0, 1), st.none() | st.floats(1, 5), st.floats(0, 1), st.none() | st.floats(10, 40))
def test_every_reason_is_grounded_or_says_that_there_is_no_evidence(
    score: float, level: float | None, p: float, hours: float | None
) -> None:
    found = explained(score=score, level=level, p=p, hours=hours)
    sources = [f.source for f in found.findings if f.source]
    assert len(found.reasons) == 3
    for reason in found.reasons:
        assert reason.startswith("no evidence for ") or any(source in reason for source in sources)


def test_a_lapsed_licence_stands_in_the_reason_with_its_words_and_its_day() -> None:
    held = facts(licences=[{"name": "Medical licence", "jurisdiction": "DE", "expires": "2026-01-31"}])
    experts = pool({"a": held})
    of = project([{"kind": "must", "fact": "licences", "op": "overlaps", "value": ["medical"]}])
    ranking = ranked(of, experts)
    why = (
        'licence missing or lapsed: medical: "licences: Medical licence (DE, expires 2026-01-31)", lapsed on 2026-01-31'
    )
    assert breaches(ranking, 0, experts, TODAY) == (why,)
    assert why in explain(ranking, 0, experts, {}, TODAY).reasons
