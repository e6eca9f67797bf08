"""Requirements and projects: one subject each, stable ids, and what follows from a project's own fields."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.domain.people import project
from vetting.domain.faults import first_fault
from vetting.domain.project import Project, Requirement, all_requirements, derived


def said(model: type[Requirement] | type[Project], **fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(fields)
    return first_fault(refused.value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "record: needs exactly one of competency, fact and topic, and has none"),
        ({"topic": "x", "competency": "a.b/c", "min_level": 3},
         "record: needs exactly one of competency, fact and topic, and has competency and topic"),
        ({"competency": "a.b/c"}, "record: a competency needs min_level, a number from 1 to 5"),
        ({"topic": "x", "min_level": 3}, "record: min_level belongs to a competency, and this is a topic"),
        ({"fact": "rate"}, "record: a fact needs op and value"),
        ({"fact": "rate", "op": "~", "value": 1}, "op: should be '==', '!=', '>=', '<=', 'in' or 'overlaps', got '~'"),
        ({"competency": "a.b/c", "min_level": 9}, "min_level: should be less than or equal to 5, got 9"),
    ],
)  # fmt: skip
def test_a_requirement_that_makes_no_sense_gets_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    assert said(Requirement, kind="must", **fields).removeprefix("record: ") == sentence.removeprefix("record: ")


def test_an_id_is_made_from_the_content_and_changes_with_it() -> None:
    made = [
        Requirement.model_validate({"kind": "nice", "topic": t}).id for t in ("BGP at scale", "BGP at scale", "BGP")
    ]
    assert made[0] == made[1] != made[2]
    assert made[0].startswith("bgp-at-scale-")


def test_two_requirements_cannot_share_an_id() -> None:
    same = [{"id": "a", "kind": "nice", "topic": t} for t in ("x", "y")]
    assert "two requirements have the id 'a'" in said(Project, id="p", title="t", brief="b", requirements=same)


def test_a_project_needs_a_brief_or_requirements() -> None:
    assert "needs a brief or requirements" in said(Project, id="p", title="t")


def test_without_requirements_the_brief_is_one_topic() -> None:
    (only,) = all_requirements(project())
    assert (only.id, only.topic) == ("brief", "Review. Queues and delay.")


def test_rate_hours_and_start_of_the_project_become_requirements() -> None:
    found = derived(project(rate_max={"amount": 120, "currency": "EUR"}, hours_per_week=10, start="2027-01-11"))
    assert [(r.id, r.kind.value) for r in found] == [
        ("rate_max", "must"),
        ("hours_per_week", "must"),
        ("start", "nice"),
        ("brief", "nice"),
    ]


def test_what_is_stated_is_not_asked_twice() -> None:
    stated = [
        {"id": "hours", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10},
        {"id": "queues", "kind": "nice", "topic": "queues"},
    ]
    assert [r.id for r in all_requirements(project(stated, hours_per_week=10))] == ["hours", "queues"]
    assert [r.id for r in all_requirements(project(stated, hours_per_week=12))] == ["hours", "queues", "hours_per_week"]
