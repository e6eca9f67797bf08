"""How sure a model says it is: log-probabilities and samples, asked for by the gateway and done without."""

import json
from collections.abc import Callable

import pytest
from bad_servers import TRANSITION, BadServer, Behaviour, Said, chat, error, http

from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.llm.shape import Rung
from vetting.ports import ModelReply

GOOD = chat('{"text": "Thank you."}')


def ask(gateway: Gateway) -> ModelReply[Said]:
    return gateway.ask("interviewer.transition", TRANSITION, Said, deadline=5.0)


def sure(*pieces: tuple[str, dict[str, float]]) -> Behaviour:
    """A completion with log-probabilities: pieces of text, each with alternatives."""
    content = [
        {"token": text, "logprob": -0.1, "top_logprobs": [{"token": t, "logprob": p} for t, p in others.items()]}
        for text, others in pieces
    ]
    message = {"role": "assistant", "content": "".join(text for text, _ in pieces)}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": {"content": content}}
    return http(200, json.dumps({"choices": [choice]}))


def certain(connect: Callable[..., tuple], *behaviours: Behaviour) -> tuple[Gateway, BadServer]:
    _, server = connect(*behaviours)
    return Gateway(model="m", prompts=load_prompts(), base_url=server.base_url, logprobs=True), server


def test_log_probabilities_come_back_with_the_answer_when_they_are_asked_for(connect) -> None:
    answer = sure(('{"text": "', {}), ("Thanks", {"Thanks": -0.1, "Thank": -2.4}), ('."}', {}))
    gateway, server = certain(connect, answer)
    reply = ask(gateway)
    assert server.bodies[0]["logprobs"] is True and server.bodies[0]["top_logprobs"] == 5
    assert [token.text for token in reply.tokens] == ['{"text": "', "Thanks", '."}']
    assert dict(reply.tokens[1].choices) == pytest.approx({"Thanks": 0.905, "Thank": 0.091}, abs=1e-3)


def test_they_are_not_asked_for_by_default(connect) -> None:
    gateway, server = connect(GOOD)
    assert ask(gateway).tokens == () and "logprobs" not in server.bodies[0]


@pytest.mark.parametrize("words", ["logprobs are not supported", "invalid request"])
def test_a_server_that_refuses_them_is_asked_without_and_that_is_remembered(connect, words: str) -> None:
    gateway, server = certain(connect, error(400, words), GOOD)
    assert ask(gateway).tokens == () and ask(gateway).value == Said(text="Thank you.")
    assert ["logprobs" in body for body in server.bodies] == [True, False, False]
    assert gateway.shape.rung is Rung.SCHEMA


@pytest.mark.parametrize(
    "content", [7, [{"token": "x"}], [{"token": "other", "logprob": -1}], [{"logprob": "a"}], None]
)
def test_log_probabilities_that_do_not_fit_the_answer_are_left_aside(connect, content: object) -> None:
    message = {"role": "assistant", "content": '{"text": "Thank you."}'}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": {"content": content}}
    gateway, _ = certain(connect, http(200, json.dumps({"choices": [choice]})))
    reply = ask(gateway)
    assert reply.value == Said(text="Thank you.") and reply.tokens == ()


def test_samples_are_drawn_at_a_temperature_of_their_own(connect) -> None:
    _, server = connect(GOOD)
    ask(Gateway(model="m", prompts=load_prompts(), base_url=server.base_url, temperature=0.7))
    assert server.bodies[0]["temperature"] == 0.7
