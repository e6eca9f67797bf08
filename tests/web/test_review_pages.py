"""Review: what needs a person, rating before the machine's ratings are seen, settling, deciding, confirming."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from tests import databases
from tests.cast import Clock, invited, with_clock
from tests.web.site import browser, site
from tests.web.test_recruiter_pages import text_of
from vetting.db.audit_models import AuditEntry
from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import Candidate, Interview, ScorecardRow
from vetting.db.review_models import Decision, Review, ScorecardSight
from vetting.domain.interview_events import SubmitAnswer
from vetting.services import accounts, appeals, audit, interviews, reviews
from vetting.services.context import Context

T = TypeVar("T")
ALL = "Loss means the queue overflowed. The window is halved after loss. Delay rises before loss on deep buffers."
SOME = "The window is halved after loss. I would say no more."
LITTLE = "Loss means the queue overflowed, nothing else comes to my mind. UDP slows down by itself."
OWN = {"level:alpha": "4", "note:alpha": "Knows why", "level:beta": "none"}
MACHINE = ("Composite", "do not advance", "needs a person", 'class="interval"', "probability", "shown:")


@cache
def interviewed() -> tuple[dict[str, bytes], tuple[str, ...]]:
    """A database with three finished interviews, made once, and their public ids: all shown, some, next to nothing."""
    with TemporaryDirectory() as folder:
        ctx = site(Path(folder))
        made = [finished(ctx, said, name) for said, name in ((ALL, "Ada All"), (SOME, "Bo Some"), (LITTLE, "Cy Low"))]
        ctx.engine.dispose()
        return databases.kept(ctx.settings.data_dir), tuple(made)


def finished(ctx: Context, said: str, name: str) -> str:
    """A finished interview in which every question was answered alike; its public id."""
    made = invited(ctx, name=name)
    interviews.begin(ctx, made.interview_id, {"interview": True})
    for turn in range(1, 40):
        with reading(ctx.engine) as session:
            if load(session, ctx.org, made.interview_id).state.current is None:
                break
        interviews.submit_answer(ctx, made.interview_id, SubmitAnswer(turn=turn, text=said))
    return made.public_id


class Desk:
    """A service with three finished interviews and people who review them."""

    def __init__(self, folder: Path) -> None:
        database, (self.all, self.some, self.low) = interviewed()
        self.clock = Clock()
        self.ctx: Context = with_clock(site(folder, database), self.clock)

    def stand(self, public_id: str, concern: str | None, recommendation: str, worth: float = 0.0) -> None:
        """Put a scorecard where a test needs it."""
        with writing(self.ctx.engine) as session:
            key = session.exec(select(Interview.id).where(Interview.public_id == public_id)).one()
            row = session.exec(select(ScorecardRow).where(ScorecardRow.interview_id == key)).one()
            row.concern, row.recommendation, row.worth = concern, recommendation, worth
            row.document = row.document | {"recommendation": recommendation}
            session.add(row)

    def user(self, email: str = "rita@example.org", role: str = "reviewer") -> TestClient:
        """A browser that is signed in."""
        page = browser(self.ctx)
        page.post(f"/sign-in/{accounts.add_user(self.ctx, email, role)}")
        return page

    def rows(self, model: type[T]) -> list[T]:
        """Everything in a table."""
        with reading(self.ctx.engine) as session:
            return list(session.exec(select(model)).all())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_review_page_shows_what_was_said_and_nothing_of_what_the_machine_made_of_it(desk: Desk) -> None:
    one = desk.some
    shown = desk.user().get(f"/interviews/{one}/review").text
    assert SOME in html.unescape(shown) and "level 4" in text_of(shown) and "Cannot judge" in shown
    assert [word for word in MACHINE if word in shown] == [] and "<mark data-quotes" not in shown


def test_after_saving_both_stand_side_by_side_and_the_first_rating_stays_for_good(desk: Desk) -> None:
    one = desk.some
    page = desk.user()
    assert page.post(f"/interviews/{one}/review", data=OWN).status_code == 303
    shown = text_of(page.get(f"/interviews/{one}/review").text)
    assert "You rated blind" in shown and "Knows why" in shown and "only the machine could tell" in shown
    again = page.post(f"/interviews/{one}/review", data=OWN | {"level:alpha": "1"})
    assert again.status_code == 409
    decided = {"choice": "advance", "level:alpha": "2", "why:alpha": "I misread the second answer"}
    assert page.post(f"/interviews/{one}/decision", data=decided | {"reason": "Settled"}).status_code == 303
    (review,) = desk.rows(Review)
    assert review.blind["alpha"] == {"level": 4, "note": "Knows why"} and review.blind["beta"]["level"] is None
    assert review.settled is not None and review.settled["alpha"]["level"] == 2


def test_what_speaks_against_somebody_who_was_wrong_nowhere_is_what_was_not_shown(desk: Desk) -> None:
    page = desk.user()
    page.post(f"/interviews/{desk.some}/review", data=OWN)
    shown = text_of(page.get(f"/interviews/{desk.some}/review").text)
    side = shown[shown.index("Speaks most against") :]
    assert side.index("Asked about and not shown") < side.index("The most that was shown")


def test_what_a_person_decided_stands_before_what_the_rating_alone_said(desk: Desk) -> None:
    page, one = desk.user(role="recruiter"), desk.some
    desk.stand(one, "borderline", "needs_person")
    with reading(desk.ctx.engine) as session:
        of = session.exec(select(Candidate).where(Candidate.name == "Bo Some")).one().public_id
    page.post(f"/interviews/{one}/review", data=OWN)
    places = ("/candidates", "/candidates?show=state", f"/candidates/{of}", f"/interviews/{one}/review",
              f"/interviews/{one}")  # fmt: skip
    assert all("the rating alone" not in page.get(place).text for place in places)
    page.post(f"/interviews/{one}/decision", data={"choice": "do_not_advance", "reason": "Too little"})
    for place in places:
        shown = page.get(place).text
        said = shown[shown.index("Bo Some") :]
        said = said[: said.index("</tr>")] if place.split("?")[0] == "/candidates" else said
        assert "do not advance" in text_of(said) and "the rating alone: needs a person" in text_of(said), place
        assert 'chip-attention"><span aria-hidden="true">?</span> needs a person' not in said, place


def test_a_competency_left_out_is_named_and_what_was_typed_stays(desk: Desk) -> None:
    one = desk.some
    answer = desk.user().post(f"/interviews/{one}/review", data={"level:beta": "4", "note:beta": "Knows why"})
    assert answer.status_code == 422 and "Alpha: choose a level" in text_of(answer.text)
    assert "Knows why</textarea>" in answer.text and re.search(r'value="4" checked', answer.text)
    assert desk.rows(Review) == [] and [word for word in MACHINE if word in answer.text] == []


def test_a_look_is_about_the_competency_of_which_least_is_known_and_the_other_is_left_to_the_machine(
    desk: Desk,
) -> None:
    one, page = desk.some, desk.user()
    shown = text_of(page.get(f"/interviews/{one}/review").text)
    assert "This look is about 1 of 2 competencies" in shown and "Rate the other competency too" in shown
    assert page.post(f"/interviews/{one}/review", data={"level:alpha": "4"}).status_code == 303
    beside = text_of(page.get(f"/interviews/{one}/review").text)
    assert "Left to the machine: Beta" in beside and "You: 4" in beside
    decided = {"choice": "advance", "level:alpha": "4", "reason": "Shown in alpha"}
    assert page.post(f"/interviews/{one}/decision", data=decided).status_code == 303
    (review,) = desk.rows(Review)
    assert set(review.blind) == set(review.settled or {}) == {"alpha"}


def test_what_is_to_be_rated_is_counted_alone_and_what_lies_within_half_a_level_is_in_line(desk: Desk) -> None:
    one, page = desk.some, desk.user()
    shown = page.get(f"/interviews/{one}/review").text
    assert "about 1 of 2 competencies" in text_of(shown) and 'class="over">1 of' not in shown
    assert "One level for all its questions" in shown, "how two answers come to one level"
    with writing(desk.ctx.engine) as session:
        row = session.exec(select(ScorecardRow).order_by(col(ScorecardRow.id))).all()[1]
        first, *rest = row.document["competencies"]
        row.document = row.document | {"competencies": [first | {"level": 3.71, "interval": [3.0, 4.5]}, *rest]}
        session.add(row)
    page.post(f"/interviews/{one}/review", data=OWN)
    assert "Machine: 3.71 in line: less than half a level apart" in text_of(page.get(f"/interviews/{one}/review").text)


def test_whoever_asks_for_more_says_what_to_ask(desk: Desk) -> None:
    page = desk.user()
    page.post(f"/interviews/{desk.some}/review", data=OWN)
    refused = page.post(f"/interviews/{desk.some}/decision", data={"choice": "ask_more"})
    assert refused.status_code == 422 and "Say in a few words what to ask" in text_of(refused.text)
    assert desk.rows(Decision) == []


def test_who_opened_the_scorecard_first_does_not_rate_blind(desk: Desk) -> None:
    one = desk.some
    seen, unseen = desk.user("seen@example.org"), desk.user("unseen@example.org")
    assert "Composite" in seen.get(f"/interviews/{one}").text and seen.get(f"/interviews/{one}").status_code == 200
    for page in (seen, unseen):
        page.post(f"/interviews/{one}/review", data=OWN)
    assert [review.unseen for review in desk.rows(Review)] == [False, True]
    assert len(desk.rows(ScorecardSight)) == 1
    assert "does not count as blind" in text_of(seen.get(f"/interviews/{one}/review").text)


def test_a_changed_rating_and_a_decision_against_the_machine_need_a_reason(desk: Desk) -> None:
    one = desk.all
    desk.stand(one, "flagged", "do_not_advance")
    page = desk.user()
    page.post(f"/interviews/{one}/review", data=OWN)
    changed = page.post(f"/interviews/{one}/decision", data={"choice": "do_not_advance", "level:alpha": "1"})
    assert changed.status_code == 422 and "Alpha: you changed your rating" in text_of(changed.text)
    against = page.post(f"/interviews/{one}/decision", data={"choice": "advance"})
    assert against.status_code == 422 and "against the recommendation" in text_of(against.text)
    none = page.post(f"/interviews/{one}/decision", data={"choice": ""})
    assert none.status_code == 422 and desk.rows(Decision) == []


def test_nobody_decides_before_rating(desk: Desk) -> None:
    one = desk.some
    answer = desk.user().post(f"/interviews/{one}/decision", data={"choice": "advance", "reason": "A good feeling"})
    assert answer.status_code == 409 and "Rate this interview yourself first" in text_of(answer.text)


def test_deciding_again_replaces_and_keeps_what_was_before(desk: Desk) -> None:
    one = desk.some
    page = desk.user()
    page.post(f"/interviews/{one}/review", data=OWN)
    for choice in ("ask_more", "advance"):
        sent = {"choice": choice, "reason": f"Because {choice}"}
        assert page.post(f"/interviews/{one}/decision", data=sent).status_code == 303
    assert [(d.choice, d.current) for d in desk.rows(Decision)] == [("ask_more", False), ("advance", True)]
    shown = text_of(page.get(f"/interviews/{one}/review").text)
    assert "Decided: advance" in shown and "1 earlier decision" in shown and "Because ask_more" in shown


def test_an_appeal_stands_on_the_home_page_until_somebody_decides_after_it(desk: Desk) -> None:
    page = desk.user()
    page.post(f"/interviews/{desk.some}/review", data=OWN)
    page.post(f"/interviews/{desk.some}/decision", data={"choice": "do_not_advance", "reason": "Too little"})
    assert "Contested results" not in page.get("/").text
    desk.clock.pass_minutes(1)
    with reading(desk.ctx.engine) as session:
        key = session.exec(select(Interview.id).where(Interview.public_id == desk.some)).one()
    assert key is not None
    appeals.contest(desk.ctx, key, "Answer 2 was misread.")
    shown = text_of(page.get("/").text)
    assert "Contested results" in shown and "Bo Some contests the whole result" in shown
    desk.clock.pass_minutes(1)
    page.post(f"/interviews/{desk.some}/decision", data={"choice": "ask_more", "reason": "Read again"})
    assert "Contested results" not in page.get("/").text


def test_the_chain_holds_who_rated_and_decided_and_no_word_of_it(desk: Desk) -> None:
    one = desk.some
    page = desk.user()
    page.post(f"/interviews/{one}/review", data=OWN)
    page.post(f"/interviews/{one}/decision", data={"choice": "ask_more", "reason": "Ask about buffers"})
    rated, decided = (one for one in desk.rows(AuditEntry) if not one.action.startswith("user."))
    assert rated.action == "review.rate" and rated.detail["level:alpha"] == 4 and rated.detail["level:beta"] is None
    assert decided.detail["choice"] == "ask_more" and "buffers" not in str(decided.detail)
    assert audit.check(desk.ctx).fault is None


def test_what_the_machine_is_sure_of_is_confirmed_beside_the_quote_that_decides_it(desk: Desk) -> None:
    one, two = desk.low, desk.some
    desk.stand(one, None, "do_not_advance")
    desk.stand(two, "borderline", "needs_person")
    desk.stand(desk.all, "borderline", "needs_person")
    page = desk.user()
    shown = page.get("/confirm").text
    assert "Cy Low" in shown and "UDP slows down by itself" in text_of(shown)
    assert "Asked about and not shown" in text_of(shown)
    sent = {"choice": "do_not_advance", "confirm": "1", "opened": f"{desk.clock().timestamp():.0f}"}
    desk.clock.pass_minutes(0.5)
    assert page.post(f"/interviews/{two}/decision", data=sent).status_code == 409
    assert page.post(f"/interviews/{one}/decision", data=sent | {"choice": "advance"}).status_code == 409
    assert page.post(f"/interviews/{one}/decision", data=sent).status_code == 303
    assert page.post(f"/interviews/{one}/decision", data=sent).status_code == 409
    (decision,) = desk.rows(Decision)
    assert decision.confirmed and decision.seconds == 30 and decision.turn is not None
    assert "Nothing to confirm" in page.get("/confirm").text


def test_home_orders_by_the_worth_of_a_look_and_says_one_reason_and_minutes(desk: Desk) -> None:
    for public_id, concern, worth in (
        (desk.all, "borderline", 0.2), (desk.some, "flagged", 0.6), (desk.low, None, 0.01)
    ):  # fmt: skip
        desk.stand(public_id, concern, "needs_person" if concern else "advance", worth)
    page = desk.user()
    shown = text_of(page.get("/").text)
    assert shown.index("Bo Some") < shown.index("Ada All") and "Cy Low" not in shown
    assert "An answer was flagged." in shown and "Near the cut" in shown and "about 1 min" in shown
    assert "2 interviews want a second look" in shown and "1 recommendation waits" in shown
    page.post(f"/interviews/{desk.some}/review", data=OWN)
    page.post(f"/interviews/{desk.some}/decision", data={"choice": "ask_more", "reason": "Ask again"})
    assert "Bo Some" not in page.get("/").text


def test_an_interview_that_is_not_rated_yet_cannot_be_reviewed(desk: Desk) -> None:
    one = invited(desk.ctx, name="Di New")
    answer = desk.user().get(f"/interviews/{one.public_id}/review")
    assert answer.status_code == 409 and "can be reviewed once it is" in text_of(answer.text)


def test_the_time_of_a_decision_is_known_and_capped(desk: Desk) -> None:
    one = desk.some
    page = desk.user()
    opened = f"{desk.clock().timestamp():.0f}"
    desk.clock.pass_minutes(3)
    page.post(f"/interviews/{one}/review", data=OWN | {"opened": opened})
    desk.clock.pass_minutes(100)
    page.post(f"/interviews/{one}/decision", data={"choice": "ask_more", "reason": "Ask again", "opened": opened})
    assert (desk.rows(Review)[0].seconds, desk.rows(Decision)[0].seconds) == (180, 1800)
    report = text_of(page.get("/reports/hiring").text)
    assert "33.0 min" in report and "Not enough data: 1 interview was rated blind" in report


def test_a_time_that_is_none_is_left_out(desk: Desk) -> None:
    times = ("", "soon", "nan", "inf", "-inf", "1e300")
    assert [reviews.spent(desk.ctx, opened) for opened in times] == [None] * len(times)


def test_what_reviewers_write_is_text_and_not_markup(desk: Desk) -> None:
    one = desk.some
    hostile = "<script>alert(1)</script>"
    page = desk.user()
    page.post(f"/interviews/{one}/review", data=OWN | {"note:alpha": hostile})
    page.post(f"/interviews/{one}/decision", data={"choice": "ask_more", "reason": hostile})
    for address in (f"/interviews/{one}/review", f"/interviews/{one}"):
        assert "<script>alert" not in page.get(address).text
