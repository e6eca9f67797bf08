"""A candidate's whole way in a real browser: from the invitation, through a work sample, to contesting the result.

Once with the mouse on a desk, once by touch on a phone, once by keyboard alone; and 20 seconds without a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import Watched, serving, tab_to, window
from tests.cast import GOOD, invited
from tests.domain import samples
from tests.web.site import site
from vetting.db import own_queries
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.accommodation import AccommodationKind
from vetting.services.context import Context

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PACK = samples.pack(samples.flaws())
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return site(Path(tmp_path_factory.mktemp("site")))


@pytest.fixture(scope="module")
def address(ctx: Context) -> Iterator[str]:
    with serving(ctx) as base:
        yield base


def turn(page: Page) -> str | None:
    return page.locator("#stage").get_attribute("data-turn")


def moved_on(page: Page, before: str | None) -> None:
    page.wait_for_selector(f"#stage[data-turn]:not([data-turn='{before}']), #finish")


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_from_the_invitation_to_an_appeal(
    ctx: Context, address: str, chromium: Browser, screen: dict[str, object]
) -> None:
    link, touch = invited(ctx, PACK), "has_touch" in screen

    def press(what: Locator) -> None:
        what.tap() if touch else what.click()

    with window(chromium, **screen) as watched:
        page = watched.page
        page.goto(f"{address}/i/{link.token}")
        press(page.get_by_role("checkbox", name="More time"))
        press(page.get_by_role("checkbox", name="I agree to this interview"))
        press(page.get_by_role("button", name="Begin the interview"))
        page.wait_for_url("**/interview")
        expect(page.locator("#clock")).to_contain_text("0 of 60 min")
        assert link.token not in page.url
        seen_sample = False
        for _ in range(20):
            if page.locator("#finish").count():
                break
            fits(page)
            before = turn(page)
            if page.locator("#material").count():
                seen_sample = True
                press(page.locator("#material [role=option]").filter(has_text="CoDel"))
                press(page.get_by_role("button", name="Mark", exact=True))
            else:
                page.get_by_label("Your answer").fill(GOOD)
            press(page.get_by_role("button", name="Submit answer"))
            moved_on(page, before)
        assert seen_sample
        expect(page.get_by_role("heading", name="Before you go")).to_be_visible()
        first = page.locator("#answer-1")
        press(first.locator("summary"))
        first.get_by_label("Your note on this answer").fill("I meant the queue.")
        press(first.get_by_role("button", name="Add the note"))
        expect(page.locator("#answer-1")).to_contain_text("I meant the queue.")
        press(page.get_by_role("button", name="Finish and show my feedback"))
        expect(page.locator("#feedback svg[aria-label^='Level']").first).to_be_visible()
        press(page.get_by_role("link", name="Answer 1").first)
        expect(page.locator("#answer-1")).to_have_attribute("open", "")
        press(page.get_by_role("link", name="Contest this level").first)
        page.get_by_label("Why?").fill("Answer 1 was misread.")
        press(page.get_by_role("button", name="Send it to a person"))
        expect(page.get_by_text("Your appeal is stored")).to_be_visible()
        fits(page)
        with page.expect_download() as download:
            press(page.get_by_role("link", name="Download the signed result"))
        page.goto(f"{address}/verify")
        page.get_by_label("The file").set_input_files(str(download.value.path()))
        press(page.get_by_role("button", name="Check it"))
        expect(page.get_by_text("unchanged, and it still stands")).to_be_visible()
    assert _about(ctx, link.interview_id) == ["Alpha"]


def test_the_same_way_by_keyboard_alone(ctx: Context, address: str, chromium: Browser) -> None:
    link = invited(ctx, PACK)
    with window(chromium, **DESK) as watched:
        page = watched.page
        page.goto(f"{address}/i/{link.token}")
        tab_to(page, "Breaks")
        page.keyboard.press("Space")
        tab_to(page, "I agree to this interview")
        page.keyboard.press("Space")
        tab_to(page, "Begin the interview")
        page.keyboard.press("Enter")
        page.wait_for_url("**/interview")
        tab_to(page, "of 40 min")
        page.keyboard.press("Enter")
        tab_to(page, "10 minutes more")
        page.keyboard.press("Enter")
        tab_to(page, "Hide the clock")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.locator("#clock")).to_have_text("Clock: Show clock")
        tab_to(page, "Your answer")
        page.keyboard.type("Something else.")
        page.keyboard.press("Control+Enter")
        moved_on(page, "1")
        expect(page.locator("#question")).to_be_focused()
        expect(page.locator("[data-clock=planned]")).to_have_text("50")
        tab_to(page, "Skip")
        page.keyboard.press("Enter")
        moved_on(page, "2")
        tab_to(page, "This question is wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#dispute textarea")).to_be_focused()
        page.keyboard.type("It has two readings.")
        tab_to(page, "Mark it, and answer anyway")
        page.keyboard.press("Enter")
        expect(page.get_by_text("You marked this question as wrong")).to_be_visible()
        for _ in range(20):
            if page.locator("#finish").count():
                break
            before = turn(page)
            if page.locator("#material").count():
                page.keyboard.press("Tab")
                page.keyboard.press("Shift+ArrowRight")
                page.keyboard.press("Enter")
                page.keyboard.type("It does not.")
            else:
                tab_to(page, "Your answer")
                page.keyboard.type(GOOD)
            page.keyboard.press("Control+Enter")
            moved_on(page, before)
        tab_to(page, "Finish and show my feedback")
        page.keyboard.press("Enter")
        expect(page.locator("#feedback h3").first).to_be_visible()
        tab_to(page, "Contest this level")
        page.keyboard.press("Enter")
        page.wait_for_url("**/interview/contest*")
        tab_to(page, "Why?")
        page.keyboard.type("Answer 3 was misread.")
        tab_to(page, "Send it to a person")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Your appeal is stored")).to_be_visible()
    assert _about(ctx, link.interview_id) == ["Alpha"]
    with reading(ctx.engine) as session:
        assert set(own_queries.accommodations(session, ctx.org, link.interview_id)) == {AccommodationKind.BREAKS}


def test_nothing_typed_in_20_seconds_without_a_network_is_lost(ctx: Context, address: str, watched: Watched) -> None:
    page, link = watched.page, invited(ctx)
    page.clock.install()
    page.goto(f"{address}/i/{link.token}")
    page.get_by_role("checkbox", name="I agree to this interview").check()
    page.get_by_role("button", name="Begin the interview").click()
    page.wait_for_url("**/interview")
    box = page.get_by_label("Your answer")
    box.press_sequentially("Before. ")
    page.clock.run_for(1_000)
    expect(page.locator("#saved")).to_contain_text("saved")
    watched.context.set_offline(True)
    for n in range(10):
        box.press_sequentially(f"Word {n}. ")
        page.clock.run_for(2_000)
    expect(page.locator("#trouble")).to_contain_text("There is no connection")
    expect(page.locator("#saved")).to_contain_text("kept in this browser")
    page.get_by_role("button", name="Submit answer").click()
    expect(page.locator("#trouble")).to_contain_text("has not arrived yet")
    whole = "Before. " + "".join(f"Word {n}. " for n in range(10))
    expect(box).to_have_value(whole)
    watched.context.set_offline(False)
    page.clock.run_for(4_500)
    page.wait_for_selector("#stage[data-turn='2']")
    with reading(ctx.engine) as session:
        (answer, *_) = [t.answer for t in load(session, ctx.org, link.interview_id).transcript.turns]
    assert (answer or "").strip() == whole.strip()


def test_a_break_is_suggested_to_who_asked_for_breaks(ctx: Context, address: str, watched: Watched) -> None:
    page, link = watched.page, invited(ctx)
    page.clock.install()
    page.goto(f"{address}/i/{link.token}")
    page.get_by_role("checkbox", name="Breaks").check()
    page.get_by_role("checkbox", name="I agree to this interview").check()
    page.get_by_role("button", name="Begin the interview").click()
    page.wait_for_url("**/interview")
    expect(page.locator("#break")).to_be_hidden()
    page.clock.run_for(15 * 60_000 + 30_000)
    expect(page.locator("#break")).to_be_visible()
    expect(page.locator("#clock")).to_contain_text("15 of 40 min")


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    with window(chromium, **DESK) as one:
        yield one


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _about(ctx: Context, interview_id: int) -> list[str]:
    """What was contested in an interview."""
    with reading(ctx.engine) as session:
        person = own_queries.candidate_of(session, ctx.org, interview_id).id
        return [line.appeal.about for line in own_queries.appeals(session, ctx.org, person)]
