"""Users, jobs, engines and settings: who may do what, tried again, spent, and set; never a secret."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest
from fastapi.testclient import TestClient

from tests.web.site import browser, site
from tests.web.staff import second_organisation
from vetting.config import load_settings
from vetting.db import audit_queries, user_queries
from vetting.db.engine import reading, writing
from vetting.db.models import ModelCallRow
from vetting.errors import ModelFailed, VettingError
from vetting.ports import PackWish, WrittenPack
from vetting.services import accounts, installation, interviews, pack_drafts, rubrics, sessions, spending, users
from vetting.services.candidates import create_candidate
from vetting.services.context import Context
from vetting.web.spend import DAYS

MIA = "mia@example.org"


class Moody:
    """A writer of packs with a full disk at its first try, and nothing to say later."""

    model = "moody"

    def __init__(self) -> None:
        self.tried = 0

    def write(self, wish: PackWish, *, deadline: float) -> WrittenPack:
        """Fail, each time otherwise."""
        self.tried += 1
        raise ModelFailed if self.tried > 1 else VettingError("The disk is full.")


class Desk(NamedTuple):
    """An administrator at a browser."""

    ctx: Context
    page: TestClient

    def id_of(self, email: str) -> str:
        """How the addresses name a user."""
        with reading(self.ctx.engine) as session:
            everybody = user_queries.users(session, self.ctx.org, self.ctx.now(), sessions.rest(self.ctx))
        return next(u.public_id for u in everybody if u.email == email)

    def last(self) -> tuple[str, dict[str, object]]:
        """The newest entry of the audit chain: action and detail."""
        with reading(self.ctx.engine) as session:
            link = list(audit_queries.chain(session, self.ctx.org))[-1].link
            return link.action, dict(link.detail)


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    ctx = site(tmp_path_factory.mktemp("desk"), pack_writer=Moody())
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, MIA, 'admin')}")
    return Desk(ctx, page)


@pytest.fixture(scope="module")
def other(desk: Desk) -> Context:
    """The service for another organisation."""
    return second_organisation(desk.ctx)


def test_somebody_added_signs_in_by_a_link_that_is_shown_once(desk: Desk) -> None:
    answer = desk.page.post("/admin/users", data={"email": "Ben@Example.org", "role": "reviewer"})
    link = re.search(r"/sign-in/([\w-]+)", answer.text)
    assert answer.status_code == 200 and link is not None and desk.last()[0] == "user.allow"
    assert "/sign-in/" not in desk.page.get("/admin/users").text
    ben = browser(desk.ctx)
    assert ben.post(f"/sign-in/{link[1]}").status_code == 303 and ben.get("/").status_code == 200
    again = desk.page.post("/admin/users", data={"email": "ben@example.org", "role": "admin"})
    assert again.status_code == 409 and "is here already" in words(again.text)
    for wrong in ("ben", "b\x00n@example.org"):
        assert desk.page.post("/admin/users", data={"email": wrong, "role": "admin"}).status_code == 422


def test_another_role_holds_from_the_next_page_on(desk: Desk) -> None:
    lea = browser(desk.ctx)
    lea.post(f"/sign-in/{accounts.add_user(desk.ctx, 'lea@example.org', 'reviewer')}")
    assert lea.get("/projects/new").status_code == 403
    desk.page.post(f"/admin/users/{desk.id_of('lea@example.org')}/role", data={"role": "project_manager"})
    assert lea.get("/projects/new").status_code == 200
    assert desk.last() == ("user.role", {"before": "reviewer", "after": "project_manager"})


def test_sessions_end_and_an_unused_link_with_them(desk: Desk) -> None:
    tom = browser(desk.ctx)
    tom.post(f"/sign-in/{accounts.add_user(desk.ctx, 'tom@example.org', 'recruiter')}")
    unused = accounts.add_user(desk.ctx, "tom@example.org", "recruiter")
    assert "signed in on 1 browser" in words(desk.page.get("/admin/users").text)
    desk.page.post(f"/admin/users/{desk.id_of('tom@example.org')}/sessions")
    assert tom.get("/").status_code in (200, 303) and tom.get("/candidates").status_code == 401
    assert tom.post(f"/sign-in/{unused}").status_code == 410


def test_who_is_kept_out_is_out_at_once_and_comes_back_by_a_new_link_only(desk: Desk) -> None:
    eva = browser(desk.ctx)
    eva.post(f"/sign-in/{accounts.add_user(desk.ctx, 'eva@example.org', 'recruiter')}")
    key = desk.id_of("eva@example.org")
    desk.page.post(f"/admin/users/{key}/disable")
    assert eva.get("/candidates").status_code == 401 and desk.last()[0] == "user.disable"
    assert desk.page.post(f"/admin/users/{key}/link").status_code == 409
    desk.page.post(f"/admin/users/{key}/enable")
    assert eva.get("/candidates").status_code == 401
    link = re.search(r"/sign-in/([\w-]+)", desk.page.post(f"/admin/users/{key}/link").text)
    assert link is not None and eva.post(f"/sign-in/{link[1]}").status_code == 303


def test_the_last_administrator_can_neither_be_kept_out_nor_lose_the_role(desk: Desk) -> None:
    key = desk.id_of(MIA)
    for act, data in (("disable", {}), ("role", {"role": "recruiter"})):
        answer = desk.page.post(f"/admin/users/{key}/{act}", data=data)
        assert answer.status_code == 409 and "the only administrator" in words(answer.text)
    accounts.add_user(desk.ctx, "zoe@example.org", "admin")
    users.disable(desk.ctx, desk.id_of("zoe@example.org"), by=MIA)
    assert desk.page.post(f"/admin/users/{key}/disable").status_code == 409
    assert desk.page.get("/admin/users").status_code == 200


def test_users_of_another_organisation_are_nobody_here(desk: Desk, other: Context) -> None:
    accounts.add_user(other, "far@example.org", "admin")
    with reading(other.engine) as session:
        (far,) = user_queries.users(session, other.org, other.now(), sessions.rest(other))
    for act in ("role", "link", "sessions", "disable", "enable"):
        assert desk.page.post(f"/admin/users/{far.public_id}/{act}", data={"role": "admin"}).status_code == 404
    assert "far@example.org" not in desk.page.get("/admin/users").text


def test_a_job_that_failed_is_shown_with_its_reason_and_tried_again_once(desk: Desk, other: Context) -> None:
    pack_drafts.create(desk.ctx, title="Cargo", questions="Why?", by=MIA)
    shown = desk.page.get("/admin/jobs?state=failed").text
    assert "Write a draft pack" in shown and "The disk is full." in shown
    job = re.search(r'name="job" value="([^"]+)"', shown)
    assert job is not None
    assert desk.page.post("/admin/jobs/retry", data={"job": job[1]}).status_code == 303
    assert desk.last() == ("job.retry", {"key": 1})
    assert "tried again: done" in words(desk.page.get("/admin/jobs?state=failed").text)
    assert desk.page.post("/admin/jobs/retry", data={"job": job[1]}).status_code == 409
    assert desk.page.post("/admin/jobs/retry", data={"job": "nothing"}).status_code == 404
    stranger = browser(desk.ctx)
    stranger.post(f"/sign-in/{accounts.add_user(other, 'odd@example.org', 'admin')}")
    assert "Write a draft pack" not in stranger.get("/admin/jobs").text
    assert stranger.post("/admin/jobs/retry", data={"job": job[1]}).status_code == 404


def test_settings_say_what_is_set_and_from_where_and_never_a_secret(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, key = "s3cret-" * 6, "sk-very-private"
    monkeypatch.setenv("VETTING_SECRET_KEY", secret)
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://me:pass-word@models.example.org/v1?token=hidden")
    monkeypatch.setenv("VETTING_LLM_MODEL", "my-model")
    settings = load_settings(data_dir=desk.ctx.settings.data_dir, embedder="hash")
    lines = {line.name: line for line in installation.settings_shown(settings)}
    assert lines["VETTING_LLM_MODEL"][1:3] == ("my-model", "environment")
    assert lines["OPENAI_API_KEY"].value == lines["VETTING_SECRET_KEY"].value == "set"
    assert lines["OPENAI_BASE_URL"].value == "https://…@models.example.org/v1?…"
    assert lines["VETTING_RATES"][1:3] == ("not set", "default") and lines["VETTING_EMBEDDER"].value == "hash"
    page = browser(replace(desk.ctx, settings=settings))
    page.post(f"/sign-in/{accounts.add_user(desk.ctx, MIA, 'admin')}")
    answer = page.get("/admin/settings").text
    assert "my-model" in answer and not any(hidden in answer for hidden in (secret, key, "pass-word", "token=hidden"))


def test_every_setting_has_a_meaning() -> None:
    assert set(installation.MEANINGS) == set(load_settings().model_dump())


@pytest.mark.parametrize("path", ["/admin/users", "/admin/jobs", "/admin/engines", "/admin/settings", "/rubrics/new"])
def test_the_administration_is_for_administrators(desk: Desk, path: str) -> None:
    assert browser(desk.ctx).get(path).status_code == 401
    page = browser(desk.ctx)
    page.post(f"/sign-in/{accounts.add_user(desk.ctx, 'rec@example.org', 'recruiter')}")
    refused = page.get(path)
    assert refused.status_code == 403
    assert "This page is for the role admin; you are signed in as recruiter." in words(refused.text)


def test_a_letter_of_the_outbox_is_read_and_taken_as_a_file(desk: Desk) -> None:
    person = create_candidate(desk.ctx, name="Ana Reyes", email="ana@example.org")
    version = rubrics.ensure(desk.ctx, "software.networking")
    interviews.invite(desk.ctx, interviews.Ask(person, version, MIA, "Judging answers", mail=True))
    listed = re.search(r'href="(/admin/mail/[^"/]+)">Read', desk.page.get("/admin/mail").text)
    assert listed is not None
    assert "Your invitation to an interview" in words(desk.page.get(listed[1]).text)
    file = desk.page.get(f"{listed[1]}.eml")
    assert file.status_code == 200 and file.headers["content-type"] == "message/rfc822"
    assert file.headers["content-disposition"].endswith('.eml"') and b"To: Ana Reyes <ana@example.org>" in file.content


@pytest.mark.parametrize("path", ["/admin/mail", "/admin/webhooks", "/audit", "/candidates"])
@pytest.mark.parametrize("at", [0, -(10**25), 10**25])
def test_a_page_of_a_list_that_nobody_can_count_to_is_an_empty_one(desk: Desk, path: str, at: int) -> None:
    assert desk.page.get(f"{path}?at={at}").status_code == 200


def test_a_step_of_a_draft_that_nobody_can_count_to_is_none(desk: Desk) -> None:
    draft = pack_drafts.create(desk.ctx, title="Steps", questions="Why?", by=MIA)
    assert desk.page.post(f"/rubrics/drafts/{draft}/steps/{10**25}").status_code == 404


def test_what_was_spent_by_day_and_by_model_is_of_the_same_days(desk: Desk) -> None:
    now = desk.ctx.now()
    first = spending.day_of(now) - timedelta(days=DAYS - 1)
    calls = (("of-today", now), ("of-the-first-day", first), ("too-long-ago", first - timedelta(minutes=1)))
    with writing(desk.ctx.engine) as session:
        for model, at in calls:
            session.add(
                ModelCallRow(
                    organisation_id=desk.ctx.org, prompt="p", prompt_sha="s", model=model, status="ok", rung="",
                    error="", milliseconds=1, input_tokens=9, output_tokens=1, at=at,
                )
            )  # fmt: skip
    shown = words(desk.page.get("/admin/spend").text)
    assert "of-today" in shown and "of-the-first-day" in shown and "too-long-ago" not in shown
