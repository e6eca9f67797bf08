"""How a fake language model's server fails: one fault per request, drawn from a list by a seed.

What is asked for is answered honestly first; a fault then spoils the answer on its way. A server that keeps its
connections open for ever or drops them is part of it, so only the fake server can play these.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Any

from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from vetting.errors import BadInput

BIG = 5_000_000
DRIP_SECONDS = 5.0
HANG_SECONDS = 120.0
SHARE_OK = 0.5
"""How many requests of a server with the whole list of faults are answered well."""


class Fault(StrEnum):
    """What happens to one request."""

    OK = "ok"
    LIMITED = "429"
    LIMITED_AFTER = "429_retry_after"
    ERROR = "500"
    WRONG_KEY = "401"
    EMPTY = "empty_choices"
    CUT = "length_cut"
    REFUSAL = "refusal"
    WRONG_JSON = "wrong_json"
    FENCED = "fenced_json"
    DUPLICATE = "duplicate_keys"
    TRUNCATED = "truncated_stream"
    NO_DONE = "missing_done"
    DRIP = "slow_drip"
    HANG = "hang"
    RESET = "reset"
    HTML = "html"
    LARGE = "large"


class FaultPlan:
    """Which request meets which fault: the same seed and list give the same order. Thread-safe.

    Without `faults` all of them, and every second request goes well; with a list each of it is as likely as the next.
    Raises BadInput for a name it does not know.
    """

    def __init__(self, seed: int = 0, faults: Sequence[str] = ()) -> None:
        unknown = [name for name in faults if name not in set(Fault)]
        if unknown:
            raise BadInput(f"fake-llm: there is no fault '{unknown[0]}'; known: {', '.join(Fault)}")
        self._listed = [Fault(name) for name in faults]
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def next(self) -> Fault:
        """The fault of the next request."""
        with self._lock:
            if self._listed:
                return self._random.choice(self._listed)
            well = self._random.random() < SHARE_OK
            return Fault.OK if well else self._random.choice([fault for fault in Fault if fault is not Fault.OK])


async def spoilt(fault: Fault, completion: dict[str, Any], stream: AsyncIterator[str] | None) -> Response | None:
    """The response to a request that meets this fault; None where the good answer is to be sent.

    `stream` is the good answer in pieces where the request asked for a stream. A fault of streams alone spoils nothing
    else, and one of the content is answered in one piece.
    """
    if fault in (Fault.LIMITED, Fault.LIMITED_AFTER, Fault.ERROR, Fault.WRONG_KEY):
        return _refused(fault)
    if fault is Fault.HANG:
        await asyncio.sleep(HANG_SECONDS)
        return _refused(Fault.ERROR)
    if fault is Fault.HTML:
        return HTMLResponse("<!doctype html><title>Sign in</title><p>Please sign in to the network first.</p>")
    if fault in (Fault.TRUNCATED, Fault.NO_DONE):
        return None if stream is None else _shortened(fault, stream)
    body = json.dumps(completion, ensure_ascii=False)
    if fault is Fault.DRIP:
        return StreamingResponse(_drip(body), media_type="application/json")
    if fault is Fault.RESET:
        return _Broken(body.encode())
    content = _content(fault, str(completion["choices"][0]["message"]["content"]))
    return None if content is None else JSONResponse(completion | {"choices": content})


def _refused(fault: Fault) -> Response:
    status = {Fault.ERROR: 500, Fault.WRONG_KEY: 401}.get(fault, 429)
    headers = {"retry-after": "1"} if fault is Fault.LIMITED_AFTER else None
    return JSONResponse({"error": {"message": "as asked for", "type": "fake", "code": None}}, status, headers)


def _content(fault: Fault, text: str) -> list[dict[str, Any]] | None:
    """The choices of a completion whose content is spoilt; None for a fault that leaves them alone."""
    if fault is Fault.EMPTY:
        return []
    if fault is Fault.REFUSAL:
        return [_choice(None, refusal="I cannot help with that.")]
    first = next(iter(json.loads(text)), "text")
    texts = {
        Fault.CUT: text[: len(text) // 2],
        Fault.WRONG_JSON: json.dumps({"answer": text}),
        Fault.FENCED: f"```json\n{text}\n```",
        Fault.DUPLICATE: f"{{{json.dumps(first)}: null, {text.strip()[1:]}",
        Fault.LARGE: json.dumps({first: "x" * BIG}),
    }
    if fault not in texts:
        return None
    return [_choice(texts[fault], reason="length" if fault is Fault.CUT else "stop")]


def _choice(content: str | None, *, reason: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}


def _shortened(fault: Fault, stream: AsyncIterator[str]) -> Response:
    async def pieces() -> AsyncIterator[str]:
        whole = [piece async for piece in stream]
        kept = whole[:-1] if fault is Fault.NO_DONE else whole[: max(len(whole) // 2, 1)]
        for piece in kept:
            yield piece

    return StreamingResponse(pieces(), media_type="text/event-stream")


async def _drip(body: str) -> AsyncIterator[str]:
    for character in body:
        yield character
        await asyncio.sleep(DRIP_SECONDS)


class _Broken(Response):
    """A response that ends in the middle of what it announced."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Half the body, and then the connection is dropped."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
