"""The next question while a language model words it: one writer per interview, followed by every page that is open.

The answer is committed before a writer starts, and the question when it ends; what a page shows in between is nowhere
but on the page. A page that comes back joins the writer, or finds the question in the log.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator

from vetting.services import interviews
from vetting.services.context import Context
from vetting.services.interviews import Unsettled

logger = logging.getLogger(__name__)


class Writer:
    """One question being worded. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown = Unsettled()
        self._ended = False
        self._followers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def show(self, words: Unsettled) -> None:
        """Put what may be shown in place of what was."""
        with self._lock:
            self._shown = words
            self._wake()

    def end(self) -> None:
        """The question is settled, or cannot be."""
        with self._lock:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        for changed, loop in self._followers.items():
            loop.call_soon_threadsafe(changed.set)

    async def follow(self) -> AsyncIterator[Unsettled]:
        """The words so far whenever there are others, until the question is settled; slow readers miss steps."""
        changed = asyncio.Event()
        with self._lock:
            self._followers[changed] = asyncio.get_running_loop()
        seen = Unsettled()
        try:
            while True:
                changed.clear()
                with self._lock:
                    shown, ended = self._shown, self._ended
                if ended:
                    return
                if shown != seen:
                    seen = shown
                    yield shown
                await changed.wait()
        finally:
            with self._lock:
                self._followers.pop(changed, None)


class Writers:
    """The writers of this process by interview. Another process may have one for the same: then the log decides."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, Writer] = {}

    def at(self, interview_id: int) -> bool:
        """Whether the next question of this interview is being worded here."""
        with self._lock:
            return interview_id in self._running

    def join(self, ctx: Context, interview_id: int) -> Writer:
        """The writer at work on this interview, or a new one; it goes on when nobody follows any more."""
        with self._lock:
            if (writer := self._running.get(interview_id)) is not None:
                return writer
            writer = self._running[interview_id] = Writer()
        threading.Thread(target=self._write, args=(ctx, interview_id, writer), name="writer", daemon=True).start()
        return writer

    def _write(self, ctx: Context, interview_id: int, writer: Writer) -> None:
        try:
            interviews.ensure_question(ctx, interview_id, show=writer.show)
        except Exception:  # the page asks again without a stream, and tells what is wrong
            logger.exception("the next question of interview %s could not be settled", interview_id)
        finally:
            with self._lock:
                del self._running[interview_id]
            writer.end()
