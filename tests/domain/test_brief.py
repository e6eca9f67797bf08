"""Draft requirements from a brief."""

from typing import Any

import pytest

from vetting.domain.brief import NamedCompetency, draft

COMPETENCIES = (NamedCompetency("soft.net/transport", "Transport and congestion control"),)


def drafted(brief: str) -> list[dict[str, Any]]:
    fields = ("kind", "competency", "min_level", "fact", "op", "value", "topic")
    found = [r.model_dump(mode="json", include=set(fields), exclude_none=True) for r in draft(brief, COMPETENCIES)]
    return found


@pytest.mark.parametrize(
    ("brief", "fact", "value", "kind"),
    [
        ("Must be fluent in German.", "languages", {"de": "C1"}, "must"),
        ("English at C1 or better would help.", "languages", {"en": "C1"}, "nice"),
        ("We need 10 to 15 hours a week.", "hours_per_week", 10.0, "must"),
        ("Up to €120 per hour.", "rate", {"amount": 120.0, "currency": "EUR", "per": "hour"}, "must"),
        ("The budget is 85.50 GBP/h.", "rate", {"amount": 85.5, "currency": "GBP", "per": "hour"}, "must"),
        ("A PhD or MSc is required.", "degrees", ["PhD", "MSc"], "must"),
        ("An EU-licensed pharmacist, please.", "licences", ["pharmacist"], "nice"),
        ("Work starts on 2027-01-11.", "available_from", "2027-01-11", "nice"),
    ],
)
def test_a_fact_in_plain_words_becomes_a_requirement(brief: str, fact: str, value: Any, kind: str) -> None:
    (found,) = drafted(brief)
    assert (found["fact"], found["value"], found["kind"]) == (fact, value, kind)


def test_a_competency_named_as_the_rubric_names_it_is_proposed_and_its_sentence_stays_in_the_topic() -> None:
    found = drafted("You review answers on transport and congestion control.")
    assert found == [
        {"kind": "nice", "competency": "soft.net/transport", "min_level": 3.0},
        {"kind": "nice", "topic": "You review answers on transport and congestion control."},
    ]


def test_what_no_rule_reads_is_one_topic() -> None:
    (found,) = drafted("Traces from French hospitals are misread. Say what is wrong with them.")
    assert found == {"kind": "nice", "topic": "Traces from French hospitals are misread. Say what is wrong with them."}


def test_a_date_that_does_not_exist_is_left_in_the_topic() -> None:
    assert [set(r) for r in drafted("Work starts on 2027-02-31.")] == [{"kind", "topic"}]


def test_an_empty_brief_gives_nothing() -> None:
    assert draft(" ") == ()
