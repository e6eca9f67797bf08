"""No evidence becomes a question: to one expert or a whole list, answered on a page, counted in the next ranking."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.shortlisted import MIA, Listed, listed
from tests.web.site import browser
from vetting.services import accounts, audit, inquiries, matching, projects


@pytest.fixture
def it(tmp_path: Path) -> Listed:
    return listed(tmp_path)


@pytest.fixture
def manager(it: Listed) -> TestClient:
    page = browser(it.ctx)
    page.post(f"/sign-in/{accounts.add_user(it.ctx, MIA, 'project_manager')}")
    return page


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def links(page: str) -> list[str]:
    return re.findall(r'value="http://[^"/]+(/(?:questions|i)/[^"]+)"', page)


def status(it: Listed, expert: str, requirement: str) -> str:
    entries = matching.match(it.ctx, it.project)["entries"]
    found = next(e for e in entries if e["expert"] == expert)
    return next(str(r["status"]) for r in found["requirements"] if r["id"] == requirement)


def test_what_nobody_knows_is_asked_of_the_whole_list_once(it: Listed, manager: TestClient) -> None:
    assert "Vet these 3" in words(manager.get(f"/shortlists/{it.shortlist}").text)
    made = manager.post(f"/shortlists/{it.shortlist}/vet").text
    assert len(links(made)) == 3 and "Questions: languages" in words(made) and "hours per week" in words(made)
    again = manager.post(f"/shortlists/{it.shortlist}/vet").text
    assert links(again) == [] and "Asked before, no answer yet." in words(again)
    assert "no answer yet" in words(manager.get(f"/shortlists/{it.shortlist}").text)
    assert "3 asked for facts" in words(manager.get(f"/projects/{it.project}").text)


def test_who_gets_what_is_shown_before_anybody_is_asked_and_only_who_is_ticked_is(
    it: Listed, manager: TestClient
) -> None:
    shown = manager.get(f"/shortlists/{it.shortlist}/vet").text
    assert shown.count('name="entry"') == 3 and "Questions: languages" in words(shown)
    assert "asked for facts" not in words(manager.get(f"/projects/{it.project}").text), "looking asks nobody"
    refused = manager.post(f"/shortlists/{it.shortlist}/vet", data={"chosen": "1"})
    assert refused.status_code == 422 and "Nobody is ticked" in words(refused.text)
    made = manager.post(f"/shortlists/{it.shortlist}/vet", data={"chosen": "1", "entry": [it.entries["ana"]]}).text
    assert len(links(made)) == 1


def test_an_answer_is_kept_as_a_claim_and_counts_in_the_next_ranking(it: Listed, manager: TestClient) -> None:
    assert status(it, "ana", "english") == "no_evidence"
    made = manager.post(f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}/vet").text
    (link,) = links(made)
    visitor = browser(it.ctx)
    assert visitor.get(link).status_code == visitor.get(link).status_code == 200
    refused = visitor.post(link, data={"languages": "English"})
    assert refused.status_code == 422 and "en:C1" in refused.text and 'value="English"' in refused.text
    assert visitor.post(link, data={"languages": "", "hours_per_week": "3"}).status_code == 422
    assert visitor.post(link, data={"languages": "en:C2; de:B1", "hours_per_week": "1"}).status_code == 303
    assert "your answers are kept" in words(visitor.get(link).text)
    assert status(it, "ana", "english") == "met"
    assert status(it, "ana", "hours") == "met", "only what was asked is taken"
    assert "answered" in words(manager.get(f"/shortlists/{it.shortlist}").text)
    assert audit.check(it.ctx).fault is None


def test_for_one_expert_a_new_link_ends_the_one_before(it: Listed, manager: TestClient) -> None:
    address = f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}/vet"
    (first,) = links(manager.post(address).text)
    (second,) = links(manager.post(address).text)
    visitor = browser(it.ctx)
    assert (visitor.get(first).status_code, visitor.get(second).status_code) == (410, 200)
    it.clock.pass_minutes(31 * 24 * 60)
    assert visitor.get(second).status_code == 410


def test_a_competency_nobody_knows_becomes_an_invitation_to_an_interview(it: Listed, manager: TestClient) -> None:
    asked = [{"id": "alpha", "kind": "must", "competency": "software.networking/transport", "min_level": 3}]
    projects.set_requirements(it.ctx, it.project, asked)
    row = matching.request_shortlist(it.ctx, it.project)
    made = manager.post(f"/shortlists/{row.public_id}/vet").text
    assert len(links(made)) == 3 and all(link.startswith("/i/") for link in links(made))
    assert "A follow-up for the project Judging answers on queues" in words(browser(it.ctx).get(links(made)[0]).text)
    shown = words(manager.get(f"/shortlists/{row.public_id}").text)
    assert "an interview on software.networking/transport (invited)" in shown
    assert "3 interviewing" in words(manager.get(f"/projects/{it.project}").text)
    again = inquiries.vet(it.ctx, row.public_id, by=MIA)
    assert {one.note for one in again} == {"an interview of this rubric is under way"}


def test_what_cannot_be_asked_says_why(it: Listed, manager: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "projects.jsonl"
    file.write_text(
        '{"id": "old", "title": "T", "brief": "b", "requirements":'
        ' [{"id": "x", "kind": "must", "competency": "gone.pack/skill", "min_level": 3}]}'
    )
    projects.import_projects(it.ctx, [file])
    row = matching.request_shortlist(it.ctx, "old")
    shown = words(manager.post(f"/shortlists/{row.public_id}/vet").text)
    assert "0 links are ready" in shown and "gone.pack is not installed here" in shown
