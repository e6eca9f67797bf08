"""What happens when more is asked than can be done: a plain answer at once, rather than a queue without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vetting.errors import Unavailable, VettingError
from vetting.web.security import UNSAFE

AT_ONCE: Final = 64
"""Requests of one process that are worked on or wait for a thread (there are 40): a second or two of work."""
FOR_WRITES: Final = 2
"""So many times as many where a request carries what somebody wrote: pages are refused first, answers last."""
FREE = ("/static/", "/healthz", "/interview/next")
"""What costs no thread for long: files, the sign of life, and the stream of a question being worded."""


class Busy(Unavailable):
    """More is asked of this service at the moment than it can do; nothing was changed. Try again in a few seconds."""


class Crowd:
    """ASGI middleware: answers 503 with Retry-After once too many requests are under way."""

    def __init__(self, app: ASGIApp, *, refuse: Callable[[Request, VettingError], Response]) -> None:
        self.app, self.refuse = app, refuse
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or say that there are too many."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            await self.app(scope, receive, send)
            return
        if self._under_way >= AT_ONCE * (FOR_WRITES if scope["method"] in UNSAFE else 1):
            await self.refuse(Request(scope), Busy())(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way -= 1
