"""A candidate hears what a person decided: once, kindly, without who or why, and again where it is decided anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import Clock
from tests.services.test_mail import House, Post
from tests.web.site import browser, site
from vetting.db.engine import reading
from vetting.db.models import Interview
from vetting.delivery.wording import word
from vetting.domain.letter import MailState
from vetting.ports import Posted
from vetting.services import accounts, mail, reviews
from vetting.services.accounts import Account, Role
from vetting.services.candidates import create_candidate
from vetting.services.reviews import Verdict

REASON = "INTERNAL-REASON"


class Desk(House):
    """A house with a reviewer who has rated one finished interview."""

    def decide(self, key: int, choice: str, *, after: float = 11) -> None:
        """Decide, and let so many minutes pass."""
        reviews.settle(self.ctx, self.public_id(key), REVIEWER, Verdict(choice=choice, reason=REASON))
        self.clock.pass_minutes(after)
        mail.sweep(self.ctx)

    def public_id(self, key: int) -> str:
        """How addresses know an interview."""
        with reading(self.ctx.engine) as session:
            return session.get_one(Interview, key).public_id

    def told(self) -> list[str]:
        """What letters about decisions said, in order."""
        return [letter.choice for letter in self.post.letters if letter.kind.value == "decided"]


REVIEWER = Account(1, 1, "rita@example.org", Role.REVIEWER)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    post, clock = Post(), Clock()
    ctx = site(tmp_path, clock=clock, mailer=post)
    accounts.add_user(ctx, REVIEWER.email, "reviewer")
    return Desk(ctx, post, clock, create_candidate(ctx, name="Ana Reyes", email="ana@example.org"))


def rated(desk: Desk) -> int:
    """An interview that the reviewer has rated."""
    key = desk.finished()
    reviews.rate(desk.ctx, desk.public_id(key), REVIEWER, {"alpha": "4", "beta": "none"}, {}, "")
    return key


@pytest.mark.parametrize("choice", ["advance", "do_not_advance", "ask_more"])
def test_a_letter_says_that_a_person_decided_and_how_to_contest_and_neither_who_nor_why(
    desk: Desk, choice: str
) -> None:
    key = rated(desk)
    desk.decide(key, choice)
    assert desk.told() == [choice]
    letter = desk.post.letters[-1]
    said = word(letter)
    for part in (said.text, said.html):
        assert "A person" in part and "contest the result" in part and "heard by a person" in part
        assert REASON not in part and REVIEWER.email not in part and "earlier letter" not in part
    page = browser(desk.ctx)
    page.post(letter.link.removeprefix(desk.ctx.settings.public_url))
    for address in ("/me", "/interview/done"):
        page.post("/interview/read")
        shown = page.get(address).text
        assert "A person decided" in shown and "contest the result" in shown, address
        assert REASON not in shown and REVIEWER.email not in shown


def test_a_slip_that_is_decided_again_within_minutes_is_told_of_as_it_stands_in_the_end(desk: Desk) -> None:
    key = rated(desk)
    desk.decide(key, "do_not_advance", after=5)
    desk.decide(key, "advance")
    assert desk.told() == ["advance"] and not desk.post.letters[-1].before


def test_a_decision_that_takes_the_place_of_one_that_was_told_says_so(desk: Desk) -> None:
    key = rated(desk)
    desk.decide(key, "do_not_advance")
    desk.decide(key, "advance")
    assert desk.told() == ["do_not_advance", "advance"]
    assert "An earlier letter told you of another decision" in word(desk.post.letters[-1]).text


def test_the_same_decision_once_more_is_no_news(desk: Desk) -> None:
    key = rated(desk)
    desk.decide(key, "ask_more")
    desk.decide(key, "ask_more")
    assert desk.told() == ["ask_more"]


def test_what_was_changed_and_changed_back_before_a_letter_went_out_is_no_news_either(desk: Desk) -> None:
    key = rated(desk)
    desk.decide(key, "ask_more")
    desk.post.answers.append(Posted(MailState.WAITING, "the mail server could not be reached"))
    desk.decide(key, "advance")
    desk.decide(key, "ask_more", after=60)
    assert [row.state for row in desk.rows() if row.kind == "decided"] == ["sent", "dropped", "dropped"]
