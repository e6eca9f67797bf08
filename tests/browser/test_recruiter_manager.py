"""A recruiter reads a scorecard and a manager gets a shortlist, each in a real browser from sign-in on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.chromium import Watched, window
from tests.web.staff import House
from vetting.services import accounts

pytestmark = pytest.mark.browser

BRIEF = "People who have measured drop-tail queues under load. At least 10 hours a week. You must speak English at C1."


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def watched(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    width, height = request.param
    with window(chromium, viewport={"width": width, "height": height}) as one:
        yield one


def sign_in(page: Page, home: House, base: str, role: str) -> None:
    """Open a one-time link and press its button."""
    page.goto(f"{base}/sign-in/{accounts.add_user(home.ctx, f'{role}@x.example', role)}")
    page.get_by_role("button", name="Sign in").click()


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window, once there is a page in it: a click returns before there is."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_recruiter_follows_a_quote_into_the_transcript(home: House, address: str, watched: Watched) -> None:
    page = watched.page
    sign_in(page, home, address, "recruiter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you")
    assert fits(page)
    page.get_by_role("link", name="Candidates").click()
    assert fits(page)
    page.locator("tr", has_text="Ana Reyes").get_by_role("link", name="Test").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Reyes")
    quote = page.locator(".competency[open] figure").first
    words = quote.locator("blockquote").inner_text()
    quote.get_by_role("link").click()
    mark = page.locator(".at:target + mark, .at:target + .at + mark").first
    expect(mark).to_be_in_viewport()
    assert words.startswith(mark.inner_text())
    assert "".join(page.locator("mark.here").all_inner_texts()) == words
    page.locator(".competency summary").nth(1).press("Enter")
    expect(page.locator(".competency").nth(1).locator("blockquote").first).to_be_visible()
    assert fits(page)


def test_a_recruiter_rates_blind_settles_and_decides_by_keyboard_alone(
    home: House, address: str, watched: Watched
) -> None:
    page = watched.page
    wide = (page.viewport_size or {})["width"] > 600
    sign_in(page, home, address, "recruiter" if wide else "reviewer")  # a person rates an interview once
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you")
    page.goto(f"{address}/interviews/{home.interview}/review")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate it before you see the machine's ratings")
    assert fits(page) and page.locator("svg.interval").count() == 0
    for key in "j4j0":
        page.keyboard.press(key)
    expect(page.locator("input[type=radio]:checked")).to_have_count(2)
    page.get_by_role("button", name="Save my ratings").press("Enter")
    expect(page.get_by_role("heading", name="Where you and the machine differ")).to_be_visible()
    assert fits(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keys on this page")
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="ask for more").press("Space")
    page.get_by_role("textbox", name="Reason").fill("Ask about deep buffers")
    page.get_by_role("button", name="Decide").press("Enter")
    expect(page.get_by_role("heading", name="Decided: ask for more")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you")


def test_keys_pressed_before_the_pages_script_has_come_are_not_lost(
    home: House, address: str, watched: Watched
) -> None:
    page = watched.page
    late: list[Route] = []
    sign_in(page, home, address, "reviewer")
    page.route("**/keys.js*", lambda route: late.append(route), times=1)
    page.goto(f"{address}/candidates", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Candidates")
    page.keyboard.press("g")
    page.keyboard.press("h")
    assert late
    late.pop().continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you")


def test_a_recruiter_invites_and_copies_the_link(home: House, address: str, watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, home, address, "recruiter")
    page.get_by_role("link", name="Candidates").click()
    page.get_by_role("link", name="Ben Sole").click()
    page.get_by_role("link", name="Invite to an interview").click()
    expect(page.get_by_label("Who")).to_have_value("x-2")
    page.get_by_role("radio", name="networking").check()
    page.get_by_role("button", name="See who gets what").click()
    assert fits(page)
    page.get_by_role("checkbox", name="Ben Sole").check()  # whoever was invited before is not ticked
    page.get_by_role("button", name="Make the links").click()
    link = page.get_by_label("Link for Ben Sole").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_a_manager_makes_a_project_from_a_brief_and_gets_a_shortlist(
    home: House, address: str, watched: Watched
) -> None:
    page = watched.page
    sign_in(page, home, address, "project_manager")
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Title").fill("Judging answers on queues")
    page.get_by_label("Brief").fill(BRIEF)
    page.get_by_role("button", name="Go on to the requirements").click()
    expect(page.get_by_text("This draft was read from the brief")).to_be_visible()
    assert fits(page)
    counts, hours = page.locator("#counts"), page.locator("input[name$='-value'][value='10']")
    expect(counts).to_contain_text("1 expert of 2 left")
    for value, left in (("100", "0 experts of 2 left"), ("10", "1 expert of 2 left")):
        hours.fill(value)
        hours.press("Tab")
        expect(counts).to_contain_text(left)
    page.get_by_label("Experts wanted").fill("3")
    page.get_by_role("button", name="a topic").click()
    page.get_by_label("Topic, in plain words").last.fill("drop-tail queues under load")
    page.get_by_role("button", name="Approve these requirements").click()
    page.get_by_role("button", name="Request a shortlist").click()
    card = page.locator(".entry").first
    expect(card.get_by_role("heading", level=2)).to_have_text("Ana Reyes")
    expect(card.locator("blockquote").first).to_contain_text("Measured drop-tail queues under load.")
    assert fits(page)
    card.get_by_role("button", name="Approve").click()
    expect(page.locator(".entry").first.get_by_text("✓ approved")).to_be_visible()
    page.get_by_role("link", name="Offer the work").click()
    page.get_by_role("button", name="Make the offer").click()
    link = page.get_by_label("Link for Ana Reyes").input_value()
    guest = watched.context.new_page()
    guest.goto(address + "/offers/" + link.rpartition("/")[2])
    assert fits(guest)
    guest.get_by_role("button", name="Turn it down").click()
    expect(guest.get_by_text("You have turned this down")).to_be_visible()
    page.get_by_role("link", name="Back to the shortlist").click()
    expect(page.locator(".entry").first.get_by_text("– turned down")).to_be_visible()
    page.locator(".entry").first.locator("summary", has_text="Decline").press("Enter")
    page.locator(".entry").first.get_by_label("Why").fill("On holiday")
    page.locator(".entry").first.get_by_role("button", name="Decline").click()
    expect(page.locator(".entry").first.get_by_text("On holiday").first).to_be_visible()


def test_nothing_that_people_write_runs_on_staff_pages(home: House, address: str, watched: Watched) -> None:
    page = watched.page
    hostile = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    sign_in(page, home, address, "project_manager")
    page.goto(f"{address}/projects/new")
    page.get_by_label("Title").fill(hostile)
    page.get_by_label("Brief").fill(hostile)
    page.get_by_role("button", name="Go on to the requirements").click()
    page.goto(f"{address}/projects")
    expect(page.get_by_role("link", name="onerror").first).to_be_visible()
    assert page.title() == "Projects · Vetting"
