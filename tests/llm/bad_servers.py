"""Servers that misbehave, as small as can be: one function per request, on a raw loopback socket."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Behaviour = Callable[[socket.socket, threading.Event], None]


class Said(BaseModel):
    """What the transition prompt asks for."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=2, max_length=600)


TRANSITION = {
    "language": "en",
    "exchange": [{"turn": 1, "prompt": "Why?", "answer": "Because of the queue."}],
    "next_question": "How does a switch learn addresses?",
}


def http(status: int, body: str | bytes, headers: str = "") -> Behaviour:
    """Answer with that status and body."""
    raw = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n{headers}\r\n"

    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(head.encode() + raw)

    return behave


def chat(content: Any, reason: str = "stop", **message: Any) -> Behaviour:
    """Answer with a completion whose content is that text."""
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": content, **message}}
    return http(200, json.dumps({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}))


def error(status: int, message: str, headers: str = "") -> Behaviour:
    """Answer with an error as the API words it."""
    return http(status, json.dumps({"error": {"message": message}}), headers)


def streamed(*pieces: str, reason: str | None = "stop", end: str = "done", tail: str = "") -> Behaviour:
    """Stream those pieces as a completion. `end` is done, without_done, cut (closed early), reset, hang or drip."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            _chunk(connection, _event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}))
            time.sleep(0.01)
        if end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return
        if end in ("hang", "drip"):
            while not stop.wait(0.05 if end == "drip" else 20):
                _chunk(connection, ": still here\n\n")
            return
        if end != "cut":
            _chunk(connection, _event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
            usage = {"prompt_tokens": 7, "completion_tokens": len(pieces)}
            _chunk(connection, _event({"choices": [], "usage": usage}))
        if tail:
            _chunk(connection, tail)
        if end == "done":
            _chunk(connection, "data: [DONE]\n\n")
        connection.sendall(b"0\r\n\r\n")

    return behave


def _event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _chunk(connection: socket.socket, text: str) -> None:
    connection.sendall(f"{len(text.encode()):x}\r\n{text}\r\n".encode())


def reset(connection: socket.socket, _: threading.Event) -> None:
    """Break the connection in the middle of a body."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(_: socket.socket, stop: threading.Event) -> None:
    """Never answer."""
    stop.wait(20)


def drip_body(connection: socket.socket, stop: threading.Event) -> None:
    """Send the body a byte at a time, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n")
    _drip(connection, stop)


def drip_head(connection: socket.socket, stop: threading.Event) -> None:
    """Send the head a byte at a time, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(connection, stop)


def drip_error(connection: socket.socket, stop: threading.Event) -> None:
    """Send an error's body a byte at a time, for ever."""
    connection.sendall(b"HTTP/1.1 500 Oh\r\nContent-Length: 500000\r\n\r\n")
    _drip(connection, stop)


def _drip(connection: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        connection.sendall(b"a")


class BadServer:
    """Behaves as the list says, request by request; the last behaviour repeats. `bodies` are the requests' bodies."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = behaviours
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.bodies: list[dict[str, Any]] = []
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while body := _read_request(connection):
                    self.bodies.append(json.loads(body))
                    self._behaviours[min(len(self.bodies), len(self._behaviours)) - 1](connection, self._stop)
                    if self._behaviours[min(len(self.bodies), len(self._behaviours)) - 1] is reset:
                        return
            except OSError:
                return  # the client closed the connection, as it should on a late answer

    def close(self) -> None:
        self._stop.set()
        self._socket.close()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    return body
