"""The ways of recruiters and managers once more, by the keyboard alone: nothing is clicked or focused by script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import Watched, tab_to, window
from tests.web.staff import House
from vetting.db import staffing_queries
from vetting.db.engine import reading
from vetting.services import accounts

pytestmark = pytest.mark.browser

BRIEF = "People who have measured drop-tail queues under load. At least 10 hours a week."


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    with window(chromium, viewport={"width": 1280, "height": 800}) as one:
        yield one


def press(page: Page, name: str, key: str = "Enter", then: str = "") -> None:
    """Reach a control by Tab and press a key on it; `then` is what the page that comes says."""
    tab_to(page, name)
    page.keyboard.press(key)
    if then:
        expect(page.get_by_text(then).first).to_be_visible()
        page.wait_for_load_state()


def fill(page: Page, name: str, text: str) -> None:
    """Reach a field by Tab and type."""
    tab_to(page, name)
    page.keyboard.type(text)


def signed_in(page: Page, home: House, base: str, role: str) -> None:
    page.goto(f"{base}/sign-in/{accounts.add_user(home.ctx, f'{role}@x.example', role)}")
    press(page, "Sign in", then="Sign out")


def test_a_manager_goes_from_the_brief_to_an_accepted_plan(home: House, address: str, watched: Watched) -> None:
    page = watched.page
    signed_in(page, home, address, "project_manager")
    press(page, "New project", then="Go on to the requirements")
    fill(page, "Title", "Judging answers on queues")
    fill(page, "Brief", BRIEF)
    press(page, "Go on to the requirements", then="This draft was read from the brief")
    press(page, "Approve these requirements", then="Request a shortlist")
    press(page, "Request a shortlist", then="Measured drop-tail queues under load.")
    press(page, "Approve", then="✓ approved")
    press(page, "Staffing", then="Nobody is assigned before you accept it.")
    press(page, "Work out a plan", then="Accept the plan and assign")
    made = page.url.rpartition("/")[2]
    press(page, "Accept the plan and assign", then="accepted by")
    with reading(home.ctx.engine) as session:
        plan = staffing_queries.plan(session, home.ctx.org, made)
    assert plan.state == "accepted" and plan.public_id != home.plan


def test_a_recruiter_searches_and_compares(home: House, address: str, watched: Watched) -> None:
    page = watched.page
    signed_in(page, home, address, "recruiter")
    press(page, "Candidates", then="Import experts")
    page.keyboard.press("/")  # the search field, from anywhere on the page
    page.keyboard.type("drop-tail queues under load")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text("Ana Reyes")
    press(page, "Choose Ana Reyes", "Space")
    press(page, "Choose Ben Sole", "Space")
    press(page, "Compare", then="Two levels whose bars overlap")
    expect(page.get_by_role("heading", level=1)).to_have_text("Side by side")
    expect(page.get_by_role("columnheader", name="Ben Sole")).to_be_visible()
