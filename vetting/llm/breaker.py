"""A circuit breaker: a model that is down is asked rarely, so that nobody waits for it in every turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from vetting.errors import Unavailable
from vetting.ports import Outage, OutageStore

logger = logging.getLogger(__name__)


class Admission(StrEnum):
    """Whether a call may go out now; a probe is one single request to see whether the server is back."""

    CALL = "call"
    PROBE = "probe"
    REFUSED = "refused"


class InMemory:
    """An `OutageStore` of this process alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = Outage()

    def read(self) -> Outage:
        """What is known now."""
        return self._known

    def change(self, step: Callable[[Outage], Outage]) -> tuple[Outage, Outage]:
        """Take a step alone."""
        with self._lock:
            before, self._known = self._known, step(self._known)
            return before, self._known


class Breaker:
    """Opens after `threshold` failures in a row; then lets one probe through every `pause` seconds until one succeeds.

    Share one instance among all gateways of a process, and one `store` among processes: then there is one probe per
    pause for all of them (promise R4). Thread-safe. `clock` is in seconds; one that is put back lets a probe through.
    """

    def __init__(
        self,
        *,
        threshold: int = 3,
        pause: float = 30.0,
        clock: Callable[[], float] = time.time,
        store: OutageStore | None = None,
    ) -> None:
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._store = store or InMemory()

    def admit(self) -> Admission:
        """CALL while closed; while open PROBE once per pause, else REFUSED."""
        known = self._store.read()
        if known.failures < self._threshold:
            return Admission.CALL
        now = self._clock()
        if not self._due(known, now):
            return Admission.REFUSED
        try:
            before, _ = self._store.change(lambda o: Outage(o.failures, now) if self._due(o, now) else o)
        except Unavailable:  # the database is busy: another moment will do for a probe
            return Admission.REFUSED
        return Admission.PROBE if self._due(before, now) else Admission.REFUSED

    def succeeded(self) -> None:
        """The server answered: closed again."""
        if self._store.read().failures:
            self._note(lambda _: Outage())

    def failed(self) -> None:
        """The server did not answer as a server should."""
        now = self._clock()

        def count(known: Outage) -> Outage:
            opens = known.failures + 1 == self._threshold
            return Outage(known.failures + 1, now if opens else known.last_try)

        self._note(count)

    @property
    def open(self) -> bool:
        """Whether calls are being held back."""
        return self._store.read().failures >= self._threshold

    def _due(self, known: Outage, now: float) -> bool:
        if known.failures < self._threshold:
            return True  # closed by another process in the meantime
        return not 0 <= now - known.last_try < self._pause

    def _note(self, step: Callable[[Outage], Outage]) -> None:
        try:
            self._store.change(step)
        except Unavailable as error:  # one count more or less: nobody's answer may fail over it
            logger.warning("the state of the language model was not noted: %s", error.message)
