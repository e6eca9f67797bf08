"""Typed comparison of facts: met, not met, or no evidence, and how each is said."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import TODAY, facts
from vetting.domain.fact_words import breach, words
from vetting.domain.facts import Circumstances, Fact, Standing, Status, compare, fact_value, parse_test
from vetting.domain.rates import Rates

MET, NOT_MET, NO_EVIDENCE = Status.MET, Status.NOT_MET, Status.NO_EVIDENCE
RATES = Rates.model_validate({"date": "2026-11-02", "EUR": 1, "USD": 1.1, "GBP": 0.85})
EUR_120 = {"amount": 120, "currency": "EUR", "per": "hour"}


def status(fact: str, op: str, wanted: Any, now: Circumstances = TODAY, **stated: Any) -> Status:
    test = parse_test(fact, op, wanted)
    return compare(test, fact_value(facts(**stated), test.fact), now).status


@pytest.mark.parametrize(
    ("fact", "op", "wanted", "stated", "expected"),
    [
        ("country", "in", ["DE", "at"], {"country": "AT"}, MET),
        ("country", "!=", "DE", {"country": "DE"}, NOT_MET),
        ("country", "==", "DE", {}, NO_EVIDENCE),
        ("timezone", "in", ["Europe/Berlin"], {"timezone": "Europe/Oslo"}, NOT_MET),
        ("timezone", "overlaps", "Europe/Berlin", {"timezone": "Europe/Oslo"}, MET),
        ("timezone", "overlaps", {"zone": "Europe/Berlin", "hours": 4}, {"timezone": "Asia/Tokyo"}, NOT_MET),
        ("timezone", "overlaps", {"zone": "Pacific/Auckland", "hours": 6}, {"timezone": "Pacific/Honolulu"}, MET),
        ("languages", ">=", {"en": "C1"}, {"languages": {"en": "C2"}}, MET),
        ("languages", ">=", {"en": "C1", "de": "B1"}, {"languages": {"en": "C2", "de": "A2"}}, NOT_MET),
        ("languages", ">=", {"en": "C1"}, {"languages": {"de": "C2"}}, NOT_MET),
        ("languages", ">=", {"en": "C1"}, {}, NO_EVIDENCE),
        ("languages.en", ">=", "B2", {"languages": {"en": "B1"}}, NOT_MET),
        ("languages", "overlaps", ["ES", "pt"], {"languages": {"pt": "A2"}}, MET),
        ("hours_per_week", ">=", 10, {"hours_per_week": 10}, MET),
        ("hours_per_week", ">=", 10, {"hours_per_week": 0}, NOT_MET),
        ("rate", "<=", EUR_120, {"rate": {"amount": 120, "currency": "EUR"}}, MET),
        ("rate", "<=", EUR_120, {"rate": {"amount": 121, "currency": "EUR"}}, NOT_MET),
        ("rate", "<=", EUR_120, {"rate": {"amount": 1, "currency": "USD"}}, NO_EVIDENCE),
        ("available_from", "<=", "2027-01-15", {"available_from": "2027-01-15"}, MET),
        ("available_from", "<=", "2027-01-15", {"available_from": "2027-01-16"}, NOT_MET),
        ("degrees", "overlaps", ["phd", "MD"], {"degrees": ["Ph.D."]}, MET),
        ("degrees", "overlaps", ["MSc"], {"degrees": ["MSc, computer science"]}, MET),
        ("degrees", "overlaps", ["MD"], {"degrees": ["MDes"]}, NOT_MET),
        ("degrees", "overlaps", ["MD"], {"degrees": []}, NO_EVIDENCE),
    ],
)
def test_a_stated_fact_is_met_or_not_and_an_unstated_one_is_no_evidence(
    fact: str, op: str, wanted: Any, stated: dict[str, Any], expected: Status
) -> None:
    assert status(fact, op, wanted, **stated) is expected


def licence(**fields: Any) -> dict[str, Any]:
    return {"licences": [{"name": "Medical licence, cardiology", "jurisdiction": "DE", **fields}]}


def test_a_licence_that_has_run_out_is_evidence_that_it_lapsed_and_another_one_is_not_met() -> None:
    assert status("licences", "overlaps", ["medical"], **licence(expires="2026-11-21")) is MET
    assert status("licences", "overlaps", ["medical"], **licence(expires="2026-11-20")) is NOT_MET
    assert status("licences", "overlaps", ["nursing"], **licence()) is NOT_MET
    assert status("licences", "overlaps", [{"name": "medical", "jurisdiction": "FR"}], **licence()) is NOT_MET
    assert status("licences", "overlaps", ["medical"]) is NO_EVIDENCE


def test_a_lapsed_licence_is_quoted_with_the_day_it_ran_out_also_where_a_cv_stated_it() -> None:
    test = parse_test("licences", "overlaps", ["medical"])
    for partial in ((), ("licences",)):
        held = fact_value(facts(**licence(expires="2026-11-20"), partial=partial), Fact.LICENCES)
        outcome = compare(test, held, TODAY)
        assert (outcome.status, outcome.note) == (NOT_MET, "lapsed on 2026-11-20")
        assert outcome.source == "licences: Medical licence, cardiology (DE, expires 2026-11-20)"


def test_beside_a_lapsed_licence_one_that_holds_counts() -> None:
    old = licence(expires="2026-11-20")["licences"][0]
    both = {"licences": [old, {**old, "number": "7", "expires": "2029-01-01"}]}
    assert status("licences", "overlaps", ["medical"], **both) is MET


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 1, 1)))
def test_a_licence_holds_through_its_last_day_and_no_longer(last: date) -> None:
    found = status("licences", "overlaps", ["medical"], **licence(expires=last.isoformat()))
    assert found is (MET if last >= TODAY.today else NOT_MET)


def test_a_standing_that_is_asked_for_must_be_reached() -> None:
    test = parse_test("licences", "overlaps", ["medical"], Standing.CHECKED_AT_SOURCE)
    seen = fact_value(facts(**licence(standing="document_seen")), Fact.LICENCES)
    checked = fact_value(facts(**licence(standing="checked_at_source")), Fact.LICENCES)
    assert compare(test, seen, TODAY).status is NO_EVIDENCE
    assert compare(test, seen, TODAY).note == "only document seen"
    assert compare(test, checked, TODAY).status is MET
    hours = parse_test("hours_per_week", ">=", 10, Standing.DOCUMENT_SEEN)
    assert compare(hours, 20.0, TODAY).note == "only claimed"


def test_a_rate_in_another_currency_is_compared_at_the_dated_rates() -> None:
    now = Circumstances(TODAY.today, RATES)
    test = parse_test("rate", "<=", EUR_120)
    outcome = compare(test, facts(rate={"amount": 110, "currency": "GBP"}).rate, now)
    assert (outcome.status, outcome.source, outcome.note) == (
        NOT_MET,
        "rate: 110 GBP/h",
        "129 EUR/h at the rates of 2026-11-02",
    )
    assert compare(test, facts(rate={"amount": 5, "currency": "INR"}).rate, now).status is NO_EVIDENCE


def test_rates_may_be_nested_and_must_have_a_date() -> None:
    nested = Rates.model_validate({"date": "2026-11-02", "base": "EUR", "rates": {"USD": 1.1}})
    assert nested.convert(11, "USD", "EUR") == pytest.approx(10)
    with pytest.raises(ValueError, match="need a date"):
        Rates.model_validate({"EUR": 1})
    with pytest.raises(ValueError, match="above 0"):
        Rates.model_validate({"date": "2026-11-02", "EUR": 0})


@pytest.mark.parametrize(
    ("fact", "op", "value", "sentence"),
    [
        ("colour", "==", "red", "'colour' is not a fact; known are country"),
        ("rate", "in", EUR_120, "rate can be compared by <=, >=, ==, not by 'in'"),
        ("rate", "<=", 120, "value of rate: needs an amount and a currency"),
        ("languages", ">=", {"english": "C1"}, "value of languages: 'english' is not a language code"),
        ("hours_per_week", ">=", "many", "value of hours_per_week: should be a valid number, got 'many'"),
        ("timezone", "in", ["Mars/Base"], "value of timezone: [0]: 'Mars/Base' is not an IANA time zone"),
        ("degrees", "overlaps", [], "value of degrees: is an empty list"),
        ("country", "==", None, "country == needs a value"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused_in_words(fact: str, op: str, value: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_test(fact, op, value)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("fact", "op", "value", "wanted", "broken"),
    [
        ("rate", "<=", EUR_120, "rate up to 120 EUR/h", "rate above 120 EUR/h"),
        ("hours_per_week", ">=", 10, "at least 10 hours a week", "fewer than 10 hours a week"),
        ("languages", ">=", {"en": "C1"}, "language en at C1 or above", "language below en C1"),
        ("languages", "overlaps", ["es", "pt"], "language es or pt", "none of the languages es, pt"),
        ("available_from", "<=", "2027-01-15", "available by 2027-01-15", "available only after 2027-01-15"),
        ("country", "in", ["DE", "AT"], "country DE, AT", "country not DE, AT"),
        ("licences", "overlaps", ["medical"], "licence medical", "licence missing or lapsed: medical"),
        ("timezone", "overlaps", "Europe/Oslo", "4 working hours shared with Europe/Oslo",
         "fewer than 4 working hours shared with Europe/Oslo"),
    ],
)  # fmt: skip
def test_what_is_asked_and_what_excludes_reads_as_a_person_would_say_it(
    fact: str, op: str, value: Any, wanted: str, broken: str
) -> None:
    test = parse_test(fact, op, value)
    assert (words(test), breach(test)) == (wanted, broken)


@settings(deadline=None)
@given(st.floats(0, 168), st.floats(0, 168))
def test_at_least_and_at_most_never_both_fail(stated: float, wanted: float) -> None:
    both = {status("hours_per_week", op, wanted, hours_per_week=stated) for op in (">=", "<=")}
    assert MET in both
    assert (both == {MET}) == (stated == wanted)


@pytest.mark.parametrize(
    ("held", "wanted", "same"),
    [
        ("MSc Physics", "Master", True),
        ("Máster en Derecho Tributario", "Master", True),
        ("MSc Physics", "MBA", False),
        ("BSc", "Master", False),
        ("Licence en droit", "Bachelor", True),
        ("Dr. rer. nat.", "PhD", True),
        ("Doctorat en droit", "PhD", True),
        ("Doctorat en médecine", "MD", True),
        ("Doctorat en médecine", "PhD", False),
        ("Dr. med.", "PhD", False),
    ],
)
def test_a_degree_of_another_country_and_a_level_alone_are_compared(held: str, wanted: str, same: bool) -> None:
    assert (status("degrees", "overlaps", [wanted], degrees=[held]) is MET) is same


@pytest.mark.parametrize(
    ("held", "place", "wanted", "where", "fits"),
    [
        ("Approbation als Ärztin", "DE", "medical", "DE", True),
        ("GMC registration", "GB", "medical", "United Kingdom", True),
        ("Zulassung als Rechtsanwalt", "DE", "lawyer", None, True),
        ("Medical licence", "Ohio", "medical", "US", True),
        ("Medical licence", "US", "medical", "Ohio", False),
        ("Medical licence", "Bavaria", "medical", "US", False),
        ("Approbation als Apotheker", "DE", "medical", "DE", False),
    ],
)
def test_a_licence_means_what_its_register_calls_it_and_one_of_a_part_holds_in_the_country(
    held: str, place: str, wanted: str, where: str | None, fits: bool
) -> None:
    asked = {"name": wanted, **({"jurisdiction": where} if where else {})}
    stated = {"licences": [{"name": held, "jurisdiction": place}]}
    assert (status("licences", "overlaps", [asked], **stated) is MET) is fits
