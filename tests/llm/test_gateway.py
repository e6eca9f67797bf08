"""The gateway against servers that misbehave: one deadline, own retries, the ladder, one repair, a record of all."""

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from bad_servers import (
    TRANSITION,
    Behaviour,
    Said,
    chat,
    drip_body,
    drip_error,
    drip_head,
    error,
    hang,
    http,
    reset,
)

from vetting.errors import BadInput, ModelFailed
from vetting.llm.breaker import Breaker
from vetting.llm.failures import CallFailed, CallStatus
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import PromptBook
from vetting.llm.shape import Rung
from vetting.llm.wire import Wire

GOOD = chat('{"text": "Thank you."}')
NAME = "interviewer.transition"


def ask(gateway: Gateway, deadline: float = 5.0):
    return gateway.ask(NAME, TRANSITION, Said, deadline=deadline)


def fail(gateway: Gateway, deadline: float = 5.0) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        ask(gateway, deadline)
    return caught.value


def statuses(failure: CallFailed) -> list[str]:
    return [call.status for call in failure.calls]


def test_a_good_answer_comes_back_validated_and_recorded(connect) -> None:
    gateway, server = connect(GOOD)
    reply = ask(gateway)
    assert reply.value == Said(text="Thank you.")
    (call,) = reply.calls
    assert (call.status, call.rung, call.model, call.prompt) == ("ok", "json_schema", "m", NAME)
    assert (call.input_tokens, call.output_tokens) == (7, 3)
    assert call.prompt_sha == gateway.prompt_sha(NAME)
    sent = server.bodies[0]
    assert sent["max_tokens"] == 300 and sent["temperature"] == 0.3
    schema = sent["response_format"]["json_schema"]
    assert schema["strict"] and schema["schema"]["additionalProperties"] is False


# --- the ladder


def test_a_server_without_json_schema_gets_json_object_and_is_remembered(connect) -> None:
    gateway, server = connect(error(400, "response_format json_schema is not supported"), GOOD)
    assert [c.status for c in ask(gateway).calls] == ["bad_request", "ok"]
    assert [c.rung for c in ask(gateway).calls] == ["json_object"]
    assert server.bodies[1]["response_format"] == {"type": "json_object"}
    assert "JSON schema" in server.bodies[1]["messages"][1]["content"]


def test_a_server_without_any_response_format_gets_the_schema_in_the_prompt(connect) -> None:
    fenced = chat('Here it is:\n```json\n{"text": "Thank you."}\n```')
    gateway, server = connect(error(422, "extra field"), error(400, "no"), fenced)
    reply = ask(gateway)
    assert [c.rung for c in reply.calls] == ["json_schema", "json_object", "plain"]
    assert "response_format" not in server.bodies[2]
    assert gateway.shape.rung is Rung.PLAIN


def test_a_request_refused_at_every_rung_is_not_remembered(connect) -> None:
    gateway, _ = connect(error(400, "the prompt is too long"))
    failure = fail(gateway)
    assert statuses(failure) == ["bad_request"] * 3
    assert gateway.shape.rung is Rung.SCHEMA


def test_a_model_that_wants_other_parameters_gets_them(connect) -> None:
    gateway, server = connect(
        error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        error(400, "Unsupported value: 'temperature' does not support 0.3"),
        GOOD,
    )
    reply = ask(gateway)
    assert reply.calls[-1].rung == "json_schema"
    assert "max_tokens" not in server.bodies[2] and "temperature" not in server.bodies[2]
    assert server.bodies[2]["max_completion_tokens"] >= 300
    ask(gateway)
    assert len(server.bodies) == 4


# --- retries


def test_a_rate_limit_is_waited_out_as_the_server_asks(connect) -> None:
    gateway, _ = connect(error(429, "slow down", "Retry-After: 1\r\n"), GOOD)
    started = time.monotonic()
    assert [c.status for c in ask(gateway).calls] == ["rate_limited", "ok"]
    assert 1.0 <= time.monotonic() - started < 2.0


def test_a_rate_limit_longer_than_the_deadline_fails_at_once(connect) -> None:
    gateway, server = connect(error(429, "slow down", "Retry-After: 60\r\n"))
    started = time.monotonic()
    assert statuses(fail(gateway)) == ["rate_limited"]
    assert time.monotonic() - started < 0.8 and len(server.bodies) == 1


@pytest.mark.parametrize("bad", [error(500, "oops"), error(503, "busy"), error(429, "slow"), reset])
def test_a_passing_fault_is_tried_again(connect, bad: Behaviour) -> None:
    gateway, _ = connect(bad, GOOD)
    assert ask(gateway).calls[-1].status == "ok"


def test_a_lasting_server_error_is_tried_four_times_and_all_are_recorded(connect) -> None:
    gateway, server = connect(error(500, "oops"))
    failure = fail(gateway, deadline=10)
    assert statuses(failure) == ["server_error"] * 4 and len(server.bodies) == 4
    assert isinstance(failure, ModelFailed) and failure.retryable


# --- the deadline


@pytest.mark.parametrize("slow", [hang, drip_body, drip_head, drip_error])
def test_no_slow_server_outlasts_the_deadline(connect, slow: Behaviour) -> None:
    gateway, _ = connect(slow)
    started = time.monotonic()
    failure = fail(gateway, deadline=0.6)
    assert 0.5 <= time.monotonic() - started < 1.0
    assert statuses(failure) == ["timeout"]


def test_the_deadline_covers_retries_rungs_and_repair_together(connect) -> None:
    def late(behaviour: Behaviour) -> Behaviour:
        def behave(connection: socket.socket, stop: threading.Event) -> None:
            stop.wait(0.3)
            behaviour(connection, stop)

        return behave

    gateway, _ = connect(late(error(400, "schema")), late(error(500, "oops")), late(chat("{}")), late(GOOD))
    started = time.monotonic()
    fail(gateway, deadline=1.0)
    assert time.monotonic() - started < 1.3


def test_a_deadline_already_past_sends_nothing(connect) -> None:
    gateway, server = connect(GOOD)
    assert fail(gateway, deadline=0).calls == ()
    assert server.bodies == [] and not gateway.breaker.open


# --- answers that are none


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (chat(None, refusal="I will not"), "refused"),
        (chat("", reason="content_filter"), "refused"),
        (chat('{"text": "Thank', reason="length"), "cut"),
        (chat('{"text": "Thank you."}', reason="length"), "cut"),
        (http(200, '{"choices": []}'), "empty"),
        (http(200, '{"choices": null}'), "empty"),
        (chat(None), "empty"),
        (chat("  \n"), "empty"),
        (chat([{"type": "text"}]), "empty"),
        (http(200, "<html><body>Welcome</body></html>"), "not_api"),
        (http(200, ""), "not_api"),
        (http(200, "[]"), "not_api"),
        (http(200, '{"choices": [7]}'), "not_api"),
        (http(200, '{"choices": [{"message": "text"}]}'), "not_api"),
        (http(200, '{"ok": tr'), "not_api"),
        (http(200, b"\xff\xfe\x00"), "not_api"),
        (http(200, "[" * 100_000), "not_api"),
        (chat("x" * 5_000_000), "too_large"),
        (http(200, b"x" * 5_000_000), "too_large"),
        (http(500, b"x" * 5_000_000), "server_error"),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_never_a_value(connect, answer: Behaviour, status: str) -> None:
    gateway, _ = connect(answer)
    failure = fail(gateway, deadline=1.0)
    assert statuses(failure)[0] == status


def test_a_refused_connection_fails_at_once_and_names_the_setting(prompts: PromptBook) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Gateway(model="m", prompts=prompts, base_url=f"http://127.0.0.1:{port}/v1") as gateway:
        started = time.monotonic()
        failure = fail(gateway)
        assert time.monotonic() - started < 0.8
    assert statuses(failure) == ["unreachable"]
    assert "OPENAI_BASE_URL" in failure.message


@pytest.mark.parametrize(
    ("answer", "setting"),
    [
        (error(401, "Incorrect API key provided: sk-secret"), "OPENAI_API_KEY"),
        (error(403, "no"), "OPENAI_API_KEY"),
        (http(404, "<h1>Not Found</h1>"), "OPENAI_BASE_URL"),
        (http(301, "", "Location: http://127.0.0.1:9/\r\n"), "OPENAI_BASE_URL"),
        (http(307, "", "Location: http://127.0.0.1:9/\r\n"), "OPENAI_BASE_URL"),
        (error(404, "The model `m` does not exist"), "VETTING_LLM_MODEL"),
        (http(200, "<html>"), "OPENAI_BASE_URL"),
    ],
)
def test_a_wrong_key_or_address_is_one_sentence_naming_the_setting(connect, answer: Behaviour, setting: str) -> None:
    gateway, server = connect(answer)
    failure = fail(gateway)
    assert setting in failure.message and failure.message.endswith(".") and "\n" not in failure.message
    assert len(server.bodies) == 1
    assert "sk-secret" not in failure.message + repr(failure.calls)


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://a/b", "http://", "", "v1", "http://a:99999999/v1", "http://[::1/v1"]
)
def test_a_base_url_that_is_none_is_refused_when_the_gateway_is_made(prompts: PromptBook, url: str) -> None:
    with pytest.raises(BadInput, match="OPENAI_BASE_URL"):
        Gateway(model="m", prompts=prompts, base_url=url)


def test_without_a_base_url_it_is_openais_whatever_an_empty_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert str(Wire("k", None)._connected().base_url) == "https://api.openai.com/v1/"


def test_a_key_from_a_file_may_end_in_a_line_break_and_one_with_odd_characters_is_refused(prompts: PromptBook) -> None:
    with (
        FakeServer() as server,
        Gateway(model="m", prompts=prompts, api_key="k\n", base_url=server.base_url) as gateway,
    ):
        assert ask(gateway).calls[-1].status == "ok"
    for key in ("k\x00y", "schlüssel", "two\nlines"):
        with pytest.raises(BadInput, match="OPENAI_API_KEY"):
            Gateway(model="m", prompts=prompts, api_key=key)


# --- repair


def test_an_invalid_answer_is_repaired_once_with_the_reason(connect) -> None:
    gateway, server = connect(chat('{"text": "x", "score": 5}'), GOOD)
    reply = ask(gateway)
    assert [c.status for c in reply.calls] == ["invalid", "ok"]
    roles = [m["role"] for m in server.bodies[1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    complaint = server.bodies[1]["messages"][3]["content"]
    assert "score" in complaint and "text" in complaint and "JSON schema" in complaint


def test_a_second_invalid_answer_fails_without_a_value_and_without_its_text_in_the_record(connect) -> None:
    gateway, server = connect(chat('{"text": 7, "name of a candidate": 1}'))
    failure = fail(gateway)
    assert statuses(failure) == ["invalid", "invalid"] and len(server.bodies) == 2
    assert "candidate" not in repr(failure.calls) + failure.message


# --- the breaker


def test_three_failures_in_a_row_open_the_breaker_and_one_probe_closes_it(connect) -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    gateway, server = connect(*[error(401, "no")] * 4, GOOD, breaker=breaker)
    for _ in range(3):
        fail(gateway)
    for _ in range(50):
        assert fail(gateway).calls == ()
    assert len(server.bodies) == 3
    now[0] = 30.0
    assert statuses(fail(gateway)) == ["wrong_key"]
    assert fail(gateway).calls == ()
    now[0] = 60.0
    assert ask(gateway).value.text == "Thank you."
    assert ask(gateway).value.text == "Thank you."


def test_a_probe_is_a_single_request(connect) -> None:
    now = [0.0]
    gateway, server = connect(*[error(401, "no")] * 3, error(500, "oops"), breaker=Breaker(clock=lambda: now[0]))
    for _ in range(3):
        fail(gateway)
    now[0] = 31.0
    assert statuses(fail(gateway)) == ["server_error"]
    assert len(server.bodies) == 4


def test_unusable_content_does_not_switch_the_model_off_for_others(connect) -> None:
    gateway, _ = connect(*[chat(None, refusal="no")] * 4, GOOD)
    for _ in range(4):
        fail(gateway)
    assert ask(gateway).value.text == "Thank you."


# --- threads


def test_many_threads_are_served_at_once(prompts: PromptBook) -> None:
    with (
        FakeServer(latency=0.3) as server,
        Gateway(model="m", prompts=prompts, base_url=server.base_url) as gateway,
        ThreadPoolExecutor(16) as pool,
    ):
        ask(gateway)
        started = time.monotonic()
        replies = list(pool.map(lambda _: ask(gateway), range(16)))
        assert time.monotonic() - started < 2.0
    assert len(replies) == 16 and all(len(r.calls) == 1 for r in replies)


def test_one_hanging_request_does_not_hold_up_another(connect: Callable[..., tuple]) -> None:
    gateway, server = connect(hang, GOOD)
    with ThreadPoolExecutor(2) as pool:
        stuck = pool.submit(fail, gateway, 1.5)
        while not server.bodies and not stuck.done():
            time.sleep(0.01)
        started = time.monotonic()
        assert ask(gateway).value.text == "Thank you."
        assert time.monotonic() - started < 1.0
        assert statuses(stuck.result()) == [CallStatus.TIMEOUT]


def test_a_closed_gateway_can_be_used_again(connect) -> None:
    gateway, _ = connect(GOOD)
    ask(gateway)
    gateway.close()
    assert ask(gateway).value.text == "Thank you."


def test_no_request_holds_more_than_the_prompt_the_settings_and_the_schema(connect) -> None:
    gateway, server = connect(GOOD)
    ask(gateway)
    assert set(server.bodies[0]) == {"model", "messages", "max_tokens", "temperature", "response_format"}
    assert json.dumps(server.bodies[0]).count("sk-secret") == 0
