"""What can go wrong in a call to a language model, and what it is called in the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from vetting.errors import ModelFailed
from vetting.ports import ModelCall


class CallStatus(StrEnum):
    """`ModelCall.status`: what came of one request."""

    OK = "ok"
    INVALID = "invalid"
    CUT = "cut"
    REFUSED = "refused"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_API = "not_api"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    BROKEN = "broken_connection"
    LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    WRONG_KEY = "wrong_key"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    NO_RECORDING = "no_recording"
    BUDGET = "budget"


RETRYABLE = frozenset({CallStatus.BROKEN, CallStatus.LIMITED, CallStatus.SERVER_ERROR})
"""Worth another try within the same deadline. A refused connection is not: it fails at once."""

OUTAGE = RETRYABLE | {
    CallStatus.TIMEOUT,
    CallStatus.UNREACHABLE,
    CallStatus.NOT_API,
    CallStatus.WRONG_KEY,
    CallStatus.NOT_FOUND,
}
"""What counts against the circuit breaker.

Unusable content (invalid, cut, refused, too large) does not: what one candidate writes may cause it, and nobody's
answer may switch the model off for everybody else.
"""


class CallFailed(ModelFailed):
    """The language model did not give a usable answer."""

    # `outcome` is the CallStatus of the last request, "" where none was made.
    def __init__(self, message: str | None = None, calls: Sequence[ModelCall] = (), outcome: str = "") -> None:
        super().__init__(message)
        self.calls: tuple[ModelCall, ...] = tuple(calls)
        self.outcome = outcome


@dataclass(eq=False)
class CallFault(Exception):
    """One request that failed. `detail` is a short machine code: never text of the server, a candidate or a key."""

    status: CallStatus
    message: str
    retry_after: float | None = None
    detail: str = ""
    hints: frozenset[str] = frozenset()
