"""The honest fake language model as a process that also says how long it worked: `python -m tests.bench.timed_model`.

`GET /taken` answers `{"seconds": ..., "requests": ...}`, summed since the start. The time of a request runs from when
its head is read until the last piece of its answer is handed over; client and connection are not in it.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any

import uvicorn
from fastapi import FastAPI

from vetting.llm.fake_modes import make_mode
from vetting.llm.fake_server import HOST, make_app
from vetting.processes import die_with_parent


class Timed:
    """An ASGI application around the fake that keeps the time."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.seconds, self.requests = 0.0, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["path"] != "/taken":
            self.seconds += time.perf_counter() - began
            self.requests += 1


def main() -> None:
    """Serve on a free port, which is printed as JSON, until the parent is gone or ends this process."""
    die_with_parent()
    app = make_app(make_mode("honest", None, 0, 0.0))
    timed = Timed(app)
    app.add_api_route("/taken", lambda: {"seconds": timed.seconds, "requests": timed.requests})
    # With the protocol named, asyncio sets TCP_NODELAY; without it every answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind((HOST, 0))
    listening.listen()
    print(json.dumps({"port": listening.getsockname()[1]}), file=sys.stdout, flush=True)
    uvicorn.Server(uvicorn.Config(timed, log_level="warning", lifespan="off")).run(sockets=[listening])


if __name__ == "__main__":
    main()
