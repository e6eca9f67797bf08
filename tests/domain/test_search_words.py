"""A search in plain words: what is read as a fact, what is left as a topic, and chips in writing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vetting.domain.places import COUNTRIES
from vetting.domain.search_words import Query, chip_text, read_chip, read_query


def facts(query: Query) -> list[str]:
    return [chip.text for chip in query.chips]


@pytest.mark.parametrize(
    ("text", "found", "topic"),
    [
        ("nurse who has run triage, 10 h a week", ["hours_per_week >= 10"], "nurse who has run triage"),
        ("actuary with 20 hours per week or more", ["hours_per_week >= 20"], "actuary"),
        ("translator, up to 90 EUR/h", ["rate <= 90 EUR"], "translator"),
        ("translator under $75 per hour", ["rate <= 75 USD"], "translator"),
        ("native German speaker for contracts", ["languages.de >= C2"], "contracts"),
        ("speaks Spanish (B1) and works on antitrust", ["languages.es >= B1"], "works on antitrust"),
        ("Portuguese-speaking lawyer", ["languages.pt >= B2"], "lawyer"),
        ("with a PhD in statistics", ["degrees overlaps PhD"], "statistics"),
        ("economist based in Germany or Austria", ["country in AT, DE"], "economist"),
        ("registered nurse in the UK", ["licences overlaps nursing (GB)"], "nurse in the UK"),
        ("UK-qualified lawyer for leases", ["licences overlaps lawyer (GB)"], "lawyer for leases"),
        ("tutor, 3 hours overlap with CET", ["timezone overlaps Europe/Berlin (3 h)"], "tutor"),
        ("tutor available from March 2027", ["available_from <= 2027-03-01"], "tutor"),
    ],
)
def test_what_is_said_of_a_person_is_read_as_a_fact_and_the_rest_is_the_topic(
    text: str, found: list[str], topic: str
) -> None:
    query = read_query(text)
    assert (facts(query), query.topic) == (found, topic)


def test_the_example_of_the_command_is_understood() -> None:
    query = read_query("EU-qualified pharmacist who has done signal detection, 10 h a week")
    licence, hours = query.chips
    assert "pharmacist (PT)" in licence.text and "pharmacist (GB)" not in licence.text
    assert hours.text == "hours_per_week >= 10" and query.topic == "pharmacist who has done signal detection"


@pytest.mark.parametrize(
    "text",
    [
        "has debugged TCP over satellite links",
        "no PhD needed, has read German court rulings",
        "worked in France on French hospitals",
        "a qualified success in running studies",
        "Queue bench. Loss.",
    ],
)
def test_words_that_state_no_fact_stay_as_they_are(text: str) -> None:
    assert read_query(text) == Query((), text)


def test_a_chip_that_is_taken_off_gives_its_words_back_to_the_topic() -> None:
    text = "speaks German, 10 h a week, tax law"
    assert read_query(text, ["languages.de >= B2"]).topic == "10 h a week, tax law"
    assert read_query(text, []) == Query((), text)
    corrected = read_query(text, ["languages.de >= C1", "hours_per_week >= 10"])
    assert facts(corrected) == ["hours_per_week >= 10", "languages.de >= C1"]
    assert corrected.topic == "speaks German, tax law"


@pytest.mark.parametrize(
    "written",
    [
        "hours_per_week >= 10", "rate <= 90.5 EUR", "country in AT, DE", "languages.de >= C1",
        "degrees overlaps PhD, MD",
        "licences overlaps pharmacist (AT), medical", "timezone overlaps Europe/Berlin (3 h)",
        "timezone in Europe/Berlin, Europe/Paris", "available_from <= 2027-03-01", "languages overlaps en, de",
        "languages >= en C1, de B2",
    ],
)  # fmt: skip
def test_a_chip_in_writing_is_read_as_it_was_written(written: str) -> None:
    assert chip_text(read_chip(written)) == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("tall", "is not a fact like"),
        ("shoe_size >= 44", "'shoe_size' is not a fact"),
        ("hours_per_week >= many", "hours_per_week"),
        ("hours_per_week in 3", "not by 'in'"),
        ("rate <= 90", "is not a currency code"),
    ],
)
def test_a_chip_that_makes_no_sense_is_named(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_chip(written)


SAYINGS = st.sampled_from(
    [*COUNTRIES, "10 h a week", "up to 90 EUR/h", "fluent German", "PhD", ",", "law", "in", "with"]
)


@settings(deadline=None, max_examples=60)
@given(st.one_of(st.lists(SAYINGS, max_size=8).map(" ".join), st.text(max_size=60)))
def test_any_text_is_understood_and_chosen_chips_are_understood_the_same(text: str) -> None:
    query = read_query(text)
    assert facts(read_query(text, facts(query))) == facts(query)
    assert all(text[chip.said[0] : chip.said[1]].strip() for chip in query.chips if chip.said)
