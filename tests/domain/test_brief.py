"""Draft requirements from a brief."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.brief import LONGEST_TOPIC, MOST, NamedCompetency, draft
from vetting.domain.places import COUNTRIES, REGIONS, ZONES
from vetting.domain.project import Kind, Requirement

COMPETENCIES = (NamedCompetency("soft.net/transport", "Transport and congestion control"),)
FIELD = (
    NamedCompetency(
        "software.networking/transport",
        "Transport and congestion control",
        "Diagnoses the rate and recovery of flows from window, loss and buffer.",
        "How does CUBIC grow? What does CUBIC do after a loss?",
    ),
    NamedCompetency(
        "software.networking/ip_routing",
        "IP, addressing and routing",
        "Plans and debugs addressing, packet size and routing, and says which policy lets a wrong route spread.",
        "A BGP session flaps. What does BGP announce?",
    ),
    NamedCompetency("law.contracts/review", "Review and judgement", "Ranks errors of clauses and routing of notices."),
)
BRIEF = (
    "We need a senior network engineer with a PhD, fluent German and English C1, at least 15 hours a week, at most "
    "90 EUR an hour, starting 1 February 2027, based in Europe. Must have run BGP at an internet exchange and know "
    "congestion control. A licence is not needed."
)


def drafted(brief: str) -> list[dict[str, Any]]:
    fields = ("kind", "competency", "min_level", "fact", "op", "value", "topic")
    found = [
        r.model_dump(mode="json", include=set(fields), exclude_none=True)
        for r in draft(brief, COMPETENCIES).requirements
    ]
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
        ("A licensed pharmacist, please.", "licences", ["pharmacist"], "nice"),
        ("A German-licensed pharmacist.", "licences", [{"name": "pharmacist", "jurisdiction": "DE"}], "nice"),
        (
            "Registered nurses in France or Spain.",
            "licences",
            [{"name": "nursing", "jurisdiction": "ES"}, {"name": "nursing", "jurisdiction": "FR"}],
            "nice",
        ),
        ("French would be nice.", "languages", {"fr": "B2"}, "nice"),
        ("German required.", "languages", {"de": "B2"}, "must"),
        ("Ten hours a week.", "hours_per_week", 10.0, "must"),
        ("5-8 hours weekly", "hours_per_week", 5.0, "must"),
        ("€80-100/h", "rate", {"amount": 100.0, "currency": "EUR", "per": "hour"}, "must"),
        ("Up to 1,000 CHF a day.", "rate", {"amount": 1000.0, "currency": "CHF", "per": "day"}, "must"),
        ("Start date: 15.02.2027", "available_from", "2027-02-15", "nice"),
        ("Time zone: CET +/- 2 h", "timezone", {"zone": "Europe/Berlin", "hours": 6.0}, "nice"),
        ("Work starts on 2027-01-11.", "available_from", "2027-01-11", "nice"),
    ],
)
def test_a_fact_in_plain_words_becomes_a_requirement(brief: str, fact: str, value: Any, kind: str) -> None:
    (found,) = drafted(brief)
    assert (found["fact"], found["value"], found["kind"]) == (fact, value, kind)


@pytest.mark.parametrize("wish", ["would be good", "would be a plus", "preferred", "is a bonus"])
def test_what_is_only_wished_for_is_no_must_beside_one(wish: str) -> None:
    found = drafted(f"At least 8 hours a week, and speaking German at C1 {wish}.")
    assert {r["fact"]: r["kind"] for r in found if "fact" in r} == {"hours_per_week": "must", "languages": "nice"}


def test_a_date_within_a_wish_stays_whole() -> None:
    plain, wished = drafted("Work starts on May 3, 2027."), drafted("Work starts on May 3, 2027, ideally.")
    start = {r["fact"]: r["value"] for r in plain if "fact" in r}
    assert start == {"available_from": "2027-05-03"} == {r["fact"]: r["value"] for r in wished if "fact" in r}


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
    assert draft(" ") == ((), ())


def test_a_whole_brief_becomes_facts_competencies_a_must_in_words_and_one_topic() -> None:
    made, left_out = draft(BRIEF, FIELD)
    facts = {r.fact: (r.kind, r.op, r.value) for r in made if r.fact and r.fact != "languages"}
    languages = [r.value for r in made if r.fact == "languages"]
    assert languages == [{"de": "C1"}, {"en": "C1"}]
    assert facts["degrees"] == ("must", "overlaps", ["PhD"])
    assert facts["hours_per_week"] == ("must", ">=", 15.0)
    assert facts["rate"] == ("must", "<=", {"amount": 90.0, "currency": "EUR", "per": "hour"})
    assert facts["available_from"] == ("must", "<=", "2027-02-01")
    assert facts["country"][:2] == ("must", "in") and {"DE", "FR", "NO"} <= set(facts["country"][2])
    competencies = {r.competency: (r.kind, r.min_level) for r in made if r.competency}
    assert competencies == {
        "software.networking/transport": ("nice", 3.0),
        "software.networking/ip_routing": ("nice", 3.0),
    }
    topics = [(r.kind, r.topic) for r in made if r.topic]
    assert topics[0] == ("must", "Must have run BGP at an internet exchange and know congestion control.")
    assert len(topics) == 2 and topics[1][0] == "nice" and str(topics[1][1]).startswith("We need a senior network")
    assert left_out == ("A licence is not needed.",)


@pytest.mark.parametrize(
    "brief",
    [
        "A PhD is not required.",
        "No licence is needed.",
        "You don't need a PhD.",
        "There is no need to speak German.",
        "German isn't required.",
    ],
)
def test_what_is_said_not_to_be_needed_is_left_out_and_shown_as_that(brief: str) -> None:
    assert draft(brief) == ((), (brief,))


def test_of_a_sentence_that_says_what_is_not_needed_and_what_is_only_the_first_is_left_out() -> None:
    made, left_out = draft("A PhD is not needed, but fluent German is required.")
    assert [(r.fact, r.value, r.kind) for r in made] == [("languages", {"de": "C1"}, "must")]
    assert left_out == ("A PhD is not needed",)


@pytest.mark.parametrize(
    ("brief", "start"),
    [
        ("Starting 1 February 2027.", "2027-02-01"),
        ("We begin on the 3rd of May 2027.", "2027-05-03"),
        ("Available from September 15, 2027.", "2027-09-15"),
        ("The work starts in March 2027.", "2027-03-01"),
    ],
)
def test_a_date_in_words_is_a_start(brief: str, start: str) -> None:
    (found,) = drafted(brief)
    assert (found["fact"], found["op"], found["value"]) == ("available_from", "<=", start)


@pytest.mark.parametrize(
    ("brief", "fact", "value"),
    [
        ("You must be based in Germany or Austria.", "country", ["AT", "DE"]),
        ("Based in the UK.", "country", ["GB"]),
        ("At least 5 hours of overlap with CET.", "timezone", {"zone": "Europe/Berlin", "hours": 5.0}),
        ("Working hours of Asia/Tokyo.", "timezone", {"zone": "Asia/Tokyo"}),
    ],
)
def test_a_place_is_a_country_or_a_time_zone(brief: str, fact: str, value: Any) -> None:
    (found,) = drafted(brief)
    assert (found["fact"], found["value"]) == (fact, value)


def test_a_place_that_no_fact_can_say_is_shown_as_not_understood() -> None:
    made, left_out = draft("You are based in Ruritania, and speak English at C1.")
    assert [r.fact for r in made] == ["languages"] and left_out == ("based in Ruritania",)


def test_sentences_that_do_not_fit_the_topic_are_shown_as_left_out() -> None:
    said = [f"Sentence number {n} says something about the work that no rule can read." for n in range(9)]
    made, left_out = draft(" ".join(said))
    assert len(made) == 1 and len(str(made[0].topic)) <= LONGEST_TOPIC
    assert [s for s in said if s not in str(made[0].topic)] == list(left_out) and left_out


def test_a_word_of_a_name_counts_only_in_a_brief_of_that_field() -> None:
    of_another = draft("Review of the routing of letters.", FIELD).requirements
    of_networks = draft("Review of networking answers on routing.", FIELD).requirements
    assert [r.competency for r in of_another if r.competency] == []
    assert [r.competency for r in of_networks if r.competency] == ["software.networking/ip_routing"]


PIECES = st.sampled_from(
    [
        *("must", "not needed", "based in", "Europe", "0 EUR an hour", "99999,99 CHF/h", "starting 31 February 2027"),
        *("starting 2027-13-40", "German C1", "fluent English", "PhD", "licensed nurse", "168 hours a week", "but"),
        *("time zone", "CET", "Asia/Nowhere", "9 hours", "BGP", "congestion control", ".", ";", "\n", "- ", "\x00"),
        *("١٢ hours a week", "from 1 May 0000", "routing", "a" * 400),
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map(" ".join)))
def test_no_brief_makes_it_raise_and_every_requirement_can_be_stored(brief: str) -> None:
    made, left_out = draft(brief, FIELD)
    for requirement in made:
        assert Requirement.model_validate(requirement.model_dump(mode="json")) == requirement
        assert len(requirement.topic or "") <= LONGEST_TOPIC
    assert len({r.id for r in made}) == len(made)
    assert sum(r.kind is Kind.MUST and bool(r.topic) for r in made) <= MOST
    assert all(sentence.strip() for sentence in left_out)


def test_every_place_and_zone_in_the_lists_can_be_asked_for() -> None:
    for codes in (*((c,) for c in COUNTRIES.values()), *REGIONS.values()):
        asked = Requirement.model_validate({"kind": "must", "fact": "country", "op": "in", "value": list(codes)})
        assert asked.fact == "country"
    for name in ZONES.values():
        asked = Requirement.model_validate(
            {"kind": "must", "fact": "timezone", "op": "overlaps", "value": {"zone": name}}
        )
        assert asked.fact == "timezone"
