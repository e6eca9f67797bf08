"""Who may pass: roles, organisations, API keys."""

from pathlib import Path

import pytest
from fastapi import Depends
from fastapi.testclient import TestClient
from sqlmodel import Session

from tests.web.site import SAME_ORIGIN, site
from vetting.db.engine import writing
from vetting.db.models import Organisation
from vetting.services import accounts
from vetting.services.accounts import Role
from vetting.services.context import Context
from vetting.web.app import create_app
from vetting.web.deps import ApiCtx, Ctx, require
from vetting.web.security import STAFF_COOKIE


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


def _second_organisation(ctx: Context) -> Context:
    with writing(ctx.engine) as session:
        other = Organisation(slug="other", name="Other", created_at=ctx.now())
        _add(session, other)
        assert other.id is not None
        return ctx.for_organisation(other.id)


def _add(session: Session, row: Organisation) -> None:
    session.add(row)
    session.flush()


def _page(ctx: Context, role: str | None = None) -> TestClient:
    app = create_app(ctx)

    @app.get("/for-recruiters", dependencies=[Depends(require(Role.RECRUITER, Role.REVIEWER))])
    def for_recruiters(scoped: Ctx) -> dict[str, int]:
        return {"org": scoped.org}

    @app.get("/api/v1/whose")
    def whose(scoped: ApiCtx) -> dict[str, int]:
        return {"org": scoped.org}

    page = TestClient(app, headers=SAME_ORIGIN)
    if role:
        page.cookies.set(STAFF_COOKIE, accounts.sign_in(ctx, accounts.add_user(ctx, f"{role}@example.org", role)))
    return page


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("recruiter", 200), ("reviewer", 200), ("admin", 200), ("project_manager", 403)]
)
def test_a_page_lets_in_its_roles_and_administrators(ctx: Context, role: str | None, status: int) -> None:
    assert _page(ctx, role).get("/for-recruiters").status_code == status


def test_the_wrong_role_is_told_which_one_is_needed(ctx: Context) -> None:
    told = _page(ctx, "project_manager").get("/for-recruiters").text
    assert "for the role recruiter or reviewer; you are signed in as project manager" in told


def test_a_request_acts_for_the_organisation_of_its_user(ctx: Context) -> None:
    other = _second_organisation(ctx)
    assert _page(ctx, "recruiter").get("/for-recruiters").json() == {"org": ctx.org}
    page = _page(ctx)
    page.cookies.set(STAFF_COOKIE, accounts.sign_in(other, accounts.add_user(other, "b@example.org", "recruiter")))
    assert page.get("/for-recruiters").json() == {"org": other.org}


def test_an_api_key_acts_for_its_organisation_and_nothing_else_does(ctx: Context) -> None:
    other = _second_organisation(ctx)
    page, key = _page(ctx, "admin"), accounts.create_api_key(other, "import")
    assert page.get("/api/v1/whose", headers={"authorization": f"Bearer {key}"}).json() == {"org": other.org}
    for header in ({}, {"authorization": f"Basic {key}"}, {"authorization": "Bearer nonsense"}):
        refused = page.get("/api/v1/whose", headers=header)
        assert refused.status_code == 401 and refused.headers["content-type"] == "application/problem+json"
