"""The candidate's interview in a real browser, from the invitation to the feedback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.chromium import Watched, serving, window
from tests.cast import GOOD, invited
from tests.web.site import reworded, site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import Draft
from vetting.engines.interviewer import EmbeddedInterviewer
from vetting.errors import StorageFull
from vetting.ports import Proposal, ProposalRequest, Spoken
from vetting.services import interviews
from vetting.services.context import Context

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.fixture
def address(ctx: Context) -> Iterator[str]:
    with serving(ctx) as base:
        yield base


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    with window(chromium) as one:
        yield one


def _begin(page: Page, base: str, token: str) -> None:
    page.goto(f"{base}/i/{token}")
    page.get_by_role("checkbox", name="I agree to this interview").check()
    page.get_by_role("button", name="Begin the interview").click()
    page.wait_for_url("**/interview")


def test_the_invitation_checks_this_device_and_says_what_does_not_work(
    ctx: Context, address: str, watched: Watched
) -> None:
    page, token = watched.page, invited(ctx).token
    page.goto(f"{address}/i/{token}")
    expect(page.locator("#device-drafts")).to_contain_text("this device can keep what you type")
    expect(page.locator("#device-server")).to_have_text("Server: it answers.")
    assert page.evaluate("Object.keys(localStorage)") == []
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    page.route("**/healthz", lambda route: route.fulfill(status=503))
    page.reload()
    expect(page.locator("#device-drafts")).to_contain_text("keeps nothing on this device")
    expect(page.locator("#device-server")).to_contain_text("does not answer at the moment")


def _turn(page: Page) -> int:
    return int(page.locator("#stage").get_attribute("data-turn") or 0)


def _answer(page: Page, words: str) -> None:
    turn = _turn(page)
    page.get_by_label("Your answer").fill(words)
    page.get_by_role("button", name="Submit answer").click()
    page.wait_for_selector(f"#stage:not([data-turn='{turn}']), #finish")


def _answers(ctx: Context, interview_id: int) -> list[str | None]:
    with reading(ctx.engine) as session:
        return [t.answer for t in load(session, ctx.org, interview_id).transcript.turns]


def test_a_draft_survives_a_reload_and_another_browser(ctx: Context, address: str, watched: Watched) -> None:
    page, link = watched.page, invited(ctx)
    _begin(page, address, link.token)
    page.get_by_label("Your answer").press_sequentially("Half a thought")
    expect(page.locator("#saved")).to_contain_text("saved")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("Half a thought")
    elsewhere = page.context.browser
    assert elsewhere is not None
    other = elsewhere.new_context().new_page()
    other.goto(f"{address}/i/{link.token}")
    other.get_by_role("button", name="Go on with the interview").click()
    expect(other.get_by_label("Your answer")).to_have_value("Half a thought")
    page.get_by_label("Your answer").press_sequentially(" and more")
    expect(page.locator("#trouble")).to_contain_text("continued in another browser")
    expect(page.get_by_label("Your answer")).to_have_value("Half a thought and more")


def test_words_typed_without_a_connection_survive_closing_the_page(
    ctx: Context, address: str, watched: Watched
) -> None:
    page, link = watched.page, invited(ctx)
    _begin(page, address, link.token)
    watched.context.set_offline(True)
    page.get_by_label("Your answer").fill("written on a train")
    watched.context.set_offline(False)
    page.goto("about:blank")
    page.goto(f"{address}/interview")
    expect(page.get_by_label("Your answer")).to_have_value("written on a train")


def _late(page: Page, script: str) -> list[Route]:
    """Hold a script back until its route, which comes with the page, is continued."""
    held: list[Route] = []
    page.route(f"**/{script}*", lambda route: held.append(route), times=1)
    return held


def test_words_typed_before_the_script_has_come_are_saved_by_it(ctx: Context, address: str, watched: Watched) -> None:
    page, link = watched.page, invited(ctx)
    _begin(page, address, link.token)
    late = _late(page, "interview.js")
    page.goto(f"{address}/interview", wait_until="commit")
    page.get_by_label("Your answer").fill("typed at once")
    late.pop().continue_()
    expect(page.locator("#saved")).to_contain_text("saved")
    with reading(ctx.engine) as session:
        assert session.get_one(Draft, link.interview_id).text == "typed at once"


def test_words_typed_before_the_script_has_come_stand_beside_those_this_browser_kept(
    ctx: Context, address: str, watched: Watched
) -> None:
    page, link = watched.page, invited(ctx)
    _begin(page, address, link.token)
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('no connection')); }")
    page.get_by_label("Your answer").fill("written on a train")
    expect(page.locator("#saved")).to_contain_text("not yet on the server")
    late = _late(page, "interview.js")
    page.goto(f"{address}/interview", wait_until="commit")
    page.get_by_label("Your answer").fill("typed at once")
    late.pop().continue_()
    expect(page.get_by_label("Your answer")).to_have_value("written on a train\n\ntyped at once")
    expect(page.locator("#saved")).to_contain_text("saved")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("written on a train\n\ntyped at once")


def test_a_second_tab_is_told_that_the_interview_went_on_elsewhere(
    ctx: Context, address: str, watched: Watched
) -> None:
    first, link = watched.page, invited(ctx)
    _begin(first, address, link.token)
    second = watched.context.new_page()
    second.goto(f"{address}/interview")
    _answer(first, GOOD)
    second.get_by_label("Your answer").fill("written in the second tab")
    expect(second.locator("#trouble")).to_contain_text("continued elsewhere")
    second.get_by_role("button", name="Show the current question").click()
    expect(second.locator("#stage")).to_have_attribute("data-turn", "2")
    expect(second.get_by_text("already answered, perhaps in another window")).to_be_visible()
    expect(second.locator("#kept")).to_have_value("written in the second tab")
    assert _answers(ctx, link.interview_id) == [GOOD, None]


def test_without_script_the_interview_works_by_plain_forms(ctx: Context, address: str, chromium: Browser) -> None:
    with window(chromium, java_script_enabled=False) as plain:
        page, link = plain.page, invited(ctx)
        _begin(page, address, link.token)
        page.locator("#text").fill("Half a thought")
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#text")).to_have_value("Half a thought")
        page.get_by_role("button", name="Submit answer").click()
        expect(page.locator("#stage")).to_have_attribute("data-turn", "2")
    assert _answers(ctx, link.interview_id)[0] == "Half a thought"


def test_on_a_phone_nothing_is_wider_than_the_screen_and_targets_are_large(
    ctx: Context, address: str, chromium: Browser
) -> None:
    with window(chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as phone:
        page, link = phone.page, invited(ctx)
        _begin(page, address, link.token)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for button in page.locator("#stage .actions button:visible, #tools button").all():
            box = button.bounding_box()
            assert box is not None and box["height"] >= 44, button.inner_text()


class Speaker(EmbeddedInterviewer):
    """A model that speaks its follow-up in two parts, the second once `go` is set."""

    engine = "model"
    model = "tiny-7b"
    words = "On that link <b>in the harbour</b>, what did you look at first?"

    def __init__(self) -> None:
        self.go = threading.Event()

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        if not request.transcript.turns or not request.aims:
            return super().propose(request, deadline=deadline)
        if spoken:
            spoken(self.words[:40])
            self.go.wait(20)
        return Proposal("model", "tiny-7b", text=self.words, target=request.aims[0].target)


def test_the_words_of_a_follow_up_are_seen_as_they_come_and_answered_once_it_is_complete(
    tmp_path: Path, chromium: Browser
) -> None:
    speaker = Speaker()
    ctx = site(tmp_path / "speaker", model_interviewer=speaker)
    with serving(ctx) as base, window(chromium) as watched:
        page, link = watched.page, invited(ctx)
        _begin(page, base, link.token)
        page.get_by_label("Your answer").fill("It came and went with the tide in the harbour, as far as I remember.")
        page.get_by_role("button", name="Submit answer").click()
        expect(page.get_by_role("heading", name="On that link <b>in the harbour</b>,")).to_be_visible()
        expect(page.locator("#writing .over")).to_have_text("Your answer is saved")
        assert page.get_by_role("button", name="Submit answer").count() == 0
        assert page.locator("#question b").count() == 0
        page.reload()
        expect(page.get_by_role("heading", name="On that link")).to_be_visible()
        speaker.go.set()
        page.wait_for_selector("#stage[data-turn='2']")
        expect(page.get_by_role("heading", name=speaker.words)).to_be_visible()
        expect(page.locator("#question")).to_be_focused()
        _answer(page, GOOD)
        assert _answers(ctx, link.interview_id)[1] == GOOD


def test_a_stream_that_breaks_is_taken_up_again_by_the_page(tmp_path: Path, chromium: Browser) -> None:
    speaker = Speaker()
    ctx = site(tmp_path / "broken", model_interviewer=speaker)
    with serving(ctx) as base, window(chromium) as watched:
        page, link = watched.page, invited(ctx)
        _begin(page, base, link.token)
        page.get_by_label("Your answer").fill("It came and went with the tide in the harbour, as far as I remember.")
        watched.context.route("**/interview/next", lambda route: route.abort(), times=1)
        page.get_by_role("button", name="Submit answer").click()
        expect(page.get_by_text("The interviewer is writing")).to_be_visible()
        speaker.go.set()
        page.wait_for_selector("#stage[data-turn='2']", timeout=15_000)
        assert len(_answers(ctx, link.interview_id)) == 2


def test_a_slow_interviewer_is_told_and_keeps_nobody_from_reading(tmp_path: Path, chromium: Browser) -> None:
    class Slow(EmbeddedInterviewer):
        engine = "model"
        model = "tiny-7b"

        def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
            if request.transcript.turns:
                time.sleep(2.5)
            return super().propose(request, deadline=deadline)

    ctx = site(tmp_path / "slow", model_interviewer=Slow())
    with serving(ctx) as base, window(chromium) as watched:
        page, link = watched.page, invited(ctx)
        _begin(page, base, link.token)
        page.get_by_label("Your answer").fill(GOOD)
        page.get_by_role("button", name="Submit answer").dblclick()
        expect(page.get_by_role("heading", name="The interviewer is writing")).to_be_visible()
        page.wait_for_selector("#stage[data-turn='2']")
        assert _answers(ctx, link.interview_id) == [GOOD, None]


def test_a_full_disk_is_told_and_the_answer_goes_in_once_there_is_room(
    ctx: Context, address: str, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, link = watched.page, invited(ctx)
    _begin(page, address, link.token)

    def full(*_: object) -> None:
        raise StorageFull

    with monkeypatch.context() as no_room:
        no_room.setattr(interviews, "submit_answer", full)
        page.get_by_label("Your answer").fill(GOOD)
        page.get_by_role("button", name="Submit answer").click()
        expect(page.locator("#trouble")).to_contain_text("The disk is full")
        expect(page.get_by_label("Your answer")).to_have_value(GOOD)
    page.wait_for_selector("#stage[data-turn='2']", timeout=15_000)
    assert _answers(ctx, link.interview_id)[0] == GOOD


def test_pasted_characters_are_counted_and_go_with_the_answer(ctx: Context, address: str, watched: Watched) -> None:
    page, link = watched.page, invited(ctx)
    _begin(page, address, link.token)
    page.get_by_label("Your answer").evaluate(
        "box => { const data = new DataTransfer(); data.setData('text', 'twelve chars');"
        " box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }"
    )
    expect(page.locator("#noticed")).to_contain_text("12 characters pasted")
    _answer(page, GOOD)
    with reading(ctx.engine) as session:
        assert load(session, ctx.org, link.interview_id).state.turns[0].pasted_chars == 12


def test_the_ways_around_a_question_work_in_place(ctx: Context, address: str, watched: Watched) -> None:
    page, link = watched.page, invited(ctx, reworded())
    _begin(page, address, link.token)
    page.get_by_label("Your answer").fill("Half a thought")
    page.get_by_role("button", name="Ask it another way").click()
    expect(page.get_by_role("heading", name="In other words: what does alpha-a do?")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("Half a thought")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_focused()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Your answer")).to_have_value("Half a thought")
    page.get_by_role("button", name="Help").click()
    page.get_by_role("button", name="Finish early or withdraw").click()
    expect(page.get_by_role("heading", name="Finish early?")).to_be_visible()
    page.get_by_role("link", name="Back to the question").click()
    expect(page.get_by_label("Your answer")).to_have_value("Half a thought")


def test_the_window_of_these_tests_sees_a_violation(address: str, chromium: Browser) -> None:
    with pytest.raises(AssertionError), window(chromium) as seen:
        seen.page.goto(f"{address}/")
        seen.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'var a = 1'}))")
        seen.page.wait_for_timeout(300)
        assert any("Security Policy" in fault for fault in seen.faults)
