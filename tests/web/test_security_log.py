"""What stands in the log for whoever watches over the service: each event once, and nothing that anybody wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.web.site import SAME_ORIGIN, browser, candidate, site
from vetting.db.audit_queries import chain
from vetting.db.engine import reading
from vetting.domain.throttle import Limit
from vetting.logs import SECURITY
from vetting.services import accounts
from vetting.services.accounts import Scope
from vetting.services.context import Context
from vetting.services.security_log import Event
from vetting.web import deps
from vetting.web.app import create_app


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("INFO", SECURITY)
    return caplog


def told(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What was told since the last look, without the time."""
    lines = [json.loads(record.getMessage()) for record in log.records if record.name == SECURITY]
    log.clear()
    assert all(line.pop("at").endswith("+00:00") for line in lines), "in UTC"
    return lines


def signed_in(ctx: Context, role: str) -> tuple[TestClient, str]:
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, f'{role}@example.org', role)}")
    return page, accounts.account_of(ctx, page.cookies["vetting"]).public_id


@pytest.mark.asvs("V16.3.1", "V16.2.2")
def test_signing_in_and_out_is_told_and_stands_in_the_audit_chain(ctx: Context, log: pytest.LogCaptureFixture) -> None:
    page, user = signed_in(ctx, "recruiter")
    page.post("/sign-out")
    assert told(log) == [
        {"event": "signed_in", "user": user, "how": "link"},
        {"event": "signed_out", "user": user},
    ]
    with reading(ctx.engine) as session:
        links = [sealed.link for sealed in chain(session, ctx.org)]
    entered = [(one.action, one.actor, one.subject, dict(one.detail)) for one in links[-2:]]
    who = f"user:{user}"
    assert entered == [("user.sign-in", who, who, {"how": "link"}), ("user.sign-out", who, who, {"sessions": 1})]


@pytest.mark.asvs("V16.3.1")
def test_a_sign_in_that_fails_is_told_by_its_route_and_not_by_what_was_tried(
    ctx: Context, log: pytest.LogCaptureFixture
) -> None:
    browser(ctx).post("/sign-in/a-token-that-somebody-guessed")
    browser(ctx).post("/i/another-token")
    TestClient(create_app(ctx)).get("/api/v1/rubrics", headers={"authorization": "Bearer vk_guessed"})
    assert told(log) == [
        {"event": "sign_in_failed", "route": "POST /sign-in/{token}"},
        {"event": "link_failed", "route": "POST /i/{token}"},
        {"event": "key_failed", "route": "GET /api/v1/rubrics"},
    ]


@pytest.mark.asvs("V16.3.2")
def test_who_is_refused_for_their_role_is_told(ctx: Context, log: pytest.LogCaptureFixture) -> None:
    page, user = signed_in(ctx, "reviewer")
    told(log)
    assert page.get("/admin/users").status_code == 403
    key = accounts.create_api_key(ctx, "reads", Scope.READ)
    program = TestClient(create_app(ctx), headers={"authorization": f"Bearer {key}"})
    assert program.post("/api/v1/candidates", json={"id": "n", "name": "N"}).status_code == 403
    assert told(log) == [
        {"event": "refused_by_role", "user": user, "route": "GET /admin/users", "how": "reviewer"},
        {"event": "refused_by_role", "route": "POST /api/v1/candidates", "how": "reading_key"},
    ]


@pytest.mark.asvs("V16.3.3")
def test_a_write_from_elsewhere_is_told_by_the_route_it_was_meant_for(
    ctx: Context, log: pytest.LogCaptureFixture
) -> None:
    page = TestClient(create_app(ctx), headers={"sec-fetch-site": "cross-site"})
    for path in ("/candidates/somebodys-id/facts", "/i/a-token", "/nowhere/at/all"):
        assert page.post(path).status_code == 403
    assert [(line["event"], line["route"]) for line in told(log)] == [
        ("refused_by_origin", "POST /candidates/{public_id}/facts"),
        ("refused_by_origin", "POST /i/{token}"),
        ("refused_by_origin", "POST unknown"),
    ]


@pytest.mark.asvs("V16.3.3")
def test_who_does_too_much_is_told(
    ctx: Context, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deps, "BY_ACCOUNT", Limit("account", 1, 600, "Too much"))
    monkeypatch.setattr(deps, "BY_ADDRESS", Limit("address", 1, 600, "Too much"))
    page, user = signed_in(ctx, "admin")
    told(log)
    statuses = [page.post("/rubrics/new").status_code for _ in range(2)]
    guesser = TestClient(create_app(ctx), headers=SAME_ORIGIN)
    statuses += [guesser.post("/sign-in/guess").status_code for _ in range(3)]
    assert statuses == [422, 429, 410, 429, 429]
    lines = [line for line in told(log) if line["event"] == "throttled"]
    assert lines[0] == {"event": "throttled", "user": user, "route": "POST /rubrics/new", "how": "account"}
    assert {line["how"] for line in lines[1:]} == {"address"} and len(lines) >= 2


def test_every_kind_of_event_is_told_by_some_test_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [event for event in Event if f'"{event.value}"' not in source] == []


def test_a_candidate_who_opens_their_link_is_no_event(ctx: Context, log: pytest.LogCaptureFixture) -> None:
    candidate(ctx).begin()
    assert told(log) == []
