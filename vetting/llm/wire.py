"""Requests and pieces of responses, each within its deadline. Only this file imports openai."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any

import httpx2
import openai

from vetting.errors import BadInput
from vetting.llm.failures import CallFault, CallStatus
from vetting.llm.responses import late, status_fault

OPENAI = "https://api.openai.com/v1"
LARGEST_BODY = 512 * 1024
"""Bytes of a response that are read before the connection is dropped."""
BODY_FACTOR = 16
"""How much longer a body with log-probabilities is, or one that comes token by token."""
_LARGEST_ERROR = 16 * 1024
_GRACE = 0.25


class Wire:
    """Requests on an event loop of their own, where a request that is late is cancelled and its connection closed.

    A read timeout of the HTTP library is no deadline: a server that sends a byte now and then never meets it.
    """

    def __init__(self, api_key: str | None, base_url: str | None, largest: int = LARGEST_BODY) -> None:
        self._largest = largest
        self._api_key = api_key or "none"
        self._base_url = base_url or OPENAI  # else the library would take the variable, even an empty one
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: openai.AsyncOpenAI | None = None

    def post(self, payload: dict[str, Any], seconds: float) -> bytes:
        """The body of a successful response, within `seconds`. Raises CallFault."""
        body = bytearray()
        future = asyncio.run_coroutine_threadsafe(self._bounded(payload, seconds, body.extend), self._running())
        try:
            future.result(seconds + _GRACE)
        except FutureTimeout:
            future.cancel()
            raise late() from None
        return bytes(body)

    def stream(self, payload: dict[str, Any], seconds: float, take: Callable[[bytes], None]) -> None:
        """Hand each piece of the body to `take` as it comes, in this thread. Raises CallFault, and what `take` does."""
        pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        ends_at = time.monotonic() + seconds + _GRACE
        future = asyncio.run_coroutine_threadsafe(
            self._bounded(payload, seconds, pieces.put, BODY_FACTOR), self._running()
        )
        future.add_done_callback(lambda _: pieces.put(None))
        try:
            while (piece := pieces.get(timeout=max(ends_at - time.monotonic(), 0.0))) is not None:
                take(piece)
        except queue.Empty:
            raise late() from None
        finally:
            future.cancel()  # nothing to a request that has ended
        future.result()

    async def _bounded(
        self, payload: dict[str, Any], seconds: float, take: Callable[[bytes], object], factor: int = 1
    ) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._exchange(payload, take, self._largest * factor)
        except TimeoutError:
            raise late() from None
        except (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError, TypeError, RuntimeError) as error:
            # also what the libraries raise about odd headers: a candidate's turn goes on without the model
            raise _fault(error) from None

    async def _exchange(self, payload: dict[str, Any], take: Callable[[bytes], object], largest: int) -> None:
        size = 0
        async with self._connected().chat.completions.with_streaming_response.create(**payload) as response:
            async for chunk in response.iter_bytes():
                size += len(chunk)
                if size > largest:
                    raise CallFault(CallStatus.TOO_LARGE, "The language model's answer was far too long.")
                take(chunk)

    def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            http = httpx2.AsyncClient(
                timeout=None,
                # a redirect would take candidates' answers to a host the administrator did not name
                follow_redirects=False,
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [_refuse_errors]},
            )
            self._client = openai.AsyncOpenAI(
                api_key=self._api_key, base_url=self._base_url, max_retries=0, timeout=None, http_client=http
            )
        return self._client

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="language-model", daemon=True).start()
            return self._loop

    def close(self) -> None:
        """Close connections and stop the loop; a later post starts anew."""
        with self._lock:
            loop, client, self._loop, self._client = self._loop, self._client, None, None
        if loop is None:
            return
        if client is not None:
            with suppress(FutureTimeout):  # the process ends or forgets this client either way
                asyncio.run_coroutine_threadsafe(client.close(), loop).result(2)
        loop.call_soon_threadsafe(loop.stop)


async def _refuse_errors(response: httpx2.Response) -> None:
    """Turn every answer but a success into a CallFault before its body, of whatever size, is read by anybody else."""
    if response.is_success:
        return
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _LARGEST_ERROR:
            break
    raise status_fault(response.status_code, response.headers, body[:_LARGEST_ERROR].decode(errors="replace"))


def _fault(error: BaseException) -> CallFault:
    """What an exception of the libraries means; the cause tells more than the wrapper."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    known = next((link for link in chain if isinstance(link, CallFault)), None)
    if known:
        return known
    if any(isinstance(link, httpx2.ConnectError | httpx2.UnsupportedProtocol | httpx2.ProxyError) for link in chain):
        return CallFault(CallStatus.UNREACHABLE, "No language model answers at that address: check OPENAI_BASE_URL.")
    if any(isinstance(link, httpx2.TransportError | OSError) for link in chain):
        return CallFault(CallStatus.BROKEN, "The connection to the language model broke off.")
    message = "The language model's server answers in another form: check OPENAI_BASE_URL."
    return CallFault(CallStatus.NOT_API, message, detail=type(error).__name__)


def refuse_bad_settings(api_key: str | None, base_url: str | None) -> None:
    """Raises BadInput for a base URL or a key that is none."""
    if api_key and not (api_key.strip().isascii() and api_key.strip().isprintable()):
        raise BadInput("OPENAI_API_KEY holds characters that no key has")
    if base_url is None:
        return
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host or (url.port or 1) > 65535:
        raise BadInput("OPENAI_BASE_URL must be a web address such as http://127.0.0.1:8080/v1")
