"""Ten briefs in ten voices: what each is read as, as a person would fill it in."""
# ruff: noqa: E501  # a mail has long lines

from datetime import date
from typing import Any

import pytest

from vetting.domain.brief import draft
from vetting.domain.brief_team import read_team

TODAY = date(2026, 11, 29)
BRIEFS = {
    "bullets": """\
- 3 cardiologists, US-licensed
- English C1, Spanish a plus
- max 150 USD/h
- at least 10 h a week from January
- must overlap 4h with US Eastern
- no employees of MedCorp""",
    "mail": """\
Hi all, hope you are well. We are looking for two or three tax lawyers (German-qualified, ideally with an LL.M.) who can review model answers on VAT. They would need about 15 hrs/week, starting mid-March 2027, and our budget is EUR 120 per hour. The working language is English; German at native level is a must. Nobody who works for Northgate LLP please. Time zone: CET +/- 2 h. Thanks, Ana""",
    "table": """\
Role | Network engineer
Seats | 2
Rate | up to 95 EUR/h
Hours | 20 h/week
Start | 2027-01-11
Language | English C1 (must), French B2 (nice)
Location | EU
Time zone | CET
Degree | MSc or PhD""",
    "ad": """\
Wanted: a pair of pharmacists licensed in Germany. German C2, English B2. €80-100/h. 8-10 hours per week. From 1 Feb 2027.""",
    "form": """\
Headcount: 4
Languages: Portuguese (C1), English (B2)
Budget: 70–85 EUR per hour
Hours per week: 12
Start date: 15.02.2027
Degree: PhD in molecular biology required
Not employed by: Novagene, Helix Labs""",
    "lawyerly": """\
We don't need a PhD; experience counts. Candidates must have drafted share purchase agreements under English law. Must speak German; French would be nice. The reviews of French hospitals are done by somebody else.""",
    "radiology": """\
Six US board-certified radiologists; must be based in the US; 5-8 hours weekly; $200/hr max; must not work for RadNet or Aidoc.""",
    "one": """\
One engineer is enough, with at least two years of experience with Kubernetes. Ten hours a week. EUR 800 per day. Fluent English required, good Polish preferred.""",
    "annotators": """\
Up to five native Spanish speakers based in Mexico or Colombia for 20 hrs pw at 25 USD an hour, asap. No ties to Quillback. Master's degree preferred.""",
    "headed": """\
Must have:
- Swiss-based
- German C1 and French B2
- has audited a bank under IFRS

Nice to have:
- Italian
- MBA

Terms:
- 1,000 CHF a day, 16 h per week, as of April 2027""",
}


def said(fact: str | None, value: Any) -> str:
    """A value in few words, with a region as the number of its countries."""
    if fact == "languages":
        return " ".join(f"{code} {level}" for code, level in value.items())
    if fact == "rate":
        return f"{value['amount']:g} {value['currency']}/{value['per']}"
    if fact == "timezone":
        return f"{value['zone']} {value.get('hours', '')}".strip()
    if fact == "licences":
        return ", ".join(f"{v['name']} {v['jurisdiction']}" if isinstance(v, dict) else v for v in value)
    if isinstance(value, list):
        return ", ".join(value) if len(value) < 9 else f"{len(value)} of them"
    return f"{value:g}" if isinstance(value, float) else str(value)


def read(brief: str) -> list[str]:
    return [
        f"{r.kind} {r.fact or 'topic'}: {said(r.fact, r.value) if r.fact else r.topic}"
        for r in draft(brief, today=TODAY).requirements
    ]


READ: dict[str, tuple[int | None, tuple[str, ...], list[str]]] = {
    "bullets": (
        3,
        ("MedCorp",),
        [
            "nice licences: medical US",
            "nice languages: en C1",
            "nice languages: es B2",
            "must rate: 150 USD/hour",
            "must hours_per_week: 10",
            "must available_from: 2027-01-01",
            "must timezone: America/New_York 4.0",
            "nice topic: 3 cardiologists, US-licensed",
        ],
    ),
    "mail": (
        3,
        ("Northgate LLP",),
        [
            "nice licences: lawyer DE",
            "nice degrees: LLM",
            "must hours_per_week: 15",
            "must rate: 120 EUR/hour",
            "must available_from: 2027-03-15",
            "nice languages: en B2",
            "must languages: de C2",
            "nice timezone: Europe/Berlin 6.0",
            "nice topic: Hi all, hope you are well. We are looking for two or three tax lawyers (German-qualified, ideally with an LL.M.) who can review model answers on VAT.",
        ],
    ),
    "table": (
        2,
        (),
        [
            "must rate: 95 EUR/hour",
            "must hours_per_week: 20",
            "nice available_from: 2027-01-11",
            "must languages: en C1",
            "nice languages: fr B2",
            "nice country: 27 of them",
            "nice timezone: Europe/Berlin",
            "nice degrees: MSc, PhD",
            "nice topic: Role | Network engineer",
        ],
    ),
    "ad": (
        2,
        (),
        [
            "nice licences: pharmacist DE",
            "nice languages: de C2",
            "nice languages: en B2",
            "must hours_per_week: 8",
            "must rate: 100 EUR/hour",
            "nice available_from: 2027-02-01",
            "nice topic: Wanted: a pair of pharmacists licensed in Germany.",
        ],
    ),
    "form": (
        4,
        ("Novagene", "Helix Labs"),
        [
            "nice languages: pt C1",
            "nice languages: en B2",
            "must rate: 85 EUR/hour",
            "must hours_per_week: 12",
            "nice available_from: 2027-02-15",
            "must degrees: PhD",
        ],
    ),
    "lawyerly": (
        None,
        (),
        [
            "must languages: de B2",
            "nice languages: fr B2",
            "must topic: Candidates must have drafted share purchase agreements under English law.",
            "nice topic: experience counts. The reviews of French hospitals are done by somebody else.",
        ],
    ),
    "radiology": (
        6,
        ("RadNet", "Aidoc"),
        [
            "nice licences: medical US",
            "must country: US",
            "must hours_per_week: 5",
            "must rate: 200 USD/hour",
            "nice topic: Six US board-certified radiologists;",
        ],
    ),
    "one": (
        1,
        (),
        [
            "must hours_per_week: 10",
            "must rate: 800 EUR/day",
            "must languages: en C1",
            "nice languages: pl B2",
            "nice topic: One engineer is enough, with at least two years of experience with Kubernetes.",
        ],
    ),
    "annotators": (
        5,
        ("Quillback",),
        [
            "nice languages: es C2",
            "must hours_per_week: 20",
            "must rate: 25 USD/hour",
            "nice country: CO, MX",
            "nice degrees: Master",
            "nice topic: Up to five native Spanish speakers based in Mexico or Colombia for 20 hrs pw at 25 USD an hour, asap.",
        ],
    ),
    "headed": (
        None,
        (),
        [
            "must country: CH",
            "must languages: de C1",
            "must languages: fr B2",
            "nice languages: it B2",
            "nice degrees: MBA",
            "must hours_per_week: 16",
            "must rate: 1000 CHF/day",
            "nice available_from: 2027-04-01",
            "must topic: has audited a bank under IFRS",
        ],
    ),
}


@pytest.mark.parametrize("voice", BRIEFS)
def test_a_brief_is_read_as_a_person_would_fill_it_in(voice: str) -> None:
    seats, conflicts, requirements = READ[voice]
    assert read_team(BRIEFS[voice]) == (seats, conflicts)
    assert read(BRIEFS[voice]) == requirements
