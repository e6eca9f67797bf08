"""Whatever people and models write stays words: on every page, in a browser that watches, and in every file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from lxml import html
from playwright.sync_api import Browser

from tests.browser.chromium import Watched, serving, window
from tests.browser.gallery import PAGES, Gallery, Page, gallery
from tests.hostile import ELSEWHERE, RAN, WORDS, WORKED_OUT, poison
from tests.services.test_cvs import cv
from tests.web.site import SAME_ORIGIN
from vetting.services import accounts, client_links, cvs, interviews, offers, saved_views, shortlists
from vetting.services import facts as fact_service
from vetting.services.invite_templates import Wording, save
from vetting.web.app import create_app
from vetting.web.security import STAFF_COOKIE

RUNS = re.compile(r"^\s*(javascript|data|vbscript):", re.IGNORECASE)
FORMULA = re.compile(r"^[=+\-@\t\r]")
NUMBER = re.compile(r"^-?\d+([.,]\d+)?$")
MORE = (
    "/candidates?q=queues&show=email&show=languages",
    "/candidates?view=facts",
    "/compare?pick={x1}&pick={x2}",
    "/confirm",
    "/invites/new",
    "/invites/templates",
    "/projects/{project}",
    "/shortlists/{shortlist}/recompute",
    "/shortlists/{shortlist}/entries/{entry}/dossier",
    "/shortlists/{shortlist}/entries/{entry}/offer",
    "/staffing",
    "/staffing/plans/{plan}",
    "/reports",
    "/reports/hiring",
    "/audit",
    "/rubrics/test.pack/items",
    "/shared/{shared}",
    "/offers/{offer}",
)
"""Pages beside those of the gallery."""
FILES = (
    "/candidates/export.csv",
    "/candidates/export.xlsx",
    "/shortlists/{shortlist}/export.csv",
    "/staffing/plans/{plan}/export.csv",
    "/staffing/plans/{plan}/export.xlsx",
)


class Poisoned(NamedTuple):
    """The gallery with the words everywhere."""

    made: Gallery
    ids: dict[str, str]
    columns: dict[str, int]
    page: TestClient


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poisoned]:
    made = gallery(tmp_path_factory.mktemp("gallery"))
    home, ctx = made.home, made.home.ctx
    admin = accounts.sign_in(ctx, accounts.add_user(ctx, "ada@gallery.example", "admin"))
    saved_views.save(ctx, accounts.account_of(ctx, admin), "Mine", "state=started")
    save(ctx, Wording("Usual", "For what", "What it pays"))
    shortlists.decide(ctx, home.entry, "approve", by="mia@example.org")
    terms = shortlists.Terms(**dict.fromkeys(shortlists.Terms.__annotations__, "10 hours a week"))
    offer = shortlists.offer(ctx, home.entry, terms, by="mia@example.org").token
    offers.answer(ctx, offer, accept=False, reason="No time now")
    shared = client_links.make(ctx, home.shortlist, by="mia@example.org").token
    fact_service.correct(ctx, home.candidate, "degrees", ["PhD in computer networks"], by="mia@example.org")
    cvs.attach(ctx, home.candidate, "mine.pdf", cv(hidden="Winner of every prize there ever was"))
    asked = accounts.invitation(ctx, made.ids["asked"]).interview_id
    interviews.save_draft(ctx, asked, 1, "Loss means that")
    columns = poison(ctx)
    with TestClient(create_app(ctx, https=False), headers=SAME_ORIGIN, follow_redirects=False) as page:
        page.cookies.set(STAFF_COOKIE, admin)
        people = re.findall(r'name="pick" value="([^"]*)"', page.get("/candidates").text)
        ids = made.ids | {"entry": home.entry, "plan": home.plan, "offer": offer, "shared": shared}
        yield Poisoned(made, ids | {"x1": people[0], "x2": people[-1]}, columns, page)


def test_the_words_stand_in_every_table_that_people_write_into(poisoned: Poisoned) -> None:
    wanted = {"candidate.name", "candidate.facts", "interview_text.text", "draft.text", "offer.terms", "appeal.reason"}
    wanted |= {"document.text", "document.hidden", "document.found", "document.name"}
    wanted |= {"accommodation.text", "project.title", "profile_item.title", "entry_step.reason", "saved_view.name"}
    assert wanted <= set(poisoned.columns), wanted - set(poisoned.columns)


@pytest.mark.asvs("V1.2.1", "V1.2.2", "V1.2.3", "V1.3.5", "V1.3.7", "V1.3.3")
@pytest.mark.parametrize("path", MORE)
def test_a_page_shows_the_words_as_words(poisoned: Poisoned, path: str) -> None:
    answer = poisoned.page.get(path.format(**poisoned.ids), follow_redirects=True)
    assert answer.status_code == 200
    assert faults(answer.text) == []


@pytest.mark.asvs("V3.2.1", "V5.4.1")
@pytest.mark.parametrize("path", FILES)
def test_no_cell_of_a_file_is_a_formula(poisoned: Poisoned, path: str) -> None:
    answer = poisoned.page.get(path.format(**poisoned.ids))
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    if path.endswith("csv"):
        cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
        assert any(RAN in cell for cell in cells)
        assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.match(cell)] == []
    else:
        with ZipFile(io.BytesIO(answer.content)) as book:
            sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
            assert sheets and not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
            assert RAN.encode() in book.read("xl/sharedStrings.xml")


@pytest.mark.asvs("V1.2.1", "V3.2.2")
@pytest.mark.browser
def test_no_page_of_the_gallery_runs_a_word_of_them(poisoned: Poisoned, chromium: Browser) -> None:
    shown = [page for page in PAGES if RAN in _html(poisoned, page)]
    assert len(shown) >= 20, "or the pages show too little of what is stored"
    with ExitStack() as stack:
        address = stack.enter_context(serving(poisoned.made.home.ctx))
        watched = stack.enter_context(window(chromium))
        asked: list[str] = []
        watched.page.on("request", lambda request: asked.append(request.url))
        watched.page.on("dialog", lambda dialog: watched.faults.append(f"dialog: {dialog.message}"))
        watched.context.on("console", lambda m: watched.faults.append(m.text) if RAN in m.text else None)
        for page in shown:
            _sign_in(watched, poisoned.made, page.who, address)
            answer = watched.page.goto(address + poisoned.made.path(page))
            assert answer is not None and answer.status == page.status, page.name
            assert watched.page.locator("[data-hostile]").count() == 0, page.name
            assert watched.faults == [], page.name
        assert [url for url in asked if not url.startswith(address)] == []


def test_the_check_itself_finds_what_is_not_escaped() -> None:
    assert len(faults(f"<html><body><p title='{WORDS}'>{WORDS}</p></body></html>")) > 5
    assert faults("<html><body><a href=' javascript:alert(1)'>x</a></body></html>")


def faults(text: str, *, letter: bool = False) -> list[str]:
    """Elements and attributes of a page that came out of the words; only a letter has styles of its own."""
    found = []
    for element in html.fromstring(text).iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            of_words = name in ("data-hostile", "srcdoc") or name.startswith(("on", "hx-on"))
            if of_words or (name == "style" and not letter):
                found.append(f"{element.tag} {name}")
            if name in ("href", "src", "action", "formaction") and (RUNS.match(value) or ELSEWHERE in value[:40]):
                found.append(f"{element.tag} {name}={value[:60]}")
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            found.append("script")
    if WORKED_OUT in text:
        found.append("a template ran")
    return found


def _html(poisoned: Poisoned, page: Page) -> str:
    """A page of the gallery as who looks at it gets it; its elements are looked at, too."""
    kept = dict(poisoned.page.cookies)
    poisoned.page.cookies.clear()
    if page.who in poisoned.made.cookies:
        poisoned.page.cookies.set(*poisoned.made.cookies[page.who])
    answer = poisoned.page.get(poisoned.made.path(page))
    poisoned.page.cookies.clear()
    poisoned.page.cookies.update(kept)
    assert answer.status_code == page.status and faults(answer.text, letter=page.name.endswith("-html")) == [], (
        page.name
    )
    return answer.text


def _sign_in(watched: Watched, made: Gallery, who: str, address: str) -> None:
    watched.context.clear_cookies()
    if who in made.cookies:
        name, value = made.cookies[who]
        watched.context.add_cookies([{"name": name, "value": value, "url": address}])
