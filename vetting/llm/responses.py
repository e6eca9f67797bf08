"""What a server's response means: the text of a chat completion, or a fault. Pure; no text of the response is kept."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from vetting.llm.failures import CallFault, CallStatus
from vetting.ports import Token


class Content(NamedTuple):
    """The text of an answer, its size in tokens as the server counts them (0 unknown), and how long it took.

    `tokens` are its pieces with their alternatives, where the server gave log-probabilities.
    """

    text: str
    input_tokens: int
    output_tokens: int
    milliseconds: int
    tokens: tuple[Token, ...] = ()


def read_content(body: bytes, milliseconds: int) -> Content:
    """The text of a chat completion. Raises CallFault where there is none, or where it is not whole."""
    try:
        completion = json.loads(body)
        choices = completion["choices"]
        first = choices[0] if choices else None
        reason, message = (first.get("finish_reason"), first["message"]) if first else (None, {})
        text, refusal = message.get("content"), message.get("refusal")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        message = "The language model's server answers, but not as a chat endpoint: check OPENAI_BASE_URL."
        raise CallFault(CallStatus.NOT_API, message) from None
    if refusal or reason == "content_filter":
        raise CallFault(CallStatus.REFUSED, "The language model refused to answer.")
    if reason == "length":
        raise CallFault(CallStatus.CUT, "The language model's answer was cut off at its length limit.")
    if not isinstance(text, str) or not text.strip():
        raise CallFault(CallStatus.EMPTY, "The language model answered nothing.")
    usage = completion.get("usage")
    sizes = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    return Content(text, *sizes, milliseconds, _tokens(first, text))


class StreamReader:
    """Puts a streamed chat completion together; `text` is what has been said so far.

    A server that was asked to stream and answers in one piece is understood as well.
    """

    def __init__(self) -> None:
        self.text = ""
        self._rest = bytearray()
        self._whole = bytearray()
        self._reason: str | None = None
        self._refused = self._ended = self._events = False
        self._usage: object = None

    def feed(self, piece: bytes) -> bool:
        """Take what arrived; whether there are more words now. Raises CallFault."""
        before = len(self.text)
        if not self._events:
            self._whole += piece
        self._rest += piece
        *lines, rest = self._rest.split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            if line.startswith(b"data:"):
                self._events = True
                self._event(bytes(line[5:].strip()))
        return len(self.text) > before

    def content(self, milliseconds: int) -> Content:
        """The whole answer once the server has closed the stream. Raises CallFault where it is not whole."""
        if self._rest.startswith(b"data:"):
            self.feed(b"\n")
        if not self._events:
            return read_content(bytes(self._whole), milliseconds)
        if self._reason is None and not self._ended:
            raise CallFault(CallStatus.BROKEN, "The connection to the language model broke off.", detail="cut stream")
        if self._refused:
            self._reason = "content_filter"
        message = {"content": self.text, "refusal": None}
        whole = {"choices": [{"finish_reason": self._reason, "message": message}], "usage": self._usage}
        return read_content(json.dumps(whole).encode(), milliseconds)

    def _event(self, data: bytes) -> None:
        if data == b"[DONE]":
            self._ended = True
            return
        try:
            chunk = json.loads(data)
            if chunk.get("error"):
                raise CallFault(CallStatus.SERVER_ERROR, "The language model's server reports an error of its own.")
            self._usage = chunk.get("usage") or self._usage
            for choice in chunk.get("choices") or ():
                delta = choice.get("delta") or {}
                self.text += delta.get("content") or ""
                self._refused |= bool(delta.get("refusal"))
                self._reason = choice.get("finish_reason") or self._reason
        except (ValueError, TypeError, AttributeError, RecursionError):
            message = "The language model's server streams, but not as a chat endpoint: check OPENAI_BASE_URL."
            raise CallFault(CallStatus.NOT_API, message) from None


def _tokens(choice: Any, text: str) -> tuple[Token, ...]:
    """The tokens of an answer; none where the server gave none, or others than the text is made of."""
    try:
        listed = (choice.get("logprobs") or {}).get("content") or ()
        tokens = tuple(Token(str(piece["token"]), _choices(piece)) for piece in listed)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        return ()
    return tokens if "".join(token.text for token in tokens) == text else ()


def _choices(piece: Any) -> tuple[tuple[str, float], ...]:
    listed = piece.get("top_logprobs") or [piece]
    found = {str(other["token"]): math.exp(min(float(other["logprob"]), 0.0)) for other in [*listed, piece]}
    return tuple((text, chance) for text, chance in found.items() if math.isfinite(chance))


def _count(usage: object, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def since(started: float) -> int:
    """Milliseconds from `started` (monotonic seconds) to now."""
    return round((time.monotonic() - started) * 1000)


def late() -> CallFault:
    """The fault of a call that outlasted its deadline."""
    return CallFault(CallStatus.TIMEOUT, "The language model did not answer in time.")


_HINTS = {
    "max_completion_tokens": re.compile(r"max_completion_tokens"),
    "logprobs": re.compile(r"logprobs|log.?prob"),
    "temperature": re.compile(r"temperature"),
    "stream_options": re.compile(r"stream_options|include_usage"),
    "stream": re.compile(r"\bstream\b|streaming"),
    "schema": re.compile(r"response_format|json_schema|schema|grammar"),
    "model": re.compile(r"model"),
}


def status_fault(status: int, headers: Mapping[str, str], body: str) -> CallFault:
    """What a response of that status means. Its text may repeat a key or an answer: it decides, and is not kept."""
    hints = frozenset(name for name, pattern in _HINTS.items() if pattern.search(body.lower()))
    kind, message = _meaning(status, hints)
    return CallFault(kind, message, _retry_after(headers), f"http {status}", hints)


def _meaning(status: int, hints: frozenset[str]) -> tuple[CallStatus, str]:
    if status in (401, 403):
        return CallStatus.WRONG_KEY, "The language model's server refused the key: check OPENAI_API_KEY."
    if status == 404 and "model" in hints:
        return CallStatus.NOT_FOUND, "The server does not know the model: check VETTING_LLM_MODEL and OPENAI_BASE_URL."
    if status in (404, 405) or 300 <= status < 400:
        return CallStatus.NOT_FOUND, "There is no chat endpoint at that address: check OPENAI_BASE_URL."
    if status == 429:
        return CallStatus.LIMITED, "The language model's server is asked more often than it allows."
    if status >= 500 or status in (408, 409):
        return CallStatus.SERVER_ERROR, f"The language model's server reports an error of its own ({status})."
    return CallStatus.BAD_REQUEST, f"The language model's server does not accept the request ({status})."


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; None where it is missing or a date."""
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
