"""Signals, defences and likenesses as pages show them: to the candidate too, as questions, never as findings."""

from pathlib import Path

from tests.cast import GOOD
from tests.web.site import candidate, site
from tests.web.staff import house
from vetting.db.engine import reading
from vetting.db.queries import candidate_by_imported_id, interview
from vetting.domain.interview_events import FinishNow
from vetting.services import interviews


def test_the_candidate_sees_what_was_recorded_on_the_page_and_in_the_transcript(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    ana = candidate(ctx)
    ana.begin()
    sent = ana.page.post("/interview/signal", data={"turn": "1", "number": "1", "kind": "paste", "amount": "240"})
    assert sent.status_code == 204
    page = ana.see()
    assert "Recorded with this answer: <span>240 characters pasted once</span>" in page and "never rated" in page
    ana.say(1, GOOD)
    assert "240 characters pasted once" in ana.see()
    ana.page.post("/interview/finish")
    assert "240 characters pasted once" in ana.page.get("/interview/done").text


def test_a_signal_for_a_closed_turn_or_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    ana = candidate(ctx)
    ana.begin()
    body = {"turn": "7", "number": "1", "kind": "paste", "amount": "240"}
    assert ana.page.post("/interview/signal", data=body).status_code == 409
    assert ana.page.post("/interview/signal", data=body | {"turn": "1", "kind": "keys"}).status_code == 422


def test_the_scorecard_shows_defences_beside_their_answers(tmp_path: Path) -> None:
    home = house(tmp_path)
    page = home.user("recruiter").get(f"/interviews/{home.interview}").text
    assert "Answers and their defences" in page and "never deducted" in page
    assert "mostly repeats the answer" in page


def test_a_near_copy_is_a_question_on_both_pages_with_both_sources(tmp_path: Path) -> None:
    home = house(tmp_path)
    ctx = home.ctx
    with reading(ctx.engine) as session:
        ben = candidate_by_imported_id(session, ctx.org, "x-2")
        running = interview(session, ctx.org, home.running).id or 0
        ben_page = f"/candidates/{ben.public_id}"
    interviews.do(ctx, running, FinishNow())
    recruiter = home.user("recruiter")
    for address, other in ((f"/interviews/{home.interview}", "Ben Sole"), (ben_page, "Ana Reyes")):
        page = recruiter.get(address).text
        assert "Questions for a person" in page and f"</a> of {other}. Do both have it" in page
