"""Levels in words: on the candidate's page, on the recruiter's scorecard, in the API."""

import html
import re
from pathlib import Path

import pytest

from tests.domain.told import pack as told_pack
from tests.services.test_with_a_model import with_model
from tests.web.site import Candidate, candidate, site
from tests.web.staff import House, house
from vetting.db.engine import reading
from vetting.db.models import ScorecardRow
from vetting.domain.rubric import Rubric
from vetting.llm.fake_server import FakeServer

HALVED = "The window is halved after loss. I would say no more."


@pytest.fixture
def begun(tmp_path: Path) -> Candidate:
    who = candidate(site(tmp_path))
    who.begin()
    return who


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


def done(who: Candidate, said: str) -> str:
    """The page after an interview in which everything was answered alike."""
    who.to_the_end(said)
    return who.page.get("/interview/done").text


def test_the_feedback_says_in_words_what_the_level_means_and_what_comes_next(begun: Candidate) -> None:
    page = done(begun, HALVED)
    assert "Around this level, answers" in page and "Next step" in page and "To reach level" in page
    assert "Least was shown in answer 1." in page and "What it lacked most was" in page
    assert "language model" not in page.split("Your feedback")[1].split("What was said")[0]


def test_sources_of_the_pack_are_offered_and_only_web_addresses_become_links(tmp_path: Path) -> None:
    document = told_pack().model_dump(mode="json")
    document["sources"][0]["url"] = "javascript:alert(1)"
    who = candidate(site(tmp_path), Rubric.model_validate(document))
    who.begin()
    page = done(who, HALVED)
    assert "A Book on Waiting, Some Press, 1999" in page and "javascript:" not in page
    assert '<a href="https://example.org/notes" rel="noreferrer">Notes</a>' in page


def test_a_mistake_is_called_one_and_not_counted_for_the_candidate(begun: Candidate) -> None:
    page = done(begun, f"I think UDP slows down by itself. {HALVED}")
    quoted = page.split('quote-against">UDP slows down by itself</blockquote>')[1]
    assert "read as a mistake" in quoted.split("</div>")[0]
    assert "You wrote <q>UDP slows down by itself</q> (answer 1), which was read as a mistake." in page
    assert "put to others too" in page


def test_markup_in_an_answer_stays_text_in_the_words_about_it(tmp_path: Path) -> None:
    document = told_pack().model_dump(mode="json")
    for question in (q for c in document["competencies"] for q in c["questions"]):
        question["misconceptions"][0]["statement"] = "<script>alert(1)</script> is right"
    who = candidate(site(tmp_path), Rubric.model_validate(document))
    who.begin()
    page = done(who, f"<script>alert(1)</script> is right, I say. {HALVED}")
    assert "<q>&lt;script&gt;alert(1)&lt;/script&gt; is right</q>" in page and "<script>alert(1)" not in page


def test_the_recruiter_reads_the_scorecard_in_words_above_the_charts_with_quotes_that_lead_on(home: House) -> None:
    page = home.user("recruiter").get(f"/interviews/{home.interview}").text
    words, charts = page.index("The scorecard in words"), page.index('id="competencies-title"')
    assert words < charts
    told = page[words:charts]
    assert "One more question would bring the standard error" in told and "A person decides." in told
    for turn in re.findall(r'<a class="said" href="#t(\d+)"><q>', told):
        assert f'id="t{turn}"' in page


def test_the_api_gives_the_explanation_with_its_quotes(home: House) -> None:
    document = home.program().get(f"/api/v1/interviews/{home.interview}/scorecard").json()
    explanation, card = document["explanation"], document["scorecard"]
    assert card["why"] in explanation["headline"]
    assert [c["id"] for c in explanation["competencies"]] == [c["id"] for c in card["competencies"]]
    page = html.unescape(home.user("recruiter").get(f"/interviews/{home.interview}").text)
    for competency in explanation["competencies"]:
        assert 2 <= len(competency["sentences"]) <= 4
        for quote in competency["quotes"]:
            assert quote["text"] in page and any(f"“{quote['text']}”" in s for s in competency["sentences"])


def worded(folder: Path, mode: str) -> tuple[str, ScorecardRow]:
    """The page of a candidate whose feedback went to a model of that mode, and what was kept of its words."""
    with FakeServer(mode=mode) as server:
        ctx = with_model(folder, server, admitted="another")
        who = candidate(ctx, name="Ana Reyes")
        who.begin()
        who.page.post("/interview/finish")
        who.read()
        page = who.page.get("/interview/done").text
        assert any("## Paragraphs" in r["messages"][1]["content"] for r in server.requests)
    with reading(ctx.engine) as session:
        row = session.get(ScorecardRow, 1)
    assert row is not None
    return html.unescape(page), row


def test_a_rewording_that_passes_is_shown_with_the_name_of_the_model(tmp_path: Path) -> None:
    page, row = worded(tmp_path, "honest")
    assert row.reworded is not None and set(row.reworded["texts"]) == {"alpha", "beta"}
    assert "No question on this topic was put to you. So one answered question would change that." in page
    assert "Worded by the language model fake; a program made sure that it added nothing." in page


def test_a_rewording_that_adds_something_is_dropped_and_the_plain_text_says_nothing_about_a_model(
    tmp_path: Path,
) -> None:
    page, row = worded(tmp_path, "hostile")
    assert row.reworded is not None and row.reworded["texts"] == {}
    assert "One answered question would change that." in page
    assert "Excellent" not in page and "Worded by" not in page


def test_without_an_answer_of_the_model_the_plain_text_stands(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server, admitted="another")
        who = candidate(ctx)
        who.begin()
    who.page.post("/interview/finish")
    who.read()
    page = who.page.get("/interview/done").text
    assert "One answered question would change that." in page and "Worded by" not in page
