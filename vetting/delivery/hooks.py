"""Calls the addresses of other systems: only hosts that an administrator named, at the address that was looked at."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx2
from standardwebhooks import Webhook

from vetting.domain.hosts import Allowed, Refused, Target, refusal, target
from vetting.ports import Answered, HookRequest

SECONDS = 10.0
"""For everything: looking up the name, connecting, sending, and the first line of the answer."""
AGENT = "Vetting-Webhooks/1"
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def by_system(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as this machine resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class HookSender:
    """`ports.Hooks`: no redirect is followed, no proxy of the environment used, no more than the status is read."""

    def __init__(self, allowed: Sequence[Allowed], resolve: Resolve = by_system) -> None:
        self._allowed, self._resolve = tuple(allowed), resolve

    def post(self, request: HookRequest) -> Answered:
        """Send one event, signed as Standard Webhooks asks for."""
        try:
            with ThreadPoolExecutor(1) as alone:  # the caller's thread may have an event loop of its own
                return alone.submit(asyncio.run, self._bounded(request)).result()
        except Refused as refused:
            return Answered(None, str(refused).rstrip("."))
        except TimeoutError:
            return Answered(None, f"no answer within {SECONDS:.0f} s")
        except (httpx2.HTTPError, OSError, ValueError) as error:
            return Answered(None, f"it could not be reached ({type(error).__name__})")

    async def _bounded(self, request: HookRequest) -> Answered:
        async with asyncio.timeout(SECONDS):
            found = target(request.url, self._allowed)
            return await self._send(request, found, await self._address(found))

    async def _address(self, found: Target) -> str:
        """The one address that is called. Raises Refused."""
        if found.address is not None:
            return found.address
        addresses = await self._resolve(found.host, found.port)
        if (why := refusal(addresses)) is not None:
            raise Refused(f"The host was not called: {why}.")
        return addresses[0]

    async def _send(self, request: HookRequest, found: Target, address: str) -> Answered:
        transport = BoundTransport(found, address)
        async with (
            httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("POST", request.url, content=request.body.encode(), headers=_headers(request)) as answer,
        ):
            return Answered(answer.status_code, "" if answer.is_success else f"it answered {answer.status_code}")


class BoundTransport(httpx2.AsyncBaseTransport):
    """Requests to one host, connected to one address; TLS still has the host prove its name."""

    def __init__(self, bound: Target, address: str) -> None:
        self._bound, self._address = bound, address
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False, retries=0)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send to the address that was looked at. Raises Refused for any other host."""
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        if (request.url.host.removesuffix("."), port) != (self._bound.host, self._bound.port):
            raise Refused("The request was for another host than the one that was looked at.")
        request.extensions = {**request.extensions, "sni_hostname": self._bound.host}
        request.url = request.url.copy_with(host=self._address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()


def _headers(request: HookRequest) -> dict[str, str]:
    """The signature over id, time and body; the id stays the same when the event is sent again."""
    signature = Webhook(request.secret).sign(request.id, request.at, request.body)
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": request.id,
        "webhook-timestamp": str(int(request.at.timestamp())),
        "webhook-signature": signature,
    }
