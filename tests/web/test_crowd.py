"""Beyond what a process can do it says so at once: pages first, what somebody wrote last, health never."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from fastapi import Request, Response
from starlette.types import Message, Receive, Scope, Send

from tests.web.site import browser, candidate, site
from vetting.errors import VettingError
from vetting.web import crowd


async def _flood(methods: list[str], path: str = "/interview") -> Counter[int]:
    """Requests that all arrive before the first is answered; how many got which status."""
    arrived = asyncio.Event()
    statuses: Counter[int] = Counter()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await arrived.wait()
        await Response("done")(scope, receive, send)

    def refuse(request: Request, error: VettingError) -> Response:
        return Response(error.message, error.status)

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses[message["status"]] += 1

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    guarded = crowd.Crowd(slow, refuse=refuse)
    scopes = [{"type": "http", "method": method, "path": path, "headers": []} for method in methods]
    requests = [asyncio.create_task(guarded(scope, nothing, note)) for scope in scopes]
    await asyncio.sleep(0)
    arrived.set()
    await asyncio.gather(*requests)
    return statuses


@pytest.mark.asvs("V15.2.2", "V2.4.1")
def test_pages_are_refused_beyond_the_limit_and_answers_only_beyond_twice_that() -> None:
    n = crowd.AT_ONCE
    assert asyncio.run(_flood(["GET"] * 5 * n)) == {200: n, 503: 4 * n}
    assert asyncio.run(_flood(["GET"] * 2 * n + ["POST"] * 3 * n)) == {200: 2 * n, 503: 3 * n}


def test_signs_of_life_and_streams_are_never_refused() -> None:
    for path in crowd.FREE:
        assert asyncio.run(_flood(["GET"] * 5 * crowd.AT_ONCE, path)) == {200: 5 * crowd.AT_ONCE}


def test_who_is_refused_reads_a_page_that_says_when_to_come_back_and_can_go_on_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = candidate(site(tmp_path))
    ana.begin()
    with monkeypatch.context() as crowded:
        crowded.setattr(crowd, "AT_ONCE", 0)
        refused = ana.page.get("/interview")
        assert refused.status_code == 503 and refused.headers["retry-after"]
        assert "Try again in a few seconds" in refused.text and "content-security-policy" in refused.headers
        program = browser(site(tmp_path / "api")).get("/api/v1/rubrics")
        assert program.status_code == 503 and program.headers["content-type"] == "application/problem+json"
    assert ana.turn() == 1
