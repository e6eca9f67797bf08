"""Signing in and out."""

from pathlib import Path

import pytest

from tests.web.site import browser, site
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
