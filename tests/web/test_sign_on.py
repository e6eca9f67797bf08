"""Signing in at an identity provider, against one on loopback that can be told to lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey, RSAKey

from tests.cast import Clock, with_clock
from tests.identity_provider import CLIENT, SECRET, Provider, running, secret_key
from tests.web.site import browser, site
from vetting.bootstrap import _identity
from vetting.config import load_settings
from vetting.errors import BadInput
from vetting.services import accounts, users
from vetting.services.context import Context

DIRECT = httpx2.Client(verify=False)
"""A browser on its way to the provider and back."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as made:
        yield made


def service(folder: Path, provider: Provider, **settings: Any) -> Context:
    """The site where people sign in at that provider."""
    plain = site(folder)
    values = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    made = load_settings(data_dir=plain.settings.data_dir, embedder="hash", **values, **settings)
    return replace(plain, settings=made, identity=_identity(made))


@pytest.fixture
def ctx(tmp_path: Path, provider: Provider) -> Context:
    return service(tmp_path, provider)


def go(page: TestClient) -> httpx2.Response:
    """Follow the way to the provider and back."""
    there = page.get("/sign-on")
    assert there.status_code == 303, there.text
    back = DIRECT.get(there.headers["location"])
    parts = urlsplit(back.headers["location"])
    return page.get(f"{parts.path}?{parts.query}")


def test_a_user_signs_in_with_a_verified_address(ctx: Context, provider: Provider) -> None:
    accounts.add_user(ctx, "Ana@example.org", "recruiter")
    page = browser(ctx)
    assert 'href="/sign-on"' in page.get("/").text
    answer = go(page)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert "recruiter · ana@example.org" in page.get("/").text
    assert "vetting_sign_on" not in page.cookies


@pytest.mark.asvs("V10.1.1", "V10.2.1")
def test_the_browser_takes_no_secret_along_but_a_challenge(ctx: Context) -> None:
    page = browser(ctx)
    there = page.get("/sign-on")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there.headers["location"]).query).items()}
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/sign-on/done" and asked["scope"] == "openid email"
    assert len(asked["state"]) >= 43 and len(asked["nonce"]) >= 43 and SECRET not in there.headers["location"]
    cookie = there.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Max-Age=600" in cookie
    again = parse_qs(urlsplit(page.get("/sign-on").headers["location"]).query)
    assert again["state"][0] != asked["state"] and again["nonce"][0] != asked["nonce"]


@pytest.mark.asvs("V7.2.4")
def test_a_session_of_before_ends_with_a_new_sign_in(ctx: Context) -> None:
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'ana@example.org', 'recruiter')}")
    former = page.cookies["vetting"]
    go(page)
    assert page.cookies["vetting"] != former
    other = browser(ctx)
    other.cookies.set("vetting", former)
    assert other.get("/candidates").status_code == 401


UNUSABLE = "could not be used"
LIES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"claims": {"nonce": "another"}}, UNUSABLE),
    ({"claims": {"nonce": None}}, UNUSABLE),
    ({"claims": {"aud": "another client"}}, UNUSABLE),
    ({"claims": {"aud": [CLIENT, "another"], "azp": "another"}}, UNUSABLE),
    ({"claims": {"iss": "https://evil.example"}}, UNUSABLE),
    ({"claims": {"exp": 1}}, UNUSABLE),
    ({"claims": {"exp": None}}, UNUSABLE),
    ({"claims": {"sub": None}}, UNUSABLE),
    ({"claims": {"iat": 4102444800}}, UNUSABLE),
    ({"signs": "none"}, UNUSABLE),
    ({"signs": "HS256", "forged_with": secret_key()}, UNUSABLE),
    ({"forged_with": ECKey.generate_key("P-256", {"kid": "one"})}, UNUSABLE),
    ({"forged_with": ECKey.generate_key("P-256", {"kid": "two"})}, UNUSABLE),
    ({"verified": False}, "has not verified your e-mail address"),
    ({"claims": {"email_verified": "true"}}, "has not verified your e-mail address"),
    ({"email": "stranger@example.org"}, "vetting users add"),
    ({"email": None, "userinfo": {"sub": "person-2"}}, UNUSABLE),
)


@pytest.mark.asvs("V6.8.2", "V9.1.1", "V9.1.2", "V9.1.3", "V9.2.1", "V9.2.3", "V10.5.1", "V10.5.4")
def test_an_answer_that_proves_nothing_signs_nobody_in(ctx: Context, provider: Provider) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    good = {name: getattr(provider, name) for lie, _ in LIES for name in lie}
    page = browser(ctx)
    for lie, says in LIES:
        for name, value in (good | lie).items():
            setattr(provider, name, value)
        answer = go(page)
        assert answer.status_code == 403 and says in answer.text, lie
        assert "vetting" not in page.cookies and page.get("/candidates").status_code == 401
    for name, value in good.items():
        setattr(provider, name, value)
    assert go(page).status_code == 303, "or nothing above says anything"


@pytest.mark.asvs("V10.1.2", "V10.2.1", "V10.2.2")
def test_an_answer_meant_for_another_browser_is_refused(ctx: Context) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    attacker, victim = browser(ctx), browser(ctx)
    there = attacker.get("/sign-on")
    back = urlsplit(DIRECT.get(there.headers["location"]).headers["location"])
    for begins in (False, True):
        if begins:
            victim.get("/sign-on")
        answer = victim.get(f"{back.path}?{back.query}")
        assert answer.status_code == 422 and "not begun in this browser" in answer.text
    mixed = attacker.get(f"{back.path}?{back.query}&iss=https://evil.example")
    assert mixed.status_code == 403
    assert "vetting" not in victim.cookies and "vetting" not in attacker.cookies


def test_a_code_works_once(ctx: Context) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    page = browser(ctx)
    there = page.get("/sign-on")
    kept = page.cookies["vetting_sign_on"]
    back = urlsplit(DIRECT.get(there.headers["location"]).headers["location"])
    assert page.get(f"{back.path}?{back.query}").status_code == 303
    page.cookies.set("vetting_sign_on", kept)
    assert page.get(f"{back.path}?{back.query}").status_code == 403


@pytest.mark.asvs("V6.8.1", "V10.5.2")
def test_an_address_that_was_given_to_somebody_else_opens_nothing(ctx: Context, provider: Provider) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    assert go(browser(ctx)).status_code == 303
    provider.subject = "person-2"
    assert "another account" in go(browser(ctx)).text
    provider.subject, provider.email = "person-1", "ana.new@example.org"
    assert go(browser(ctx)).status_code == 303, "the same person, who now has another address"


def test_a_user_who_was_shut_out_stays_out(ctx: Context) -> None:
    accounts.add_user(ctx, "ana@example.org", "recruiter")
    page = browser(ctx)
    go(page)
    users.remove(ctx, "ana@example.org")
    assert page.get("/candidates").status_code == 401
    assert "shut out" in go(page).text


def test_where_links_sign_nobody_in_the_page_of_users_makes_none(ctx: Context) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    page = browser(replace(ctx, settings=ctx.settings.model_copy(update={"local_sign_in": False})))
    go(page)
    assert "New link" not in page.get("/admin/users").text
    added = page.post("/admin/users", data={"email": "ben@example.org", "role": "reviewer"}).text
    assert "ben@example.org may now sign in at your identity provider" in added
    assert "/sign-on" in added and "/sign-in/" not in added


def test_keys_that_were_changed_are_fetched_again_and_others_are_not(ctx: Context, provider: Provider) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    assert go(browser(ctx)).status_code == 303
    provider.key = ECKey.generate_key("P-256", {"kid": "two"})
    keys = ctx.identity._kept  # type: ignore[union-attr]  # what the real provider has kept, made older
    address = f"{provider.issuer}/keys"
    keys[address] = (keys[address][0] - 61, keys[address][1])
    assert go(browser(ctx)).status_code == 303
    provider.forged_with = ECKey.generate_key("P-256", {"kid": "three"})
    before = provider.asked.count("/keys")
    for _ in range(3):
        assert go(browser(ctx)).status_code == 403
    assert provider.asked.count("/keys") == before


@pytest.mark.asvs("V7.1.3", "V7.6.1")
def test_a_session_here_ends_by_its_own_time_whatever_happens_at_the_provider(ctx: Context, provider: Provider) -> None:
    clock = Clock()
    ctx = with_clock(ctx, clock)
    accounts.add_user(ctx, "ana@example.org", "admin")
    page = browser(ctx)
    go(page)
    provider.down = True
    for _ in range(7):
        assert page.get("/candidates").status_code == 200
        clock.pass_minutes(100)
    clock.pass_minutes(20)
    assert page.get("/candidates").status_code == 401, "twelve hours, and in use all the time"
    said = " ".join((Path(__file__).parent.parent.parent / "docs" / "sign_on.md").read_text(encoding="utf-8").split())
    assert "a session goes on here whatever happens there" in said and "for twelve hours at most" in said


@pytest.mark.asvs("V11.6.1", "V11.2.3")
@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_provider_that_signs_with_a_short_rsa_key_signs_nobody_in(ctx: Context, provider: Provider) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    provider.key, provider.signs = RSAKey.generate_key(1024, {"kid": "short"}), "RS256"
    page = browser(ctx)
    answer = go(page)
    assert answer.status_code == 403 and "RSA key of less than 2048 bits" in answer.text
    assert page.get("/candidates").status_code == 401
    provider.key = RSAKey.generate_key(2048, {"kid": "long"})
    ctx.identity._kept.clear()  # type: ignore[union-attr]  # as after an hour
    assert go(page).status_code == 303


def test_the_address_may_come_from_the_profile(ctx: Context, provider: Provider) -> None:
    accounts.add_user(ctx, "late@example.org", "reviewer")
    provider.email = None
    assert go(browser(ctx)).status_code == 303


def test_a_setting_lets_new_people_in_with_a_role(tmp_path: Path, provider: Provider) -> None:
    ctx = service(tmp_path, provider, oidc_new_users="reviewer")
    page = browser(ctx)
    assert go(page).status_code == 303
    assert [(user.email, user.role) for user in users.allowed(ctx)] == [("ana@example.org", "reviewer")]
    provider.verified, provider.subject, provider.email = False, "person-3", "mallory@example.org"
    assert go(browser(ctx)).status_code == 403 and len(users.allowed(ctx)) == 1


def test_links_can_be_switched_off(tmp_path: Path, provider: Provider) -> None:
    ctx = service(tmp_path, provider, local_sign_in=False)
    token, page = accounts.add_user(ctx, "ana@example.org", "admin"), browser(ctx)
    assert page.post(f"/sign-in/{token}").status_code == 403
    assert "your sign-in link" not in page.get("/").text
    assert go(page).status_code == 303


def test_a_provider_that_is_down_or_names_bad_places_is_said_to_be(ctx: Context, provider: Provider) -> None:
    provider.down = True
    answers = [browser(ctx).get("/sign-on") for _ in range(3)]
    assert {a.status_code for a in answers} == {503} and answers[0].headers["retry-after"]
    assert provider.asked.count("/.well-known/openid-configuration") == 1, "it is left alone for a moment"


@pytest.mark.asvs("V10.5.3", "V13.2.4")
@pytest.mark.parametrize(
    "places",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/a"},
        {"authorization_endpoint": "file:///etc/passwd"},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    ctx: Context, provider: Provider, places: dict[str, str]
) -> None:
    provider.discovery = places
    answer = browser(ctx).get("/sign-on")
    assert answer.status_code == 503 and "identity provider" in answer.text


@pytest.mark.asvs("V12.2.1")
@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"oidc_issuer": "https://id.example"}, "needed together"),
        ({"oidc_issuer": "http://id.example", "oidc_client_id": "x"}, "must start with https"),
        ({"local_sign_in": False}, "nobody could sign in"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "x", "oidc_new_users": "admin"}, "oidc_new_users"),
    ],
)
def test_settings_that_would_let_nobody_or_anybody_in_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=f"(?i){says}"):
        load_settings(**settings)
