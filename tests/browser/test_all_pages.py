"""Every page in every state: nothing for axe to find, light or dark; usable at 400 % zoom; light to load."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Response

from tests.browser.chromium import Watched, serving, window
from tests.browser.gallery import PAGES, Gallery, Page, gallery

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "axe" / "axe.min.js"
FIRST_LOAD = 150_000
DESK = {"width": 1440, "height": 900}
ZOOMED = {"width": 320, "height": 640}
"""What a window of 1280 px has left at 400 %."""
PHONE = {"width": 390, "height": 844}
AS_LISTS = (
    "jobs", "mail", "settings", "personal-data", "webhooks", "audit", "funnel", "items", "reports", "spend", "compare",
    "requirements", "candidate", "candidates", "staffing",
)  # fmt: skip
LOADED = ("document", "stylesheet", "script", "font", "image")
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")


class Visit(NamedTuple):
    """The browser that visits every page, and where the house is."""

    home: Gallery
    address: str
    window: Watched


@pytest.fixture(scope="module")
def visit(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    home = gallery(tmp_path_factory.mktemp("gallery"))
    with ExitStack() as stack:
        address = stack.enter_context(serving(home.home.ctx))
        watched = stack.enter_context(window(chromium, viewport=DESK))
        yield Visit(home, address, watched)


def go(visit: Visit, page: Page) -> Response:
    """Open a page as who may see it."""
    context = visit.window.context
    context.clear_cookies()
    if page.who in visit.home.cookies:
        name, value = visit.home.cookies[page.who]
        context.add_cookies([{"name": name, "value": value, "url": visit.address}])
    answer = visit.window.page.goto(visit.address + visit.home.path(page))
    assert answer is not None and answer.status == page.status
    return answer


def named(name: str) -> Page:
    """The page of that name."""
    return next(one for one in PAGES if one.name == name)


def violations(visit: Visit, *rules: str) -> list[str]:
    """What axe finds: rule, what it says, and where."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = visit.window.page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{v['id']}: {v['help']}: {node['target']} {node['html'][:160]}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_nothing_for_axe_to_find_and_can_be_zoomed(visit: Visit, page: Page) -> None:
    browser = visit.window.page
    browser.set_viewport_size(DESK)
    browser.emulate_media(color_scheme="light", reduced_motion="reduce")
    go(visit, page)
    browser.evaluate(AXE.read_text(encoding="utf-8"))
    assert violations(visit) == []
    browser.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(visit, "color-contrast") == []
    browser.set_viewport_size(ZOOMED)
    assert browser.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"]
    assert visit.window.faults == []


@pytest.mark.parametrize("name", AS_LISTS)
def test_on_a_phone_no_table_has_to_be_pushed_sideways(visit: Visit, name: str) -> None:
    visit.window.page.set_viewport_size(PHONE)
    go(visit, named(name))
    wide = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"
    assert visit.window.page.eval_on_selector_all(".table-wrap", wide) == []


def test_what_can_be_done_to_users_stands_in_columns(visit: Visit) -> None:
    visit.window.page.set_viewport_size(DESK)
    go(visit, named("users"))
    left = "all => [...new Set(all.map(one => Math.round(one.getBoundingClientRect().left)))]"
    for what in (".users select", ".users .of-link", ".users .of-sessions", ".users .of-access"):
        assert len(visit.window.page.eval_on_selector_all(what, left)) == 1, what


def test_words_can_be_marked_without_looking_for_the_button(visit: Visit) -> None:
    browser = visit.window.page
    browser.set_viewport_size(PHONE)
    go(visit, named("work-sample"))
    browser.locator("#material").evaluate("one => { one.style.minHeight = '200vh'; }")
    browser.evaluate("scrollTo(0, 0)")
    browser.locator("#material [role=option]").first.click()
    box = browser.locator("#mark").bounding_box()
    assert box is not None and box["y"] + box["height"] <= PHONE["height"]


@pytest.mark.asvs("V14.2.3")
@pytest.mark.parametrize("name", ["landing", "question", "scorecard"])
def test_the_first_load_of_a_page_is_light(visit: Visit, chromium: Browser, name: str) -> None:
    page = named(name)
    sent: list[Response] = []
    browser = visit.window.context.browser
    assert browser is not None
    fresh = browser.new_context(viewport=DESK)
    if page.who in visit.home.cookies:
        cookie, value = visit.home.cookies[page.who]
        fresh.add_cookies([{"name": cookie, "value": value, "url": visit.address}])
    tab = fresh.new_page()
    tab.on("response", lambda answer: sent.append(answer))
    tab.goto(visit.address + visit.home.path(page), wait_until="load")
    sizes = {answer.url: compressed(answer) for answer in sent if answer.request.resource_type in LOADED}
    fresh.close()
    assert sum(sizes.values()) <= FIRST_LOAD, sizes
    assert all(answer.url.startswith(visit.address) for answer in sent)


def compressed(answer: Response) -> int:
    """Its size as a proxy in front of the service sends it: text gzipped, fonts and images as they are."""
    body = answer.body()
    kind = answer.headers.get("content-type", "")
    return len(gzip.compress(body)) if kind.startswith(COMPRESSIBLE) else len(body)
