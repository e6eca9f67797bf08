"""An answer heard as it is written: the same deadline, record and validation; no second try once words came."""

import time
from typing import Any

import pytest
from bad_servers import TRANSITION, Said, chat, error, hang, streamed

from vetting.llm.answers import fields_so_far
from vetting.llm.failures import CallFailed
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway

NAME = "interviewer.transition"
PIECES = ('{"te', 'xt": "Thank', " you. On", ' we go."}')


class Ear:
    """Keeps what was heard, and when."""

    def __init__(self) -> None:
        self.fields: list[Any] = []
        self.at: list[float] = []

    def __call__(self, fields: Any) -> None:
        self.fields.append(fields)
        self.at.append(time.monotonic())

    @property
    def words(self) -> list[str]:
        return [f["text"] for f in self.fields if "text" in f]


def ask(gateway: Gateway, ear: Ear, deadline: float = 5.0):
    return gateway.ask(NAME, TRANSITION, Said, deadline=deadline, heard=ear)


def fail(gateway: Gateway, ear: Ear, deadline: float = 5.0) -> list[str]:
    with pytest.raises(CallFailed) as caught:
        ask(gateway, ear, deadline)
    return [call.status for call in caught.value.calls]


def test_words_are_heard_as_they_come_and_the_answer_is_validated_and_recorded_as_ever(connect) -> None:
    gateway, server = connect(streamed(*PIECES))
    ear = Ear()
    reply = ask(gateway, ear)
    assert reply.value == Said(text="Thank you. On we go.")
    assert ear.words == ["Thank", "Thank you. On", "Thank you. On we go."]
    (call,) = reply.calls
    assert (call.status, call.input_tokens, call.output_tokens) == ("ok", 7, 4)
    assert reply.first_words_ms is not None and reply.first_words_ms <= call.milliseconds
    assert server.bodies[0]["stream"] is True and server.bodies[0]["stream_options"] == {"include_usage": True}
    assert server.bodies[0]["response_format"]["json_schema"]["strict"]


def test_without_a_listener_nothing_is_streamed(connect) -> None:
    gateway, server = connect(chat('{"text": "Thank you."}'))
    reply = gateway.ask(NAME, TRANSITION, Said, deadline=5)
    assert "stream" not in server.bodies[0] and reply.first_words_ms is None


def test_the_first_words_are_heard_long_before_the_last() -> None:
    with FakeServer(pace=0.1) as server, Gateway(model="m", prompts=_prompts(), base_url=server.base_url) as gateway:
        ear = Ear()
        ask(gateway, ear)
        ended = time.monotonic()
    assert len(ear.words) >= 2
    assert ended - ear.at[0] >= 0.1


def test_a_server_that_fails_before_the_first_word_is_tried_again(connect) -> None:
    gateway, server = connect(error(503, "busy"), streamed(*PIECES))
    ear = Ear()
    assert [c.status for c in ask(gateway, ear).calls] == ["server_error", "ok"]
    assert len(server.bodies) == 2


@pytest.mark.parametrize("end", ["cut", "reset"])
def test_a_stream_that_breaks_off_after_the_first_word_is_not_tried_again(connect, end: str) -> None:
    gateway, server = connect(streamed(*PIECES[:3], end=end))
    ear = Ear()
    assert fail(gateway, ear) == ["broken_connection"]
    assert ear.words and len(server.bodies) == 1


@pytest.mark.parametrize("end", ["hang", "drip"])
def test_a_stream_that_stops_or_drips_ends_at_the_deadline(connect, end: str) -> None:
    gateway, _ = connect(streamed(*PIECES[:2], end=end))
    ear, began = Ear(), time.monotonic()
    assert fail(gateway, ear, deadline=0.5) == ["timeout"]
    assert time.monotonic() - began < 4 and ear.words == ["Thank"]


def test_a_server_that_never_begins_ends_at_the_deadline(connect) -> None:
    gateway, _ = connect(hang)
    assert fail(gateway, Ear(), deadline=0.4) == ["timeout"]


def test_a_missing_done_is_forgiven_where_the_server_said_that_it_stopped(connect) -> None:
    gateway, _ = connect(streamed(*PIECES, end="without_done"))
    assert ask(gateway, Ear()).value.text == "Thank you. On we go."


def test_an_answer_cut_at_its_length_and_a_refused_one_are_errors(connect) -> None:
    gateway, _ = connect(streamed(*PIECES, reason="length"))
    assert fail(gateway, Ear()) == ["cut"]
    gateway, _ = connect(streamed(*PIECES, reason="content_filter"))
    assert fail(gateway, Ear()) == ["refused"]


def test_what_is_no_chat_stream_is_said_to_be_none(connect) -> None:
    gateway, _ = connect(streamed(*PIECES, tail="data: {oops\n\n"))
    assert fail(gateway, Ear()) == ["not_api"]
    gateway, _ = connect(streamed(*PIECES, tail='data: {"error": {"message": "out of memory"}}\n\n'))
    assert fail(gateway, Ear()) == ["server_error"]


def test_an_unusable_answer_is_repaired_once_and_heard_anew(connect) -> None:
    gateway, server = connect(streamed('{"text": ', '"x"}'), streamed(*PIECES))
    ear = Ear()
    reply = ask(gateway, ear)
    assert [c.status for c in reply.calls] == ["invalid", "ok"]
    assert ear.words[0] == "x" and ear.words[-1] == "Thank you. On we go."
    assert len(server.bodies[1]["messages"]) == 4


def test_a_server_that_answers_in_one_piece_all_the_same_is_understood(connect) -> None:
    gateway, _ = connect(chat('{"text": "Thank you."}'))
    ear = Ear()
    assert ask(gateway, ear).value.text == "Thank you." and ear.words == ["Thank you."]


def test_a_server_that_cannot_stream_is_asked_otherwise_and_remembered(connect) -> None:
    gateway, server = connect(
        error(400, "unknown field stream_options"),
        error(400, "stream is not supported"),
        chat('{"text": "Thank you."}'),
    )
    ear = Ear()
    assert ask(gateway, ear).value.text == "Thank you." and ear.words == ["Thank you."]
    assert "stream_options" not in server.bodies[1] and "stream" not in server.bodies[2]
    ask(gateway, ear)
    assert len(server.bodies) == 4


def test_a_flood_is_dropped(connect) -> None:
    gateway, _ = connect(streamed(*(("x" * 1_000_000,) * 12)))
    assert fail(gateway, Ear()) == ["too_large"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        ("Sure, here", {}),
        ('{"aim": "a"', {"aim": "a"}),
        ('{"aim": "a", "text": "Why d', {"aim": "a", "text": "Why d"}),
        ('```json\n{"text": "A quote \\"', {"text": 'A quote "'}),
        ('{"text": "caf\\u00', {"text": "caf"}),
        ('<think>{"text": "no"} hm', {}),
        ('<think>{"text": "no"}</think>{"text": "yes', {"text": "yes"}),
        ("{oops", {}),
        ('["text"', {}),
    ],
)
def test_what_can_be_read_of_an_unfinished_answer(text: str, fields: dict[str, str]) -> None:
    assert fields_so_far(text) == fields


def _prompts():
    from vetting.llm.prompts import load_prompts

    return load_prompts()
