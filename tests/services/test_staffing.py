"""Plans over real projects and people: found, kept, accepted, and what a person decided about pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from tests.cast import Clock, with_clock
from tests.web.site import site
from vetting.db import staffing_queries
from vetting.db.engine import reading, writing
from vetting.db.models import Candidate, Organisation, ProfileItem
from vetting.db.project_models import Project
from vetting.db.staffing_models import StaffingEntry, StaffingPlan
from vetting.errors import BadInput, Conflict, NotFound
from vetting.services import candidates, facts, profiles, projects, staffing_plans, staffing_scene
from vetting.services.context import Context
from vetting.services.staffing import Ask, staff_document

BY = "mia@example.org"
EURO = {"amount": 90, "currency": "EUR"}


def expert(name: str, title: str, **facts: Any) -> dict[str, Any]:
    conflicts = facts.pop("conflicts", [])
    items = [{"kind": "role", "title": title}]
    return {"id": name, "name": name.title(), "items": items, "facts": facts, "conflicts": conflicts}


EXPERTS = [
    expert("ana", "Queue engineer", hours_per_week=20, languages={"de": "C1"}),
    expert("ben", "Queue analyst", hours_per_week=10),
    expert("cleo", "Queue writer", hours_per_week=10, rate={"amount": 300, "currency": "EUR"}),
    expert("dan", "Heart surgeon", hours_per_week=12, conflicts=["Quillback"]),
    expert("eve", "Heart nurse"),
]
QUEUES = {"id": "queues", "kind": "nice", "topic": "queue engineer"}
HEARTS = {"id": "hearts", "kind": "nice", "topic": "heart surgeon"}
PROJECTS: list[dict[str, Any]] = [
    {"id": "p-queues", "title": "Queues", "brief": "Queues.", "client": "Quillback", "seats": 2, "hours_per_week": 10,
     "rate_max": {"amount": 120, "currency": "EUR"}, "requirements": [QUEUES]},
    {"id": "p-hearts", "title": "Hearts", "brief": "Hearts.", "seats": 1, "hours_per_week": 10,
     "requirements": [HEARTS]},
]  # fmt: skip


def load(ctx: Context, folder: Path, people: list[dict[str, Any]], work: list[dict[str, Any]]) -> Context:
    """The people and projects imported."""
    for name, rows, read in (("e", people, candidates.import_experts), ("p", work, projects.import_projects)):
        path = folder / f"{name}.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        assert read(ctx, [path]).faults == []
    profiles.embed_pending(ctx)
    return ctx


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return load(site(tmp_path), tmp_path, EXPERTS, PROJECTS)


def seats(document: dict[str, Any]) -> dict[str, list[str]]:
    return {p["project"]: sorted(one["expert"] for one in p["assigned"]) for p in document["projects"]}


def project_key(ctx: Context, imported: str) -> str:
    return str(projects_row(ctx, imported).public_id)


def projects_row(ctx: Context, imported: str) -> Project:
    with reading(ctx.engine) as session:
        return session.exec(select(Project).where(Project.imported_id == imported)).one()


def planned(ctx: Context, ask: Ask | None = None) -> str:
    public_id = staffing_plans.request_plan(ctx, ask or Ask(seconds=20), by=BY)
    assert row(ctx, public_id).state == "done", row(ctx, public_id).failure
    return public_id


def row(ctx: Context, public_id: str) -> StaffingPlan:
    with reading(ctx.engine) as session:
        return staffing_queries.plan(session, ctx.org, public_id)


def entries(ctx: Context, public_id: str, role: str = "seat") -> set[tuple[str, str]]:
    with reading(ctx.engine) as session:
        lines = staffing_queries.entries(session, ctx.org, row(ctx, public_id).id or 0)
    return {(e.project.imported_id, e.candidate.imported_id) for e in lines if e.entry.role == role}


def active(ctx: Context) -> set[tuple[str, str]]:
    with reading(ctx.engine) as session:
        lines = staffing_queries.assignments(session, ctx.org)
    return {(line.project.imported_id, line.candidate.imported_id) for line in lines}


def test_a_plan_seats_who_is_eligible_within_their_hours_and_says_how_good_it_is(ctx: Context) -> None:
    document = staff_document(ctx, Ask(seconds=20))
    assert seats(document)["p-queues"] == ["ana", "ben"]  # cleo asks too much, dan has a conflict, eve fits less
    assert document["feasible"] and document["optimal"] and document["gap"] <= 1e-6
    queues, hearts = document["projects"]
    assert queues["excluded"] == {"rate above 120 EUR/h": 1, "conflict of interest with Quillback": 1}
    assert [one["expert"] for one in queues["alternates"]] and len(hearts["assigned"]) == 1
    assert document["objective"] >= document["greedy"]["objective"] or document["greedy"]["empty"]
    loads: dict[str, float] = {}
    for project in document["projects"]:
        for one in project["assigned"]:
            loads[one["expert"]] = loads.get(one["expert"], 0) + one["load"]
    assert max(loads.values()) <= 1


def test_hours_that_were_checked_count_as_those_that_are_claimed(ctx: Context) -> None:
    with reading(ctx.engine) as session:
        ana = session.exec(select(Candidate).where(Candidate.imported_id == "ana")).one()
    (said,) = facts.statements(ana.facts, "hours_per_week")
    facts.check(ctx, ana.public_id, {"fact": "hours_per_week", "said": said, "standing": "document_seen"}, by=BY)
    assert seats(staff_document(ctx, Ask(seconds=20)))["p-queues"] == ["ana", "ben"]


def test_only_the_projects_asked_for_are_staffed_and_none_that_is_closed_or_unknown(ctx: Context) -> None:
    assert list(seats(staff_document(ctx, Ask(("p-hearts",), seconds=20)))) == ["p-hearts"]
    with pytest.raises(NotFound, match="no project 'p-9'"):
        staff_document(ctx, Ask(("p-9",)))
    with writing(ctx.engine) as session:
        session.get_one(Project, projects_row(ctx, "p-hearts").id).status = "closed"
    assert list(seats(staff_document(ctx, Ask(seconds=20)))) == ["p-queues"]
    with pytest.raises(BadInput, match="'p-hearts' is not open"):
        staff_document(ctx, Ask(("p-hearts",)))


@pytest.mark.parametrize("ask", [Ask(fairness=1.5), Ask(seconds=0)])
def test_an_ask_out_of_range_is_refused_and_nothing_is_kept(ctx: Context, ask: Ask) -> None:
    with pytest.raises(BadInput, match="is not from"):
        staffing_plans.request_plan(ctx, ask, by=BY)
    with reading(ctx.engine) as session:
        assert staffing_queries.plans(session, ctx.org) == []


def test_what_cannot_be_had_is_said_with_the_must_that_stands_in_the_way(ctx: Context, tmp_path: Path) -> None:
    load(ctx, tmp_path, [], [PROJECTS[0] | {"seats": 4}])
    document = staff_document(ctx, Ask(("p-queues",), seconds=20))
    assert not document["feasible"] and document["smallest"]
    (one,) = document["relaxations"]
    assert one["words"] == (
        "Queues asks for 4 seats and 3 experts are eligible: lower the seats by 1, or drop the must "
        "'rate up to 120 EUR/h', which alone keeps 1 out."
    )
    load(ctx, tmp_path, [], [PROJECTS[0] | {"seats": 3}])
    assert staff_document(ctx, Ask(("p-queues",), seconds=20))["feasible"]
    load(ctx, tmp_path, [], [{k: v for k, v in PROJECTS[0].items() if k != "rate_max"} | {"seats": 4}])
    assert staff_document(ctx, Ask(("p-queues",), seconds=20))["feasible"]


def test_a_cover_holds_and_no_evidence_does_not_meet_it(ctx: Context, tmp_path: Path) -> None:
    german = {"id": "german", "kind": "nice", "fact": "languages", "op": ">=", "value": {"de": "B2"}, "cover": 1}
    hearts = PROJECTS[1] | {"requirements": [HEARTS, german]}
    load(ctx, tmp_path, [], [hearts])
    document = staff_document(ctx, Ask(("p-hearts",), seconds=20))
    assert seats(document) == {"p-hearts": ["ana"]}
    assert document["projects"][0]["covers"][0] | {"asked": ""} == {
        "requirement": "german",
        "asked": "",
        "least": 1,
        "met": 1,
    }
    staffing_plans.set_rule(ctx, project_key(ctx, "p-hearts"), "ana", "forbidden", by=BY)
    (one,) = staff_document(ctx, Ask(("p-hearts",), seconds=20))["relaxations"]
    assert one["kind"] == "cover" and "0 of those eligible do" in one["words"]


def test_a_requirement_cannot_be_met_by_more_experts_than_there_are_seats(ctx: Context) -> None:
    german = {"kind": "nice", "fact": "languages", "op": ">=", "value": {"de": "B2"}, "cover": 3}
    with pytest.raises(BadInput, match="met by 3 experts; the seats are 1"):
        projects.set_requirements(ctx, "p-hearts", [german])


def test_pins_and_forbidden_pairs_hold_and_a_must_overrules_a_pin(ctx: Context) -> None:
    queues = project_key(ctx, "p-queues")
    staffing_plans.set_rule(ctx, queues, "eve", "pinned", by=BY)
    staffing_plans.set_rule(ctx, queues, "ben", "forbidden", by=BY)
    staffing_plans.set_rule(ctx, queues, "cleo", "pinned", by=BY)
    document = staff_document(ctx, Ask(("p-queues",), seconds=20))
    assert seats(document) == {"p-queues": ["ana", "eve"]}
    assert [one["words"] for one in document["refused"]] == [
        "cleo is pinned to Queues but not eligible: rate above 120 EUR/h."
    ]
    with pytest.raises(BadInput, match="nobody here has the id or e-mail 'zoe'"):
        staffing_plans.set_rule(ctx, queues, "zoe", "pinned", by=BY)
    with pytest.raises(BadInput, match="none of pinned and forbidden"):
        staffing_plans.set_rule(ctx, queues, "ana", "loved", by=BY)
    with reading(ctx.engine) as session:
        rules = staffing_queries.rules(session, ctx.org)
    for line in rules:
        staffing_plans.remove_rule(ctx, line.rule.public_id, by="m@example.org")
    assert seats(staff_document(ctx, Ask(("p-queues",), seconds=20))) == {"p-queues": ["ana", "ben"]}


def test_an_accepted_plan_assigns_once_and_later_plans_keep_those_people(ctx: Context, tmp_path: Path) -> None:
    plan = planned(ctx)
    assert staffing_plans.accept_plan(ctx, plan, by=BY) == 3
    assert active(ctx) == entries(ctx, plan) and row(ctx, plan).accepted_by == BY
    assert staffing_plans.accept_plan(ctx, plan, by=BY) == 0
    load(ctx, tmp_path, [expert("zoe", "Queue engineer", hours_per_week=40)], [])
    later = planned(ctx)
    assert entries(ctx, later) == entries(ctx, plan)
    assert staffing_plans.accept_plan(ctx, later, by=BY) == 0
    with reading(ctx.engine) as session:
        ended = next(a for a in staffing_queries.assignments(session, ctx.org) if a.candidate.imported_id == "ben")
    staffing_plans.end_assignment(ctx, ended.assignment.public_id, by=BY)
    assert ("p-queues", "zoe") in entries(ctx, planned(ctx))


@pytest.mark.asvs("V2.3.4")
def test_hours_of_an_assignment_elsewhere_are_not_given_away_again(ctx: Context) -> None:
    hearts = Ask(("p-hearts",), seconds=20)
    staffing_plans.set_rule(ctx, project_key(ctx, "p-hearts"), "ben", "pinned", by=BY)
    assert seats(staff_document(ctx, hearts)) == {"p-hearts": ["ben"]}
    staffing_plans.accept_plan(ctx, planned(ctx, Ask(("p-queues",), seconds=20)), by=BY)
    (one,) = staff_document(ctx, hearts)["relaxations"]
    assert one["words"] == "ben is pinned to Hearts, which their hours or its seats do not allow: drop the pin."


def test_nobody_is_asked_to_lower_seats_while_an_eligible_expert_was_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staffing_scene, "TOP", 1)  # then two are looked at for one seat
    work = [PROJECTS[1] | {"id": f"p-{n}", "title": f"Hearts {n}"} for n in range(3)]
    people = [expert(name, "Heart surgeon", hours_per_week=10) for name in ("ana", "ben", "dan")]
    document = staff_document(load(site(tmp_path), tmp_path, people, work), Ask(seconds=20))
    assert document["feasible"]
    assert sorted(e for there in seats(document).values() for e in there) == ["ana", "ben", "dan"]


def test_a_plan_that_the_facts_have_overtaken_assigns_nobody(ctx: Context, tmp_path: Path) -> None:
    plan = planned(ctx)
    load(ctx, tmp_path, [EXPERTS[1] | {"conflicts": ["quillback"]}], [])
    with pytest.raises(Conflict, match="Ben has declared a conflict of interest with Quillback since; nothing was"):
        staffing_plans.accept_plan(ctx, plan, by=BY)
    load(ctx, tmp_path, [expert("ben", "Queue analyst", hours_per_week=4)], [])
    with pytest.raises(Conflict, match="Ben has no hours left"):
        staffing_plans.accept_plan(ctx, plan, by=BY)
    load(ctx, tmp_path, [EXPERTS[1]], [PROJECTS[0] | {"seats": 1}])
    with pytest.raises(Conflict, match="Queues has fewer seats"):
        staffing_plans.accept_plan(ctx, plan, by=BY)
    staffing_plans.set_rule(ctx, project_key(ctx, "p-queues"), "ana", "forbidden", by=BY)
    with pytest.raises(Conflict, match="Ana was forbidden for Queues since"):
        staffing_plans.accept_plan(ctx, plan, by=BY)
    assert active(ctx) == set() and row(ctx, plan).state == "done"


def test_whoever_is_erased_leaves_the_plan_and_its_figures_stay(ctx: Context) -> None:
    plan = planned(ctx)
    with writing(ctx.engine) as session:
        who = session.exec(select(Candidate).where(Candidate.imported_id == "ana")).one()
        for table in (StaffingEntry, ProfileItem):
            for one in session.exec(select(table).where(col(table.candidate_id) == who.id)):
                session.delete(one)
        session.flush()
        session.delete(who)
    assert "ana" not in {e for _, e in entries(ctx, plan)}
    kept = row(ctx, plan)
    assert kept.found["projects"][0]["filled"] == 2 and "ana" not in json.dumps(kept.found).casefold()


def test_a_plan_keeps_its_inputs_and_the_bound_that_no_plan_exceeds(ctx: Context) -> None:
    kept = row(ctx, planned(ctx, Ask(fairness=0.5, seconds=20)))
    assert kept.asked == {"projects": ["p-queues", "p-hearts"], "all": True, "fairness": 0.5, "seconds": 20}
    assert kept.objective is not None and kept.bound is not None and kept.bound >= kept.objective
    inputs = kept.found["inputs"]
    assert inputs["fairness"] == 0.5 and inputs["experts"] == 5 and inputs["embedder"] == ctx.embedder.name


def test_a_job_that_runs_twice_leaves_the_plan_as_it_is(ctx: Context) -> None:
    plan = planned(ctx)
    before = row(ctx, plan)
    staffing_plans.solve_plan(ctx, before.id or 0)
    assert row(ctx, plan) == before


def test_a_plan_that_nobody_can_make_is_failed_with_the_reason(ctx: Context) -> None:
    with writing(ctx.engine) as session:
        plan = StaffingPlan(
            organisation_id=ctx.org, asked={"projects": ["gone"], "fairness": 0.2, "seconds": 5}, made_by=BY,
            made_at=ctx.now(),
        )  # fmt: skip
        session.add(plan)
    staffing_plans.solve_plan(ctx, plan.id or 0)
    assert (row(ctx, plan.public_id).state, row(ctx, plan.public_id).failure) == (
        "failed",
        "There is no project 'gone'.",
    )
    with pytest.raises(Conflict, match="not ready"):
        staffing_plans.accept_plan(ctx, plan.public_id, by=BY)


def test_a_plan_that_nobody_works_on_any_more_is_closed_and_one_that_is_waited_for_is_not(ctx: Context) -> None:
    clock = Clock()
    moved = with_clock(ctx, clock)
    with writing(ctx.engine) as session:
        asked = {"projects": ["p-queues"], "fairness": 0.2, "seconds": 5}
        plan = StaffingPlan(organisation_id=ctx.org, asked=asked, made_by=BY, made_at=clock())
        session.add(plan)
    staffing_plans.sweep(moved)
    assert row(ctx, plan.public_id).state == "waiting"
    clock.pass_minutes(31)
    staffing_plans.sweep(moved)
    assert row(ctx, plan.public_id).state == "failed" and "run it again" in row(ctx, plan.public_id).failure


def test_somebody_assigned_who_was_forbidden_since_stays_until_the_assignment_is_ended(ctx: Context) -> None:
    staffing_plans.accept_plan(ctx, planned(ctx), by=BY)
    staffing_plans.set_rule(ctx, project_key(ctx, "p-queues"), "ana", "forbidden", by=BY)
    later = planned(ctx)
    assert ("p-queues", "ana") in entries(ctx, later) and staffing_plans.accept_plan(ctx, later, by=BY) == 0


def test_another_organisation_has_no_plan_no_rule_and_no_assignment_of_ours(ctx: Context) -> None:
    with writing(ctx.engine) as session:
        session.add(Organisation(slug="other", name="Other", created_at=ctx.now()))
    other = ctx.for_organisation(2)
    plan = planned(ctx)
    staffing_plans.accept_plan(ctx, plan, by=BY)
    staffing_plans.set_rule(ctx, project_key(ctx, "p-queues"), "ana", "pinned", by=BY)
    with reading(ctx.engine) as session:
        rule = staffing_queries.rules(session, ctx.org)[0].rule.public_id
        assignment = staffing_queries.assignments(session, ctx.org)[0].assignment.public_id
        assert staffing_queries.rules(session, 2) == [] and staffing_queries.assignments(session, 2) == []
    for attempt in (
        lambda: staffing_plans.accept_plan(other, plan, by=BY),
        lambda: staffing_plans.remove_rule(other, rule, by="m@example.org"),
        lambda: staffing_plans.end_assignment(other, assignment, by=BY),
        lambda: staffing_plans.set_rule(other, project_key(ctx, "p-queues"), "ana", "pinned", by=BY),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(BadInput, match="no open project"):
        staffing_plans.request_plan(other, Ask(), by=BY)
