"""Every route with everybody who may knock: a route without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from tests.web.staff import House, house
from vetting.web.app import ROUTERS, create_app


class Row(NamedTuple):
    """What nobody, a recruiter, a manager and an administrator of another organisation get."""

    nobody: int
    recruiter: int
    manager: int
    outsider: int
    body: dict[str, str] | None = None


class ApiRow(NamedTuple):
    """What nobody, our key and the key of another organisation get."""

    nobody: int
    ours: int
    theirs: int
    body: dict[str, object] | None = None


BLANK: dict[str, str] = {}
PAGES: dict[tuple[str, str], Row] = {
    ("GET", "/healthz"): Row(200, 200, 200, 200),
    ("HEAD", "/healthz"): Row(200, 200, 200, 200),
    ("GET", "/readyz"): Row(200, 200, 200, 200),
    ("GET", "/"): Row(200, 200, 303, 200),
    ("GET", "/sign-in/{token}"): Row(200, 200, 200, 200),
    ("POST", "/sign-in/{token}"): Row(410, 410, 410, 410, BLANK),
    ("GET", "/i/{token}"): Row(410, 410, 410, 410),
    ("POST", "/i/{token}"): Row(410, 410, 410, 410, BLANK),
    ("GET", "/interview"): Row(401, 401, 401, 401),
    ("GET", "/interview/next"): Row(401, 401, 401, 401),
    ("POST", "/interview/answer"): Row(401, 401, 401, 401, {"turn": "1", "text": "x"}),
    ("POST", "/interview/draft"): Row(401, 401, 401, 401, {"turn": "1", "text": "x"}),
    ("POST", "/interview/signal"): Row(
        401, 401, 401, 401, {"turn": "1", "number": "1", "kind": "paste", "amount": "9"}
    ),
    ("POST", "/interview/skip"): Row(401, 401, 401, 401, {"turn": "1"}),
    ("POST", "/interview/rephrase"): Row(401, 401, 401, 401, {"turn": "1"}),
    ("POST", "/interview/dispute"): Row(401, 401, 401, 401, {"turn": "1"}),
    ("POST", "/interview/note"): Row(401, 401, 401, 401, {"turn": "1", "text": "x"}),
    ("POST", "/interview/pause"): Row(401, 401, 401, 401, BLANK),
    ("POST", "/interview/resume"): Row(401, 401, 401, 401, BLANK),
    ("GET", "/interview/finish"): Row(401, 401, 401, 401),
    ("POST", "/interview/finish"): Row(401, 401, 401, 401, BLANK),
    ("POST", "/interview/withdraw"): Row(401, 401, 401, 401, BLANK),
    ("GET", "/interview/done"): Row(401, 401, 401, 401),
    ("POST", "/i/{token}/person"): Row(410, 410, 410, 410, BLANK),
    ("POST", "/interview/read"): Row(401, 401, 401, 401, BLANK),
    ("GET", "/interview/contest"): Row(401, 401, 401, 401),
    ("POST", "/interview/contest"): Row(401, 401, 401, 401, {"reason": "x"}),
    ("GET", "/me"): Row(401, 401, 401, 401),
    ("POST", "/me/person"): Row(401, 401, 401, 401, BLANK),
    ("POST", "/me/consent"): Row(401, 401, 401, 401, BLANK),
    ("GET", "/me/results/{public_id}.json"): Row(401, 401, 401, 401),
    ("GET", "/me/export.zip"): Row(401, 401, 401, 401),
    ("GET", "/me/erase"): Row(401, 401, 401, 401),
    ("POST", "/me/erase"): Row(401, 401, 401, 401, {"sure": "true"}),
    ("GET", "/verify"): Row(200, 200, 200, 200),
    ("POST", "/verify"): Row(422, 422, 422, 422, BLANK),
    ("GET", "/styleguide"): Row(200, 200, 200, 200),
    ("GET", "/candidates"): Row(401, 200, 403, 200),
    ("GET", "/candidates/export.csv"): Row(401, 200, 403, 200),
    ("GET", "/candidates/export.xlsx"): Row(401, 200, 403, 200),
    ("POST", "/candidates/views"): Row(401, 303, 403, 303, {"name": "Mine"}),
    ("POST", "/candidates/views/{public_id}/remove"): Row(401, 404, 403, 404, BLANK),
    ("GET", "/compare"): Row(401, 200, 403, 200),
    ("GET", "/confirm"): Row(401, 200, 403, 200),
    ("GET", "/reports/hiring"): Row(401, 200, 403, 200),
    ("POST", "/candidates/import"): Row(401, 422, 403, 422, BLANK),
    ("GET", "/candidates/{public_id}"): Row(401, 200, 200, 404),
    ("POST", "/candidates/{public_id}/documents"): Row(401, 422, 403, 422, BLANK),
    ("POST", "/candidates/{public_id}/facts"): Row(401, 303, 403, 404, {"fact": "country", "value": "PT"}),
    ("POST", "/candidates/{public_id}/checks"): Row(
        401, 303, 403, 404, {"fact": "hours_per_week", "said": "12", "standing": "document_seen"}
    ),
    ("GET", "/interviews/{public_id}"): Row(401, 200, 200, 404),
    ("GET", "/interviews/{public_id}/export.json"): Row(401, 200, 403, 404),
    ("GET", "/interviews/{public_id}/review"): Row(401, 200, 403, 404),
    ("POST", "/interviews/{public_id}/review"): Row(401, 422, 403, 404, BLANK),
    ("POST", "/interviews/{public_id}/decision"): Row(401, 409, 403, 404, {"choice": "advance"}),
    ("POST", "/interviews/{public_id}/link"): Row(401, 409, 403, 404, BLANK),
    ("POST", "/interviews/{public_id}/withdraw"): Row(401, 409, 403, 404, BLANK),
    ("GET", "/invites/new"): Row(401, 200, 403, 200),
    ("POST", "/invites/preview"): Row(401, 200, 403, 422, {"who": "x-1", "rubric": "software.networking"}),
    ("GET", "/invites/templates"): Row(401, 200, 403, 200),
    ("POST", "/invites/templates"): Row(401, 303, 403, 303, {"name": "Usual", "days": "14"}),
    ("POST", "/invites/templates/{public_id}/remove"): Row(401, 404, 403, 404, BLANK),
    ("POST", "/invites"): Row(401, 200, 403, 422, {"who": "x-1", "rubric": "software.networking"}),
    ("GET", "/projects"): Row(401, 200, 200, 200),
    ("GET", "/projects/new"): Row(401, 403, 200, 200),
    ("POST", "/projects"): Row(401, 403, 303, 303, {"title": "T", "brief": "Knows BGP."}),
    ("GET", "/projects/{public_id}"): Row(401, 200, 200, 404),
    ("GET", "/projects/{public_id}/requirements"): Row(401, 403, 200, 404),
    ("POST", "/projects/{public_id}/requirements"): Row(
        401, 403, 303, 404, {"r0-about": "topic", "r0-kind": "nice", "r0-topic": "queues"}
    ),
    ("POST", "/projects/{public_id}/requirements/count"): Row(401, 403, 200, 404, BLANK),
    ("POST", "/projects/{public_id}/shortlists"): Row(401, 403, 303, 404, {"k": "3"}),
    ("GET", "/shortlists/{public_id}"): Row(401, 200, 200, 404),
    ("GET", "/shortlists/{public_id}/export.json"): Row(401, 200, 200, 404),
    ("GET", "/shortlists/{public_id}/export.csv"): Row(401, 200, 200, 404),
    ("POST", "/shortlists/{public_id}/entries/{entry}/decision"): Row(401, 403, 303, 404, {"decision": "approve"}),
    ("GET", "/staffing"): Row(401, 200, 200, 200),
    ("POST", "/staffing/plans"): Row(401, 403, 422, 422, BLANK),
    ("GET", "/staffing/plans/{public_id}"): Row(401, 200, 200, 404),
    ("POST", "/staffing/plans/{public_id}/accept"): Row(401, 403, 303, 404, BLANK),
    ("GET", "/staffing/plans/{public_id}/export.csv"): Row(401, 200, 200, 404),
    ("GET", "/staffing/plans/{public_id}/export.xlsx"): Row(401, 200, 200, 404),
    ("POST", "/staffing/rules"): Row(401, 403, 404, 404, {"project": "unknown", "expert": "x-1", "kind": "pinned"}),
    ("POST", "/staffing/rules/{public_id}/remove"): Row(401, 403, 303, 404, BLANK),
    ("POST", "/staffing/assignments/{public_id}/end"): Row(401, 403, 303, 404, BLANK),
    ("GET", "/shortlists/{public_id}/entries/{entry}/offer"): Row(401, 403, 200, 404),
    ("POST", "/shortlists/{public_id}/entries/{entry}/offer"): Row(401, 403, 200, 404, {"title": "Judging"}),
    ("POST", "/shortlists/{public_id}/entries/{entry}/step"): Row(401, 403, 303, 404, {"step": "withdraw"}),
    ("POST", "/shortlists/{public_id}/entries/{entry}/outcome"): Row(401, 403, 409, 404, {"rating": "3"}),
    ("GET", "/shortlists/{public_id}/entries/{entry}/dossier"): Row(401, 200, 200, 404),
    ("POST", "/shortlists/{public_id}/vet"): Row(401, 403, 200, 404, BLANK),
    ("POST", "/shortlists/{public_id}/entries/{entry}/vet"): Row(401, 403, 200, 404, BLANK),
    ("GET", "/questions/{token}"): Row(410, 410, 410, 410),
    ("POST", "/questions/{token}"): Row(410, 410, 410, 410, {"languages": "en:C1"}),
    ("POST", "/shortlists/{public_id}/entries/{entry}/mark"): Row(401, 403, 303, 404, {"like": "more"}),
    ("GET", "/shortlists/{public_id}/recompute"): Row(401, 200, 200, 404),
    ("POST", "/shortlists/{public_id}/links"): Row(401, 403, 200, 404, {"days": "7"}),
    ("POST", "/shortlists/{public_id}/links/{link}/end"): Row(401, 403, 404, 404, BLANK),
    ("GET", "/shared/{token}"): Row(410, 410, 410, 410),
    ("GET", "/offers/{token}"): Row(410, 410, 410, 410),
    ("POST", "/offers/{token}"): Row(410, 410, 410, 410, {"answer": "accept"}),
    ("GET", "/audit"): Row(401, 403, 403, 200),
    ("POST", "/appeals/{public_id}/answer"): Row(401, 404, 403, 404, {"text": "Seen."}),
    ("GET", "/admin"): Row(401, 403, 403, 303),
    ("GET", "/admin/spend"): Row(401, 403, 403, 200),
    ("GET", "/admin/webhooks"): Row(401, 403, 403, 200),
    ("POST", "/admin/webhooks"): Row(401, 403, 403, 422, {"url": "https://hooks.example.org/"}),
    ("POST", "/admin/webhooks/{public_id}/secret"): Row(401, 403, 403, 404, BLANK),
    ("POST", "/admin/webhooks/{public_id}/ping"): Row(401, 403, 403, 404, BLANK),
    ("POST", "/admin/webhooks/{public_id}/end"): Row(401, 403, 403, 404, BLANK),
    ("POST", "/admin/webhooks/deliveries/{public_id}/again"): Row(401, 403, 403, 404, BLANK),
    ("GET", "/admin/personal-data"): Row(401, 403, 403, 200),
    ("GET", "/privacy"): Row(200, 200, 200, 200),
    ("GET", "/admin/mail"): Row(401, 403, 403, 200),
    ("GET", "/admin/mail/previews/{kind}"): Row(401, 403, 403, 200),
    ("GET", "/admin/mail/previews/{kind}/html"): Row(401, 403, 403, 200),
    ("GET", "/admin/mail/{public_id}"): Row(401, 403, 403, 404),
    ("GET", "/admin/mail/{public_id}.eml"): Row(401, 403, 403, 404),
    ("POST", "/admin/mail/{public_id}/again"): Row(401, 403, 403, 404, BLANK),
    ("GET", "/rubrics"): Row(401, 200, 403, 200),
    ("GET", "/rubrics/{version}/items"): Row(401, 200, 403, 404),
    ("GET", "/rubrics/{version}/items/{question}/void"): Row(401, 200, 403, 404),
    ("POST", "/rubrics/{version}/items/{question}/void"): Row(401, 422, 403, 404, {"reason": " "}),
    ("POST", "/rubrics/{version}/items/{question}/restore"): Row(401, 409, 403, 404, BLANK),
    ("POST", "/rubrics/{version}/model-answers"): Row(401, 303, 403, 404, BLANK),
    ("GET", "/reports"): Row(401, 200, 200, 200),
    ("GET", "/api/docs"): Row(200, 200, 200, 200),
    ("GET", "/api/openapi.json"): Row(200, 200, 200, 200),
}
API: dict[tuple[str, str], ApiRow] = {
    ("POST", "/api/v1/candidates"): ApiRow(401, 201, 201, {"id": "n-1", "name": "New Person"}),
    ("POST", "/api/v1/interviews"): ApiRow(401, 201, 404, {"candidate": "x-1", "rubric": "software.networking"}),
    ("GET", "/api/v1/interviews/{interview_id}"): ApiRow(401, 200, 404),
    ("GET", "/api/v1/interviews/{interview_id}/scorecard"): ApiRow(401, 200, 404),
    ("POST", "/api/v1/projects"): ApiRow(401, 201, 201, {"title": "T", "brief": "Knows BGP."}),
    ("GET", "/api/v1/projects/{project_id}"): ApiRow(401, 200, 404),
    ("POST", "/api/v1/projects/{project_id}/shortlists"): ApiRow(401, 201, 404, {"k": 2}),
    ("GET", "/api/v1/shortlists/{shortlist_id}"): ApiRow(401, 200, 404),
    ("POST", "/api/v1/shortlists/{shortlist_id}/entries/{entry_id}/decision"): ApiRow(
        401, 200, 404, {"decision": "approve"}
    ),
    ("GET", "/api/v1/search"): ApiRow(401, 200, 200),
    ("GET", "/api/v1/rubrics"): ApiRow(401, 200, 200),
    ("GET", "/api/v1/rubrics/{rubric_id}/items"): ApiRow(401, 200, 404),
}

SIGN_OUT = ("POST", "/sign-out")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def browsers(home: House) -> dict[str, TestClient]:
    return {
        "nobody": home.nobody(),
        "recruiter": home.user("recruiter"),
        "manager": home.user("project_manager"),
        "outsider": home.user("admin", home.other),
    }


def address(path: str, home: House) -> str:
    """The address of our own thing on that route."""
    own = {
        "/candidates/{public_id}": home.candidate,
        "/interviews/{public_id}": home.interview,
        "/projects/{public_id}": home.project,
        "/shortlists/{public_id}": home.shortlist,
        "/staffing/plans/": home.plan,
        "/staffing/rules/": home.rule,
        "/staffing/assignments/": home.assignment,
    }
    for prefix, public_id in own.items():
        if path.startswith(prefix):
            path = path.replace("{public_id}", public_id)
    path = path.replace("{interview_id}", home.interview).replace("{project_id}", "p-1").replace("{entry}", home.entry)
    path = path.replace("{shortlist_id}", home.shortlist).replace("{entry_id}", home.entry)
    path = path.replace("{kind}", "invite")
    path = path.replace("{rubric_id}", "test.pack").replace("{version}", "test.pack").replace("{question}", "alpha-c")
    return path.replace("{token}", "unknown") + ("?q=queues" if path.endswith("/search") else "")


def routes(home: House) -> Iterator[tuple[str, str]]:
    """Every method and path of the app."""
    own = [route for route in create_app(home.ctx).routes if isinstance(route, APIRoute)]
    for route in (*own, *(route for router in ROUTERS for route in router.routes)):
        assert isinstance(route, APIRoute)
        yield from ((method, route.path) for method in route.methods)


def test_every_route_has_a_row(home: House) -> None:
    assert set(routes(home)) == set(PAGES) | set(API) | {SIGN_OUT}


def test_anybody_may_sign_out_and_is_out_then(home: House) -> None:
    for page in (home.nobody(), home.user("reviewer")):
        assert page.post("/sign-out").status_code == 303
        assert page.get("/candidates").status_code == 401


@pytest.mark.parametrize(("method", "path"), PAGES)
@pytest.mark.parametrize("who", ["nobody", "outsider", "recruiter", "manager"])
def test_a_page_lets_in_whom_it_should(
    home: House, browsers: dict[str, TestClient], who: str, method: str, path: str
) -> None:
    row = PAGES[method, path]
    answer = browsers[who].request(method, address(path, home), data=row.body)
    assert answer.status_code == getattr(row, who), f"{who}: {answer.text[:500]}"


@pytest.mark.parametrize(("method", "path"), API)
@pytest.mark.parametrize("who", ["nobody", "theirs", "ours"])
def test_the_api_answers_whom_it_should(home: House, who: str, method: str, path: str) -> None:
    row = API[method, path]
    program = home.program({"nobody": "", "theirs": home.other_key, "ours": home.key}[who])
    answer = program.request(method, address(path, home), json=row.body)
    assert answer.status_code == getattr(row, who), f"{who}: {answer.text[:500]}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_foreign_form_post_changes_nothing(home: House, browsers: dict[str, TestClient]) -> None:
    answer = browsers["manager"].post(
        f"/projects/{home.project}/shortlists", data={"k": "3"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403
