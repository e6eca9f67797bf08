"""Signing in and out."""

from pathlib import Path

import pytest

from tests.cast import Clock, with_clock
from tests.web.site import browser, candidate, site
from vetting.services import accounts
from vetting.services.context import Context


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


def test_a_stranger_is_told_how_to_get_in(ctx: Context) -> None:
    found = browser(ctx).get("/")
    assert found.status_code == 200
    assert "vetting users add" in found.text and "Open the link in your invitation" in found.text


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("recruiter", "What needs you"),
        ("project_manager", "Projects · Vetting</title>"),
        ("reviewer", "What needs you"),
        ("admin", "What needs you"),
    ],
)
def test_signing_in_leads_to_the_home_of_the_role(ctx: Context, role: str, home: str) -> None:
    token = accounts.add_user(ctx, "a@example.org", role)
    page = browser(ctx)
    assert page.post(f"/sign-in/{token}").headers["location"] == "/"
    shown = page.get("/", follow_redirects=True)
    assert shown.status_code == 200 and home in shown.text


@pytest.mark.asvs("V6.5.1", "V6.4.1", "V3.5.3")
def test_looking_at_a_sign_in_link_does_not_use_it_up(ctx: Context) -> None:
    token = accounts.add_user(ctx, "a@example.org", "recruiter")
    page = browser(ctx)
    for _ in range(3):
        assert "Sign in to Vetting" in page.get(f"/sign-in/{token}").text
    assert page.post(f"/sign-in/{token}").status_code == 303
    assert page.post(f"/sign-in/{token}").status_code == 410


@pytest.mark.asvs("V7.2.4")
def test_signing_in_anew_ends_the_former_session_of_this_browser(ctx: Context) -> None:
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    former = page.cookies["vetting"]
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    assert page.cookies["vetting"] != former
    other = browser(ctx)
    other.cookies.set("vetting", former)
    assert other.get("/").status_code == 200


@pytest.mark.asvs("V7.4.1", "V7.2.1")
def test_signing_out_ends_the_session_on_the_server(ctx: Context) -> None:
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    kept = page.cookies["vetting"]
    assert page.post("/sign-out").status_code == 303
    page.cookies.set("vetting", kept)
    assert page.get("/").status_code == 200


@pytest.mark.asvs("V14.3.1")
def test_signing_out_clears_the_browser_but_not_what_a_candidate_there_has_not_sent(ctx: Context) -> None:
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    assert page.post("/sign-out").headers["clear-site-data"] == '"cache", "storage"'
    shared = candidate(ctx)
    shared.begin()
    shared.page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    assert shared.page.post("/sign-out").headers["clear-site-data"] == '"cache"'
    assert shared.page.get("/interview").status_code == 200, "nobody else's cookie goes"


@pytest.mark.asvs("V7.3.1")
def test_who_comes_back_after_a_rest_is_told_why_they_have_to_sign_in(ctx: Context, clock: Clock) -> None:
    ctx = with_clock(ctx, clock)
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    clock.pass_minutes(121)
    said = "You were signed out, as nothing was done here for 120 minutes. Please sign in again."
    assert said in page.get("/").text
    refused = page.get("/candidates")
    assert refused.status_code == 401 and said in refused.text
    assert "signed out" not in browser(ctx).get("/").text


def test_a_page_that_looks_by_itself_keeps_nobody_signed_in(ctx: Context, clock: Clock) -> None:
    ctx = with_clock(ctx, clock)
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'recruiter')}")
    for _ in range(3):
        clock.pass_minutes(41)
        answer = page.get("/candidates", headers={"hx-request": "true"})
    assert answer.status_code == 401


def test_words_that_are_sent_after_a_rest_are_shown_again(ctx: Context, clock: Clock) -> None:
    ctx = with_clock(ctx, clock)
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'a@example.org', 'admin')}")
    clock.pass_minutes(121)
    typed = {"title": "Grain <cargo>", "brief": "Who can tell sweat from salt water?", "revision": "7", "form": "Ab3_x"}
    refused = page.post("/projects", data=typed)
    assert refused.status_code == 401 and "Grain &lt;cargo&gt;" in refused.text
    assert "Who can tell sweat from salt water?" in refused.text and "copy it to be safe" in refused.text
    assert "Ab3_x" not in refused.text
    other = page.post("/projects", content=b"\xff\x00", headers={"content-type": "multipart/form-data; boundary=x"})
    assert other.status_code == 401
