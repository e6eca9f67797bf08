"""The errors people meet: each has an HTTP status, says whether trying again can help, and reads as one sentence.

The docstring of a class is its default message, so no caller has to invent one (`web/closed_words.py` lists them).
"""

from __future__ import annotations

import traceback
from pathlib import Path

from vetting.domain.tongue import _


class VettingError(Exception):
    """Something went wrong on our side; nothing was changed."""

    status = 500
    retryable = False
    title: str | None = None
    """What stands above the message, where the words for the status would mislead."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or _((type(self).__doc__ or "").strip()))

    @property
    def message(self) -> str:
        """The plain sentence shown to a person."""
        return str(self.args[0])


class BadInput(VettingError):
    """What was sent cannot be used."""

    status = 422


class TooLarge(BadInput):
    """What was sent is larger than this service accepts."""

    status = 413


class NotFound(VettingError):
    """There is nothing here, or it is not yours to see."""

    status = 404


class NotSignedIn(VettingError):
    """Please sign in first."""

    status = 401


class Forbidden(VettingError):
    """Your role does not allow this."""

    status = 403


class Conflict(VettingError):
    """This was changed by somebody else in the meantime; nothing was overwritten."""

    status = 409


class Taken(Conflict):
    """This id exists already; nothing was changed."""

    title = "This id exists already"


class InProgress(Conflict):
    """The same request is still being answered; ask again in a moment."""

    title = "Still being answered"


class AnsweredBefore(Conflict):
    """This was done before and not repeated; its answer can no longer be read, as the service has changed since."""

    title = "Done before"


class StaleTurn(Conflict):
    """This question was already answered, perhaps in another window; here is the current one."""


class Expired(VettingError):
    """This link is no longer valid; ask the person who sent it for a new one."""

    status = 410


class Unavailable(VettingError):
    """A part of the service does not answer at the moment; nothing was lost, please try again."""

    status = 503
    retryable = True


class ModelFailed(Unavailable):
    """The language model did not give a usable answer."""


class StorageFull(Unavailable):
    """The disk is full where Vetting runs, so this was not saved; try again once there is room."""

    status = 507


class TooMany(VettingError):
    """This was done too often in a short time; please wait a little."""

    status = 429
    title = "Too often"

    def __init__(self, message: str | None = None, seconds: int = 60) -> None:
        super().__init__(message)
        self.seconds = seconds
        """How long to wait before it is worth trying again."""


def trail(error: BaseException) -> str:
    """What kind of error it was and where it came up, the innermost place first: all that a log may hold of it.

    Never its message: that of a library may repeat what a person wrote.
    """
    frames = reversed(traceback.extract_tb(error.__traceback__))
    places = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return " < ".join((type(error).__name__, *places))
