"""Work samples in a real browser: marking by mouse, keyboard and touch, without script, and what staff see of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.chromium import serving, window
from tests.cast import GOOD, invited
from tests.domain import samples
from tests.web.site import site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.interview_events import QuestionAsked, SubmitAnswer
from vetting.domain.rubric import Rubric
from vetting.domain.work_sample import Marked, read
from vetting.services import interviews
from vetting.services.context import Context

pytestmark = pytest.mark.browser

PACK = samples.pack(samples.flaws())
FLAWS = samples.question(samples.flaws())


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.fixture
def address(ctx: Context) -> Iterator[str]:
    with serving(ctx) as base:
        yield base


def open_turn(ctx: Context, interview_id: int) -> QuestionAsked | None:
    with reading(ctx.engine) as session:
        current = load(session, ctx.org, interview_id).state.current
    return current.asked if current else None


def at_the_sample(page: Page, ctx: Context, base: str, pack: Rubric = PACK) -> int:
    """Come back to an interview that has reached its work sample; gives its key."""
    link = invited(ctx, pack)
    interviews.begin(ctx, link.interview_id, {"interview": True})
    while (asked := open_turn(ctx, link.interview_id)) and pack.question(asked.question_id).type == "answer":
        interviews.submit_answer(ctx, link.interview_id, SubmitAnswer(turn=asked.turn, text=GOOD))
    page.goto(f"{base}/i/{link.token}")
    page.get_by_role("button", name="Go on with the interview").click()
    page.wait_for_load_state()  # the page's script has come
    expect(page.locator("#sample")).to_be_visible()
    return link.interview_id


def word(page: Page, text: str, nth: int = 0) -> Locator:
    return page.locator("#material [role=option]").filter(has_text=text).nth(nth)


def response(ctx: Context, interview_id: int) -> Marked:
    with reading(ctx.engine) as session:
        (turn,) = load(session, ctx.org, interview_id).transcript.of_question(FLAWS.id)[:1]
        answer = turn.answer
    found = read(FLAWS, answer or "")
    assert isinstance(found, Marked)
    return found


def submit(page: Page) -> None:
    turn = page.locator("#stage").get_attribute("data-turn")
    page.get_by_role("button", name="Submit answer").click()
    page.wait_for_selector(f"#stage[data-turn]:not([data-turn='{turn}']), #finish")


def test_words_are_marked_by_dragging_over_them(ctx: Context, address: str, chromium: Browser) -> None:
    with window(chromium) as watched:
        page = watched.page
        interview_id = at_the_sample(page, ctx, address)
        expect(page.locator("#text")).to_be_hidden()
        start, end = word(page, "goes").bounding_box(), word(page, "bytes").bounding_box()
        page.mouse.move(start["x"] + 1, start["y"] + start["height"] / 2)
        page.mouse.down()
        page.mouse.move(end["x"] + end["width"] - 1, end["y"] + end["height"] / 2, steps=6)
        page.mouse.up()
        expect(page.locator("#pending")).to_have_text("goes by the number of bytes.")
        page.get_by_role("button", name="Mark", exact=True).click()
        expect(page.get_by_label("Why is this wrong?")).to_be_focused()
        page.keyboard.type("By waiting time.")
        expect(page.locator("#saved")).to_contain_text("saved")
        page.reload()
        expect(page.get_by_label("Why is this wrong?")).to_have_value("By waiting time.")
        submit(page)
    (mark,) = response(ctx, interview_id).marks
    assert (mark.words, mark.reason) == ("goes by the number of bytes.", "By waiting time.")


def test_words_are_marked_and_unmarked_by_keyboard_alone(ctx: Context, address: str, chromium: Browser) -> None:
    with window(chromium) as watched:
        page = watched.page
        interview_id = at_the_sample(page, ctx, address)
        page.locator("#material").focus()
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator("#marks li")).to_have_count(1)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#marks li")).to_have_count(0)
        expect(page.locator("#material")).to_be_focused()
        page.keyboard.press("End")
        for _ in range(3):
            page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("Enter")
        page.keyboard.type("It is right.")
        page.keyboard.press("Enter")
        expect(page.locator("#material")).to_be_focused()
        expect(page.locator("#material .marked")).to_have_count(4)
        submit(page)
    (mark,) = response(ctx, interview_id).marks
    assert (mark.words, mark.reason) == ("below the line rate.", "It is right.")


def test_on_a_touch_screen_the_first_and_the_last_word_are_tapped(
    ctx: Context, address: str, chromium: Browser
) -> None:
    with window(chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as phone:
        page = phone.page
        interview_id = at_the_sample(page, ctx, address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        word(page, "Routers").tap()
        word(page, "rate.").tap()
        page.get_by_role("button", name="Mark", exact=True).tap()
        expect(page.locator("#marks li")).to_have_count(1)
        submit(page)
    (mark,) = response(ctx, interview_id).marks
    assert mark.words == "Routers tell the sender its rate."


def test_nothing_wrong_is_an_answer_that_a_mark_takes_back(ctx: Context, address: str, chromium: Browser) -> None:
    with window(chromium) as watched:
        page = watched.page
        interview_id = at_the_sample(page, ctx, address)
        page.get_by_role("button", name="Submit answer").click()
        expect(page.get_by_role("alert").first).to_contain_text("The answer is empty")
        expect(page.get_by_role("alert").first).to_be_in_viewport()
        page.get_by_label("I find nothing wrong in it").check()
        expect(page.locator("#text")).to_have_value("[no errors]")
        word(page, "Loss").click()
        page.get_by_role("button", name="Mark", exact=True).click()
        expect(page.get_by_label("I find nothing wrong in it")).not_to_be_checked()
        page.get_by_role("button", name="Remove").click()
        page.get_by_label("I find nothing wrong in it").check()
        page.get_by_label("Anything to add").fill("I counted twice.")
        submit(page)
    found = response(ctx, interview_id)
    assert (found.marks, found.rest, found.remark) == ((), "no errors", "I counted twice.")


def come_late(page: Page) -> list[Route]:
    """Open the page again without its script, which comes once its route is continued."""
    held: list[Route] = []
    page.route("**/interview.js*", lambda route: held.append(route), times=1)
    page.reload(wait_until="commit")
    return held


def test_sentences_ticked_before_the_script_has_come_are_marks_of_it(
    ctx: Context, address: str, chromium: Browser
) -> None:
    with window(chromium) as watched:
        page = watched.page
        interview_id = at_the_sample(page, ctx, address)
        word(page, "Loss").click()
        page.get_by_role("button", name="Mark", exact=True).click()
        expect(page.locator("#saved")).to_contain_text("saved")
        late = come_late(page)
        page.get_by_role("checkbox", name="CoDel goes by the number of bytes.").check()
        page.get_by_label("Why is this wrong? CoDel goes").fill("By waiting time.")
        page.get_by_label("Anything to add").first.fill("I had to hurry.")
        late.pop().continue_()
        expect(page.locator("#marks li")).to_have_count(2)
        expect(page.get_by_label("Why is this wrong? CoDel goes")).to_have_value("By waiting time.")
        expect(page.get_by_label("Anything to add")).to_have_value("I had to hurry.")
        submit(page)
    found = response(ctx, interview_id)
    assert [(m.words, m.reason) for m in found.marks] == [
        ("Loss", ""), ("CoDel goes by the number of bytes.", "By waiting time."),
    ]  # fmt: skip
    assert found.remark == "I had to hurry."


def test_a_choice_made_before_the_script_has_come_is_kept_by_it(ctx: Context, address: str, chromium: Browser) -> None:
    for document, pick, text in (
        (samples.steps(), "So it takes 4 s.", "[first wrong step 3] It is 0.4 s."),
        (samples.comparison(), "The second answer", "[choose second 70%] It is 0.4 s."),
    ):
        with window(chromium) as one:
            page = one.page
            at_the_sample(page, ctx, address, samples.pack(document))
            late = come_late(page)
            page.get_by_role("radio", name=pick).check()
            page.get_by_label("Why?").fill("It is 0.4 s.")
            late.pop().continue_()
            expect(page.locator("#text")).to_have_value(text)
            expect(page.locator("#saved")).to_contain_text("saved")
            page.reload()
            expect(page.get_by_role("radio", name=pick)).to_be_checked()
            expect(page.get_by_label("Why?")).to_have_value("It is 0.4 s.")


def test_without_script_sentences_are_ticked_and_a_draft_is_kept(ctx: Context, address: str, chromium: Browser) -> None:
    with window(chromium, java_script_enabled=False) as plain:
        page = plain.page
        interview_id = at_the_sample(page, ctx, address)
        page.get_by_role("checkbox", name="CoDel goes by the number of bytes.").check()
        page.get_by_label("Why is this wrong? CoDel goes").fill("By waiting time.")
        page.get_by_label("Why is this wrong? Routers tell").fill("They do not.")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("checkbox", name="Routers tell the sender its rate.")).to_be_checked()
        expect(page.get_by_label("Why is this wrong? CoDel goes")).to_have_value("By waiting time.")
        page.get_by_role("button", name="Submit answer").click()
    marks = response(ctx, interview_id).marks
    assert [(m.words, m.reason) for m in marks] == [
        ("CoDel goes by the number of bytes.", "By waiting time."),
        ("Routers tell the sender its rate.", "They do not."),
    ]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_step_and_a_choice_are_given_with_reasons(
    ctx: Context, address: str, chromium: Browser, script: bool
) -> None:
    for document, pick, text in (
        (samples.steps(), "So it takes 4 s.", "[first wrong step 3] It is 0.4 s."),
        (samples.comparison(), "The second answer", "[choose second 90%] It is 0.4 s."),
    ):
        with window(chromium, java_script_enabled=script) as one:
            page = one.page
            interview_id = at_the_sample(page, ctx, address, samples.pack(document))
            page.get_by_role("radio", name=pick).check()
            if document["type"] == "compare":
                page.get_by_label("How sure are you?").select_option("90")
            page.get_by_label("Why?").fill("It is 0.4 s.")
            if script:
                expect(page.locator("#text")).to_have_value(text)
                expect(page.locator("#saved")).to_contain_text("saved")
                page.reload()
                expect(page.get_by_role("radio", name=pick)).to_be_checked()
            submit(page)
        with reading(ctx.engine) as session:
            said = load(session, ctx.org, interview_id).transcript
            assert said.of_question(samples.question(document).id)[0].answer == text
