"""CVs in German, French, Spanish and Italian: the facts they state are read, each with the words it rests on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.cv_tongues import CVS
from vetting.domain.cv import Cv, read_cv
from vetting.domain.cv_dates import PRESENT, periods
from vetting.domain.document import Document


def read(text: str) -> Cv:
    return read_cv(Document("pdf", 1, text), b"bytes")


def stated(cv: Cv) -> dict[str, Any]:
    facts = cv.profile.facts.document()
    facts.pop("partial", None)
    employers = [tie.name for tie in cv.profile.conflicts if tie.kind == "employer"]
    return {**facts, "employers": employers} if employers else facts


@pytest.mark.parametrize("who", CVS)
def test_the_facts_of_a_cv_in_any_of_these_languages_are_read(who: str) -> None:
    text, expected = CVS[who]
    assert stated(read(text)) == expected


@pytest.mark.parametrize("who", CVS)
def test_every_fact_keeps_the_words_it_rests_on(who: str) -> None:
    text, _ = CVS[who]
    for found in read(text).found:
        said = text[found.at : found.to]
        assert said.strip() and len(said) < 300
        if found.fact == "degrees":
            assert found.value[0] in said


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("seit 03/2019", "2019-03", PRESENT),
        ("März 2019 – heute", "2019-03", PRESENT),
        ("09.2016 – bis heute", "2016-09", PRESENT),
        ("01.02.2020 - dato", "2020-02-01", PRESENT),
        ("Oktober 2014 bis Februar 2019", "2014-10", "2019-02"),
        ("depuis septembre 2018", "2018-09", PRESENT),
        ("mars 2016 – aujourd’hui", "2016-03", PRESENT),
        ("de janvier 2012 à juin 2014", "2012-01", "2014-06"),
        ("enero de 2017 – actualidad", "2017-01", PRESENT),
        ("desde mayo de 2020", "2020-05", PRESENT),
        ("2013 hasta diciembre de 2016", "2013", "2016-12"),
        ("gennaio 2019 – oggi", "2019-01", PRESENT),
    ],
)
def test_times_are_read_as_each_language_writes_them(said: str, start: str, end: str) -> None:
    (found,) = periods(said)
    assert (found.start, found.end) == (start, end)


@given(st.sampled_from(sorted(CVS)), st.integers(0, 60), st.integers(0, 60))
def test_a_cv_of_which_lines_are_missing_is_read_all_the_same(who: str, first: int, count: int) -> None:
    lines = CVS[who][0].split("\n")
    left = "\n".join([*lines[:first], *lines[first + count :]])
    if left.strip():
        for found in read(left).found:
            assert 0 <= found.at < found.to <= len(left)


def test_what_parts_languages_in_a_line_keeps_their_levels_apart() -> None:
    said = "Ana Sole\n\nLangues\nFrançais (langue maternelle) / Arabe (courant) / Anglais (B2)"
    assert stated(read(said)) == {"languages": {"ar": "C1", "en": "B2", "fr": "C2"}}


def test_a_role_in_another_language_is_no_employer() -> None:
    for title in ("Softwarearchitekt | Bodan Systems GmbH", "Psychiatre, Bodan Systems GmbH"):
        said = f"Ana Sole\n\nBerufserfahrung\n04/2017 – heute | {title}"
        assert stated(read(said)) == {"employers": ["Bodan Systems GmbH"]}


def test_state_examinations_are_degrees_as_they_are_called() -> None:
    said = (
        "Ana Sole\n\nAusbildung\n2016  Zweite juristische Staatsprüfung, Berlin\n2011  Erste juristische Prüfung, Jena"
    )
    assert stated(read(said)) == {"degrees": ["Zweite juristische Staatsprüfung", "Erste juristische Prüfung"]}
