"""The end of an interview as its candidate sees it: finishing early, withdrawing, notes, waiting, the feedback."""

from pathlib import Path
from typing import Any

import pytest

from tests.cast import GOOD
from tests.web.site import Candidate, browser, candidate, reworded, site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.interview_events import Finish
from vetting.services import accounts
from vetting.services.context import Context

HX = {"HX-Request": "true"}


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.fixture
def begun(ctx: Context) -> Candidate:
    who = candidate(ctx)
    who.begin()
    return who


def test_finishing_early_is_asked_for_on_a_page_of_its_own(ctx: Context, begun: Candidate) -> None:
    begun.say(1, GOOD)
    asked = begun.page.get("/interview/finish").text
    assert "You have given 1 answer," in asked and "not a low rating" in " ".join(asked.split())
    assert begun.page.post("/interview/finish").status_code == 303
    assert begun.page.get("/interview").headers["location"] == "/interview/done"
    with reading(ctx.engine) as session:
        assert load(session, ctx.org, begun.interview_id).state.finish is Finish.CANDIDATE


def test_withdrawing_makes_no_scorecard(ctx: Context, begun: Candidate) -> None:
    begun.say(1, GOOD)
    begun.page.post("/interview/withdraw")
    done = begun.page.get("/interview/done").text
    assert "You have withdrawn" in done and "Your feedback" not in done and GOOD in done


def test_the_feedback_shows_levels_with_their_range_and_the_words_they_rest_on(begun: Candidate) -> None:
    begun.to_the_end(GOOD)
    done = begun.page.get("/interview/done").text
    assert "Alpha" in done and 'aria-label="Level 4.' in done and "90 % interval" in done
    assert "Loss means the queue overflowed</blockquote>" in done and "counted for you" in done
    assert "Recommendations only; a person decides" in done and "advance" not in done


@pytest.mark.asvs("V15.3.1", "V8.2.3")
def test_the_feedback_does_not_give_the_rubric_away(begun: Candidate) -> None:
    begun.to_the_end("The window is halved after loss. I would say no more.")
    done = begun.page.get("/interview/done").text
    assert "The window is halved after loss</blockquote>" in done
    assert "Delay rises before loss on deep buffers" not in done and "alpha-a-middle" not in done
    assert "read as congestion" not in done and "UDP slows down" not in done


def test_a_topic_without_evidence_is_not_rated_and_that_is_not_low(begun: Candidate) -> None:
    begun.to_the_end("I do not know.")
    done = begun.page.get("/interview/done").text
    assert "not rated" in done and "It is not a low rating" in done and "Level" not in done


def test_while_it_is_being_rated_the_page_waits_and_says_so(tmp_path: Path) -> None:
    class Later:
        def enqueue(self, session: Any, job: str, workflow_id: str, *ids: int) -> None:
            """Some other process runs it."""

    who = candidate(site(tmp_path, jobs=Later()))
    who.begin()
    who.page.post("/interview/finish")
    who.read()
    done = who.page.get("/interview/done")
    assert "being rated" in done.text and "data-waiting" in done.text and 'http-equiv="refresh"' in done.text
    part = who.page.get("/interview/done", headers=HX).text
    assert part.lstrip().startswith("<section") and "data-waiting" in part


def test_each_answer_takes_one_note_of_at_most_sixty_words(begun: Candidate) -> None:
    begun.say(1, GOOD)
    begun.page.post("/interview/finish")
    long = begun.page.post("/interview/note", data={"turn": 1, "text": "word " * 61})
    assert long.status_code == 422 and "this one has 61" in long.text and "word word" in long.text
    first = begun.page.post("/interview/note", data={"turn": 1, "text": "I meant the queue."})
    assert first.headers["location"] == "/interview/done#answer-1"
    assert "I meant the queue." in begun.page.get("/interview/done").text
    assert begun.page.post("/interview/note", data={"turn": 1, "text": "more"}).status_code == 409


def test_the_link_opens_the_feedback_again_after_the_end(ctx: Context, begun: Candidate) -> None:
    begun.page.post("/interview/finish")
    later = Candidate(browser(ctx), begun.token, begun.interview_id)
    assert "This interview is finished" in later.page.get(f"/i/{begun.token}").text
    later.page.post(f"/i/{begun.token}")
    assert later.page.get("/interview", follow_redirects=True).status_code == 200


def test_the_wording_that_was_answered_is_read_again_with_the_answer(ctx: Context) -> None:
    who = candidate(ctx, reworded())
    who.begin()
    who.page.post("/interview/rephrase", data={"turn": 1})
    who.say(1, GOOD)
    other = "In other words: what does alpha-a do?"
    assert other in who.see(), "folded above the next question"
    with reading(ctx.engine) as session:
        public_id = load(session, ctx.org, who.interview_id).row.public_id
    staff = browser(ctx)
    staff.post(f"/sign-in/{accounts.add_user(ctx, 'rita@example.org', 'recruiter')}")
    assert other in staff.get(f"/interviews/{public_id}").text
    who.page.post("/interview/finish")
    assert other in who.see()
    assert other in staff.get(f"/interviews/{public_id}/review").text
