"""A local server that speaks as much of the OpenAI API as Vetting uses, for tests, drills and trying things out.

It is no language model: see `fake_judge`, `fake_modes` and `fake_faults` for how it answers. It binds to the loopback
address only.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TextIO

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from vetting.errors import BadInput
from vetting.llm.fake_faults import FaultPlan, spoilt
from vetting.llm.fake_judge import Mode, Script, reply
from vetting.llm.fake_modes import FAULTY, MODES, make_mode

HOST = "127.0.0.1"
NAME = "fake-llm"
_FINDINGS = ("met", "partly", "not_shown", "contradicted")
_PIECE = 24


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str
    content: str | None = None


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[_Sent]
    stream: bool = False
    stream_options: dict[str, Any] | None = None


def read_script(path: Path) -> Script:
    """A script file: `{"verdicts": {target: finding | {"finding", "quote"}}, "attacks": [text]}`. Raises BadInput."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: not a script that can be read: {error}") from None
    return make_script(data, str(path))


def make_script(data: object, where: str = "script") -> Script:
    """The same from a value. Raises BadInput naming the field."""
    if not isinstance(data, dict) or set(data) - {"verdicts", "attacks"}:
        raise BadInput(f"{where}: a script is a map with the fields verdicts and attacks")
    verdicts, attacks = data.get("verdicts", {}), data.get("attacks", [])
    if not isinstance(verdicts, dict) or not isinstance(attacks, list):
        raise BadInput(f"{where}: verdicts is a map of targets, attacks a list of texts")
    if not all(isinstance(text, str) for text in attacks):
        raise BadInput(f"{where}: attacks is a list of texts")
    return Script(
        {target: _scripted(value, f"{where}: verdicts.{target}") for target, value in verdicts.items()}, tuple(attacks)
    )


def _scripted(value: object, where: str) -> Mapping[str, str | None]:
    verdict = {"finding": value} if isinstance(value, str) else value
    if not isinstance(verdict, dict) or verdict.get("finding") not in _FINDINGS or set(verdict) - {"finding", "quote"}:
        raise BadInput(f"{where}: a finding is one of {', '.join(_FINDINGS)}, or a map of finding and quote")
    quote = verdict.get("quote")
    if quote is not None and not isinstance(quote, str):
        raise BadInput(f"{where}.quote: must be a text")
    return {"finding": str(verdict["finding"]), "quote": quote}


def make_app(
    mode: Mode,
    latency: float = 0.0,
    log: list[dict[str, Any]] | None = None,
    pace: float = 0.0,
    faults: FaultPlan | None = None,
) -> FastAPI:
    """The server's routes; each request body is appended to `log`.

    `latency` in seconds goes before each answer, `pace` before each piece of a streamed one. `faults` spoil answers.
    """
    app = FastAPI(title="fake language model", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": NAME, "object": "model", "created": 0, "owned_by": "vetting"}]}

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        raw = await request.body()
        try:
            asked = _Request.model_validate_json(raw)
        except ValidationError as error:
            return _bad_request(str(error.errors(include_url=False, include_input=False)[0]["msg"]))
        if log is not None:
            log.append(json.loads(raw))
        if latency:
            await asyncio.sleep(latency)
        text = _answer(mode, asked)
        pieces = _pieces(asked, text, pace) if asked.stream else None
        bad = await spoilt(faults.next(), _completion(asked, text), pieces) if faults else None
        if bad is not None:
            return bad
        if pieces is not None:
            return StreamingResponse(pieces, media_type="text/event-stream")
        return JSONResponse(_completion(asked, text))

    return app


def _answer(mode: Mode, asked: _Request) -> str:
    """The answer to the first user message: what follows it is at most a repair turn on the same task."""
    first = next((m.content or "" for m in asked.messages if m.role == "user"), "")
    return json.dumps(reply(mode, first), ensure_ascii=False)


def _bad_request(message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "code": None}}, 400)


def _usage(asked: _Request, text: str) -> dict[str, int]:
    """Words stand in for tokens."""
    sent = sum(len((m.content or "").split()) for m in asked.messages)
    written = len(text.split())
    return {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}


def _completion(asked: _Request, text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    return _envelope(asked, "chat.completion") | {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": _usage(asked, text),
    }


def _envelope(asked: _Request, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": 0, "model": asked.model}


async def _pieces(asked: _Request, text: str, pace: float) -> AsyncIterator[str]:
    for start in range(0, len(text), _PIECE):
        if pace:
            await asyncio.sleep(pace)
        delta = {"role": "assistant", "content": text[start : start + _PIECE]}
        yield _event(_envelope(asked, "chat.completion.chunk") | {"choices": [_choice(delta, None)]})
    yield _event(_envelope(asked, "chat.completion.chunk") | {"choices": [_choice({}, "stop")]})
    if (asked.stream_options or {}).get("include_usage"):
        yield _event(_envelope(asked, "chat.completion.chunk") | {"choices": [], "usage": _usage(asked, text)})
    yield "data: [DONE]\n\n"


def _choice(delta: dict[str, str], reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _mode(name: str, script: Script | None, seed: int, noise: float) -> Mode:
    if name not in MODES:
        raise BadInput(f"fake-llm: there is no mode '{name}'; known: {', '.join(MODES)}")
    if not 0 <= noise <= 1:
        raise BadInput(f"fake-llm: noise is a probability from 0 to 1, not {noise:g}")
    return make_mode(name, script, seed, noise)


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY; without it every answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise BadInput(f"fake-llm: cannot listen on port {port}: {error.strerror}") from None
    except OverflowError:
        listening.close()
        raise BadInput(f"fake-llm: there is no port {port}") from None
    return listening


def _faults(mode: str, seed: int, faults: Sequence[str]) -> FaultPlan | None:
    """The plan of the mode faulty. Raises BadInput."""
    if faults and mode != FAULTY:
        raise BadInput(f"fake-llm: faults belong to the mode {FAULTY}, not to {mode}")
    return FaultPlan(seed, faults) if mode == FAULTY else None


def _server(app: FastAPI, *, quiet: bool) -> uvicorn.Server:
    level = "critical" if quiet else "warning"  # faults are asked for: they are no news
    return uvicorn.Server(
        uvicorn.Config(app, log_level=level, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )


def run(
    out: TextIO,
    *,
    port: int = 0,
    mode: str = "honest",
    script: Path | None = None,
    attacks: Sequence[str] = (),
    latency: float = 0.0,
    seed: int = 0,
    noise: float = 0.0,
    pace: float = 0.0,
    faults: Sequence[str] = (),
) -> None:
    """Serve until SIGTERM or SIGINT, then return. Prints `{"port": n}` on `out` once connections are accepted.

    `port` 0 chooses a free one; `attacks` are obeyed where there is no script. Raises BadInput.
    """
    plan, read = _faults(mode, seed, faults), read_script(script) if script else Script(attacks=tuple(attacks))
    app = make_app(_mode(mode, read, seed, noise), latency, pace=pace, faults=plan)
    listening = _listen(port)
    server = _server(app, quiet=plan is not None)
    # uvicorn raises the signal again once it has shut down; with this handler that ends the process with 0
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: setattr(server, "should_exit", True))
    print(json.dumps({"port": listening.getsockname()[1]}), file=out, flush=True)
    server.run(sockets=[listening])


class FakeServer:
    """The server in a thread of this process: `with FakeServer() as server: ... server.base_url ... server.requests`.

    `requests` holds the body of each completion asked for, in order. Raises BadInput like `run`.
    """

    def __init__(
        self,
        *,
        mode: str = "honest",
        script: object = None,
        latency: float = 0.0,
        seed: int = 0,
        port: int = 0,
        noise: float = 0.0,
        pace: float = 0.0,
        faults: Sequence[str] = (),
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        made = make_script(script) if script is not None else None
        plan = _faults(mode, seed, faults)
        self._app = make_app(_mode(mode, made, seed, noise), latency, self.requests, pace, plan)
        self._quiet = plan is not None
        self._wanted = port
        self.port = port

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL has to be."""
        return f"http://{HOST}:{self.port}/v1"

    def __enter__(self) -> Self:
        listening = _listen(self._wanted)
        self.port = listening.getsockname()[1]
        self._server = _server(self._app, quiet=self._quiet)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name=NAME, daemon=True
        )
        self._thread.start()
        ends_at = time.monotonic() + 5
        while not self._server.started and time.monotonic() < ends_at:
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering; calling it again changes nothing."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(5)
