"""Profiles: what is refused and how it is said, what is embedded, what an interview's scorecard becomes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from vetting.domain.faults import faults
from vetting.domain.profile import PIECE_TOKENS, Facts, Profile, pieces, split_text, standings, tokens


def profile(**fields: Any) -> Profile:
    return Profile.model_validate({"id": "x-1", "name": "Ana Reyes", **fields})


def said(**fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        profile(**fields)
    return [str(fault) for fault in faults(refused.value)]


def test_every_fault_of_a_profile_names_its_field() -> None:
    assert said(facts={"timezone": "Europe/Berln", "hours_per_week": float("nan")}, items=[{"kind": "job"}]) == [
        "items[0].kind: should be 'role', 'project', 'paper', 'education', 'skill' or 'summary', got 'job'",
        "items[0].title: is missing",
        "facts.timezone: 'Europe/Berln' is not an IANA time zone like Europe/Berlin",
        "facts.hours_per_week: is not a finite number, got nan",
    ]


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"country": "Germany"}, "facts.country: 'Germany' is not a country code of two letters like PT"),
        ({"languages": ["en"]}, 'facts.languages: is not a map of language codes to levels like {"en": "C1"}'),
        ({"languages": {"en": "good"}}, "facts.languages: 'good' is not a language level from A1 to C2"),
        ({"rate": {"amount": 10, "currency": "euro"}}, "facts.rate.currency: 'euro' is not a currency code like EUR"),
        (
            {"rate": {"amount": 10, "currency": "EUR", "per": "job"}},
            "facts.rate.per: should be 'hour', 'day', 'week', 'month' or 'year', got 'job'",
        ),
        ({"available_from": "soon"}, "facts.available_from: is not a date like 2027-01-31, got 'soon'"),
        ({"hours": 10}, "facts.hours: is not a field of this format"),
        ({"licences": [{"name": "Medical"}]}, "facts.licences[0].jurisdiction: is missing"),
    ],
)
def test_a_wrong_fact_gets_one_plain_sentence(stated: dict[str, Any], sentence: str) -> None:
    assert said(facts=stated) == [sentence]


def test_text_that_no_database_can_hold_is_refused() -> None:
    assert said(summary="a\ud800b") and said(summary="a\x00b")


def test_a_null_is_a_field_that_is_not_there() -> None:
    assert profile(email=None, items=None, facts={"country": None, "languages": None}) == profile()


def test_facts_come_back_from_the_database_as_they_went_in() -> None:
    facts = profile(
        facts={
            "country": "pt", "timezone": "Europe/Lisbon", "languages": {"EN-gb": "c1", "pt": "native"},
            "hours_per_week": 0, "rate": {"amount": 90.5, "currency": "eur"}, "available_from": "2027-01-04",
            "degrees": ["MSc"], "licences": [{"name": "Medical", "jurisdiction": "PT", "expires": "2030-01-01"}],
        }
    ).facts  # fmt: skip
    assert Facts.model_validate(facts.document()) == facts
    assert dict(facts.languages) == {"en": "C1", "pt": "C2"}


def test_headline_and_summary_are_embedded_before_the_items() -> None:
    found = pieces(profile(headline="Queueing", summary="I measure.", items=[{"kind": "role", "title": "Engineer"}]))
    assert [(p.kind.value, p.title, p.text) for p in found] == [
        ("summary", "Queueing", "I measure."),
        ("role", "Engineer", ""),
    ]


def test_a_long_text_becomes_several_pieces_and_each_fits_the_model() -> None:
    text = " ".join(f"Sentence number {i} tells of a queue that grew in the night." for i in range(60))
    found = pieces(profile(items=[{"kind": "paper", "title": "Queues", "text": text}]))
    assert len(found) > 2
    assert "".join(p.text for p in found) == "".join(split_text(text, PIECE_TOKENS - tokens("Queues")))
    assert all(tokens(p.text) <= PIECE_TOKENS for p in found)


@settings(deadline=None)
@given(st.text(max_size=4000), st.integers(min_value=20, max_value=200))
def test_splitting_drops_nothing_and_keeps_to_the_room(text: str, room: int) -> None:
    parts = split_text(text, room)
    assert "".join(parts) == text
    assert all(tokens(part) <= room for part in parts)


def test_a_rated_competency_brings_its_quotes_what_speaks_for_it_first() -> None:
    rated = {
        "id": "transport", "name": "Transport", "status": "rated", "level": 3.6, "interval": [3.0, 4.2], "se": 0.3,
        "at_least": {"3.0": 0.95, "3.5": 0.6, "4.0": 0.2},
        "evidence": [
            {"quote": "TCP never paces", "turn": 2, "indicator": "m1", "finding": "contradicted"},
            {"quote": "pacing spreads a window", "turn": 3, "indicator": "i1", "finding": "met"},
        ],
    }  # fmt: skip
    silent = {"id": "link", "name": "Link", "status": "not_rated", "level": None, "interval": None, "evidence": []}
    first, second = standings({"rubric": "soft.net", "competencies": [rated, silent]})
    assert (first.id, [q.turn for q in first.quotes]) == ("soft.net/transport", [3, 2])
    assert first.p_at_least(3.25) == pytest.approx(0.775)
    assert (first.p_at_least(1.0), first.p_at_least(5.0)) == (0.95, 0.2)
    assert second.level is None and second.p_at_least(3) is None
