"""Texts in a language that the model does not know are noticed, and names, terms and abbreviations are left alone."""

from __future__ import annotations

import pytest

from vetting.domain.language import foreign_language, told_foreign

MODEL = "all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Steuerberater mit Erfahrung in IFRS", "de"),
        ("contador con experiencia en auditoría", "es"),
        ("médecin spécialisé en cardiologie", "fr"),
        ("esperto di contratti commerciali", "it"),
        ("Abschlussprüfung nach HGB", "de"),
        ("analista financeiro sênior para bancos", "pt"),
        ("金融アナリスト、企業価値評価の経験", "ja"),
    ],
)
def test_a_text_in_another_language_is_told_by_its_language(text: str, language: str) -> None:
    assert foreign_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "BGP routing expert", "CRISPR", "signal detection pharmacovigilance", "de novo assembly in vitro",
        "pro bono litigation", "ad hoc audits a priori", "DCF LBO WACC modelling", "Go gRPC PostgreSQL",
        "aortic valve stenosis TAVI", "IFRS 9 expected credit loss", "queue management and pacing", "", "12 34",
    ],
)  # fmt: skip
def test_english_names_terms_and_abbreviations_are_no_other_language(text: str) -> None:
    assert foreign_language(text) is None


def test_the_sentence_names_the_first_such_text_and_the_model_and_only_an_english_one_needs_it() -> None:
    texts = ["network engineer", "Netzwerktechniker mit Erfahrung"]
    said = told_foreign(texts, MODEL)
    assert said is not None and "“Netzwerktechniker mit Erfahrung” reads as German" in said and MODEL in said
    assert told_foreign(texts, "text-embedding-3-large") is None and told_foreign(texts[:1], MODEL) is None
    long = told_foreign(["Netzwerktechniker mit Erfahrung " * 9], MODEL)
    assert long is not None and len(long) < 200
