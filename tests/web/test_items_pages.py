"""Who owns a pack sees what is said against its questions, and withdraws one knowing what that changes."""

import html
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.cast import GOOD
from tests.domain.packs import rubric as small_rubric
from tests.web.site import Candidate, browser, candidate, site
from vetting.services import accounts, items
from vetting.services.context import Context

NAME = small_rubric().sha256[: items.SHORT]
ITEMS = f"/rubrics/{NAME}/items"
VAGUE = "It depends on many things in practice."
HOSTILE = "</p><script>alert(1)</script> {{ 7 * 7 }} Two questions in one."


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


@dataclass(frozen=True)
class Scene:
    """A recruiter at a browser, and a candidate who answered alpha-a badly and beta-a well, and then finished."""

    ctx: Context
    page: TestClient
    ana: Candidate

    def void(self, question: str, reason: str = "Two answers are right.") -> None:
        answer = self.page.post(f"{ITEMS}/{question}/void", data={"reason": reason})
        assert (answer.status_code, answer.headers["location"]) == (303, ITEMS)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    ctx = site(tmp_path)
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'owner@example.org', 'recruiter')}")
    ana = candidate(ctx)
    ana.begin()
    ana.page.post("/interview/dispute", data={"turn": 1, "reason": HOSTILE, "then": "stay"})
    for text in (VAGUE, VAGUE, GOOD):
        ana.say(ana.turn(), text)
    ana.page.post("/interview/finish")
    return Scene(ctx, page, ana)


def test_the_list_leads_from_a_pack_to_what_candidates_say_against_its_questions(scene: Scene) -> None:
    listed = scene.page.get("/rubrics").text
    assert f'href="{ITEMS}"' in listed and "nobody invited yet" in listed
    markup = scene.page.get(ITEMS).text
    assert "Two questions in one." in words(markup) and "{{ 7 * 7 }}" in markup
    assert "<script>alert" not in markup
    assert "not enough data" in words(markup)
    assert "Not enough data for 8 of 8 questions: it takes 10 answers." in words(markup)


def test_a_pack_nobody_was_asked_about_explains_itself_and_can_be_cleaned_beforehand(scene: Scene) -> None:
    name = items.find(scene.ctx, "software.networking").name
    told = words(scene.page.get(f"/rubrics/{name}/items").text)
    assert "Nobody has been asked yet" in told and "Invite somebody" in told
    question = next(items.find(scene.ctx, name).rubric.questions()).id
    assert "never asked in this version" in words(scene.page.get(f"/rubrics/{name}/items/{question}/void").text)
    assert scene.page.post(f"/rubrics/{name}/items/{question}/void", data={"reason": "Outdated."}).status_code == 303
    assert "Outdated." in words(scene.page.get(f"/rubrics/{name}/items").text)


def test_withdrawing_is_confirmed_on_a_page_that_says_how_many_scorecards_change(scene: Scene) -> None:
    told = words(scene.page.get(f"{ITEMS}/alpha-a/void").text)
    assert "1 scorecard would be worked out again without it" in told
    assert "1 recommendation of 1 would change" in told or "No recommendation among 1 scorecard would change" in told
    assert "3 questions of “Alpha” would be left" in told
    refused = scene.page.post(f"{ITEMS}/alpha-a/void", data={"reason": " "})
    assert refused.status_code == 422 and "Say why the question is withdrawn" in words(refused.text)
    scene.void("alpha-a")
    told = words(scene.page.get(ITEMS).text)
    assert "Withdrawn questions alpha-a Two answers are right. Withdrawn by owner@example.org" in told
    assert scene.page.post(f"{ITEMS}/alpha-a/void", data={"reason": "Again."}).status_code == 409


def test_the_candidate_is_told_plainly_and_reads_no_internal_reason(scene: Scene) -> None:
    scene.ana.read()
    before = words(scene.ana.page.get("/interview/done").text)
    assert "withdrawn" not in before
    scene.void("alpha-a", "Ben wrote nonsense here.")
    after = words(scene.ana.page.get("/interview/done").text)
    assert "One question you were asked was withdrawn afterwards" in after
    assert after.count("Nothing you said to it counts, for you or against you.") == 2  # the question and its follow-up
    assert "nonsense" not in after
    scene.page.post(f"{ITEMS}/alpha-a/restore")
    assert words(scene.ana.page.get("/interview/done").text) == before


def test_a_candidate_before_a_question_that_is_withdrawn_is_told_to_go_on(scene: Scene) -> None:
    ben = candidate(scene.ctx, name="Ben Sole")
    ben.begin()
    assert "has been withdrawn" not in ben.see()
    scene.void("alpha-a")
    assert "This question has been withdrawn" in words(ben.see())
    assert ben.page.post("/interview/skip", data={"turn": 1, "text": ""}).status_code == 303
    assert "has been withdrawn" not in ben.see() and ben.turn() == 2


def test_the_interview_shows_what_is_left_out_and_what_the_scorecard_was_before(scene: Scene) -> None:
    address = re.search(r"/interviews/[\w-]+", scene.page.get("/candidates").text)
    assert address is not None
    assert "earlier scorecard" not in scene.page.get(address[0]).text
    scene.void("alpha-a")
    told = words(scene.page.get(address[0]).text)
    assert "Left out, because it was withdrawn: alpha-a" in told and "1 earlier scorecard" in told
    assert "Withdrawn: what was said here does not count." in told
    record = scene.page.get(f"{address[0]}/export.json").json()
    assert record["scorecard"]["voided"] == ["alpha-a"]
    assert [c["withdrawn"] for c in record["scorecard_changes"]] == [["alpha-a"]]


def test_model_written_answers_are_rated_at_the_press_of_a_button(scene: Scene) -> None:
    version = items.find(scene.ctx, "software.networking")
    page = f"/rubrics/{version.name}/items"
    assert "Rate the model-written answers" in scene.page.get(page).text
    assert scene.page.post(f"/rubrics/{version.name}/model-answers").status_code == 303
    rated = [i for i in items.report(scene.ctx, version.name).items if i.model_answer is not None]
    assert len(rated) >= 20
    assert "Rate the model-written answers" not in scene.page.get(ITEMS).text  # none are shipped for this pack


def test_the_api_gives_the_same_figures(scene: Scene) -> None:
    key = accounts.create_api_key(scene.ctx, "tests")
    program = browser(scene.ctx)
    answer = program.get("/api/v1/rubrics/test.pack/items", headers={"authorization": f"Bearer {key}"}).json()
    assert (answer["rubric"], answer["version"], answer["interviews"]) == ("test.pack", "1.0.0", 1)
    first = answer["items"][0]
    assert (first["question"], first["asked"], first["disputes"], first["reasons"]) == ("alpha-a", 1, 1, [HOSTILE])
    assert first["difficulty"] is None and first["withdrawn"] is None
    scene.void("alpha-a")
    again = program.get(f"/api/v1/rubrics/{NAME}/items", headers={"authorization": f"Bearer {key}"}).json()
    assert again["items"][0]["withdrawn"]["by"] == "owner@example.org"


def test_reports_lead_to_the_questions(scene: Scene) -> None:
    assert 'href="/rubrics"' in scene.page.get("/reports").text
