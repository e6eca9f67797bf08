"""The next question while a language model words it: stored first, shown as it comes, and nothing refused is shown."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from sqlmodel import select

from tests.browser.chromium import serving
from tests.cast import GOOD
from tests.web.site import Candidate, candidate, site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import ModelCallRow
from vetting.domain.interview_events import QuestionAsked
from vetting.engines.interviewer import EmbeddedInterviewer
from vetting.engines.model_interviewer import ModelInterviewer
from vetting.errors import ModelFailed, StorageFull
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.ports import Proposal, ProposalRequest, Spoken
from vetting.services import interviews
from vetting.services.context import Context

HX = {"HX-Request": "true"}
VAGUE = "On a satellite link in the harbour it came and went with the tide, as far as I remember."


class Speaker(EmbeddedInterviewer):
    """Proposes prepared words, spoken word by word; waits for `go` after the first half, where there is one."""

    engine = "model"
    model = "speaker"

    def __init__(self, words: str, *, go: threading.Event | None = None, fails: bool = False) -> None:
        self.words, self.go, self.fails = words, go, fails
        self.asked = 0

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        if not request.transcript.turns:
            return super().propose(request, deadline=deadline)
        self.asked += 1
        pieces = self.words.split(" ")
        for end in range(1, len(pieces) + 1):
            if spoken:
                spoken(" ".join(pieces[:end]))
            if self.go and end == len(pieces) // 2:
                self.go.wait(10)
        if self.fails:
            raise ModelFailed("The connection to the language model broke off.")
        if request.aims:
            return Proposal("model", "speaker", text=self.words, target=request.aims[0].target)
        return Proposal("model", "speaker", transition=self.words)


class Event(NamedTuple):
    name: str
    data: dict[str, Any]
    at: float


def events(answer: httpx2.Response) -> Iterator[Event]:
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield Event(name, json.loads(line.removeprefix("data: ")), time.monotonic())


def streamed(who: Candidate) -> list[Event]:
    answer = who.page.get("/interview/next")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    return list(events(answer))


def shown(found: list[Event]) -> list[str]:
    return [f"{e.data['said']}|{e.data['question']}" for e in found if e.name == "words"]


def asked(ctx: Context, interview_id: int) -> list[tuple[QuestionAsked, str]]:
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
    return [(e.event, e.text or "") for e in log.entries if isinstance(e.event, QuestionAsked)]


def answers(ctx: Context, interview_id: int) -> list[str | None]:
    with reading(ctx.engine) as session:
        return [t.answer for t in load(session, ctx.org, interview_id).transcript.turns]


def begun(folder: Path, interviewer: Any) -> tuple[Context, Candidate]:
    ctx = site(folder, model_interviewer=interviewer)
    who = candidate(ctx)
    who.begin()
    return ctx, who


def submit(who: Candidate, text: str = VAGUE, turn: int = 1) -> Any:
    return who.page.post("/interview/answer", data={"turn": turn, "text": text}, headers=HX)


def over(base: str, who: Candidate) -> httpx2.Client:
    """The same browser, on a served site: a stream is then really a stream."""
    cookies = dict(who.page.cookies.items())
    return httpx2.Client(base_url=base, cookies=cookies, headers={"sec-fetch-site": "same-origin"}, timeout=20)


FOLLOW_UP = "On that link in the harbour, what did you look at first when it came back?"


def test_the_answer_is_stored_before_a_word_is_written_and_the_page_says_what_happens(tmp_path: Path) -> None:
    speaker = Speaker(FOLLOW_UP)
    ctx, who = begun(tmp_path, speaker)
    page = submit(who)
    assert page.status_code == 200 and 'id="writing"' in page.text and "Your answer is saved" in page.text
    assert 'name="turn"' not in page.text
    assert answers(ctx, who.interview_id) == [VAGUE] and speaker.asked == 0


def test_a_follow_up_is_shown_word_by_word_and_stands_in_the_log_in_the_end(tmp_path: Path) -> None:
    ctx, who = begun(tmp_path, Speaker(FOLLOW_UP))
    submit(who)
    found = streamed(who)
    assert found[-1].name == "settled"
    assert all(FOLLOW_UP.startswith(words.removeprefix("|")) for words in shown(found))
    event, text = asked(ctx, who.interview_id)[1]
    assert (event.engine, text) == ("model", FOLLOW_UP)
    assert FOLLOW_UP in who.see() and 'id="writing"' not in who.see()


def test_the_question_after_a_transition_is_there_at_once(tmp_path: Path) -> None:
    go = threading.Event()
    ctx, who = begun(tmp_path, Speaker("Thank you for telling me about the queue in so many words.", go=go))
    with serving(ctx) as base, over(base, who) as page:
        page.post("/interview/answer", data={"turn": 1, "text": GOOD}, headers=HX)
        go.set()
        page.get("/interview/next")  # a defence of that answer, which has no transition
        go.clear()
        page.post("/interview/answer", data={"turn": 2, "text": GOOD}, headers=HX)
        with page.stream("GET", "/interview/next") as answer:
            following = events(answer)
            first = next(following)
            go.set()
            rest = list(following)
    event, text = asked(ctx, who.interview_id)[2]
    said, _, question = text.partition("\n\n")
    assert event.kind.value == "lead" and first.data["question"] == question
    assert said.startswith("Thank you") and all(said.startswith(e.data.get("said", "")) for e in rest)


def test_no_word_that_settle_refuses_is_ever_shown(tmp_path: Path) -> None:
    leak = "On that link, did you see that the window is halved after a loss in the harbour?"
    ctx, who = begun(tmp_path, Speaker(leak))
    submit(who)
    found = streamed(who)
    assert shown(found) and not any("window" in words or "halved" in words for words in shown(found))
    event, text = asked(ctx, who.interview_id)[1]
    assert event.engine == "embedded" and "gives away" in (event.fallback or "") and text != leak
    assert "Asked by the structured interviewer" in who.see() and leak not in who.see()


def test_words_of_a_model_that_breaks_off_do_not_stay(tmp_path: Path) -> None:
    ctx, who = begun(tmp_path, Speaker(FOLLOW_UP, fails=True))
    submit(who)
    found = streamed(who)
    assert found[-1].name == "settled" and shown(found)
    event, text = asked(ctx, who.interview_id)[1]
    assert event.engine == "embedded" and "broke off" in (event.fallback or "")
    page = who.see()
    assert "On that link in the harbour, what" not in page and text.split("\n\n")[-1] in page


def test_markup_in_a_models_words_travels_as_data_and_ends_no_stream(tmp_path: Path) -> None:
    hostile = (
        "On that link <img src=x onerror=alert(1)> and\n\nevent: settled\ndata: {}\n\nwhat else did you see there?"
    )
    _, who = begun(tmp_path, Speaker(hostile))
    submit(who)
    found = streamed(who)
    assert [e.name for e in found].count("settled") == 1 and found[-1].name == "settled"
    assert any("<img" in words for words in shown(found)), "shown as the text it is"
    assert "<img" not in who.see()


def test_a_stream_that_is_dropped_goes_on_without_its_page_and_a_reload_finds_the_question(tmp_path: Path) -> None:
    go = threading.Event()
    speaker = Speaker(FOLLOW_UP, go=go)
    ctx, who = begun(tmp_path, speaker)
    with serving(ctx) as base, over(base, who) as page:
        page.post("/interview/answer", data={"turn": 1, "text": VAGUE}, headers=HX)
        with page.stream("GET", "/interview/next") as answer:
            next(events(answer))
        waiting = page.get("/interview").text  # a reload in the middle joins the wait
        go.set()
        with page.stream("GET", "/interview/next") as answer:
            assert [e.name for e in events(answer)][-1] == "settled"
        assert 'id="writing"' in waiting and "The interviewer is writing" in waiting
        assert FOLLOW_UP in page.get("/interview").text
    assert speaker.asked == 1 and len(asked(ctx, who.interview_id)) == 2


def test_two_pages_follow_one_wording(tmp_path: Path) -> None:
    go = threading.Event()
    speaker = Speaker(FOLLOW_UP, go=go)
    ctx, who = begun(tmp_path, speaker)
    with serving(ctx) as base, over(base, who) as one, over(base, who) as two:
        one.post("/interview/answer", data={"turn": 1, "text": VAGUE}, headers=HX)
        with one.stream("GET", "/interview/next") as first, two.stream("GET", "/interview/next") as second:
            here, there = events(first), events(second)
            early = next(here), next(there)
            go.set()
            late = list(here)[-1], list(there)[-1]
    assert all(e.name == "words" for e in early) and all(e.name == "settled" for e in late)
    assert speaker.asked == 1


def test_a_page_that_comes_late_is_told_at_once_that_the_question_is_there(tmp_path: Path) -> None:
    _, who = begun(tmp_path, Speaker(FOLLOW_UP))
    assert [e.name for e in streamed(who)] == ["settled"]


def test_a_process_that_died_before_the_wording_leaves_the_question_to_the_next_look(tmp_path: Path) -> None:
    ctx, who = begun(tmp_path, Speaker(FOLLOW_UP))
    submit(who)
    assert FOLLOW_UP in who.see() and len(asked(ctx, who.interview_id)) == 2


def test_a_wording_that_cannot_be_stored_ends_the_stream_and_the_next_look_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, who = begun(tmp_path, Speaker(FOLLOW_UP))
    submit(who)

    def full(*_: object, **__: object) -> None:
        raise StorageFull

    with monkeypatch.context() as no_room:
        no_room.setattr(interviews, "ensure_question", full)
        assert [e.name for e in streamed(who)] == ["settled"]
        assert "disk is full" in who.page.get("/interview").text
    assert FOLLOW_UP in who.see()


def test_without_script_the_answer_to_a_submit_is_the_page_with_the_question(tmp_path: Path) -> None:
    ctx, who = begun(tmp_path, Speaker(FOLLOW_UP))
    who.say(1, VAGUE)
    assert len(asked(ctx, who.interview_id)) == 2 and FOLLOW_UP in who.see()


def test_without_a_model_the_question_comes_with_the_answer_to_the_submit(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    who = candidate(ctx)
    who.begin()
    moved = submit(who)
    assert moved.status_code == 303 and len(asked(ctx, who.interview_id)) == 2
    assert 'id="writing"' not in who.see()


def test_a_second_submit_of_the_same_words_changes_nothing_while_the_question_is_worded(tmp_path: Path) -> None:
    ctx, who = begun(tmp_path, Speaker(FOLLOW_UP))
    assert submit(who).status_code == submit(who).status_code == 200
    other = submit(who, "Something else")
    assert other.status_code == 409 and "Something else" in other.text
    assert answers(ctx, who.interview_id) == [VAGUE]


@pytest.mark.parametrize("way", ["/interview/skip", "/interview/dispute"])
def test_a_skipped_question_is_followed_the_same_way(tmp_path: Path, way: str) -> None:
    ctx, who = begun(tmp_path, Speaker("Let us look at something else in your own time."))
    page = who.page.post(way, data={"turn": 1, "text": "", "then": "skip"}, headers=HX)
    assert page.status_code == 200 and 'id="writing"' in page.text
    assert streamed(who)[-1].name == "settled" and len(asked(ctx, who.interview_id)) == 2


def test_the_last_answer_leads_to_the_end_by_the_stream_too(tmp_path: Path) -> None:
    _, who = begun(tmp_path, Speaker("Thank you for that."))
    for _ in range(40):
        at = who.page.get("/interview")
        if at.status_code == 303:
            break
        submit(who, GOOD, who.turn())
        assert streamed(who)[-1].name == "settled"
    assert at.headers["location"] == "/interview/done"


def test_the_first_words_come_long_before_the_whole_with_a_slow_server(tmp_path: Path) -> None:
    """Over the shipped server with `--latency` and `--pace`, through the gateway; both times are printed."""
    with (
        FakeServer(latency=0.5, pace=0.2) as server,
        Gateway(model="m", prompts=load_prompts(), base_url=server.base_url) as model,
    ):
        ctx, who = begun(tmp_path, ModelInterviewer(model))
        with serving(ctx) as base, over(base, who) as page:
            began = time.monotonic()
            page.post("/interview/answer", data={"turn": 1, "text": VAGUE}, headers=HX)
            stored = time.monotonic() - began
            assert server.requests == [], "storing an answer waits for no model"
            with page.stream("GET", "/interview/next") as answer:
                found = list(events(answer))
        with reading(ctx.engine) as session:
            (call,) = session.exec(select(ModelCallRow)).all()
    first, last = (found[n].at - began for n in (0, -1))
    print(f"stored {stored:.3f} s, first words {first:.3f} s, settled {last:.3f} s")
    assert found[0].name == "words" and stored < first and 0.5 <= first < last - 0.3
    assert call.status == "ok" and all(request["stream"] for request in server.requests)
