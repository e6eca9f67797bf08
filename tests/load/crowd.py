"""Candidates under load: pages with their script, as many as wanted in one event loop, and the times they saw."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

TURN = re.compile(r'action="/interview/answer".*?name="turn"[^>]*value="(\d+)"', re.DOTALL)
WORDS = (
    "Loss means that a queue on the way overflowed, so the sender takes it for congestion. The window is halved after "
    "loss and grows by a segment per round trip. Delay rises before loss on deep buffers, which I saw on a satellite "
    "link in the harbour; there we measured it with a capture on both ends."
)
TIMEOUT = 60.0


@dataclass
class Seen:
    """Seconds by kind of request, statuses, and what went wrong. `stored` is the answer to a submit: no model in it."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0
    turns: int = 0

    def took(self, kind: str, began: float) -> None:
        """A request of that kind has just ended."""
        self.seconds.setdefault(kind, []).append(time.monotonic() - began)


class Candidate:
    """One interview after the other, thinking in between; refused with 503 it comes back when it was told to."""

    def __init__(self, base: str, links: Sequence[str], think: float, seed: int, seen: Seen) -> None:
        self._base, self._links, self._think = base, list(links), think
        self._random, self._seen = random.Random(seed), seen

    @property
    def left(self) -> list[str]:
        """Links that were not used."""
        return self._links

    async def live(self, until: float) -> None:
        """Take interviews until the (monotonic) time is over."""
        await asyncio.sleep(self._random.random() * self._think)  # not all at the same moment
        headers = {"Origin": self._base, "HX-Request": "true"}
        async with httpx2.AsyncClient(base_url=self._base, headers=headers, timeout=TIMEOUT, verify=False) as page:
            while self._links and time.monotonic() < until:
                if await self._send(page, "open", "POST", f"/i/{self._links.pop()}", {"interview": "true"}) is None:
                    continue
                await self._interview(page, until)

    async def _interview(self, page: httpx2.AsyncClient, until: float) -> None:
        while time.monotonic() < until:
            shown = await self._send(page, "page", "GET", "/interview")
            found = TURN.search(shown.text) if shown is not None else None
            if found is None:
                if shown is not None and 'id="writing"' in shown.text:
                    await self._follow(page)
                    continue
                return
            await asyncio.sleep(self._think * self._random.uniform(0.5, 1.5))
            words = f"{WORDS} ({self._random.getrandbits(32):08x})"
            stored = await self._send(page, "stored", "POST", "/interview/answer", {"turn": found[1], "text": words})
            self._seen.turns += stored is not None
            if stored is not None and 'id="writing"' in stored.text:
                await self._follow(page)

    async def _follow(self, page: httpx2.AsyncClient) -> None:
        """Wait for the next question on the stream."""
        began = time.monotonic()
        try:
            async with page.stream("GET", "/interview/next") as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("event: settled"):
                        break
        except httpx2.HTTPError as error:
            self._seen.errors[type(error).__name__] += 1
        self._seen.took("next question", began)

    async def _send(
        self, page: httpx2.AsyncClient, kind: str, method: str, address: str, data: dict[str, str] | None = None
    ) -> httpx2.Response | None:
        """The answer, however often it was refused before; None for an error that stays."""
        while True:
            began = time.monotonic()
            try:
                answer = await page.request(method, address, data=data)
            except httpx2.HTTPError as error:
                self._seen.errors[type(error).__name__] += 1
                return None
            self._seen.statuses[answer.status_code] += 1
            if answer.status_code == 503:
                self._seen.took("refused", began)
                self._seen.without_retry_after += "retry-after" not in answer.headers
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)) * self._random.uniform(0.8, 1.2))
                continue
            self._seen.took(kind, began)
            if answer.status_code >= 400:
                self._seen.errors[str(answer.status_code)] += 1
                return None
            return answer
