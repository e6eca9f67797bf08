"""What a reader of the page does not see is left out and shown; what they see is kept, without false alarms."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.documents import docx_cases
from tests.documents.cases import PDF, clean_pdf, judged, pdf_case
from tests.documents.docx_cases import DOCX
from tests.documents.pdf_maker import Pdf, at
from vetting.documents.docx import read_docx
from vetting.documents.fault import Unreadable
from vetting.documents.pdf import read_pdf
from vetting.domain.document import Why

SHARED = os.environ.get("VETTING_SHARED_DATA")


@pytest.mark.parametrize("technique", PDF)
def test_a_pdf_hides_nothing_from_the_reviewer_and_everything_from_the_profile(technique: str) -> None:
    for seed in range(3):
        case = pdf_case(technique, seed)
        assert judged(case, read_pdf(case.content)) == (True, True, True), seed


@pytest.mark.parametrize("technique", DOCX)
def test_a_word_document_hides_nothing_either(technique: str) -> None:
    for seed in range(2):
        case = docx_cases.case(technique, seed)
        assert judged(case, read_docx(case.content)) == (True, True, True), seed


def test_honest_templates_raise_no_alarm() -> None:
    for seed in range(8):
        assert read_pdf(clean_pdf(seed).content).hidden == (), seed
    for seed in range(4):
        assert read_docx(docx_cases.clean(seed).content).hidden == (), seed


def test_words_that_are_drawn_letter_by_letter_are_words() -> None:
    def letters(y: float, text: str) -> list[str]:
        return [at(60 + 6 * n, y, letter, 10, "F3") for n, letter in enumerate(text) if letter != " "]

    page = [*letters(700, "Ana Reyes has been paid for this"), "1 g", *letters(60, "nobody sees this")]
    pdf = Pdf(pages=[page]).build().replace(b"/F2 4 0 R", b"/F3 4 0 R").replace(b"Helvetica-Bold", b"Courier       ")
    document = read_pdf(pdf)
    assert document.text.split() == "Ana Reyes has been paid for this".split()
    assert [h.text for h in document.hidden] == ["nobody sees this"]


def test_a_page_that_is_turned_is_read_as_it_is_shown() -> None:
    page = [
        "q 0 1 -1 0 595 0 cm",
        at(60, 500, "Ana Reyes writes across the page"),
        at(60, -80, "nobody sees this"),
        "Q",
    ]
    document = read_pdf(Pdf(pages=[page], rotate=90).build())
    assert "Ana Reyes writes across the page" in document.text
    assert [(h.why, h.text) for h in document.hidden] == [(Why.OFF_PAGE, "nobody sees this")]


def test_two_columns_are_read_one_after_the_other_and_dates_stay_with_their_rows() -> None:
    left = [at(50, 700 - 14 * n, f"left side line number {n}") for n in range(10)]
    right = [at(330, 693 - 14 * n, f"right side line number {n}") for n in range(10)]
    text = read_pdf(Pdf(pages=[[at(50, 750, "A heading that runs over both of the columns of this page"),
                                *left, *right]]).build()).text  # fmt: skip
    assert text.index("left side line number 9") < text.index("right side line number 0")
    dates = [at(50, 700 - 14 * n, f"20{10 + n}") for n in range(10)]
    rows = read_pdf(Pdf(pages=[[*dates, *(at(330, 700 - 14 * n, f"Role number {n}") for n in range(10))]]).build()).text
    assert "2015" in rows.split("Role number 5")[0].splitlines()[-1]


def test_pages_without_text_are_refused_and_a_layer_of_invisible_text_over_a_scan_does_not_count() -> None:
    scan = "q 500 0 0 700 40 40 cm /Im Do Q"
    with pytest.raises(Unreadable, match="holds no text, only images"):
        read_pdf(Pdf(pages=[[scan]]).build())
    with pytest.raises(Unreadable, match="holds no text that a reader of the pages sees"):
        read_pdf(Pdf(pages=[[scan, "3 Tr", at(60, 700, "Ana Reyes, the words that a scanner recognised")]]).build())


@pytest.mark.skipif(not SHARED, reason="VETTING_SHARED_DATA is not set")
def test_published_cvs_with_hidden_text_are_seen_through() -> None:
    for path in sorted((Path(str(SHARED)) / "cv").glob("*.pdf")):
        document = read_pdf(path.read_bytes())
        assert document.hidden and "Ignore all" not in document.text and "HubSpot" not in document.text
