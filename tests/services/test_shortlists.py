"""What becomes of the entries of a shortlist, on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from tests import databases
from tests.shortlisted import MIA, Listed, listed
from vetting.db.engine import reading
from vetting.db.shortlist_models import EntryStep, Offer, Outcome
from vetting.domain.shortlist import State, Step
from vetting.errors import BadInput, Conflict, Expired, NotFound
from vetting.services import matching, offers, shortlists

DAY = 24 * 60


@pytest.fixture
def it(tmp_path: Path) -> Listed:
    return listed(tmp_path)


def test_an_expert_is_approved_invited_accepts_and_is_assigned_and_each_step_is_kept(it: Listed) -> None:
    token = it.offered("ana", pay="90 EUR an hour", message="From March?")
    assert it.state("ana") == "invited"
    shown = offers.read(it.ctx, token)
    assert (shown.name, shown.terms.pay, shown.offered_by, shown.open) == ("Ana Reyes", "90 EUR an hour", MIA, True)
    assert offers.answer(it.ctx, token, accept=True) is State.ACCEPTED
    shortlists.move(it.ctx, it.entries["ana"], Step.ASSIGN, by=MIA)
    assert it.state("ana") == "assigned"
    with reading(it.ctx.engine) as session:
        steps = session.exec(select(EntryStep).order_by(EntryStep.id)).all()
    assert [(s.step, s.by) for s in steps] == [("approve", MIA), ("invite", MIA), ("accept", ""), ("assign", MIA)]


def test_opening_an_offer_as_often_as_one_likes_answers_nothing(it: Listed) -> None:
    token = it.offered("ana")
    for _ in range(3):
        assert offers.read(it.ctx, token).open
    assert it.state("ana") == "invited"


def test_only_the_hash_of_a_link_is_kept(it: Listed) -> None:
    token = it.offered("ana")
    assert token.encode() not in databases.everything(it.ctx.settings.data_dir)


def test_answering_twice_is_answering_once_and_a_no_keeps_its_reason(it: Listed) -> None:
    token = it.offered("ben")
    for _ in range(2):
        assert offers.answer(it.ctx, token, accept=False, reason="No time before May") is State.TURNED_DOWN
    with reading(it.ctx.engine) as session:
        steps = session.exec(select(EntryStep).where(EntryStep.step == "turn_down")).all()
    assert [s.reason for s in steps] == ["No time before May"]
    with pytest.raises(Conflict, match="write to whoever"):
        offers.answer(it.ctx, token, accept=True)


def test_what_was_accepted_can_be_turned_down_until_the_assignment(it: Listed) -> None:
    token = it.offered("ana")
    offers.answer(it.ctx, token, accept=True)
    assert offers.answer(it.ctx, token, accept=False) is State.TURNED_DOWN
    again = shortlists.offer(it.ctx, it.entries["ana"], shortlists.Terms("Judging"), by=MIA).token
    offers.answer(it.ctx, again, accept=True)
    shortlists.move(it.ctx, it.entries["ana"], Step.ASSIGN, by=MIA)
    with pytest.raises(Conflict):
        offers.answer(it.ctx, again, accept=False)
    assert it.state("ana") == "assigned"


def test_a_link_ends_when_it_runs_out_is_taken_back_or_replaced(it: Listed) -> None:
    first = it.offered("ana")
    second = shortlists.offer(it.ctx, it.entries["ana"], shortlists.Terms("Judging"), days=7, by=MIA).token
    with pytest.raises(Expired, match="no longer open"):
        offers.read(it.ctx, first)
    it.clock.pass_minutes(8 * DAY)
    with pytest.raises(Expired):
        offers.answer(it.ctx, second, accept=True)
    assert it.state("ana") == "invited"
    third = shortlists.offer(it.ctx, it.entries["ana"], shortlists.Terms("Judging"), by=MIA).token
    shortlists.move(it.ctx, it.entries["ana"], Step.WITHDRAW, by=MIA)
    with pytest.raises(Expired):
        offers.answer(it.ctx, third, accept=True)
    assert it.state("ana") == "approved"
    with pytest.raises(Expired):
        offers.read(it.ctx, "never made")


def test_declining_somebody_who_was_invited_ends_the_link(it: Listed) -> None:
    token = it.offered("ana")
    shortlists.decide(it.ctx, it.entries["ana"], "decline", reason="The project changed", by=MIA)
    with pytest.raises(Expired):
        offers.answer(it.ctx, token, accept=True)
    assert it.state("ana") == "declined"


def test_nobody_gets_two_offers_for_one_project(it: Listed) -> None:
    again = matching.shortlist_document(it.ctx, matching.request_shortlist(it.ctx, it.project))
    it.offered("ana")
    entry = next(e["id"] for e in again["entries"] if e["expert"] == "ana")
    shortlists.decide(it.ctx, entry, "approve", by=MIA)
    with pytest.raises(Conflict, match="already has an offer"):
        shortlists.offer(it.ctx, entry, shortlists.Terms("Judging"), by=MIA)


def test_whoever_was_chosen_in_one_list_is_counted_and_not_proposed_again_in_the_next(it: Listed) -> None:
    shortlists.decide(it.ctx, it.entries["ana"], "approve", by=MIA)
    again = matching.match(it.ctx, it.project, everyone=True)
    assert "ana" not in [entry["expert"] for entry in again["entries"]]
    assert again["excluded"]["chosen for this project already"] == 1
    out = {one["expert"]: one["reasons"] for one in again["excluded_experts"]}
    assert out["ana"] == ["chosen for this project already"]


def test_nobody_is_invited_unapproved_or_assigned_without_a_yes(it: Listed) -> None:
    with pytest.raises(Conflict, match="nobody has approved"):
        shortlists.offer(it.ctx, it.entries["ana"], shortlists.Terms("Judging"), by=MIA)
    it.offered("ana")
    with pytest.raises(Conflict, match="has not answered yet"):
        shortlists.move(it.ctx, it.entries["ana"], Step.ASSIGN, by=MIA)
    with reading(it.ctx.engine) as session:
        assert len(session.exec(select(Offer)).all()) == 1


def test_a_second_click_leaves_no_second_trace(it: Listed) -> None:
    for _ in range(2):
        shortlists.decide(it.ctx, it.entries["ana"], "approve", by=MIA)
    with reading(it.ctx.engine) as session:
        assert len(session.exec(select(EntryStep)).all()) == 1


def test_the_work_of_the_assigned_is_rated_once_by_each_who_rates(it: Listed) -> None:
    with pytest.raises(Conflict, match="assigned expert"):
        shortlists.rate_outcome(it.ctx, it.entries["ana"], 4, by=MIA)
    it.assigned("ana")
    for rating in (4, 2):
        shortlists.rate_outcome(it.ctx, it.entries["ana"], rating, note="Late twice", by=MIA)
    shortlists.rate_outcome(it.ctx, it.entries["ana"], 5, by="leo@example.org")
    with reading(it.ctx.engine) as session:
        rows = session.exec(select(Outcome).order_by(Outcome.id)).all()
    assert [(o.by, o.rating) for o in rows] == [(MIA, 2), ("leo@example.org", 5)]
    with pytest.raises(BadInput, match="from 1 to 5"):
        shortlists.rate_outcome(it.ctx, it.entries["ana"], 6, by=MIA)


def test_another_organisation_can_touch_no_entry(it: Listed) -> None:
    other = it.ctx.for_organisation(99)
    for act in (
        lambda: shortlists.decide(other, it.entries["ana"], "approve", by=MIA),
        lambda: shortlists.offer(other, it.entries["ana"], shortlists.Terms("Judging"), by=MIA),
        lambda: shortlists.move(other, it.entries["ana"], Step.ASSIGN, by=MIA),
        lambda: shortlists.rate_outcome(other, it.entries["ana"], 3, by=MIA),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(("terms", "says"), [({"title": " "}, "title"), ({"title": "T", "pay": "x" * 300}, "pay")])
def test_terms_that_cannot_be_sent_are_named_and_nothing_is_offered(
    it: Listed, terms: dict[str, str], says: str
) -> None:
    shortlists.decide(it.ctx, it.entries["ana"], "approve", by=MIA)
    with pytest.raises(BadInput, match=says):
        shortlists.offer(it.ctx, it.entries["ana"], shortlists.Terms(**terms), by=MIA)
    assert it.state("ana") == "approved"
