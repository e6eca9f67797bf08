"""Shortlists worked out again, marks that lean them, and links for clients, on a real database and index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.shortlisted import EXPERTS, MIA, Listed, listed
from vetting.db.engine import writing
from vetting.db.project_models import Shortlist
from vetting.domain.profile import Profile
from vetting.errors import BadInput, Expired, NotFound
from vetting.services import client_links, matching, preferences, profiles, projects, shortlists
from vetting.services.candidates import import_profiles
from vetting.services.recompute import Recomputed, recompute


@pytest.fixture
def it(tmp_path: Path) -> Listed:
    return listed(tmp_path)


def bring(it: Listed, *changed: dict[str, Any]) -> None:
    import_profiles(it.ctx, [Profile.model_validate(one) for one in changed])
    profiles.embed_pending(it.ctx)


def moved(found: Recomputed, expert: str) -> Any:
    return next(m for m in found.moved if m.expert == expert)


def test_where_nothing_changed_nothing_moved(it: Listed) -> None:
    found = recompute(it.ctx, it.shortlist)
    assert found.same and found.conditions == () and len(found.moved) == 3


def test_what_became_known_and_who_came_and_left_is_told_and_the_snapshot_stays(it: Listed) -> None:
    before = matching.shortlist_document(it.ctx, it.shortlist)
    ana, ben, _ = EXPERTS
    bring(
        it,
        ana | {"facts": ana["facts"] | {"languages": {"en": "C2"}}},
        ben | {"facts": {"languages": {"en": "A2"}}},
        ana | {"id": "dora", "name": "Dora Fenn", "email": None},
    )
    it.clock.pass_minutes(60 * 24 * 365 * 4)
    found = recompute(it.ctx, it.shortlist)
    (learned,) = moved(found, "ana").learned
    assert (learned.before, learned.after) == ("no_evidence", "met") and "language en" in learned.asked
    assert moved(found, "ben").after is None and moved(found, "ben").why == "language below en C1"
    assert moved(found, "dora").before is None
    assert found.conditions == ("3 experts were considered then, 4 now.",)
    assert matching.shortlist_document(it.ctx, it.shortlist) == before


def test_the_question_is_the_former_one_and_other_conditions_are_named(it: Listed) -> None:
    projects.set_requirements(
        it.ctx, it.project, [{"id": "x", "kind": "must", "fact": "country", "op": "in", "value": "PT"}]
    )
    with writing(it.ctx.engine) as session:
        row = session.exec(select(Shortlist)).one()
        row.ranking_version, row.embedder = "best3-0", "older"
        session.add(row)
    found = recompute(it.ctx, it.shortlist)
    assert found.same
    assert [sentence.split(":")[0].split(" were")[0] for sentence in found.conditions] == [
        "The project's requirements",
        "The rules of ranking are another version",
        "Texts are compared by another model",
    ]


def test_marks_lean_the_next_ranking_and_taken_back_leave_no_trace(it: Listed) -> None:
    plain = matching.match(it.ctx, it.project)
    preferences.mark(it.ctx, it.entries["cleo"], True, by=MIA)
    preferences.mark(it.ctx, it.entries["ana"], False, by=MIA)
    row = matching.request_shortlist(it.ctx, it.project)
    document = matching.shortlist_document(it.ctx, row)
    for entry in document["entries"]:
        assert "marks" in entry["parts"] and sum(entry["parts"].values()) == pytest.approx(entry["fit"], abs=1e-6)
    marks = {e["expert"]: e["parts"]["marks"] for e in document["entries"]}
    assert marks["cleo"] > marks["ben"] > marks["ana"]
    assert list(row.query["leaning"]["more"]) == ["cleo"] and row.query["unmarked"] == {
        e["expert"]: e["rank"] for e in plain["entries"]
    }
    preferences.mark(it.ctx, it.entries["cleo"], None, by=MIA)
    preferences.mark(it.ctx, it.entries["ana"], None, by=MIA)
    assert matching.match(it.ctx, it.project) == plain
    assert recompute(it.ctx, row.public_id).same, "a shortlist is worked out with the marks it was made with"


def test_who_was_declined_is_not_proposed_again_until_that_is_taken_back(it: Listed) -> None:
    shortlists.decide(it.ctx, it.entries["cleo"], "decline", reason="Another field", by=MIA)
    document = matching.match(it.ctx, it.project, everyone=True)
    assert "cleo" not in [e["expert"] for e in document["entries"]]
    assert document["excluded"] == {"declined for this project": 1}
    assert ("cleo", ["declined for this project"]) in [
        (e["expert"], e["reasons"]) for e in document["excluded_experts"]
    ]
    shortlists.decide(it.ctx, it.entries["cleo"], "undo", by=MIA)
    assert "cleo" in [e["expert"] for e in matching.match(it.ctx, it.project)["entries"]]


def test_a_clients_link_opens_its_list_until_it_runs_out_or_is_ended(it: Listed) -> None:
    first = client_links.make(it.ctx, it.shortlist, days=3, by=MIA)
    second = client_links.make(it.ctx, it.shortlist, days=30, by=MIA)
    assert client_links.open_link(it.ctx, first.token).shortlist == it.shortlist
    it.clock.pass_minutes(4 * 24 * 60)
    with pytest.raises(Expired):
        client_links.open_link(it.ctx, first.token)
    assert client_links.open_link(it.ctx, second.token).shortlist == it.shortlist
    with pytest.raises(BadInput, match="1 to 90 days"):
        client_links.make(it.ctx, it.shortlist, days=400, by=MIA)
    with pytest.raises(NotFound):
        client_links.make(it.ctx.for_organisation(9), it.shortlist, by=MIA)
    with pytest.raises(Expired):
        client_links.open_link(it.ctx, "never made")
