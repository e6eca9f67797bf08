"""A circuit breaker: a model that is down is asked rarely, so that nobody waits for it in every turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class Admission(StrEnum):
    """Whether a call may go out now; a probe is one single request to see whether the server is back."""

    CALL = "call"
    PROBE = "probe"
    REFUSED = "refused"


class Breaker:
    """Opens after `threshold` failures in a row; then lets one probe through every `pause` seconds until one succeeds.

    Share one instance among all gateways of a process, as promise R4 counts per process. Thread-safe.
    `clock` is monotonic, in seconds.
    """

    def __init__(self, *, threshold: int = 3, pause: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._last_try = 0.0

    def admit(self) -> Admission:
        """CALL while closed; while open PROBE once per pause, else REFUSED."""
        with self._lock:
            if self._failures < self._threshold:
                return Admission.CALL
            if self._clock() - self._last_try < self._pause:
                return Admission.REFUSED
            self._last_try = self._clock()
            return Admission.PROBE

    def succeeded(self) -> None:
        """The server answered: closed again."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The server did not answer as a server should."""
        with self._lock:
            self._failures += 1
            if self._failures == self._threshold:
                self._last_try = self._clock()

    @property
    def open(self) -> bool:
        """Whether calls are being held back."""
        with self._lock:
            return self._failures >= self._threshold
