"""What a brief leaves open is asked with a reason, never twice, and never stands in the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.people import facts, pool, project
from vetting.domain.brief_questions import Known, OpenQuestion, known, open_questions
from vetting.domain.pool import make_pool
from vetting.domain.project import Requirement
from vetting.domain.standing import Check

TODAY = date(2026, 11, 28)
HERE = Known(("Germany", "Portugal"), ((90.0, "EUR", "half"), (140.0, "EUR", "nine in ten")))
LANGUAGE = {"id": "l", "kind": "must", "fact": "languages", "op": ">=", "value": {"de": "B2"}}
LICENCE = {"id": "lic", "kind": "must", "fact": "licences", "op": "overlaps", "value": ["medical"]}
HOURS = {"id": "h", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10}


def ask(*documents: dict[str, Any], brief: str = "Queues.", **fields: Any) -> dict[str, OpenQuestion]:
    of = project(brief=brief, **fields)
    stated = [Requirement.model_validate(d) for d in documents]
    return {q.id: q for q in open_questions(of, stated, HERE, today=TODAY)}


def test_a_brief_that_says_nothing_leaves_the_usual_things_open_each_with_its_reason() -> None:
    found = ask()
    assert set(found) == {"language", "hours", "timezone", "rate", "start"}
    assert all(q.why and q.ask.endswith("?") and q.answers for q in found.values())


def test_what_a_requirement_or_the_project_says_is_not_asked() -> None:
    rate = {"amount": 100, "currency": "EUR", "per": "hour"}
    found = ask(LANGUAGE, HOURS, seats=3, rate_max=rate, start="2027-01-01", brief="German at B2.")
    assert set(found) == {"timezone"}


def test_a_language_whose_level_the_brief_does_not_name_is_asked_about_and_its_row_changes() -> None:
    assert "level-l" not in ask(LANGUAGE, brief="They must be fluent in German.")
    question = ask(LANGUAGE, brief="They must write German.")["level-l"]
    answer = next(a for a in question.answers if a.label == "C1")
    assert answer.replaces == "l" and answer.requirement == LANGUAGE | {"value": {"de": "C1"}}


def test_a_licence_without_a_place_or_a_proof_is_asked_about_with_the_places_of_those_here() -> None:
    found = ask(LICENCE)
    here = found["jurisdiction-lic"].answers[1]
    assert here.label == "Portugal" and here.requirement is not None
    assert here.requirement["value"] == [{"name": "medical", "jurisdiction": "Portugal"}]
    assert [a.requirement and a.requirement["standing"] for a in found["proof-lic"].answers] == [
        "document_seen",
        "checked_at_source",
    ]


def test_every_answer_is_a_requirement_that_can_be_kept_and_settles_its_question() -> None:
    of = project(brief="They must write German.")
    stated = tuple(Requirement.model_validate(d) for d in (LANGUAGE, LICENCE))
    for question in open_questions(of, stated, HERE, today=TODAY):
        for answer in question.answers:
            if answer.blank is not None:
                continue
            assert answer.requirement is not None
            kept = Requirement.model_validate(dict(answer.requirement))
            rest = tuple(r for r in stated if r.id != answer.replaces)
            if answer.replaces is None:
                assert question.id not in {q.id for q in open_questions(of, (*rest, kept), HERE, today=TODAY)}
            else:
                assert kept.id == answer.replaces


@given(st.sets(st.sampled_from(["language", "hours", "timezone", "rate", "start", "nonsense"])))
def test_what_is_settled_is_not_asked_again(settled: set[str]) -> None:
    found = {q.id for q in open_questions(project(), (), HERE, today=TODAY, settled=settled)}
    assert found == {"language", "hours", "timezone", "rate", "start"} - settled


def test_what_experts_state_makes_answers_once_enough_of_them_do() -> None:
    def people(n: int) -> dict[str, Any]:
        licence = [{"name": "medical", "jurisdiction": "Portugal"}]
        return {
            f"e{i}": facts(rate={"amount": 50 + 10 * i, "currency": "EUR"}, licences=licence if i % 2 else [])
            for i in range(n)
        }

    few, many = known(pool(people(4))), known(pool(people(11)))
    assert few.rates == () and few.jurisdictions == ("Portugal",)
    assert many.rates == ((100.0, "EUR", "half"), (140.0, "EUR", "nine in ten"))
    assert known(pool({"a": facts()})) == Known()


def test_what_nobody_here_states_any_more_makes_no_answer() -> None:
    licensed = facts(licences=[{"name": "medical", "jurisdiction": "Portugal"}])
    assert known(pool({"gone": licensed, "here": facts()}).take(np.array([1]))) == Known()


def test_what_was_checked_makes_answers_as_what_is_claimed_does() -> None:
    licensed = facts(rate={"amount": 90, "currency": "EUR"}, licences=[{"name": "medical", "jurisdiction": "Portugal"}])
    seen = [Check.model_validate({"fact": f, "said": f, "standing": "document_seen", "by": "r", "on": TODAY})
            for f in ("rate", "licences")]  # fmt: skip
    ids = [f"e{i}" for i in range(11)]
    held = make_pool(ids, [licensed] * 11, [()] * 11, np.ones(11, np.int64), checks={0: seen, 4: seen})
    assert known(held) == Known(("Portugal",), ((90.0, "EUR", "half"), (90.0, "EUR", "nine in ten")))
