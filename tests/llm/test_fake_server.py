"""The fake server: speaks the API, judges honestly by words, stops when told."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient

from vetting.errors import BadInput
from vetting.llm import fake_judge
from vetting.llm.fake_server import FakeServer, make_app, make_script, read_script
from vetting.llm.prompts import PromptBook

QUESTION = "Why does a transport sender slow down after a lost segment, and how does it speed up again?"
INDICATORS = {
    "congestion-signal": "Loss is taken as a sign of congestion in the network",
    "halving": "The congestion window is halved, a multiplicative decrease",
    "linear-growth": "Afterwards the window grows linearly, by about one segment per round trip",
    "fast-retransmit": "Three duplicate acknowledgements trigger a fast retransmission before the timer expires",
}
MISCONCEPTIONS = {"receiver-full": "The receiver's buffer is full and it told the sender to stop"}


def rate(prompts: PromptBook, *answers: str, script: Any = None) -> dict[str, dict[str, Any]]:
    """The honest judge's verdicts by target, over the real rendered prompt."""
    variables = {
        "language": "en",
        "question": QUESTION,
        "reference": "Loss signals congestion; the window is halved and then grows by a segment per round trip.",
        "positions": [],
        "indicators": [{"id": i, "statement": s} for i, s in INDICATORS.items()],
        "misconceptions": [{"id": i, "statement": s} for i, s in MISCONCEPTIONS.items()],
        "answers": [{"turn": n, "prompt": QUESTION, "answer": a} for n, a in enumerate(answers, 1)],
    }
    message = prompts.render("rater.indicators", variables).user
    answer = fake_judge.reply(fake_judge.Honest(make_script(script) if script else None), message)
    return {v["target"]: v for v in (*answer["indicators"], *answer["misconceptions"])}


def findings(verdicts: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {target: verdict["finding"] for target, verdict in verdicts.items()}


BRILLIANT = (
    "It reads the loss as a sign that the network is congested. So it halves its congestion window, which is "
    "the multiplicative decrease. After that the window grows linearly again, roughly one segment per round "
    "trip. It notices early because three duplicate acknowledgements trigger fast retransmission before the timer "
    "expires."
)
NOTHING = dict.fromkeys([*INDICATORS, *MISCONCEPTIONS], "not_shown")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            BRILLIANT,
            {i: "met" for i in INDICATORS},
        ),
        ("no idea, sorry. I would have to look that up", {}),
        ("The sender slows down after a lost segment, and then it speeds up again. That is why.", {}),
        ("A loss is a sign of congestion, somewhere a queue ran over", {"congestion-signal": "met"}),
        (
            "I think the buffer of the receiver is full. It told the sender to stop sending for a while.",
            {"receiver-full": "met"},
        ),
        (
            "The congestion window is not halved by any multiplicative decrease, it stays the same.",
            {"halving": "contradicted"},
        ),
    ],
    ids=["brilliant", "blank", "parrot", "one point", "misconception", "denial"],
)
def test_the_honest_judge_finds_what_an_answer_says(prompts: PromptBook, answer: str, expected: dict[str, str]) -> None:
    verdicts = rate(prompts, answer)
    assert findings(verdicts) == NOTHING | expected
    for verdict in verdicts.values():
        assert (verdict["quote"] is None) == (verdict["finding"] == "not_shown")
        assert verdict["quote"] is None or verdict["quote"] in answer


def test_a_later_answer_counts_and_is_quoted(prompts: PromptBook) -> None:
    verdicts = rate(prompts, "Not sure.", "Well, loss is a sign of congestion in the network.")
    assert verdicts["congestion-signal"]["quote"] == "Well, loss is a sign of congestion in the network."


def test_words_of_the_prompt_or_reference_are_no_evidence(prompts: PromptBook) -> None:
    assert findings(rate(prompts, "Yes.")) == NOTHING


def test_a_script_goes_before_the_judges_own_view(prompts: PromptBook) -> None:
    script = {"verdicts": {"halving": "met", "congestion-signal": {"finding": "partly", "quote": "a queue"}}}
    verdicts = rate(prompts, "It waits. I would guess that a queue is long somewhere.", script=script)
    assert verdicts["halving"] | {"evidence": ""} == {
        "target": "halving",
        "evidence": "",
        "quote": "I would guess that a queue is long somewhere.",
        "finding": "met",
    }
    assert (verdicts["congestion-signal"]["finding"], verdicts["congestion-signal"]["quote"]) == ("partly", "a queue")


@pytest.mark.parametrize(
    "script",
    [[], {"verdict": {}}, {"verdicts": []}, {"verdicts": {"a": "maybe"}}, {"attacks": [1]}, {"verdicts": {"a": {}}}],
)
def test_a_wrong_script_is_refused_naming_the_field(script: Any) -> None:
    with pytest.raises(BadInput, match="script"):
        make_script(script)


def test_a_script_that_is_no_json_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("{")
    with pytest.raises(BadInput, match=r"s\.json"):
        read_script(tmp_path / "s.json")


# --- the API


def test_the_openai_client_reads_answers_whole_streamed_and_the_list_of_models(fake: FakeServer) -> None:
    client = openai.OpenAI(api_key="none", base_url=fake.base_url, max_retries=0)
    messages: Any = [{"role": "user", "content": "Hello"}]
    whole = client.chat.completions.create(model="m", messages=messages)
    stream = client.chat.completions.create(model="m", messages=messages, stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert len(pieces) > 2 and "".join(pieces) == whole.choices[0].message.content
    assert "stand-in" in json.loads("".join(pieces))["text"]
    assert [model.id for model in client.models.list()] == ["fake-llm"]
    assert [request["messages"] for request in fake.requests] == [messages, messages]
    client.close()


def test_a_request_that_is_none_gets_an_error_as_the_api_words_it() -> None:
    client = TestClient(make_app(fake_judge.Honest()))
    response = client.post("/v1/chat/completions", content=b"{")
    assert response.status_code == 400 and response.json()["error"]["type"] == "invalid_request_error"


def test_the_same_seed_gives_the_same_answer() -> None:
    message = "Marker code of this message: 0123456789abcdef\n## Next question\nWhat is a route?"
    answers = [fake_judge.reply(fake_judge.Honest(seed=seed), message)["text"] for seed in (1, 1, 2)]
    assert answers[0] == answers[1] != answers[2]


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(BadInput, match="honest"):
        FakeServer(mode="obliging")


def test_a_taken_port_is_one_sentence(fake: FakeServer) -> None:
    with pytest.raises(BadInput, match=str(fake.port)), FakeServer(port=fake.port):
        pass


def test_as_a_process_it_prints_its_port_and_ends_with_zero_on_sigterm() -> None:
    code = "import sys; from vetting.llm.fake_server import run; run(sys.stdout)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        client = openai.OpenAI(api_key="none", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)
        assert len(client.models.list().data) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        client.close()


def test_it_knows_nothing_of_rubrics_or_services() -> None:
    code = (
        "import sys, vetting.llm.fake_server\n"
        "print([m for m in sys.modules if m.startswith(('vetting.domain.', 'vetting.services', 'vetting.ports'))"
        " and m != 'vetting.domain.tongue'])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
