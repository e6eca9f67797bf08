"""Headers, where a write may come from, and cookies."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.web.site import candidate, site
from vetting.services import accounts
from vetting.services.context import Context
from vetting.web.app import create_app
from vetting.web.security import CSP


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.mark.asvs("V3.4.3", "V3.4.4", "V3.4.5", "V3.4.6")
def test_every_answer_carries_the_policy_of_the_design(ctx: Context) -> None:
    page = TestClient(create_app(ctx))
    for address in ("/", "/healthz", "/nowhere", "/static/vetting.css", "/api/v1/nowhere"):
        headers = page.get(address).headers
        assert headers["content-security-policy"] == CSP
        assert headers["referrer-policy"] == "no-referrer" and headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in CSP and "default-src 'none'; script-src 'self'; style-src 'self'" in CSP


@pytest.mark.asvs("V3.2.2")
def test_no_template_holds_inline_script_style_or_handler() -> None:
    import vetting.web.render as render

    for file in (Path(render.__file__).parent / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "style=" not in text and "<style" not in text and "|safe" not in text and "| safe" not in text, file
        assert "hx-on" not in text and " onclick" not in text and "javascript:" not in text, file
        assert "<script>" not in text, file


@pytest.mark.asvs("V3.5.1")
@pytest.mark.parametrize("site_header", ["cross-site", "same-site", "none"])
def test_a_write_from_elsewhere_is_refused(ctx: Context, site_header: str) -> None:
    page = TestClient(create_app(ctx), follow_redirects=False)
    found = page.post("/sign-out", headers={"sec-fetch-site": site_header, "origin": "http://testserver"})
    assert found.status_code == 403 and "nothing was changed" in found.text.lower()


@pytest.mark.asvs("V3.5.1")
def test_a_browser_without_fetch_metadata_is_judged_by_its_origin(ctx: Context) -> None:
    page = TestClient(create_app(ctx), follow_redirects=False)
    assert page.post("/sign-out", headers={"origin": "http://testserver"}).status_code == 303
    assert page.post("/sign-out", headers={"origin": "http://evil.example"}).status_code == 403
    assert page.post("/sign-out", headers={"origin": "null"}).status_code == 403
    assert page.post("/sign-out").status_code == 403


def test_a_program_with_neither_header_may_write_under_api_only(ctx: Context) -> None:
    page = TestClient(create_app(ctx))
    assert page.post("/api/v1/nothing").status_code == 404
    assert page.post("/api/v1/nothing", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.asvs("V3.3.1", "V3.3.2", "V3.3.3", "V3.3.4")
def test_production_cookies_are_bound_to_the_host_and_closed_to_scripts(ctx: Context) -> None:
    who = candidate(ctx, https=True)
    cookie = who.page.post(f"/i/{who.token}", data={"interview": "true"}).headers["set-cookie"]
    assert cookie.startswith("__Host-vetting_interview=") and "Secure" in cookie and "HttpOnly" in cookie
    assert "SameSite=lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert who.page.get("/interview").status_code == 200
    assert "max-age" in who.page.get("/").headers["strict-transport-security"]


def test_local_cookies_have_a_plain_name_and_work_over_http(ctx: Context) -> None:
    who = candidate(ctx)
    cookie = who.page.post(f"/i/{who.token}", data={"interview": "true"}).headers["set-cookie"]
    assert cookie.startswith("vetting_interview=") and "Secure" not in cookie and "HttpOnly" in cookie


@pytest.mark.asvs("V7.2.1")
def test_a_session_of_a_user_opens_no_interview_and_the_other_way_round(ctx: Context) -> None:
    who = candidate(ctx)
    who.begin()
    token = who.page.cookies["vetting_interview"]
    page = TestClient(create_app(ctx), follow_redirects=False)
    page.cookies.set("vetting", token)
    assert page.get("/interview").status_code == 401
    assert page.get("/").status_code == 200  # the welcome page; a home would redirect
    session = accounts.sign_in(ctx, accounts.add_user(ctx, "a@example.org", "recruiter"))
    page.cookies.set("vetting_interview", session)
    assert page.get("/interview").status_code == 401
