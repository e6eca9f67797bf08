"""Reading a CV: sections, entries with dates, facts with the words they rest on, ties, and what is left open."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.cv import Cv, read_cv
from vetting.domain.cv_dates import last_day, periods, without
from vetting.domain.cv_proposals import accepted, locate
from vetting.domain.document import Document
from vetting.packs import skills_taxonomy

CV = """JANE M. DOE, PhD
Senior Backend Engineer
Berlin, Germany | jane.doe@example.org | +49 170 1234567
Available from 1 March 2027, 10-15 hours per week, EUR 600 per day, time zone Europe/Berlin

PROFILE
Engineer with twelve years in distributed systems. Fluent in Dutch and Swedish.

WORK EXPERIENCE

Senior Backend Engineer, Northgate Systems GmbH            Jan 2019 – Present
• Designed a payments ledger that settles 4 million transfers a day.
• Led a team of six, 60 hours per week in peaks; machine learning for fraud.

Software Engineer                                           03/2014 - 12/2018
Quillback Labs, Amsterdam
Wrote the scheduler of a batch system.

2010 – 2014
Junior Developer, Tern Ltd
Maintained web shops.

EDUCATION
PhD in Computer Science, TU Berlin, 2010-2014
MSc Computer Science, University of Porto, 2008
MBA (expected 2027), Open University

LANGUAGES
German (native), English – C1, French: basic
Portuguese

LICENCES AND CERTIFICATIONS
Medical licence, Germany, no. DE-12345, valid until 2028-06
Certified Scrum Master, 2021
Admitted to the New York Bar, 2012 (Registration No. 4567890)

PUBLICATIONS
Doe J, Smith AB, Miller C. Ledgers that do not lie. J Syst 2018;4:12-20.
[2] J. Doe and P. Lind (2020). Clocks. Proc. Conf.
Roe R, Moe M. Not hers. 2021.

SKILLS
Programming: Python, C++ (Boost, STL), PostgreSQL

REFERENCES
Prof. Xaver Young, xaver@uni.example
"""


def read(text: str) -> Cv:
    return read_cv(Document("pdf", 1, text), b"bytes", skills_taxonomy())


def facts(text: str) -> dict[str, Any]:
    return read(text).profile.facts.document()


def test_a_cv_becomes_a_profile_with_dates() -> None:
    profile = read(CV).profile
    assert (profile.id, profile.name, profile.headline) == (
        "jane.doe@example.org", "Jane M. Doe", "Senior Backend Engineer",
    )  # fmt: skip
    assert profile.summary.startswith("Engineer with twelve years")
    roles = [(i.title, i.date) for i in profile.items if i.kind == "role"]
    assert roles == [
        ("Senior Backend Engineer, Northgate Systems GmbH", "2019-01 to present"),
        ("Software Engineer, Quillback Labs, Amsterdam", "2014-03 to 2018-12"),
        ("Junior Developer, Tern Ltd", "2010 to 2014"),
    ]
    assert profile.items[0].text.startswith("Designed a payments ledger") and "60 hours" in profile.items[0].text
    assert [i.title for i in profile.items if i.kind == "skill"][-3:] == ["Python", "C++ (Boost, STL)", "PostgreSQL"]
    assert len([i for i in profile.items if i.kind == "paper"]) == 3


def test_facts_are_typed_and_what_is_not_said_is_left_open() -> None:
    assert facts(CV) == {
        "country": "DE",
        "timezone": "Europe/Berlin",
        "languages": {"de": "C2", "en": "C1", "fr": "A2", "nl": "C1", "sv": "C1"},
        "hours_per_week": 10.0,
        "rate": {"amount": 600.0, "currency": "EUR", "per": "day"},
        "available_from": "2027-03-01",
        "degrees": ["PhD in Computer Science", "MSc Computer Science"],
        "licences": [
            {"name": "Medical licence", "jurisdiction": "DE", "number": "DE-12345", "expires": "2028-06-30"},
            {"name": "Admitted to the New York Bar", "jurisdiction": "New York", "number": "4567890"},
        ],
        "partial": ["degrees", "languages", "licences"],
    }


def test_a_role_is_no_name_and_a_head_without_one_gives_its_first_line() -> None:
    assert read("Clinical Pharmacist\nAna Reyes\n\nEDUCATION\nMSc Physics").profile.name == "Ana Reyes"
    assert read("Application 2026\n\nEXPERIENCE\nData Clerk, Tern").profile.name == "Application 2026"


def test_programming_languages_are_no_languages_and_a_wrapped_date_is_one() -> None:
    cv = read(
        "Ana Reyes\nCurriculum vitae\n\nSKILLS\nLanguages: Go, Python\n\nEXPERIENCE\nClerk, Tern, 2021 –\npresent"
    )
    assert [i.title for i in cv.profile.items if i.kind == "skill"] == ["Go", "Python"]
    assert [i.date for i in cv.profile.items if i.kind == "role"] == ["2021 to present"]
    assert cv.profile.headline == ""


def test_a_line_that_was_wrapped_is_one_line() -> None:
    found = facts("Ana Reyes\n\nLICENCES\nRegistered pharmacist, Portugal, no. 55012, expires 2028-\n03-31")
    assert found["licences"][0]["expires"] == "2028-03-31"


def test_every_fact_names_the_words_it_rests_on() -> None:
    said = {(f.fact, str(f.value)): CV[f.at : f.to] for f in read(CV).found}
    assert said["rate", "{'amount': 600.0, 'currency': 'EUR', 'per': 'day'}"] == "EUR 600 per day"
    assert said["languages", "{'fr': 'A2'}"] == "French: basic"
    assert said["languages", "{'sv': 'C1'}"] == "Fluent in Dutch and Swedish"
    assert said["degrees", "['MSc Computer Science']"] == "MSc Computer Science"
    assert said["skill", "machine learning"] == "machine learning"


def test_ties_are_the_present_employer_clients_and_those_one_wrote_with() -> None:
    ties = [str(tie) for tie in read(CV + "\nClients: Sable Works, Harrow Clinic\n").profile.conflicts]
    assert ties == [
        "Northgate Systems GmbH (employer)", "Sable Works (client)", "Harrow Clinic (client)",
        "Smith AB (co author)", "Miller C (co author)", "P. Lind (co author)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("Nationality: German", "country"),
        ("Rate: $90 per hour", "rate"),
        ("Born in Portugal", "country"),
        ("Spanish, Italian", "languages"),
        ("Happy to work long hours", "hours_per_week"),
        ("Available at short notice", "available_from"),
    ],
)
def test_what_is_not_clear_is_not_guessed(line: str, fact: str) -> None:
    assert fact not in facts(f"Ana Reyes\n{line}\n\nLANGUAGES\n{line}\n\nEDUCATION\nMSc Physics, 2011")


@pytest.mark.parametrize("going_on", ["PhD candidate, TU Berlin", "MSc Physics (in progress)", "MBA, 2025 - present"])
def test_a_degree_that_is_not_finished_is_none(going_on: str) -> None:
    assert "degrees" not in facts(f"Ana Reyes\n\nEDUCATION\n{going_on}")


@pytest.mark.parametrize(
    ("line", "degree"),
    [
        ("PharmD, University of Porto, 2015", "PharmD"),
        ("B.S. in Information Systems, Example University", "B.S. in Information Systems"),
        ("BSc, Physics, Example College", "BSc, Physics"),
        ("Master of Science in Law and Economics (2012)", "Master of Science in Law and Economics"),
        ("2010 Dr. med., Vienna", "Dr. med."),
    ],
)
def test_a_degree_ends_where_the_school_begins(line: str, degree: str) -> None:
    assert facts(f"Ana Reyes\n\nEDUCATION\n{line}")["degrees"] == [degree]


def test_a_cv_without_an_address_is_known_by_its_bytes_and_without_sections_nothing_is_lost() -> None:
    profile = read("Ana Reyes\n\nI have weighed parcels for nine years and written about it.").profile
    assert len(profile.id) == 64 and profile.email is None
    assert "weighed parcels" in profile.summary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jan 2019 – Present", "2019-01 to present"),
        ("03/2014 - 12/2018", "2014-03 to 2018-12"),
        ("2015–18", "2015 to 2018"),
        ("since March 2020", "2020-03 to present"),
        ("1. Januar 2020 bis heute", "2020-01-01 to present"),
        ("2021-03-01", "2021-03-01"),
        ("2028-03-31", "2028-03-31"),
        ("15 May 2021", "2021-05-15"),
    ],
)
def test_dates_are_read_as_they_are_written(text: str, words: str) -> None:
    assert [p.words for p in periods(text)] == [words]
    assert without(f"Engineer, {text}", periods(f"Engineer, {text}")) == "Engineer"


@pytest.mark.parametrize("text", ["2020-1850", "version 1.2019", "+49 2010 5550", "room 20211", "2022 - 2019"])
def test_numbers_that_are_no_dates_make_no_range(text: str) -> None:
    assert not [p for p in periods(text) if p.end]


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_every_place_lies_in_it(text: str) -> None:
    text = f"Ana Reyes\n{''.join(c for c in text if c.isprintable() or c == chr(10))}"
    cv = read(text)
    assert all(0 <= found.at < found.to <= len(text) for found in cv.found)
    assert all(last_day(p.start) is None or p.at < p.to for p in periods(text))


PROPOSED = [
    ("languages", {"de": "C2"}, "German (native)", True),
    ("languages", {"de": "C1"}, "German (native)", False),
    ("languages", {"es": "C2"}, "German (native)", False),
    ("degrees", ["MSc Computer Science"], "MSc Computer Science, University of Porto", True),
    ("degrees", ["PhD Physics"], "PhD in Computer Science, TU Berlin", False),
    ("rate", {"amount": 600, "currency": "EUR", "per": "day"}, "EUR 600 per day", True),
    ("rate", {"amount": 60, "currency": "EUR", "per": "day"}, "EUR 600 per day", False),
    ("hours_per_week", 40, "10-15 hours per week", False),
    ("country", "DE", "Berlin, Germany", True),
    ("country", "FR", "Berlin, Germany", False),
    ("available_from", "2027-03-01", "Available from 1 March 2027", True),
    ("licences", [{"name": "New York Bar", "jurisdiction": "New York", "number": "4567890"}],
     "Admitted to the New York Bar, 2012 (Registration No. 4567890)", True),
    ("licences", [{"name": "New York Bar", "jurisdiction": "Texas"}], "Admitted to the New York Bar, 2012", False),
    ("licences", [{"name": "New York Bar", "jurisdiction": "New York", "standing": "checked_at_source"}],
     "Admitted to the New York Bar", False),
    ("degrees", ["Nobel Prize"], "Winner of the Nobel Prize", False),
    ("salary", 5, "EUR 600 per day", False),
    ("rate", "a lot", "EUR 600 per day", False),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "quote", "stands"), PROPOSED)
def test_a_models_fact_stands_only_on_words_of_the_document_that_say_it(
    fact: str, value: Any, quote: str, stands: bool
) -> None:
    found = list(accepted(CV, [(fact, value, quote)], "model:m"))
    assert bool(found) is stands
    assert all(CV[f.at : f.to] == quote and f.by == "model:m" for f in found)


def test_a_quote_is_found_across_line_breaks_and_never_within_words() -> None:
    assert locate("a long\n   way off", "long way") == (2, 13)
    assert locate("a long way", "ong way") is None and locate("a long way", " ") is None
