"""A served site and a headless browser that reports every violation of the content security policy."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from vetting.services.context import Context
from vetting.web.app import create_app

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --disable-quic"
).split()

expect.set_options(timeout=20_000)
"""Milliseconds: longer than usual for machines under load; what is right passes at once."""


@contextmanager
def serving(ctx: Context) -> Iterator[str]:
    """The site on a free loopback port; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(ctx), port=port, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class Watched:
    """A browser window; `faults` collects what must not happen: policy violations and errors of scripts."""

    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A running browser. Until it ends, this thread cannot begin an event loop of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@contextmanager
def window(chromium: Browser, **options: object) -> Iterator[Watched]:
    """A fresh window; ends with a check that nothing was violated."""
    context = chromium.new_context(**options)  # type: ignore[arg-type]  # playwright checks the options itself
    watched = Watched(context, context.new_page())
    context.on("console", lambda m: watched.faults.append(m.text) if "Security Policy" in m.text else None)
    context.on("weberror", lambda e: watched.faults.append(str(e.error)))
    try:
        yield watched
    finally:
        context.close()
    assert not watched.faults


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus; fails when the keyboard cannot reach it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(e => e === document.body ? '' : [e.labels?.[0]?.textContent, e.getAttribute('aria-label'),"
            " e.textContent].filter(Boolean).join(' '))(document.activeElement)"
        )
        if re.search(re.escape(name), focused):
            return
    raise AssertionError(f"Tab never reaches '{name}'")
