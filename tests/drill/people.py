"""Candidates of a drill: each a browser in a thread that does not give up, and the ledger of what they were told."""

from __future__ import annotations

import json
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx2

from vetting.domain.soundness import digest

TIMEOUT = 4.0
RETRY_SECONDS = 0.15
DOUBLE_CLICKS = 0.1


class Invited(NamedTuple):
    """An interview to be taken."""

    public_id: str
    token: str


class Ledger:
    """What the service acknowledged, on disk before anything else is asked of it. Thread-safe.

    `vetting doctor --ledger` reads the file.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.sent: Counter[str] = Counter()
        self.acknowledged = 0
        self._lock = threading.Lock()
        self._lines = file.open("a", encoding="utf-8")

    def sends(self, words: str) -> None:
        """These words are about to be submitted."""
        with self._lock:
            self.sent[words] += 1

    def note(self, interview: str, turn: int, words: str) -> None:
        """The service said that it has these words."""
        with self._lock:
            line = {"interview": interview, "turn": turn, "sha256": digest(words)}
            self._lines.write(json.dumps(line) + "\n")
            self._lines.flush()
            os.fsync(self._lines.fileno())
            self.acknowledged += 1


class Person:
    """Takes one interview after the other until told to stop; whatever breaks, tries again as the page does."""

    def __init__(self, port: int, seed: int, invited: Callable[[], Invited], ledger: Ledger) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._random = random.Random(seed)
        self._invited, self._ledger = invited, ledger
        self.stop = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.finished = 0
        self.broken = 0
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        """Begin in a thread."""
        self._thread.start()

    def join(self) -> None:
        """Until the thread has ended."""
        self.stop.set()
        self._thread.join(60)

    def _live(self) -> None:
        while not self.stop.is_set():
            self._take(self._invited())

    def _take(self, it: Invited) -> None:
        script = self._random.random() < 0.5  # the page with its script, or the plain form
        headers = {"Origin": self._base} | ({"HX-Request": "true"} if script else {})
        with httpx2.Client(base_url=self._base, timeout=TIMEOUT, headers=headers, verify=False) as page:
            self._open(page, it)
            while not self.stop.is_set():
                turn = self._turn(page, it)
                if turn is None:
                    self.finished += not self.stop.is_set()
                    return
                words = f"Loss means the queue overflowed, says answer {self._random.getrandbits(64):016x} of {turn}."
                self._ledger.sends(words)
                self._submit(page, it, turn, words)
                if script and self._random.random() < 0.5:
                    self._follow(page)

    def _open(self, page: httpx2.Client, it: Invited) -> None:
        self._until(lambda: self._post(page, f"/i/{it.token}", {"interview": "true"}) in (303, 200))

    def _turn(self, page: httpx2.Client, it: Invited) -> int | None:
        """The turn the page asks for; None once the interview is over."""
        found: list[int | None] = []

        def look() -> bool:
            answer = page.get("/interview", follow_redirects=True)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 401:
                self._open(page, it)
                return False
            if answer.status_code != 200:
                return False
            if str(answer.url).endswith("/interview/done"):
                found.append(None)
                return True
            asked = re.search(r'action="/interview/answer".*?name="turn"[^>]*value="(\d+)"', answer.text, re.DOTALL)
            if asked:
                found.append(int(asked.group(1)))
            elif 'id="writing"' in answer.text:
                self._follow(page)
            return bool(asked)

        self._until(look)
        return found[0] if found else None

    def _submit(self, page: httpx2.Client, it: Invited, turn: int, words: str) -> None:
        """Until the service says that it has the words, or that the turn is over."""
        data = {"turn": str(turn), "text": words}

        def send() -> bool:
            status = self._post(page, "/interview/answer", data)
            if status in (200, 303):
                self._ledger.note(it.public_id, turn, words)
            return status in (200, 303, 409, 422)

        if self._random.random() < DOUBLE_CLICKS:
            self._double_click(page, data)
        self._until(send)

    def _double_click(self, page: httpx2.Client, data: dict[str, str]) -> None:
        """The same submit at the same moment on a connection of its own; what comes of it is looked at by nobody."""

        def again() -> None:
            with suppress(httpx2.HTTPError):
                httpx2.post(
                    f"{self._base}/interview/answer",
                    data=data,
                    headers=dict(page.headers),
                    cookies=dict(page.cookies),
                    timeout=TIMEOUT,
                    verify=False,
                )

        threading.Thread(target=again, daemon=True).start()

    def _follow(self, page: httpx2.Client) -> None:
        """The wording of the next question, as far as it comes."""
        with suppress(httpx2.HTTPError), page.stream("GET", "/interview/next") as stream:
            for line in stream.iter_lines():
                if line.startswith("event: settled"):
                    return

    def _post(self, page: httpx2.Client, address: str, data: dict[str, str]) -> int:
        status = page.post(address, data=data).status_code
        self.statuses[status] += 1
        return status

    def _until(self, done: Callable[[], bool]) -> None:
        while not self.stop.is_set():
            try:
                if done():
                    return
            except httpx2.HTTPError:
                self.broken += 1  # not acknowledged
            time.sleep(RETRY_SECONDS * (0.5 + self._random.random()))
