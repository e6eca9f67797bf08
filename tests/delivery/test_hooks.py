"""Webhooks on the wire: signed, bound to the address that was looked at, and to nothing else."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from vetting.delivery import hooks
from vetting.delivery.hooks import BoundTransport, HookSender
from vetting.domain.hosts import Refused, Target, read_allowed
from vetting.ports import Answered, HookRequest

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """Another system: what reached it, and what it answers."""

    status: int = 204
    location: str = ""
    drip: bool = False
    port: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver(**behaviour: Any) -> Iterator[Receiver]:
    """A receiver on the loopback address."""
    made = Receiver(**behaviour)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if made.drip:
                for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)
            self.send_response(made.status)
            if made.location:
                self.send_header("location", made.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def sent_to(url: str, id: str = "msg-1") -> HookRequest:
    return HookRequest(url, id, datetime.now(UTC), json.dumps({"type": "ping"}), SECRET)


def pinned(port: int) -> HookSender:
    return HookSender(read_allowed(f"hooks.example:{port}=127.0.0.1"))


def test_an_event_arrives_signed_as_the_standard_says_and_names_its_host() -> None:
    with receiver() as other:
        answered = pinned(other.port).post(sent_to(f"http://hooks.example:{other.port}/in?x=1"))
    assert answered == Answered(204)
    ((path, headers, body),) = other.got
    assert path == "/in?x=1" and headers["host"] == f"hooks.example:{other.port}"
    assert Webhook(SECRET).verify(body, headers) == {"type": "ping"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers | {"webhook-id": "msg-2"})


def test_an_event_is_sent_from_a_thread_that_has_an_event_loop_too() -> None:
    async def from_a_loop(sender: HookSender, request: HookRequest) -> Answered:
        return sender.post(request)

    with receiver() as other:
        request = sent_to(f"http://hooks.example:{other.port}/")
        assert asyncio.run(from_a_loop(pinned(other.port), request)) == Answered(204)


def test_a_redirect_is_an_answer_and_never_a_way() -> None:
    with receiver() as inner, receiver(status=307, location=f"http://127.0.0.1:{inner.port}/") as outer:
        answered = pinned(outer.port).post(sent_to(f"http://hooks.example:{outer.port}/"))
    assert answered.status == 307 and inner.got == []


def test_a_name_that_leads_inside_is_not_connected_to_and_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        """Public at first sight, inside from then on (DNS rebinding)."""
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["93.184.215.14", "10.0.0.5"]

    connected: list[Any] = []
    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda _, to: connected.append(to))
        sender = HookSender(read_allowed("hooks.example.org"), rebinding)
        answered = sender.post(sent_to("https://hooks.example.org/"))
    assert answered.status is None and "not public" in answered.problem
    assert asked == ["hooks.example.org"]
    assert [to for to in connected if isinstance(to, tuple)] == []


def test_the_connection_goes_to_the_address_that_was_looked_at_with_the_name_for_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[httpx2.Request] = []

    class Inner(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            return httpx2.Response(204)

    async def ask(url: str, address: str) -> None:
        transport = BoundTransport(Target("hooks.example.org", 443, True, None), address)
        monkeypatch.setattr(transport, "_inner", Inner())
        await transport.handle_async_request(httpx2.Request("POST", url))

    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        asyncio.run(ask("https://hooks.example.org/", address))
        request = seen.pop()
        assert request.url.host == address and request.headers["host"] == "hooks.example.org"
        assert request.extensions["sni_hostname"] == "hooks.example.org"
    with pytest.raises(Refused):
        asyncio.run(ask("https://evil.example/", "93.184.215.14"))


@pytest.mark.parametrize("url", ["https://evil.example/", "http://127.0.0.1/", "https://hooks.example:1/"])
def test_what_was_not_named_is_refused_in_words(url: str) -> None:
    answered = HookSender(read_allowed("hooks.example")).post(sent_to(url))
    assert answered.status is None and "VETTING_WEBHOOK_HOSTS" in answered.problem


def test_one_that_answers_a_byte_at_a_time_is_left_after_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "SECONDS", 0.6)
    with receiver(drip=True) as other:
        started = time.monotonic()
        answered = pinned(other.port).post(sent_to(f"http://hooks.example:{other.port}/"))
    assert answered.status is None and "no answer" in answered.problem and time.monotonic() - started < 3


def test_nothing_of_the_environment_sends_an_event_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as other:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert pinned(other.port).post(sent_to(f"http://hooks.example:{other.port}/")) == Answered(204)
    assert proxy.got == [] and len(other.got) == 1
