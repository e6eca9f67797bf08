"""Which language somebody gets, and that the catalogue of words is complete."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from tests import catalogue, pseudo
from tests.web.site import browser, site
from tests.web.untold import untold
from vetting import errors, tongues
from vetting.delivery.mailers import FolderMailer
from vetting.delivery.wording import word
from vetting.domain.facts import Fact
from vetting.domain.interview_events import Phase
from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.letter import Letter, LetterKind
from vetting.domain.profile import ItemKind, Standing
from vetting.domain.project import Kind
from vetting.domain.rubric import Status
from vetting.domain.scoring import Recommendation
from vetting.domain.shortlist import State
from vetting.domain.tongue import ENGLISH, Tongue, speaking
from vetting.ports import JobState
from vetting.services.accounts import Role
from vetting.services.pack_drafts import Stale
from vetting.web.closed_words import CLOSED, ERRORS, LANGUAGES
from vetting.web.figures import day, language_name, level, moment, number, percent, plural
from vetting.web.render import STATIC
from vetting.web.script_words import PAGES

SHOWN: tuple[type[StrEnum], ...] = (
    Role, State, Standing, ItemKind, Fact, Status, Recommendation, Phase, JobState, Kind,
)  # fmt: skip
"""Enumerations of which pages show the values."""
SOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Tongue]:
    return tongues.load(pseudo.install(tmp_path_factory.mktemp("locale")))


@pytest.fixture
def page(tmp_path: Path, spoken: Mapping[str, Tongue]) -> TestClient:
    found = browser(site(tmp_path))
    found.app.state.tongues = spoken  # type: ignore[attr-defined]  # an ASGI application of ours
    return found


def test_the_catalogue_has_every_word_that_is_marked_and_no_other(tmp_path: Path) -> None:
    catalogue.extract(tmp_path / "fresh.pot")
    fresh = (tmp_path / "fresh.pot").read_text(encoding="utf-8")
    assert catalogue.POT.read_text(encoding="utf-8") == fresh, "make words"


def test_every_word_of_a_closed_set_and_every_sentence_of_an_error_can_be_translated() -> None:
    values = {member.value.replace("_", " ") for kind in SHOWN for member in kind}
    assert values - {""} <= set(CLOSED)
    assert {name.title() for name in LANGUAGE_CODES} == set(LANGUAGES)
    known = inspect.getmembers(errors, inspect.isclass)
    kinds = [Stale, *(kind for _, kind in known if issubclass(kind, errors.VettingError))]
    assert {inspect.getdoc(kind) for kind in kinds} | {kind.title for kind in kinds if kind.title} == set(ERRORS)


def test_what_scripts_say_stands_in_the_page_and_nothing_stands_there_that_none_says() -> None:
    used = {
        name
        for script in STATIC.glob("*.js")
        for call in re.findall(r"inWords\(([^;]*)", script.read_text(encoding="utf-8"))
        for name in re.findall(r'"([a-z-]+)"', call)
    } | set(re.findall(r'"(pack-[a-z-]+)"', (STATIC / "pack.js").read_text(encoding="utf-8")))
    given = {name for words in PAGES.values() for name in words()}
    assert given <= used and {name for name in used if "-" in name} <= given


def test_a_browser_gets_the_language_it_asks_for_and_english_where_that_is_not_here(page: TestClient) -> None:
    def shown(accepts: str) -> str:
        return page.get("/", headers={"accept-language": accepts}).text

    assert '<html lang="eo" dir="ltr">' in shown("fr, eo;q=0.8, en;q=0.2")
    assert '<html lang="he" dir="rtl">' in shown("he-IL")
    for accepts in ("en-GB, eo;q=0.9", "fr", "", "eo;q=0", ",;q=x", "*", "eo;q=nothing"):
        assert '<html lang="en" dir="ltr">' in shown(accepts)


def test_what_a_person_chose_holds_on_every_page_and_is_kept_by_the_browser(page: TestClient) -> None:
    chosen = page.post("/language", data={"tag": "he", "back": "/privacy?x=1"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/privacy?x=1")
    assert 'dir="rtl"' in page.get("/privacy", headers={"accept-language": "eo"}).text
    page.post("/language", data={"tag": "klingon"})
    assert 'dir="rtl"' in page.get("/nowhere").text
    page.post("/language", data={"tag": "en"})
    assert '<html lang="en" dir="ltr">' in page.get("/", headers={"accept-language": "eo"}).text


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "x"])
def test_the_choice_leads_to_no_other_site(page: TestClient, back: str) -> None:
    assert page.post("/language", data={"tag": "he", "back": back}).headers["location"] == "/"


def test_the_language_of_the_installation_is_for_whoever_asks_for_none_that_is_here(
    page: TestClient, spoken: Mapping[str, Tongue]
) -> None:
    page.app.state.ctx.settings.language = "he"  # type: ignore[attr-defined]  # an ASGI application of ours
    assert '<html lang="he"' in page.get("/", headers={"accept-language": "fr"}).text
    assert '<html lang="eo"' in page.get("/", headers={"accept-language": "fr, eo;q=0.1"}).text
    assert tongues.named("he", spoken).direction == "rtl"
    with pytest.raises(errors.BadInput, match="'klingon' is not here; known are en"):
        tongues.named("klingon")


def test_languages_are_offered_only_where_there_are_several(page: TestClient, tmp_path: Path) -> None:
    offered = page.get("/verify").text
    assert 'lang="he" dir="rtl">עברית</button>' in offered and 'name="back" value="/verify"' in offered
    assert "/language" not in browser(site(tmp_path / "alone")).get("/verify").text


def test_programs_are_answered_in_english(page: TestClient) -> None:
    answer = page.get("/api/v1/rubrics", headers={"accept-language": "eo"})
    assert answer.json()["title"] == "Please sign in"


def test_what_goes_wrong_unexpectedly_is_said_in_the_language_of_the_page(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vetting.web.own_page.page", None)
    shown = page.get("/verify", headers={"accept-language": "eo"})
    assert shown.status_code == 500 and untold(shown.text, frozenset()) == []


def test_letters_are_in_the_language_of_the_installation_whoever_had_them_written(
    spoken: Mapping[str, Tongue], tmp_path: Path
) -> None:
    letter = Letter(LetterKind.RESUME, "a@b.example", "Ana", "", "https://x.example/i/t", "Networks", until=SOON)
    with speaking(spoken["he"]):
        worded = word(letter)
        mailer = FolderMailer(tmp_path, lambda: SOON)
        mailer.send("m-1", letter)
        assert b"Go on with your interview: Networks" in (mailer.read("m-1") or b"")
    assert worded.subject.startswith(pseudo.OPEN) and "Networks" in worded.subject
    assert untold(worded.html, frozenset()) == [] and 'dir="rtl"' in worded.html
    assert word(letter).subject == "Go on with your interview: Networks"


def test_numbers_and_days_follow_the_language_and_english_stays_as_it_is(spoken: Mapping[str, Tongue]) -> None:
    german = Tongue("de", "Deutsch", ENGLISH.catalogue)
    with speaking(german):
        assert (number(12345.678), number(2.675), number(1234.0, 0)) == ("12.345,68", "2,67", "1.234")
        assert (percent(0.825), level(3.5), plural(1200, "answer")) == ("82\xa0%", "3,50", "1.200 answers")
        assert (day(SOON), moment(SOON), language_name("de")) == ("29.11.2026", "29.11.2026, 12:00 UTC", "Deutsch")
    assert (number(12345.678), number(2.675), percent(0.825)) == ("12,345.68", "2.67", "82 %")
    assert (moment(SOON), day(SOON), language_name("de")) == ("29 Nov 2026, 12:00 UTC", "29 Nov 2026", "German")
    assert language_name("no language") == "no language"


def test_words_outside_of_every_message_are_found_and_data_is_not_taken_for_them() -> None:
    page = """<html lang="eo"><title>⟦Tîţļé⟧ · Vetting</title><p>⟦Ĥéļļö <b translate="no">Ana</b>⟧ Lima, left</p>
    <p lang="de">Frage</p><input placeholder="Search here"><p>Some text</p><time>29 Nov</time></html>"""
    assert [found.words for found in untold(page, frozenset({"Some text", "Lima"}))] == ["left", "Search here"]


def test_no_style_names_left_or_right() -> None:
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right)|(?:^|[;{\s])(?:left|right):|(?:text-align|float): ?(?:left|right)"
    )
    found = {file.name: physical.findall(file.read_text(encoding="utf-8")) for file in STATIC.glob("*.css")}
    assert {name: places for name, places in found.items() if places} == {}


def test_the_template_for_translators_can_be_read() -> None:
    with catalogue.POT.open("rb") as file:
        assert len(read_po(file)) > 300


def test_a_translation_that_names_a_value_which_its_message_has_not_is_told(tmp_path: Path) -> None:
    words = 'msgid "{count:,} words"\nmsgstr "%s"\n\nmsgid "Hello %%(who)s"\nmsgstr "%s"\n'
    good, bad = tmp_path / "good.po", tmp_path / "bad.po"
    good.write_text(words % ("{count:,} mots", "Salut %(who)s"), encoding="utf-8")
    bad.write_text(words % ("{nombre} mots", "Salut"), encoding="utf-8")
    assert catalogue.misplaced(good) == [] and catalogue.misplaced(bad) == ["{count:,} words -> {nombre} mots"]


def test_no_message_of_a_template_begins_or_ends_with_a_space_that_would_be_lost() -> None:
    """Translators get messages trimmed: the space between two of them stands outside of both."""
    lost = re.compile(r"\{% (?:trans|pluralize)[^%]*%\} |[^\s] \{% (?:endtrans|pluralize)")
    pages = [*(STATIC.parent / "templates").rglob("*.html")]
    assert [page.name for page in pages if lost.search(page.read_text(encoding="utf-8"))] == []
