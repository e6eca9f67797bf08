"""The candidate's own page and what surrounds it, without script: asking, contesting, exporting, erasing, checking."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.cast import GOOD
from tests.web.site import Candidate, browser, candidate, site
from vetting.db.engine import reading
from vetting.db.own_queries import accommodations
from vetting.domain.accommodation import AccommodationKind
from vetting.domain.typography import NO_BREAK
from vetting.services import accounts
from vetting.services.context import Context
from vetting.web.security import CANDIDATE_COOKIE


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.fixture
def ana(ctx: Context) -> Candidate:
    return candidate(ctx)


@pytest.fixture
def finished(ana: Candidate) -> Candidate:
    ana.begin(profile="true")
    ana.say(1, GOOD)
    ana.page.post("/interview/finish")
    ana.read()
    return ana


def staff(ctx: Context, role: str) -> TestClient:
    page = browser(ctx)
    assert page.post(f"/sign-in/{accounts.add_user(ctx, f'{role}@example.org', role)}").status_code == 303
    return page


def told(page: TestClient, path: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.get(path, follow_redirects=True).text)).split())


def asked_for(ctx: Context, interview_id: int) -> dict[str, str]:
    with reading(ctx.engine) as session:
        return {kind.value: row.text for kind, row in accommodations(session, ctx.org, interview_id).items()}


def test_more_time_and_breaks_are_met_by_the_page_and_told_to_nobody(ctx: Context, ana: Candidate) -> None:
    ana.page.post(f"/i/{ana.token}", data={"interview": "true", "need": ["more_time", "breaks"]})
    assert set(asked_for(ctx, ana.interview_id)) == {"more_time", "breaks"}
    page = ana.see()
    assert 'data-planned="60"' in page and 'data-break="15"' in page
    for role in ("recruiter", "reviewer"):
        assert "needs something" not in told(staff(ctx, role), "/candidates")


def test_a_wish_reaches_who_arranges_and_nobody_who_rates(ctx: Context, ana: Candidate) -> None:
    ana.page.post(f"/i/{ana.token}", data={"interview": "true", "wish": "Large type, please."})
    ana.say(1, GOOD)
    recruiter, reviewer = told(staff(ctx, "recruiter"), "/candidates"), told(staff(ctx, "reviewer"), "/candidates")
    assert "Ana Reyes needs an adjustment" in recruiter and "Large type, please." in recruiter
    assert "Large type" not in reviewer and "something otherwise" not in reviewer


def test_a_wish_that_is_too_long_is_said_and_nothing_has_begun(ctx: Context, ana: Candidate) -> None:
    refused = ana.page.post(f"/i/{ana.token}", data={"interview": "true", "profile": "true", "wish": "x" * 1001})
    assert refused.status_code == 422 and "at most 1,000 characters" in refused.text and "x" * 1001 in refused.text
    assert re.search(r'name="profile" value="true" checked', refused.text)
    assert asked_for(ctx, ana.interview_id) == {}
    assert ana.page.get("/interview").status_code == 401


def test_a_person_can_be_asked_for_before_anything_has_begun(ctx: Context, ana: Candidate) -> None:
    assert ana.page.post(f"/i/{ana.token}/person", data={"text": "I stammer."}).status_code == 303
    assert "You asked for a person instead of the program" in told(ana.page, f"/i/{ana.token}")
    assert asked_for(ctx, ana.interview_id) == {AccommodationKind.PERSON.value: "I stammer."}
    assert "Ana Reyes asks for a person instead of the program" in told(staff(ctx, "recruiter"), "/candidates")


def test_the_transcript_is_read_before_the_levels_are_shown(ana: Candidate) -> None:
    ana.begin()
    ana.say(1, GOOD)
    ana.page.post("/interview/finish")
    before = told(ana.page, "/interview/done")
    assert "Before you go: read what you said" in before and GOOD in before and "Your feedback" not in before
    assert ana.page.post("/interview/note", data={"turn": 1, "text": "The last router."}).status_code == 303
    assert ana.page.post("/interview/read").headers["location"] == "/interview/done"
    assert ana.page.post("/interview/read").status_code == 303
    after = told(ana.page, "/interview/done")
    assert "Your feedback" in after and "The last router." in after


def test_reading_is_for_an_interview_that_is_over(ana: Candidate) -> None:
    ana.begin()
    assert ana.page.post("/interview/read").status_code == 409


def test_a_result_is_contested_and_staff_see_it(ctx: Context, finished: Candidate) -> None:
    assert "Contest this level" in told(finished.page, "/interview/done")
    refused = finished.page.post("/interview/contest", data={"reason": " ", "topic": "alpha"})
    assert refused.status_code == 422 and "say what is wrong" in refused.text
    kept = finished.page.post("/interview/contest", data={"reason": "<b>Misread</b>", "topic": "alpha"})
    assert kept.status_code == 303
    page = told(finished.page, kept.headers["location"].split("#")[0])
    assert "Your appeal is stored" in page and "<b>Misread</b>" in page and "Alpha" in page
    recruiter = staff(ctx, "recruiter")
    assert "Ana Reyes contests Alpha" in told(recruiter, "/candidates")
    listed = recruiter.get("/candidates").text
    person = re.search(r'href="(/candidates/[\w-]+)">Ana', listed)
    assert person and "What Ana Reyes asks for" in told(recruiter, person[1])
    assert "&lt;b&gt;Misread" in recruiter.get(person[1]).text


def test_consent_to_other_projects_is_taken_back_and_given_again(finished: Candidate) -> None:
    assert "proposed for other fitting projects: yes" in told(finished.page, "/me")
    finished.page.post("/me/consent")
    assert "proposed for other fitting projects: no" in told(finished.page, "/me")
    finished.page.post("/me/consent", data={"profile": "true"})
    assert "proposed for other fitting projects: yes" in told(finished.page, "/me")


def test_a_person_is_asked_for_on_ones_own_page_too(finished: Candidate) -> None:
    answer = finished.page.post("/me/person", data={"text": "Please call."})
    assert answer.status_code == 303
    assert "You asked for a person on" in told(finished.page, "/me")
    assert finished.page.post("/me/person", data={"text": "x" * 1001}).status_code == 422


def test_a_signed_result_is_checked_by_anybody_and_a_changed_one_refused(ctx: Context, finished: Candidate) -> None:
    address = re.search(r'href="(/me/results/[\w-]+\.json)"', finished.page.get("/me").text)
    assert address
    file = finished.page.get(address[1])
    assert "attachment" in file.headers["content-disposition"]
    stranger = browser(ctx)
    checked = stranger.post("/verify", files={"file": ("result.json", file.content)})
    assert checked.status_code == 200 and "it still stands" in checked.text and "Ana Reyes" in checked.text
    assert stranger.post("/verify", data={"text": file.text}).status_code == 200
    changed = json.dumps(file.json() | {"person": "Eve"})
    refused = stranger.post("/verify", data={"text": changed})
    assert refused.status_code == 422 and "signature does not fit" in refused.text and "Eve" in refused.text
    assert "Choose the file" in stranger.post("/verify").text


def test_nobody_gets_the_result_or_page_of_somebody_else(ctx: Context, finished: Candidate) -> None:
    other = candidate(ctx, name="Ben Okri")
    other.begin()
    address = re.search(r'href="(/me/results/[\w-]+\.json)"', finished.page.get("/me").text)
    assert address and other.page.get(address[1]).status_code == 404
    assert "Ana Reyes" not in other.page.get("/me").text


def test_the_export_is_a_zip_of_ones_own_words(finished: Candidate) -> None:
    file = zipfile.ZipFile(io.BytesIO(finished.page.get("/me/export.zip").content))
    assert sorted(file.namelist()) == ["README.txt", "record.json", "transcripts/1-test.pack.txt"]
    assert GOOD in file.read("record.json").decode()


def test_erasing_asks_twice_and_then_nothing_is_left_to_open(ctx: Context, finished: Candidate) -> None:
    assert "This cannot be taken back" in told(finished.page, "/me/erase")
    refused = finished.page.post("/me/erase")
    assert refused.status_code == 422 and "Tick the box first" in refused.text
    assert GOOD in html.unescape(finished.page.get("/interview/done").text)
    done = finished.page.post("/me/erase", data={"sure": "true"})
    assert done.status_code == 200 and "Everything about you is deleted" in done.text
    assert CANDIDATE_COOKIE not in finished.page.cookies
    assert finished.page.get("/me").status_code == 401
    assert finished.page.get(f"/i/{finished.token}").status_code == 410
    assert "Ana Reyes" not in told(staff(ctx, "recruiter"), "/candidates")


def test_a_running_interview_is_erased_with_its_draft(ana: Candidate) -> None:
    ana.begin()
    ana.page.post("/interview/draft", data={"turn": 1, "text": "half a thought"})
    assert "Drafts" in told(ana.page, "/me")
    assert ana.page.post("/me/erase", data={"sure": "true"}).status_code == 200
    assert ana.page.get("/interview").status_code == 401


def test_a_question_keeps_its_numbers_with_their_units(tmp_path: Path) -> None:
    from tests.domain.packs import rubric

    document = rubric().model_dump(mode="json")
    for competency in document["competencies"]:
        for question in competency["questions"]:
            question["text"] = f"What does {question['id']} do within 2 s on a link of 100 Mbit/s?"
    who = candidate(site(tmp_path), type(rubric()).model_validate(document))
    who.begin()
    assert f"within 2{NO_BREAK}s on a link of 100{NO_BREAK}Mbit/s?" in who.see()


def test_the_style_page_is_for_development_only(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    assert browser(ctx).get("/styleguide").status_code == 200
    ctx.settings.env = "production"
    assert browser(ctx).get("/styleguide").status_code == 404
