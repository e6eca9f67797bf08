"""Whoever is signed out while they write loses no word: the page says so, keeps them, and saves them after."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import serving, window
from tests.web.site import site
from vetting.services import accounts, pack_drafts, sessions
from vetting.web.security import STAFF_COOKIE

pytestmark = pytest.mark.browser


def test_a_draft_typed_after_a_rest_stays_on_the_page_and_is_saved_once_they_are_back(
    tmp_path: Path, chromium: Browser
) -> None:
    ctx = site(tmp_path)
    token = accounts.sign_in(ctx, accounts.add_user(ctx, "ana@example.org", "admin"))
    draft = pack_drafts.create(ctx, title="Grain", questions="Why does it heat?\n- It was wet", by="ana@example.org")
    with serving(ctx) as address, window(chromium) as watched:
        cookie = {"name": STAFF_COOKIE, "value": token, "url": address}
        watched.context.add_cookies([cookie])
        watched.page.goto(f"{address}/rubrics/drafts/{draft}/pack")
        sessions.sign_out(ctx, token)
        title = watched.page.locator("form[data-autosave] [name=title]")
        title.fill("Grain in holds")
        expect(watched.page.locator("#told")).to_contain_text("Sign in again in another tab")
        expect(title).to_have_value("Grain in holds")
        cookie["value"] = accounts.sign_in(ctx, accounts.add_user(ctx, "ana@example.org", "admin"))
        watched.context.add_cookies([cookie])
        watched.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(watched.page.locator("#told")).to_contain_text("saved")
        expect(watched.page.locator("#told")).not_to_contain_text("not saved")
    assert pack_drafts.load(ctx, draft).document["title"] == "Grain in holds"


@pytest.mark.asvs("V14.3.1")
def test_signing_out_leaves_nothing_in_the_browser(tmp_path: Path, chromium: Browser) -> None:
    ctx = site(tmp_path)
    token = accounts.sign_in(ctx, accounts.add_user(ctx, "ana@example.org", "recruiter"))
    with serving(ctx) as address, window(chromium) as watched:
        watched.context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": address}])
        watched.page.goto(f"{address}/")
        watched.page.evaluate("localStorage.setItem('kept', 'of a session')")
        watched.page.get_by_role("button", name="Sign out").click()
        expect(watched.page.get_by_role("heading", name="You work here")).to_be_visible()
        assert watched.page.evaluate("localStorage.length") == 0 and watched.context.cookies() == []
