"""A stranger makes a pack for a field that is not shipped, in the forms, and its interview is taken.

From sign-in to the second answer, in one browser; every click and every key is counted. What a person needs for that
is worked out from the counts: the keystroke-level model of Card, Moran and Newell (1980), 1.1 s to point, 0.1 s to
press, 0.28 s a key of an average typist, 1.35 s to think before each act, 0.4 s to change hands.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.chromium import Watched, serving, window
from tests.web.site import site
from vetting.db import pack_queries
from vetting.db.engine import writing
from vetting.domain import pack_edit
from vetting.services import accounts, pack_drafts, rubrics
from vetting.services.context import Context

pytestmark = pytest.mark.browser

PASTED = """1. A container arrives with condensation on the cargo. How do you find out where the water came from?
- The dew point of the air is compared with the temperature of the cargo
- Silver nitrate tells salt water from fresh
- Door gaskets are tried with ultrasound
2. What does a draft survey tell you, and how far is it off?
Answer: The weight loaded, from the displacement before and after. Density of the dock is measured. Half a percent off.
3. When do you refuse to let grain be loaded?
- Moisture stands above the limit for the voyage
- Live insects were found in the sample
4. How do you take samples of a damaged parcel?
5. Who has to pay when deck cargo is washed overboard?
"""
SAMPLES = ["Samples are drawn at depth and at the edges", "Each bag is sealed and signed by both sides"]
PAYS = ["The bill of lading says it travels on deck", "Lashings are judged against the cargo securing manual"]
ANSWER = "I compare the dew point of the air with the temperature of the cargo, and try silver nitrate on the cartons."
MOST_CLICKS = 20
MOST_SECONDS = 30 * 60
READ_AND_WRITE = 12 * 60
"""Seconds allowed for thinking five questions up with what a good answer says, before they are pasted."""


class Hand:
    """Clicks and types as a person does, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.keys, self.pastes = page, 0, 0, 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def type(self, target: Locator, text: str) -> None:
        self.click(target)
        self.keys += len(text)
        target.fill(text)

    def paste(self, target: Locator, text: str) -> None:
        self.click(target)
        self.pastes += 1
        target.fill(text)

    @property
    def seconds(self) -> float:
        """By the keystroke-level model; a paste is two keys."""
        acts = self.clicks + self.pastes
        return self.clicks * (1.1 + 0.2) + (self.keys + 2 * self.pastes) * 0.28 + acts * (1.35 + 0.4)


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return site(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def address(ctx: Context) -> Iterator[str]:
    with serving(ctx) as base:
        yield base


@pytest.fixture(scope="module")
def watched(chromium: Browser) -> Iterator[Watched]:
    with window(chromium, viewport={"width": 1280, "height": 800}) as one:
        yield one


def test_a_stranger_makes_a_pack_and_its_interview_is_taken(ctx: Context, address: str, watched: Watched) -> None:
    page, hand = watched.page, Hand(watched.page)
    page.goto(f"{address}/sign-in/{accounts.add_user(ctx, 'mia@example.org', 'admin')}")
    hand.click(page.get_by_role("button", name="Sign in"))
    hand.click(page.get_by_role("link", name="Rubrics"))
    hand.click(page.get_by_role("link", name="New pack"))
    hand.type(page.get_by_label("Field"), "Marine cargo surveying")
    hand.paste(page.get_by_label("Your questions"), PASTED)
    hand.click(page.get_by_role("button", name="Make a draft"))

    expect(page.get_by_text("4 things to fix before it can be published.")).to_be_visible()
    hand.click(page.get_by_role("link", name="How do you take samples of a damaged parcel?", exact=True))
    edited(hand, page, SAMPLES)
    hand.click(page.get_by_role("button", name="Save and go to the next question"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 5 of 5")
    edited(hand, page, PAYS)
    hand.click(page.get_by_role("button", name="Save and back to the draft"))
    expect(page.get_by_text("It can be published.").or_(page.get_by_text("No fault found"))).to_be_visible()
    hand.click(page.get_by_role("button", name="Publish"))

    expect(page.get_by_text("Published: interviews begin with 1.0.0")).to_be_visible()
    hand.click(page.get_by_role("link", name="Invite somebody"))
    expect(page.get_by_role("radio", name="Marine cargo surveying")).to_be_checked()
    hand.type(page.get_by_label("Who"), "Ana Lima <ana@example.org>")
    hand.click(page.get_by_role("button", name="See who gets what"))
    hand.click(page.get_by_role("button", name="Make the links"))
    link = page.get_by_label("Link for Ana Lima").input_value()
    ours = (hand.clicks, hand.keys, round(hand.seconds))

    interview(page, address, link)
    print(f"administrator: {ours[0]} clicks, {ours[1]} keys, one paste, {ours[2]} s by the keystroke-level model")
    assert rubrics.load(ctx, "own.marine_cargo_surveying").standing == "draft, uncalibrated"
    assert ours[0] <= MOST_CLICKS and ours[2] + READ_AND_WRITE <= MOST_SECONDS


def edited(hand: Hand, page: Page, points: list[str]) -> None:
    """Points added to a question."""
    hand.type(page.get_by_label("Add points, one per line"), "\n".join(points))


def interview(page: Page, address: str, link: str) -> None:
    """The candidate opens the link, is told what the pack is worth, begins, and gives two answers."""
    page.context.clear_cookies()
    page.goto(f"{address}/i/{link.rsplit('/', 1)[1]}")
    expect(page.get_by_text("Its levels are uncalibrated")).to_be_visible()
    page.get_by_label("I agree to this interview").check()
    page.get_by_role("button", name="Begin the interview").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A container arrives with condensation")
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_role("button", name="Submit answer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What does a draft survey tell you")
    page.get_by_label("Your answer").fill("The weight, from the displacement before and after.")
    page.get_by_role("button", name="Submit answer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("When do you refuse")


def test_what_is_typed_in_a_draft_is_there_again_after_a_reload(ctx: Context, address: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{address}/sign-in/{accounts.add_user(ctx, 'zoe@example.org', 'admin')}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/rubrics/new")
    page.get_by_label("Field").fill("Beekeeping")
    page.get_by_label("Your questions").fill("How do you see that a colony will swarm?")
    page.get_by_role("button", name="Make a draft").click()
    page.get_by_role("link", name="How do you see that a colony will swarm?", exact=True).click()
    page.get_by_role("textbox", name="A good answer").press_sequentially("Queen cells hang at the edge of the comb.")
    expect(page.locator("form[data-autosave] input[name=revision]")).not_to_have_value("1")
    page.reload()
    expect(page.get_by_role("textbox", name="A good answer")).to_have_value("Queen cells hang at the edge of the comb.")
    page.get_by_role("button", name="Make points from the answer").click()
    point = page.get_by_role("textbox", name="Point 1", exact=True)
    expect(point).to_have_value("Queen cells hang at the edge of the comb")
    page.get_by_role("button", name="Undo").click()
    expect(point).to_have_count(0)


def test_words_typed_before_the_script_has_come_are_saved_by_it(ctx: Context, address: str, watched: Watched) -> None:
    draft = pack_drafts.create(
        ctx, title="Beekeeping", questions="How do you find the queen?", rubric_id="own.bees_1", by="zoe@example.org"
    )
    page = watched.page
    page.goto(f"{address}/sign-in/{accounts.add_user(ctx, 'zoe@example.org', 'admin')}")
    page.get_by_role("button", name="Sign in").click()
    late: list[Route] = []
    page.route("**/pack.js*", lambda route: late.append(route), times=1)
    page.goto(f"{address}/rubrics/drafts/{draft}/pack", wait_until="commit")
    page.get_by_label("Title").fill("Bees and their keepers")
    assert late
    late.pop().continue_()
    expect(page.locator("form[data-autosave] input[name=revision]")).not_to_have_value("1")
    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Bees and their keepers")


def test_who_leaves_a_form_while_they_type_leaves_no_word_behind(ctx: Context, address: str, watched: Watched) -> None:
    draft = pack_drafts.create(
        ctx, title="Beekeeping", questions="How do you find the queen?", rubric_id="own.bees_2", by="zoe@example.org"
    )
    page = watched.page
    page.goto(f"{address}/sign-in/{accounts.add_user(ctx, 'zoe@example.org', 'admin')}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/rubrics/drafts/{draft}")
    page.get_by_role("link", name="How do you find the queen?", exact=True).click()
    page.get_by_label("Add points, one per line").fill("She is marked")
    page.get_by_role("textbox", name="A good answer").fill("Look where the eggs are.")
    page.get_by_role("link", name="Beekeeping").click()
    page.wait_for_url(f"**/drafts/{draft}")
    end = time.monotonic() + 5
    while (question := pack_edit.find_question(pack_drafts.load(ctx, draft).document, "find-queen")) is not None:
        if question.question["reference"] or time.monotonic() > end:
            break
    assert question is not None and question.question["reference"] == "Look where the eggs are."
    assert question.question["indicators"] == []  # points that were not added yet are none


def test_a_page_that_waits_for_a_language_model_takes_nobody_their_words(
    ctx: Context, address: str, watched: Watched
) -> None:
    draft = pack_drafts.create(
        ctx, title="Beekeeping", questions="How do you find the queen?", rubric_id="own.bees_3", by="zoe@example.org"
    )

    def waits(writing_: bool) -> None:
        with writing(ctx.engine) as session:
            pack_queries.draft(session, ctx.org, draft).writing = writing_

    waits(True)
    page = watched.page
    page.goto(f"{address}/sign-in/{accounts.add_user(ctx, 'zoe@example.org', 'admin')}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/rubrics/drafts/{draft}")
    told = page.get_by_role("status").filter(has_text="A language model is writing")
    with page.expect_response("**/rubrics/drafts/*"):
        page.get_by_label("New topic").fill("Swarms")
    with page.expect_response("**/rubrics/drafts/*"):
        expect(told).to_be_visible()
    expect(page.get_by_label("New topic")).to_have_value("Swarms")
    waits(False)
    expect(page.get_by_role("status").filter(has_text="This is done.")).to_be_visible()
    page.get_by_role("button", name="Add the topic").click()
    expect(page.get_by_role("heading", name="Swarms")).to_be_visible()
