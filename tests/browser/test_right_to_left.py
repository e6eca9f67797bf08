"""An interface that runs from right to left, over an interview in English: nothing runs out of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import pseudo
from tests.browser.chromium import serving, window
from tests.cast import GOOD, invited
from tests.web.site import site
from vetting import tongues
from vetting.services.context import Context

pytestmark = pytest.mark.browser

WIDTHS = (1440, 390, 320)


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return site(Path(tmp_path_factory.mktemp("site")))


@pytest.fixture(scope="module")
def address(ctx: Context, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    spoken = tongues.load(pseudo.install(tmp_path_factory.mktemp("locale")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tongues, "load", lambda: spoken)
        with serving(ctx) as base:
            yield base


def fits(page: Page) -> None:
    """Nothing reaches out of the window, at any width, on either side."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        out = page.evaluate(
            """() => [...document.querySelectorAll("main *, header *, footer *")].filter((e) => {
              const box = e.getBoundingClientRect();
              const shown = box.width > 1 && !e.closest(".sr, .skip, [popover], .table-wrap");
              return shown && (box.left < -1 || box.right > document.documentElement.clientWidth + 1);
            }).map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert out == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_interview_fits_the_page_and_keeps_its_own_direction(ctx: Context, address: str, chromium: Browser) -> None:
    link = invited(ctx)
    with window(chromium, locale="he-IL") as watched:
        page = watched.page
        page.goto(f"{address}/i/{link.token}")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator("#device-server")).to_contain_text(pseudo.OPEN)
        fits(page)
        page.check("[name=interview]")
        page.locator("#begin button").click()
        question = page.locator("#question")
        assert question.evaluate("e => getComputedStyle(e).direction") == "ltr"
        page.fill("#text", GOOD)
        expect(page.locator("#saved")).to_contain_text(pseudo.CLOSE)
        fits(page)
        start = page.locator("#stage .actions .button").first.bounding_box()
        last = page.locator("#stage .actions .button:visible").last.bounding_box()
        assert start is not None and last is not None and (start["y"], -start["x"]) <= (last["y"], -last["x"])
        before = page.locator("#stage").get_attribute("data-turn")
        page.locator("#stage .actions .button").first.click()
        page.wait_for_selector(f"#stage[data-turn]:not([data-turn='{before}'])")
        fits(page)
        page.goto(f"{address}/me")
        fits(page)
        page.locator("footer button[value=en]").click()
        expect(page.locator("html")).to_have_attribute("dir", "ltr")
        assert page.url.endswith("/me")
