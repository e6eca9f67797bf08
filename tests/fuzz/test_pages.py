"""No form and no address brings a page down, whatever stands in it. `make fuzz` is the long form."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete

from tests.fuzz.operations import operations, tried
from tests.fuzz.pages import Case, cases
from tests.web.access_rows import ROWS
from tests.web.site import SAME_ORIGIN
from tests.web.staff import House, candidate_keys, house, interview
from vetting.db.engine import writing
from vetting.db.throttle import ThrottleRow
from vetting.services import accounts, doctor, interviews
from vetting.services.context import Context
from vetting.services.throttles import Throttles
from vetting.web.app import create_app
from vetting.web.security import CANDIDATE_COOKIE, STAFF_COOKIE

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
"""Of each operation and route; 0: the short form of the suite."""
DOCUMENTED = {200, 204, 303, 401, 404, 409, 410, 413, 422, 503}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.mark.asvs("V2.1.1", "V2.2.1", "V15.3.5")
def test_the_api_answers_whatever_is_sent_as_its_document_says(home: House) -> None:
    seen: Counter[int] = Counter()
    for operation in operations(home).values():
        for number in range(max(1, EXAMPLES // 2000)):
            seen += tried(home, operation, min(EXAMPLES, 2000) or 8, number)
    assert seen[200] and seen[201] and seen[404] and seen[422], seen
    print(f"{seen.total():,} requests:", dict(sorted(seen.items())))


@pytest.mark.asvs("V1.4.2", "V2.2.1")
def test_pages_answer_whatever_is_sent_in_a_plain_sentence(home: House) -> None:
    ctx = home.ctx
    app = create_app(ctx, https=False)
    known = {name: getattr(home, name) for name in ("candidate", "interview", "project", "shortlist", "plan")}
    faults, seen = [], Counter[int]()
    with TestClient(app, headers=SAME_ORIGIN, follow_redirects=False, raise_server_exceptions=False) as page:
        sign_in(page, ctx)
        for number, case in enumerate(cases(EXAMPLES or 3, EXAMPLES)):
            if case.path in ("/sign-out", "/me/erase"):
                continue
            if number % 50 == 0:
                forget_limits(app, ctx)
            answer = page.request(case.method, address(case, home, known), params=case.query, data=case.form or None)
            seen[answer.status_code] += 1
            if answer.status_code not in DOCUMENTED or "Traceback" in answer.text:
                faults.append(f"{answer.status_code} {case}")
    assert faults == []
    print(f"{seen.total():,} requests:", dict(sorted(seen.items())))
    assert [fault for check in doctor.examine(ctx) for fault in check.faults] == []


def forget_limits(app: FastAPI, ctx: Context) -> None:
    """All of this comes from one address, which would be told to wait."""
    app.state.throttles = Throttles()
    with writing(ctx.engine) as session:
        session.connection().execute(delete(ThrottleRow))


def sign_in(page: TestClient, ctx: Context) -> None:
    """One browser that is an administrator and a candidate in an interview that has begun."""
    page.cookies.set(STAFF_COOKIE, accounts.sign_in(ctx, accounts.add_user(ctx, "ada@example.org", "admin")))
    key, _ = interview(ctx, candidate_keys(ctx)["x-2"][0], answers=1, seed=9)
    page.cookies.set(CANDIDATE_COOKIE, accounts.accept_invitation(ctx, interviews.new_link(ctx, key)))


def address(case: Case, home: House, known: dict[str, str]) -> str:
    """A real thing on the route where there is one."""
    path = case.path.replace("{entry}", home.entry).replace("{version}", "test.pack").replace("{question}", "alpha-c")
    for start, name in (
        ("/candidates/", "candidate"),
        ("/interviews/", "interview"),
        ("/projects/", "project"),
        ("/shortlists/", "shortlist"),
        ("/staffing/plans/", "plan"),
    ):
        if path.startswith(start):
            path = path.replace("{public_id}", known[name])
    for name in ("public_id", "token", "link"):
        path = path.replace(f"{{{name}}}", "unknown")
    return path


def test_every_page_with_fields_is_among_them() -> None:
    assert {case.route for case in cases(1)} <= set(ROWS) and len({case.route for case in cases(1)}) > 50
