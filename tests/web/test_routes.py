"""Every route with everybody who may knock, by our id, another's and one that is not there: no row, no pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests import access_table
from tests.web.access_rows import EVERYBODY, INSIDE, OPEN, OWN, PARAMETERS, ROWS, STAFF, Row
from tests.web.site import SAME_ORIGIN
from tests.web.staff import House, candidate_keys, house, interview
from vetting.db import mail_queries
from vetting.db.engine import reading
from vetting.db.shortlist_models import ClientLink
from vetting.db.webhook_models import WebhookDelivery
from vetting.domain.webhook import CHOOSABLE
from vetting.services import accounts, client_links, interviews, invite_templates, matching, saved_views, webhooks
from vetting.services.accounts import Scope
from vetting.services.candidates import create_candidate
from vetting.services.invite_templates import Wording
from vetting.web.app import create_app
from vetting.web.security import CANDIDATE_COOKIE, STAFF_COOKIE

ROLES = {"reviewer": "reviewer", "recruiter": "recruiter", "manager": "project_manager", "admin": "admin"}
LOCAL = re.compile(r"/(?!/)")
REFUSED = (401, 403, 404)


@dataclass(frozen=True)
class Site:
    """The house behind one application, everybody who may knock, and the ids of what stands in it."""

    home: House
    callers: Mapping[str, TestClient]
    outside: Mapping[str, TestClient]
    ids: Mapping[str, str]

    def ask(self, caller: TestClient, route: str, row: Row, ids: Mapping[str, str] | None = None) -> httpx2.Response:
        """The answer of a route to a caller."""
        method, _, path = route.partition(" ")
        known = ids or self.ids
        sent: dict[str, Any] = {name: str(value).format(**self.ids) for name, value in row.body.items()}
        options: dict[str, Any] = {"json": dict(row.body)} if path.startswith("/api/v1") else {"data": sent}
        if row.file:
            options = {"files": {"file": (row.file, b'{"id": "q-1", "name": "Quin"}\n')}}
        if method in ("GET", "HEAD"):
            options = {"params": {"q": "queues"}} if path.endswith("/search") else {}
        return caller.request(method, _address(path, known), **options)


def _address(path: str, ids: Mapping[str, str]) -> str:
    for start, name in (
        ("/candidates/views/", "view"),
        ("/candidates/", "candidate"),
        ("/interviews/", "interview"),
        ("/invites/templates/", "template"),
        ("/projects/", "project"),
        ("/shortlists/", "shortlist"),
        ("/staffing/plans/", "plan"),
        ("/staffing/rules/", "rule"),
        ("/staffing/assignments/", "assignment"),
        ("/me/results/", "own_interview"),
        ("/admin/webhooks/deliveries/", "delivery"),
        ("/admin/webhooks/", "webhook"),
        ("/admin/mail/", "letter"),
        ("/appeals/", "interview"),
        ("/rubrics/drafts/", "draft"),
        ("/admin/users/", "somebody"),
        ("/sessions/", "session"),
    ):
        if path.startswith(start):
            path = path.replace("{public_id}", ids[name])
            break
    more = {"interview_id": "interview", "shortlist_id": "shortlist", "entry_id": "entry"}
    for name, key in more.items():
        path = path.replace(f"{{{name}}}", ids[key])
    return path.format(**ids)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = house(tmp_path_factory.mktemp("house"))
    ctx, app = home.ctx, create_app(home.ctx, https=False)

    def caller(cookie: tuple[str, str] | None = None, key: str = "") -> TestClient:
        headers = SAME_ORIGIN | ({"authorization": f"Bearer {key}"} if key else {})
        made = TestClient(app, headers=headers, follow_redirects=False, raise_server_exceptions=False)
        if cookie:
            made.cookies.set(*cookie)
        return made

    def staff(role: str, org: int) -> TestClient:
        scoped = ctx.for_organisation(org)
        token = accounts.add_user(scoped, f"{role}@{org}.example", ROLES[role])
        return caller((STAFF_COOKIE, accounts.sign_in(ctx, token)))

    person = create_candidate(ctx, name="Cara Lind", email="cara@example.org")
    own, own_public = interview(ctx, person, answers=0, seed=3)
    callers = {
        "nobody": caller(),
        "candidate": caller((CANDIDATE_COOKIE, accounts.accept_invitation(ctx, interviews.new_link(ctx, own)))),
        "key": caller(key=home.key),
        "reading_key": caller(key=accounts.create_api_key(ctx, "reads", Scope.READ)),
        **{role: staff(role, ctx.org) for role in STAFF},
    }
    outside = {role: staff(role, home.other.org) for role in STAFF} | {"key": caller(key=home.other_key)}
    with TestClient(app):  # one event loop for all callers
        yield Site(home, callers, outside, _ids(home) | {"own_interview": own_public})


def _ids(home: House) -> dict[str, str]:
    ctx = home.ctx
    token = accounts.add_user(ctx, "recruiter@1.example", "recruiter")
    recruiter = accounts.account_of(ctx, accounts.sign_in(ctx, token))
    client_links.make(ctx, home.shortlist, by="mia@example.org")
    with reading(ctx.engine) as session:
        link = session.exec(select(ClientLink.public_id)).one()
    return {
        **{name: getattr(home, name) for name in ("candidate", "interview", "project", "shortlist", "entry")},
        **{name: getattr(home, name) for name in ("plan", "rule", "assignment")},
        "view": saved_views.save(ctx, recruiter, "Under way", "state=started").public_id,
        "template": invite_templates.save(ctx, Wording("First")).public_id,
        "second": matching.request_shortlist(ctx, home.project, 5).public_id,
        "link": link,
        "session": recruiter.session,
        "unconsidered": candidate_keys(ctx)["x-2"][1],
        "version": "test.pack",
        "rubric_id": "test.pack",
        "question": "alpha-c",
        "project_id": "p-1",
        "token": "unknown",
        "kind": "invite",
        "draft": home.draft,
        "somebody": home.somebody,
        "name": "unknown",
        "number": "777777",
        **_outbox(home),
    }


def _outbox(home: House) -> dict[str, str]:
    """A webhook with something to deliver, and a letter."""
    ctx = home.ctx
    ctx.settings.webhook_hosts = "hooks.example.org=127.0.0.1"
    webhook = webhooks.add(ctx, "https://hooks.example.org/vetting", list(CHOOSABLE), by="admin").public_id
    webhooks.ping(ctx, webhook)
    with reading(ctx.engine) as session:
        delivery = session.exec(select(WebhookDelivery.public_id)).first()
        letter = mail_queries.newest(session, ctx.org)[0].mail.public_id
    assert delivery is not None
    return {"webhook": webhook, "delivery": delivery, "letter": letter}


def expected(row: Row, who: str, route: str) -> int | None:
    """The status of a refusal; None for who is let in."""
    if who in row.let_in:
        return None
    if " /api/" in route:
        return 403 if who == "reading_key" else 401
    return 403 if who in STAFF and row.let_in != OWN else 401


@pytest.mark.asvs("V6.3.4")
def test_every_route_has_a_row() -> None:
    assert {entry.route for entry in access_table.entries()} == set(ROWS)


def test_the_routes_ask_for_what_the_rows_say() -> None:
    assert {entry.route: entry.let_in for entry in access_table.entries()} == {r: row.let_in for r, row in ROWS.items()}


@pytest.mark.asvs("V8.1.1", "V6.1.1", "V2.1.3")
def test_the_table_of_who_may_do_what_is_up_to_date() -> None:
    assert access_table.PAGE.read_text(encoding="utf-8") == access_table.text(), "run: python -m tests.access_table"


def test_whatever_changes_something_is_counted() -> None:
    free = {e.route for e in access_table.entries() if e.method not in ("GET", "HEAD") and not e.limit}
    assert free == {"POST /sign-out", "POST /language"}  # the latter changes a cookie alone


@pytest.mark.asvs("V8.2.2")
@pytest.mark.parametrize(("who", "method", "path", "body", "status"), INSIDE)
def test_what_is_another_s_within_the_organisation_is_not_there(
    site: Site, who: str, method: str, path: str, body: dict[str, str], status: int
) -> None:
    address = path.format(**site.ids)
    assert site.callers[who].request(method, address, data=body or None).status_code == status


@pytest.mark.asvs("V8.4.1")
@pytest.mark.parametrize(("who", "method", "path", "body", "status"), PARAMETERS)
def test_an_id_in_a_query_or_a_form_opens_nothing_of_another_organisation(
    site: Site, who: str, method: str, path: str, body: dict[str, str], status: int
) -> None:
    sent = {name: value.format(**site.ids) for name, value in body.items()}
    answer = site.outside[who].request(method, path.format(**site.ids), data=sent or None)
    assert answer.status_code == status, answer.text[-900:]
    assert "Ana Reyes" not in answer.text and "Reviewing answers" not in answer.text


IN_ORDER = sorted(ROWS, key=lambda route: ROWS[route].late)
NAMING = [r for r in IN_ORDER if "{" in r and ROWS[r].let_in not in (OPEN, OWN) and ROWS[r].foreign is None]


@pytest.mark.asvs("V8.2.2", "V8.4.1")
@pytest.mark.parametrize("route", NAMING)
def test_a_foreign_id_is_answered_like_one_that_does_not_exist(site: Site, route: str) -> None:
    row, unknown = ROWS[route], dict.fromkeys(site.ids, "unknown-id")
    caller = site.outside["key" if "key" in row.let_in else "admin"]
    theirs, none = site.ask(caller, route, row), site.ask(caller, route, row, unknown)
    assert theirs.status_code == none.status_code == 404, theirs.text[-900:]
    assert _without(theirs.text, site.ids) == _without(none.text, unknown)


@pytest.mark.parametrize("route", [r for r in IN_ORDER if "{" not in r and ROWS[r].let_in not in (OPEN, OWN)])
def test_at_home_another_organisation_has_what_is_its_own(site: Site, route: str) -> None:
    row = ROWS[route]
    answer = site.ask(site.outside["key" if "key" in row.let_in else "admin"], route, row)
    assert answer.status_code == (row.foreign or row.own), answer.text[-900:]
    assert "Ana Reyes" not in answer.text


@pytest.mark.asvs("V8.2.1", "V8.3.1", "V3.7.2", "V7.4.4")
@pytest.mark.parametrize("route", IN_ORDER)
def test_a_route_lets_in_whom_it_should(site: Site, route: str) -> None:
    row = ROWS[route]
    refusals = {who: expected(row, who, route) for who in EVERYBODY if who not in row.let_in}
    for who, status in refusals.items():
        answer = site.ask(site.callers[who], route, row)
        assert answer.status_code == status, f"{who}: {answer.text[-900:]}"
        if " /api/" in route:
            assert answer.headers["content-type"] == "application/problem+json"
    inside = [who for who in EVERYBODY if who in row.let_in]
    for n, who in enumerate(inside):
        answer = site.ask(site.callers[who], route, row)
        if n == 0 and row.own is not None:
            assert answer.status_code == row.own, f"{who}: {answer.text[-900:]}"
        assert not answer.is_redirect or LOCAL.match(answer.headers["location"]), answer.headers
        if row.let_in <= set(STAFF) and answer.text.startswith("<!doctype html>") and "/previews/" not in route:
            assert 'action="/sign-out"' in answer.text
        allowed = {row.own} | ({404} if row.once and n else set())
        refused = answer.status_code in REFUSED and answer.status_code not in allowed
        assert answer.status_code < 500 and not refused, f"{who}: {answer.text[-900:]}"


@pytest.mark.asvs("V3.5.1")
@pytest.mark.parametrize("route", [r for r in IN_ORDER if r.startswith("POST")])
def test_a_write_from_another_site_is_refused_before_anything_is_looked_at(site: Site, route: str) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    who = site.callers["key" if "key" in ROWS[route].let_in else "admin"]
    answer = who.post(_address(route.partition(" ")[2], site.ids), headers=headers)
    assert answer.status_code == 403 and "came from another site" in answer.text


def _without(text: str, ids: Mapping[str, str]) -> str:
    for value in sorted(set(ids.values()), key=len, reverse=True):
        text = text.replace(value, "ID")
    return text
