"""How far a fact is proven, and what ties somebody to a client."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.people import TODAY, facts, pool, project, ranked
from vetting.domain.conflicts import Conflict
from vetting.domain.facts import Fact, Outcome, Status, compare, fact_value, parse_test
from vetting.domain.profile import Standing
from vetting.domain.profile_layers import corrected, filled, stated
from vetting.domain.standing import Check, newest

MET, NOT_MET, NO_EVIDENCE = Status.MET, Status.NOT_MET, Status.NO_EVIDENCE


def check(fact: str, said: str, **more: Any) -> Check:
    given = {"standing": "checked_at_source", "source": "Register of Porto", "by": "ben@example.org",
             "on": "2026-10-01", **more}  # fmt: skip
    return Check.model_validate({"fact": fact, "said": said, **given})


def outcome(
    test: tuple[str, str, Any], checks: list[Check], standing: str = "checked_at_source", **held: Any
) -> Outcome:
    asked = parse_test(*test, Standing(standing))
    return compare(asked, fact_value(facts(**held), asked.fact, checks), TODAY)


def test_a_must_may_demand_a_standing_of_any_fact() -> None:
    degree = ("degrees", "overlaps", ["MSc"])
    held = {"degrees": ["MSc Physics", "MD"]}
    assert outcome(degree, [], **held).note == "only claimed"
    assert outcome(degree, [check("degrees", "MD")], **held).status is NO_EVIDENCE
    seen = check("degrees", "MSc Physics", standing="document_seen", source="diploma")
    assert outcome(degree, [seen], **held).status is NO_EVIDENCE
    assert outcome(degree, [seen], "document_seen", **held).status is MET
    proven = outcome(degree, [check("degrees", "MSc Physics", number="77")], **held)
    assert (proven.status, proven.note) == (
        MET,
        "checked at source (Register of Porto, no. 77) by ben@example.org on 2026-10-01",
    )


def test_a_check_of_one_language_proves_no_other() -> None:
    held = {"languages": {"de": "C1", "en": "C2"}}
    checks = [check("languages", "en C2")]
    assert outcome(("languages", ">=", {"en": "C1"}), checks, **held).status is MET
    assert outcome(("languages", ">=", {"en": "C1", "de": "B2"}), checks, **held).status is NO_EVIDENCE


def test_a_licence_that_ran_out_is_lapsed_whether_or_not_its_check_did_and_a_newer_check_renews_it() -> None:
    test = ("licences", "overlaps", ["medical"])
    held = {"licences": [{"name": "Medical", "jurisdiction": "DE", "expires": "2026-11-01"}]}
    for checks in ([], [check("licences", "Medical (DE)", expires="2026-11-01")], [check("licences", "Medical (DE)")]):
        found = outcome(test, checks, "claimed", **held)
        assert (found.status, found.note) == (NOT_MET, "lapsed on 2026-11-01")
    assert outcome(test, [check("licences", "Medical (DE)", expires="2028-11-01")], **held).status is MET


def test_a_check_is_of_what_stood_there_and_a_higher_claim_is_not_checked() -> None:
    checks = [check("languages", "en B2")]
    assert outcome(("languages", ">=", {"en": "C1"}), checks, languages={"en": "C2"}).status is NO_EVIDENCE


def test_a_claim_speaks_against_somebody_without_proof() -> None:
    assert outcome(("hours_per_week", ">=", 10), [], hours_per_week=4).status is NOT_MET


def test_a_lapsed_check_is_no_evidence_until_it_is_renewed() -> None:
    test, held = ("degrees", "overlaps", ["MSc"]), {"degrees": ["MSc Physics"]}
    lapsed = check("degrees", "MSc Physics", expires="2026-11-20")
    for standing in ("claimed", "checked_at_source"):
        assert outcome(test, [lapsed], standing, **held).note == "its check lapsed on 2026-11-20"
    renewed = newest([lapsed, check("degrees", "MSc Physics", expires="2027-11-20")])
    assert outcome(test, list(renewed), **held).status is MET


def test_a_check_lifts_a_licence_and_a_renewal_is_the_same_licence() -> None:
    held = {
        "licences": [{"name": "Medical licence", "jurisdiction": "Germany", "number": "9", "expires": "2027-01-01"}]
    }
    asked = ("licences", "overlaps", [{"name": "medical", "jurisdiction": "DE"}])
    assert outcome(asked, [], **held).status is NO_EVIDENCE
    assert outcome(asked, [check("licences", "Medical licence (Germany), no. 9")], **held).status is MET


@pytest.mark.parametrize("missing", [{"standing": "claimed"}, {"source": None}])
def test_a_check_says_what_was_asked(missing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a claim needs none|needs the name of the register"):
        check("degrees", "MD", **missing)


def test_a_list_from_a_document_may_lack_what_is_wanted() -> None:
    held = facts(degrees=["MSc Physics"], languages={"en": "B1"}, partial=["degrees", "languages"])

    def status(name: str, op: str, value: Any) -> Status:
        test = parse_test(name, op, value)
        return compare(test, fact_value(held, test.fact), TODAY).status

    assert status("degrees", "overlaps", ["PhD"]) is NO_EVIDENCE
    assert status("degrees", "overlaps", ["Master of Science in Physics"]) is MET
    assert status("languages", ">=", {"de": "A1"}) is NO_EVIDENCE
    assert status("languages", ">=", {"en": "C1"}) is NOT_MET


def test_rates_are_compared_by_the_hour_where_hours_are_known() -> None:
    def status(amount: float, per: str) -> Outcome:
        return outcome(("rate", "<=", {"amount": 100, "currency": "EUR"}), [], "claimed",
                       rate={"amount": amount, "currency": "EUR", "per": per})  # fmt: skip

    assert (status(800, "day").status, status(801, "day").status) == (MET, NOT_MET)
    assert (status(4000, "week").status, status(4001, "week").status) == (MET, NOT_MET)
    assert status(9000, "month").status is NO_EVIDENCE
    assert status(800, "day").note == "a day counts as 8 hours, a week as 40"
    assert status(800, "day").source == "rate: 800 EUR/day"


@pytest.mark.parametrize(
    ("tie", "client", "touches"),
    [
        ("Northgate Ltd.", "NORTHGATE", True),
        ({"name": "The Northgate Group GmbH", "kind": "employer"}, "Northgate", True),
        ({"name": "Northgate Hospital", "kind": "client"}, "Northgate", False),
        ({"name": "Smith AB", "kind": "co_author"}, "Dr. Anna Smith", True),
        ({"name": "B. Smith", "kind": "co_author"}, "Anna Smith", False),
        ({"name": "GmbH", "kind": "client"}, "Ltd", False),
    ],
)
def test_a_tie_touches_the_client_whatever_its_legal_form(tie: Any, client: str, touches: bool) -> None:
    assert Conflict.model_validate(tie).touches(client) is touches


def test_a_found_tie_excludes_and_the_lack_of_one_is_unknown() -> None:
    employer = {"name": "Northgate GmbH", "kind": "employer"}
    experts = pool(
        {name: facts(hours_per_week=10) for name in ("tied", "elsewhere", "cleared", "silent")},
        conflicts={"tied": [employer], "elsewhere": [{**employer, "name": "Tern"}], "cleared": ["Sable"]},
    )
    found = ranked(project(client="Northgate"), experts)
    assert found.conflicts is not None and found.excluded == {"conflict of interest with Northgate": 1}
    assert [found.conflicts.status(row) for row in range(4)] == [NOT_MET, NO_EVIDENCE, MET, NO_EVIDENCE]


BARE: dict[str, Any] = {"name": "Ana", "email": None, "headline": "", "summary": "", "facts": {}, "conflicts": []}
MADE = {"email": "a@example.org", "headline": "Engineer", "summary": "S",
        "conflicts": [{"name": "T", "kind": "employer"}],
        "facts": {"country": "PT", "degrees": ["MSc"], "partial": ["degrees"]}}  # fmt: skip


def test_a_document_fills_in_what_nobody_stated_and_a_newer_one_replaces_it() -> None:
    once = filled({**BARE, "facts": {"country": "DE"}}, MADE)
    assert once["facts"] == {"country": "DE", "degrees": ["MSc"], "partial": ["degrees"]}
    assert (once["headline"], once["email"]) == ("Engineer", "a@example.org")
    newer = {
        **MADE,
        "headline": "Lead",
        "facts": {"languages": {"en": "C1"}, "partial": ["languages"]},
        "conflicts": [],
    }
    twice = filled(stated(once, MADE), newer)
    assert twice["facts"] == {"country": "DE", "languages": {"en": "C1"}, "partial": ["languages"]}
    assert (twice["headline"], twice["conflicts"]) == ("Lead", [])


def test_a_correction_stands_over_all_and_makes_a_list_complete() -> None:
    values = corrected(filled(BARE, MADE), {"degrees": ["PhD"], "country": None, "conflicts": None, "name": "Ana R."})
    assert values["facts"] == {"degrees": ["PhD"]}
    assert (values["conflicts"], values["name"]) == ([], "Ana R.")
    assert Fact.DEGREES.value not in values["facts"].get("partial", [])
