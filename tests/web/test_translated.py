"""Everything that people read goes through the catalogue: shown in a language nobody speaks, no English is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi.testclient import TestClient

from tests import pseudo
from tests.browser.gallery import PAGES, Gallery, Page, gallery
from tests.shortlisted import MIA, listed
from tests.web.site import browser
from tests.web.untold import known_values, untold
from vetting import tongues
from vetting.services import client_links, inquiries, offers
from vetting.web import render

TEMPLATES = Path(render.__file__).parent / "templates"
FOR_DEVELOPERS = ("styleguide.html",)


IN_ENGLISH: Mapping[str, set[str]] = {
    "admin/webhooks.html": {"line.delivery.problem"},
    "api/docs.html": {"f.type", "f.description", "p.description", "o.summary"},
    "candidate/_done.html": {
        "ui.tell(result.words.standing)", "result.reworded", "ui.tell(result.words.advice)",
        "ui.tell(result.words.mistakes)",
    },
    "paper/dossier.html": {"f.note", "f.where"},
    "paper/plan.html": {"one.words"},
    "paper/shortlist.html": {"f.where", "f.note", "reason"},
    "projects/_counts.html": {"c.label"},
    "projects/dossier.html": {"f.note", "f.where"},
    "projects/project.html": {"r.label"},
    "projects/shortlist.html": {"asked", "f.asked", "f.source", "f.note", "f.where", "reason"},
    "recruiter/_candidates.html": {"reason"},
    "recruiter/reconcile.html": {"parts.sentence(card.why)"},
    "recruiter/_scorecard.html": {
        "parts.sentence(card.why | plain)", "ui.tell(words.headline, jump=true)", "question",
        "ui.told(sentence, jump=true)",
    },
    "rubrics/items.html": {"c.sentence"},
    "staffing/_plan.html": {"one.words", "reason"},
    "verify.html": {"said.scale[:1] | upper"},
}  # fmt: skip
"""What pages show in English to everybody, and mark so: sentences that the domain composes, which are stored, sealed
or compared as they are, and the words of the API. Whatever else is in English belongs to the catalogue."""
_MARKED_ENGLISH = re.compile(r'"en" \| lang \}\}[^>]*>\(?\{\{ *(.*?) *\}\}')


class Visit(NamedTuple):
    home: Gallery
    page: TestClient
    known: frozenset[str]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    home = gallery(tmp_path_factory.mktemp("gallery"))
    page = browser(home.home.ctx)
    page.app.state.tongues = tongues.load(pseudo.install(tmp_path_factory.mktemp("locale")))  # type: ignore[attr-defined]
    return Visit(home, page, known_values(home.home.ctx.engine))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The templates that are shown while a test runs."""
    names: list[str] = []
    original = render.render

    def noting(request: object, template: str, **values: object) -> str:
        names.append(template)
        return original(request, template, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(render, "render", noting)
    yield names


def see(visit: Visit, page: Page, tag: str) -> str:
    visit.page.cookies.clear()
    if page.who in visit.home.cookies:
        visit.page.cookies.set(*visit.home.cookies[page.who])
    answer = visit.page.get(visit.home.path(page), headers={"accept-language": tag})
    assert answer.status_code == page.status
    return answer.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_word_of_a_page_is_left_in_english(visit: Visit, page: Page, shown: list[str]) -> None:
    html = see(visit, page, pseudo.RTL if page.who == "nobody" else pseudo.LTR)
    if shown and shown[0] in FOR_DEVELOPERS:
        pytest.skip("for those who write pages here")
    assert untold(html, visit.known) == []


def test_marked_as_english_is_only_what_the_domain_composes() -> None:
    found: dict[str, set[str]] = {}
    for file in TEMPLATES.rglob("*.html"):
        words = file.read_text(encoding="utf-8")
        marked = _MARKED_ENGLISH.findall(words)
        assert len(marked) == len(re.findall(r"""["']en["'] \| lang|lang=["']?en\b""", words)), file
        if marked:
            found[file.relative_to(TEMPLATES).as_posix()] = set(marked)
    assert found == IN_ENGLISH


class Links(NamedTuple):
    page: TestClient
    found: dict[str, str]
    known: frozenset[str]


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory, visit: Visit) -> Links:
    """What a link alone opens: an offer in each state, questions, a client's list."""
    it = listed(tmp_path_factory.mktemp("listed"))
    found = {f"offer-{expert}": f"/offers/{it.offered(expert, pay='95 EUR')}" for expert in it.entries}
    token = {name: address.rpartition("/")[2] for name, address in found.items()}
    offers.answer(it.ctx, token["offer-ben"], accept=True)
    offers.answer(it.ctx, token["offer-cleo"], accept=False)
    found["shared"] = f"/shared/{client_links.make(it.ctx, it.shortlist, by=MIA).token}"
    asked = inquiries.vet(it.ctx, it.shortlist, by=MIA)
    found["questions"] = next(f"/questions/{one.token}" for one in asked if one.kind == inquiries.FACTS and one.token)
    page = browser(it.ctx)
    page.app.state.tongues = visit.page.app.state.tongues  # type: ignore[attr-defined]
    return Links(page, found, known_values(it.ctx.engine))


@pytest.mark.parametrize("name", ["offer-ana", "offer-ben", "offer-cleo", "shared", "questions"])
def test_no_word_of_what_a_link_opens_is_left_in_english(links: Links, name: str) -> None:
    shown = links.page.get(links.found[name], headers={"accept-language": pseudo.RTL})
    assert shown.status_code == 200 and untold(shown.text, links.known) == []


REFUSED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("nobody", "/i/{invited}", {}),
    ("nobody", "/i/{invited}/person", {"text": "x" * 5000}),
    ("nobody", "/verify", {}),
    ("nobody", "/verify", {"text": "{}"}),
    ("nobody", "/nowhere", {}),
    ("nobody", "/sign-in/anything", {}),
    ("done", "/me/erase", {}),
    ("done", "/me/person", {"text": "x" * 5000}),
    ("done", "/interview/contest", {}),
    ("done", "/interview/contest", {"reason": "x" * 9000}),
    ("done", "/interview/note", {"turn": "1", "text": "again"}),
    ("done", "/interview/note", {"turn": "2", "text": "word " * 90}),
    ("done", "/interview/answer", {"turn": "1", "text": "late"}),
    ("asked", "/interview/answer", {"turn": "1", "text": " "}),
    ("asked", "/interview/answer", {"turn": "9", "text": "another turn"}),
    ("asked", "/interview/rephrase", {"turn": "1", "text": ""}),
    ("asked", "/interview/resume", {}),
    ("asked", "/interview/read", {}),
    ("recruiter", "/projects", {"title": "x"}),
    ("recruiter", "/candidates/{candidate}/facts", {"fact": "shoe"}),
)


@pytest.mark.parametrize(("who", "path", "data"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_refused_is_said_in_the_language_of_the_page(
    visit: Visit, who: str, path: str, data: dict[str, str]
) -> None:
    visit.page.cookies.clear()
    if who in visit.home.cookies:
        visit.page.cookies.set(*visit.home.cookies[who])
    shown = visit.page.post(path.format(**visit.home.ids), data=data, headers={"accept-language": pseudo.LTR})
    assert 400 <= shown.status_code < 500 and untold(shown.text, visit.known) == []
