"""Promise S6: what opens a door is kept as a hash, stands in no log, leaves the address, and is for one person."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests import databases
from tests.cast import Clock, with_clock
from tests.web.site import browser, candidate, site
from tests.web.staff import EXPERT, PROJECT, profile
from vetting.services import accounts, client_links, matching, profiles, projects, shortlists
from vetting.services.candidates import import_profiles
from vetting.services.context import Context


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    yield with_clock(site(tmp_path), clock)


def every_token(ctx: Context) -> dict[str, str]:
    """One of each kind of secret that the service gives out, each of them used."""
    who, page = candidate(ctx), browser(ctx)
    who.begin()
    who.say(1, "Loss means the queue overflowed.")
    link = accounts.add_user(ctx, "ada@example.org", "admin")
    page.post(f"/sign-in/{link}")
    import_profiles(ctx, [profile(EXPERT)])
    profiles.embed_pending(ctx)
    shortlist = matching.request_shortlist(ctx, projects.create_project(ctx, PROJECT), 5).public_id
    entry = matching.shortlist_document(ctx, shortlist)["entries"][0]["id"]
    shortlists.decide(ctx, entry, "approve", by="ada@example.org")
    terms = shortlists.Terms(**dict.fromkeys(shortlists.Terms.__annotations__, "10 hours a week"))
    offer = shortlists.offer(ctx, entry, terms, by="ada@example.org").token
    shared = client_links.make(ctx, shortlist, by="ada@example.org").token
    key = accounts.create_api_key(ctx, "tests")
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "a key of the client"}
    sent = {"candidate": "x-1", "rubric": "software.networking"}
    by_program = page.post("/api/v1/interviews", json=sent, headers=headers).json()["url"].rsplit("/", 1)[1]
    for address in (f"/offers/{offer}", f"/shared/{shared}", f"/i/{by_program}", "/candidates"):
        assert page.get(address).status_code == 200
    return {
        "invitation": who.token,
        "invitation of a program": by_program,
        "candidate's session": who.page.cookies["vetting_interview"],
        "sign-in link": link,
        "user's session": page.cookies["vetting"],
        "offer": offer,
        "client's link": shared,
        "API key": key,
    }


@pytest.mark.asvs("V6.5.2", "V6.5.4", "V7.2.3", "V16.2.5", "V6.4.1")
def test_no_secret_stands_in_a_file_or_a_log(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = every_token(ctx)
    assert all(len(token) >= 43 for token in tokens.values())
    folder = ctx.settings.data_dir
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert databases.ON_POSTGRES or (any(file.name.endswith("-wal") for file in files) and len(files) >= 2)
    kept = databases.everything(folder) + b"".join(file.read_bytes() for file in files)
    assert b"Ana Reyes" in kept, "or nothing was searched"
    for name, token in tokens.items():
        assert token.encode() not in kept, f"{name} stands in the data folder"
        ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx2", "httpcore2"))]
        assert not [said for said in ours if token in said], f"{name} stands in a log"


@pytest.mark.asvs("V7.2.2", "V3.4.5")
def test_a_token_leaves_the_address_and_no_page_passes_it_on(ctx: Context) -> None:
    who = candidate(ctx)
    landing = who.page.get(f"/i/{who.token}")
    assert landing.headers["referrer-policy"] == "no-referrer"
    leads = re.findall(r'(?:href|src|action)="(https?:[^"]*)"', landing.text)
    assert leads == []
    who.begin()
    for address in ("/interview", "/me", "/interview/finish"):
        assert who.token not in who.page.get(address).text
    link = accounts.add_user(ctx, "ada@example.org", "admin")
    answer = browser(ctx).post(f"/sign-in/{link}")
    assert answer.headers["location"] == "/" and answer.headers["cache-control"] == "no-store"


@pytest.mark.asvs("V3.5.3")
def test_looking_at_an_invitation_any_number_of_times_uses_nothing_up(ctx: Context) -> None:
    who = candidate(ctx)
    for page in (browser(ctx), browser(ctx), who.page):
        for _ in range(3):
            answer = page.get(f"/i/{who.token}")
            assert answer.status_code == 200 and "set-cookie" not in answer.headers
    who.begin()


def test_a_second_browser_takes_the_interview_over_and_the_first_is_out(ctx: Context) -> None:
    who = candidate(ctx)
    who.begin()
    second = browser(ctx)
    assert second.post(f"/i/{who.token}", data={"interview": "true"}).status_code == 303
    assert second.get("/interview").status_code == 200
    assert who.page.get("/interview").status_code == 401
    stolen = TestClient(second.app, follow_redirects=False)
    stolen.cookies.set("vetting_interview", who.page.cookies["vetting_interview"])
    assert stolen.get("/interview").status_code == 401


def test_an_invitation_runs_out_and_a_made_up_one_is_told_the_same(ctx: Context, clock: Clock) -> None:
    who = candidate(ctx)
    clock.at += timedelta(days=400)
    old, unknown = who.page.get(f"/i/{who.token}"), who.page.get("/i/" + "x" * 43)
    assert old.status_code == unknown.status_code == 410 and old.text == unknown.text
    assert who.page.post(f"/i/{who.token}", data={"interview": "true"}).status_code == 410
