"""Shortlists, matches and search on a real database and a real index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from tests.cast import service
from vetting.db.engine import reading, writing
from vetting.db.models import Candidate, Consent, Interview, Organisation, ProfileItem, RubricVersion, ScorecardRow
from vetting.db.project_models import Shortlist
from vetting.errors import BadInput, NotFound
from vetting.services import candidates, matching, profiles, projects, search, shortlists
from vetting.services.context import Context

EXPERTS: list[dict[str, Any]] = [
    {"id": "queue", "name": "Ana", "items": [{"kind": "project", "title": "Queue bench", "text": "Queue management."}],
     "facts": {"hours_per_week": 20, "rate": {"amount": 90, "currency": "EUR"}}},
    {"id": "heart", "name": "Ben", "items": [{"kind": "role", "title": "Cardiologist", "text": "Valves and failure."}],
     "facts": {"hours_per_week": 20}},
    {"id": "dear", "name": "Cleo", "items": [{"kind": "role", "title": "Queue engineer"}],
     "facts": {"rate": {"amount": 300, "currency": "EUR"}}},
    {"id": "torn", "name": "Dan", "items": [{"kind": "role", "title": "Queue analyst"}], "conflicts": ["Quillback"]},
]  # fmt: skip
PROJECT: dict[str, Any] = {
    "id": "p-1", "title": "Queues", "brief": "Review answers on queue management.", "client": "Quillback",
    "rate_max": {"amount": 120, "currency": "EUR", "per": "hour"},
    "requirements": [
        {"id": "transport", "kind": "must", "competency": "soft.net/transport", "min_level": 3},
        {"id": "queues", "kind": "nice", "topic": "queue management"},
    ],
}  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    made = service(tmp_path)
    path = tmp_path / "experts.jsonl"
    path.write_text("\n".join(map(json.dumps, EXPERTS)), encoding="utf-8")
    candidates.import_experts(made, [path])
    profiles.embed_pending(made)
    brief = tmp_path / "projects.jsonl"
    brief.write_text(json.dumps(PROJECT), encoding="utf-8")
    projects.import_projects(made, [brief])
    return made


def rate(ctx: Context, expert: str, level: float, p: float, *, completed_minute: int = 0) -> None:
    """A finished interview with a scorecard, as scoring writes it."""
    at = ctx.now().replace(minute=completed_minute)
    points = {f"{x / 2:.1f}": 1.0 if x / 2 < 3 else p for x in range(2, 11)}
    quote = {"quote": "the queue is where delay is born", "turn": 2, "indicator": "i", "finding": "met"}
    card = {
        "id": "transport", "name": "Transport", "status": "rated", "level": level, "interval": [level, level],
        "se": 0.2, "at_least": points, "evidence": [quote],
    }  # fmt: skip
    with writing(ctx.engine) as session:
        who = session.exec(select(Candidate).where(Candidate.imported_id == expert)).one()
        version = session.exec(select(RubricVersion)).first() or RubricVersion(
            organisation_id=ctx.org, rubric_id="soft.net", version="1", sha256="0", content={}, created_at=at
        )
        session.add(version)
        session.flush()
        assert who.id is not None and version.id is not None
        interview = Interview(
            organisation_id=ctx.org, candidate_id=who.id, rubric_version_id=version.id, form="A", seed=1,
            phase="completed", created_at=at, completed_at=at,
        )  # fmt: skip
        session.add(interview)
        session.flush()
        assert interview.id is not None
        session.add(
            ScorecardRow(
                organisation_id=ctx.org, interview_id=interview.id, candidate_id=who.id, rubric_id="soft.net",
                recommendation="advance", document={"rubric": "soft.net", "competencies": [card]}, rated_at=at,
            )
        )  # fmt: skip
        granted = Consent(organisation_id=ctx.org, interview_id=interview.id, purpose="profile", granted=True, at=at)
        session.add(granted)


def ids(document: dict[str, Any]) -> list[str]:
    return [entry["expert"] for entry in document["entries"]]


def test_a_shortlist_is_kept_as_it_was_shown(ctx: Context) -> None:
    document = matching.shortlist_document(ctx, matching.request_shortlist(ctx, "p-1", k=10))
    assert (document["project"], document["considered"]) == ("p-1", 4)
    assert document["excluded"] == {"rate above 120 EUR/h": 1, "conflict of interest with Quillback": 1}
    assert ids(document) == ["queue", "heart"]
    assert [e["rank"] for e in document["entries"]] == [1, 2]
    for entry in document["entries"]:
        assert abs(sum(entry["parts"].values()) - entry["fit"]) <= 1e-6
        assert {r["id"] for r in entry["requirements"]} == {"transport", "queues", "rate_max", "conflict"}
        assert entry["reasons"] and entry["thin"] and entry["decision"] == "proposed"
    assert matching.shortlist_document(ctx, document["id"]) == document


def test_a_match_shows_the_same_and_stores_nothing(ctx: Context) -> None:
    stored = matching.shortlist_document(ctx, matching.request_shortlist(ctx, "p-1"))
    document = matching.match(ctx, "p-1", everyone=True)
    assert [e["fit"] for e in document["entries"]] == [e["fit"] for e in stored["entries"]]
    assert {e["expert"]: e["reasons"] for e in document["excluded_experts"]} == {
        "dear": ["rate above 120 EUR/h"],
        "torn": ["conflict of interest with Quillback"],
    }
    with reading(ctx.engine) as session:
        assert len(session.exec(select(Shortlist)).all()) == 1


def test_an_interview_counts_in_the_next_match_with_its_quote(ctx: Context) -> None:
    assert ids(matching.match(ctx, "p-1")) == ["queue", "heart"]
    rate(ctx, "heart", 4.2, 0.95)
    document = matching.match(ctx, "p-1")
    assert ids(document) == ["heart", "queue"]
    transport = next(r for r in document["entries"][0]["requirements"] if r["id"] == "transport")
    assert (transport["status"], transport["source"]) == ("met", "the queue is where delay is born")
    assert any("the queue is where delay is born" in reason for reason in document["entries"][0]["reasons"])


def test_of_several_interviews_the_newest_completed_one_counts(ctx: Context) -> None:
    rate(ctx, "heart", 4.2, 0.95, completed_minute=30)
    rate(ctx, "heart", 1.5, 0.05, completed_minute=10)
    assert "heart" in ids(matching.match(ctx, "p-1"))
    rate(ctx, "heart", 1.5, 0.05, completed_minute=40)
    document = matching.match(ctx, "p-1")
    assert "heart" not in ids(document)
    assert document["excluded"]["soft.net/transport below level 3"] == 1


def test_whoever_was_erased_is_gone_from_the_next_match_and_search(ctx: Context) -> None:
    assert "queue" in ids(matching.match(ctx, "p-1"))
    with writing(ctx.engine) as session:
        who = session.exec(select(Candidate).where(Candidate.imported_id == "queue")).one()
        for item in session.exec(select(ProfileItem).where(col(ProfileItem.candidate_id) == who.id)):
            session.delete(item)
        session.flush()
        session.delete(who)  # and nobody told the index: its revision is the old one
    assert ids(matching.match(ctx, "p-1")) == ["heart"]
    assert "queue" not in [hit["expert"] for hit in search.search(ctx, "queue management")["hits"]]


def test_search_gives_the_best_item_of_each_expert(ctx: Context) -> None:
    document = search.search(ctx, "queue management bench", k=3)
    assert document["hits"][0]["expert"] == "queue"
    assert document["hits"][0]["item"] == {
        "kind": "project", "title": "Queue bench", "date": None, "quote": "Queue management.",
    }  # fmt: skip
    scores = [hit["score"] for hit in document["hits"]]
    assert len(scores) == 3 and scores == sorted(scores, reverse=True)


def test_search_ranks_as_a_project_with_that_brief_does(ctx: Context) -> None:
    projects.create_project(ctx, {"id": "p-2", "title": "Queue bench", "brief": "Loss."})
    entries = matching.match(ctx, "p-2")["entries"]
    hits = search.search(ctx, "Queue bench. Loss.")["hits"]
    assert [(e["expert"], e["fit"]) for e in entries] == [(h["expert"], h["score"]) for h in hits]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_search_is_refused(ctx: Context, text: str) -> None:
    with pytest.raises(BadInput, match="nothing to search for"):
        search.search(ctx, text)


def test_an_entry_is_approved_or_declined_with_a_reason(ctx: Context) -> None:
    document = matching.shortlist_document(ctx, matching.request_shortlist(ctx, "p-1"))
    first, second = (entry["id"] for entry in document["entries"])
    shortlists.decide(ctx, first, "approve", by="mia@example.org")
    with pytest.raises(BadInput, match="why this expert is declined"):
        shortlists.decide(ctx, second, "decline", by="mia@example.org")
    with pytest.raises(BadInput, match="none of approve, decline and undo"):
        shortlists.decide(ctx, second, "maybe", by="mia@example.org")
    shortlists.decide(ctx, second, "decline", reason="Not our field", by="mia@example.org")
    entries = matching.shortlist_document(ctx, document["id"])["entries"]
    assert [(e["decision"], e["decision_reason"]) for e in entries] == [("approved", ""), ("declined", "Not our field")]
    shortlists.decide(ctx, second, "undo", by="mia@example.org")
    assert matching.shortlist_document(ctx, document["id"])["entries"][1]["decision"] == "proposed"


def test_another_organisation_sees_neither_project_nor_shortlist_nor_experts(ctx: Context) -> None:
    with writing(ctx.engine) as session:
        session.add(Organisation(slug="other", name="Other", created_at=ctx.now()))
    other = ctx.for_organisation(2)
    document = matching.shortlist_document(ctx, matching.request_shortlist(ctx, "p-1"))
    with pytest.raises(NotFound):
        matching.shortlist_document(other, document["id"])
    with pytest.raises(NotFound):
        shortlists.decide(other, document["entries"][0]["id"], "approve", by="x")
    with pytest.raises(NotFound):
        matching.match(other, "p-1")
    assert search.search(other, "queue")["hits"] == []


def test_a_shortlist_takes_the_same_number_of_queries_however_many_experts(ctx: Context, tmp_path: Path) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*call: Any) -> None:
            seen.append(call[2])

        matching.match(ctx, "p-1")
        event.listen(ctx.engine, "before_cursor_execute", note)
        matching.match(ctx, "p-1")
        event.remove(ctx.engine, "before_cursor_execute", note)
        return len(seen)

    few = statements()
    rows = [{"id": f"n-{i}", "name": "N", "items": [{"kind": "role", "title": f"Queue {i}"}]} for i in range(300)]
    path = tmp_path / "more.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    candidates.import_experts(ctx, [path])
    profiles.embed_pending(ctx)
    assert statements() == few


def test_rates_come_from_the_setting_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    assert matching.exchange_rates(None) is None
    found = matching.exchange_rates('{"date": "2026-11-02", "EUR": 1, "USD": 1.1}')
    assert found is not None and found.convert(1.1, "USD", "EUR") == pytest.approx(1)
    with pytest.raises(BadInput, match="VETTING_RATES: currency rates need a date"):
        matching.exchange_rates('{"EUR": 1}')
    with pytest.raises(BadInput, match="neither JSON nor a file"):
        matching.exchange_rates(str(tmp_path / "none.json"))
