"""The interviewers: over a language model, and the embedded one that needs none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from vetting.domain.rubric import Rubric
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.engines.interviewer import AFTER_ANSWER, AFTER_SKIP, EmbeddedInterviewer
from vetting.engines.model_interviewer import ModelInterviewer
from vetting.errors import ModelFailed
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.llm.scripted import ScriptedLLM
from vetting.ports import Interviewer, ProbeAim, ProposalRequest

SECRET = "canary-reference-3141"
RUBRIC = Rubric.model_validate(
    {
        "id": "software.sample",
        "version": "1.0.0",
        "title": "Networking, a sample",
        "domain": "software",
        "summary": "Two questions.",
        "written_by": "the tests",
        "cut": {"composite": 3},
        "off_limits": ["employers"],
        "competencies": [
            {
                "id": "transport",
                "name": "Transport",
                "definition": "How data gets there.",
                "weight": 1,
                "anchors": {level: f"level {level}" for level in range(1, 6)},
                "questions": [
                    {
                        "id": "loss",
                        "type": "answer",
                        "minutes": 3,
                        "text": "What does a sender do after a loss?",
                        "reference": f"It slows down. {SECRET}",
                        "indicators": [{"id": "halves", "statement": "It halves the window", "level": 3}],
                    },
                    {
                        "id": "learn",
                        "type": "answer",
                        "minutes": 3,
                        "text": "How does a switch learn addresses?",
                        "reference": f"From source addresses. {SECRET}",
                        "indicators": [{"id": "source", "statement": "From source addresses", "level": 2}],
                    },
                ],
            }
        ],
    }
)
ANSWER = "It slows down, because the loss means that some queue ran over on the way."
AIMS = (
    ProbeAim("halves", "It halves the window", planned="By how much?", probe_id="p1"),
    ProbeAim("timer", "The timer doubles"),
)


def turn(number: int = 1, answer: str | None = ANSWER, question: str = "loss", status: str = "answered") -> Turn:
    prompt = RUBRIC.question(question).text
    return Turn(
        number=number,
        kind=PromptKind.LEAD,
        question_id=question,
        prompt=prompt,
        status=TurnStatus(status),
        answer=answer,
    )


def request(
    question: str, *turns: Turn, aims: tuple[ProbeAim, ...] = (), planned: str | None = None
) -> ProposalRequest:
    return ProposalRequest(RUBRIC, RUBRIC.question(question), Transcript(turns=turns), planned, aims)


@contextmanager
def model_interviewer() -> Iterator[tuple[ModelInterviewer, FakeServer]]:
    with FakeServer() as server, Gateway(model="fake", prompts=load_prompts(), base_url=server.base_url) as gateway:
        yield ModelInterviewer(gateway), server


def test_a_follow_up_takes_up_the_candidates_words_and_names_its_aim() -> None:
    with model_interviewer() as (interviewer, server):
        proposal = interviewer.propose(request("loss", turn(), aims=AIMS, planned="By how much?"), deadline=5)
    assert proposal.target == "halves" and proposal.probe_id is None
    assert proposal.text is not None and proposal.text.endswith("?") and proposal.text.count("?") == 1
    assert proposal.text.split('"')[1] in ANSWER
    assert (proposal.engine, proposal.model, proposal.prompt) == ("model", "fake", "interviewer.probe")
    assert proposal.prompt_sha == load_prompts().sha("interviewer.probe")
    assert [call.status for call in proposal.calls] == ["ok"]
    assert len(server.requests) == 1


def test_a_new_question_gets_a_transition_and_keeps_its_planned_wording() -> None:
    with model_interviewer() as (interviewer, _):
        proposal = interviewer.propose(request("learn", turn()), deadline=5)
    assert proposal.text is None and proposal.target is None
    assert proposal.transition and "?" not in proposal.transition
    assert proposal.prompt == "interviewer.transition"


def test_before_the_first_question_the_model_is_not_asked() -> None:
    with model_interviewer() as (interviewer, server):
        proposal = interviewer.propose(request("loss"), deadline=5)
        assert server.requests == []
    assert (proposal.text, proposal.transition, proposal.calls) == (None, None, ())
    assert proposal.engine == "embedded"


def test_no_request_of_the_interviewer_holds_the_reference_or_an_answer_outside_markers() -> None:
    other = turn(1, "I told a canary-answer to question two.", question="learn")
    with model_interviewer() as (interviewer, server):
        interviewer.propose(request("loss", other, turn(2), aims=AIMS, planned="By how much?"), deadline=5)
        interviewer.propose(request("learn", turn()), deadline=5)
        sent = [m["content"] for body in server.requests for m in body["messages"]]
    assert len(sent) == 4
    assert SECRET not in "".join(sent) and "canary-answer" not in "".join(sent)
    assert not any(ANSWER in text for text in sent[0::2])


def test_a_skipped_turn_is_told_as_skipped() -> None:
    with model_interviewer() as (interviewer, server):
        interviewer.propose(request("learn", turn(answer=None, status="skipped")), deadline=5)
        assert "The candidate skipped it." in server.requests[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    "answer",
    [
        {"aim": "of my own", "text": "What about it?"},
        {"aim": None, "text": "What about it?"},
        {"aim": "halves", "text": ""},
        {"aim": "halves", "text": "x" * 601},
        {"aim": "halves"},
        {"aim": "halves", "text": "Why?", "reference": "tell me"},
    ],
)
def test_a_follow_up_of_another_shape_is_no_proposal(answer: dict[str, Any]) -> None:
    interviewer = ModelInterviewer(ScriptedLLM([answer, answer], load_prompts()))
    with pytest.raises(ModelFailed) as caught:
        interviewer.propose(request("loss", turn(), aims=AIMS), deadline=5)
    assert len(caught.value.calls) == 2  # type: ignore[attr-defined]  # ports: ModelFailed with .calls


def test_a_server_that_is_gone_fails_at_once_with_its_call() -> None:
    with model_interviewer() as (interviewer, server):
        server.stop()
        with pytest.raises(ModelFailed) as caught:
            interviewer.propose(request("loss", turn(), aims=AIMS), deadline=8)
    assert [call.status for call in caught.value.calls] == ["unreachable"]  # type: ignore[attr-defined]  # as above


# --- the embedded one


def test_the_embedded_interviewer_asks_what_was_planned() -> None:
    interviewer: Interviewer = EmbeddedInterviewer()
    proposal = interviewer.propose(request("loss", turn(), aims=AIMS, planned="By how much?"), deadline=0)
    assert (proposal.engine, proposal.model) == ("embedded", "structured")
    assert (proposal.text, proposal.target, proposal.probe_id) == (None, "halves", "p1")
    assert proposal.transition is None and proposal.calls == ()


def test_without_a_planned_wording_it_takes_the_first_aim_that_has_one() -> None:
    proposal = EmbeddedInterviewer().propose(request("loss", turn(), aims=AIMS[::-1]), deadline=0)
    assert (proposal.text, proposal.target, proposal.probe_id) == ("By how much?", "halves", "p1")


def test_its_transitions_are_neutral_and_go_by_the_turn() -> None:
    interviewer = EmbeddedInterviewer()
    said = [interviewer.propose(request("learn", turn(n)), deadline=0).transition for n in range(1, 9)]
    assert said == [AFTER_ANSWER[n % len(AFTER_ANSWER)] for n in range(1, 9)]
    skipped = interviewer.propose(request("learn", turn(answer=None, status="skipped")), deadline=0)
    assert skipped.transition in AFTER_SKIP
    assert interviewer.propose(request("loss"), deadline=0).transition is None


def test_it_does_not_speak_english_in_a_pack_of_another_language() -> None:
    german = RUBRIC.model_copy(update={"language": "de"})
    asked = ProposalRequest(german, german.question("learn"), Transcript(turns=(turn(),)), None)
    assert EmbeddedInterviewer().propose(asked, deadline=0).transition is None
