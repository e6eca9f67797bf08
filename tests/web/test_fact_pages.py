"""A person's page: CVs with what they hide beside what they show, facts with their words, corrections and checks."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.documents.pdf_maker import Pdf, at
from tests.services.test_cvs import cv
from tests.web.staff import House, candidate_keys, house
from vetting.web.fact_form import read, shown


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


def seen(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_a_cv_is_uploaded_on_the_candidates_page_and_bad_ones_are_named(home: House) -> None:
    page = home.user("recruiter")
    files = [("file", ("ana.pdf", cv(hidden="Winner of every prize there ever was"))), ("file", ("bad.pdf", b"%PDF-"))]
    answer = seen(page.post("/candidates/import", files=files).text)
    assert "ana.pdf holds text that a reader of its pages does not see" in answer
    assert "1 person added" in answer and "bad.pdf is damaged" in answer and "/tmp" not in answer
    shown_ = page.get(f"/candidates/{candidate_keys(home.ctx)['ana@example.org'][1]}").text
    assert "Winner of every prize" in seen(shown_.split(">What the pages do not show<")[1].split("</section>")[0])
    assert "in the colour of what is behind it, page 1" in seen(shown_)
    assert "PharmD, University of Porto" in shown_.split('aria-label="What the pages show"')[1]
    assert "<mark>PharmD</mark>" in shown_ and "claimed" in shown_


def test_a_cv_is_added_on_a_persons_page(home: House) -> None:
    page = home.user("recruiter")
    upload = {
        "file": ("mine.pdf", Pdf(pages=[[at(60, 700, "Ana Reyes"), at(60, 680, "Queueing engineer, Oslo")]]).build())
    }
    assert page.post(f"/candidates/{home.candidate}/documents", files=upload).status_code == 303
    assert "mine.pdf" in page.get(f"/candidates/{home.candidate}").text
    wrong = page.post(f"/candidates/{home.candidate}/documents", files={"file": ("mine.exe", b"MZ")})
    assert wrong.status_code == 422 and "is neither .pdf nor .docx" in seen(wrong.text)


def test_a_fact_is_corrected_and_checked_with_who_and_when(home: House) -> None:
    page, address = home.user("recruiter"), f"/candidates/{home.candidate}"
    sent = {"fact": "degrees", "value": "MSc Physics\nPhD Physics"}
    assert page.post(f"{address}/facts", data=sent).headers["location"] == f"{address}#facts"
    check = {"fact": "degrees", "said": "PhD Physics", "standing": "checked_at_source", "source": "ETH Zurich",
             "number": "77", "expires": "2020-01-01"}  # fmt: skip
    assert page.post(f"{address}/checks", data=check).status_code == 303
    shown_ = seen(page.get(address).text)
    assert re.search(r"Corrected by recruiter@\d+\.example on", shown_) and "was not stated" in shown_
    assert "check lapsed" in shown_ and "checked at source (ETH Zurich, no. 77)" in shown_
    wrong = page.post(f"{address}/facts", data={"fact": "rate", "value": "a lot"})
    assert wrong.status_code == 422 and "write it like 120 EUR" in seen(wrong.text)
    assert page.post(f"{address}/facts", data={"fact": "shoe size", "value": "4"}).status_code == 422


def test_who_may_only_look_gets_no_forms(home: House) -> None:
    manager = home.user("project_manager").get(f"/candidates/{home.candidate}").text
    assert "Correct a fact" not in manager and "Add a CV" not in manager and "Facts" in manager


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("languages", "en:C1; de:B1", {"en": "C1", "de": "B1"}),
        ("rate", "600 EUR/day", {"amount": 600.0, "currency": "EUR", "per": "day"}),
        ("rate", "95 EUR/hour", {"amount": 95.0, "currency": "EUR", "per": "hour"}),
        ("hours_per_week", "10", 10.0),
        ("degrees", "MSc Physics\nPhD", ["MSc Physics", "PhD"]),
        ("licences", "Medical | DE | 9 | 2028-06-30",
         [{"name": "Medical", "jurisdiction": "DE", "number": "9", "expires": "2028-06-30"}]),
        ("conflicts", "Tern\nemployer: Northgate", ["Tern", {"name": "Northgate", "kind": "employer"}]),
        ("country", "PT", "PT"),
        ("country", "", None),
    ],
)  # fmt: skip
def test_a_fact_reads_back_as_it_was_written(fact: str, text: str, value: object) -> None:
    assert read(fact, text) == value
    assert shown(fact, value) == text


def test_paths_of_uploads_never_show(home: House, tmp_path: Path) -> None:
    answer = home.user("recruiter").post("/candidates/import", files={"file": ("x.jsonl", b"\xff")})
    assert "x.jsonl:1 is not text in UTF-8" in seen(answer.text) and "tmp" not in seen(answer.text)
