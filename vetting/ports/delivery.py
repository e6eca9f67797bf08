"""What leaves this machine: letters, and events for other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from vetting.domain.letter import Letter, MailState


class Posted(NamedTuple):
    """What came of trying to send a letter. SENT, WAITING (surely not taken, try again), FAILED, or UNSURE.

    `problem` is in words of ours: never an address, nor what a server said.
    """

    state: MailState
    problem: str = ""


class Mailer(Protocol):
    """Words letters and sends them, or lays them into a folder."""

    @property
    def sends(self) -> bool:
        """Whether letters leave this machine."""
        ...

    def send(self, name: str, letter: Letter) -> Posted:
        """Word the letter and send it; `name` is its public id. Raises nothing: what went wrong is the answer."""
        ...

    def kept(self) -> Sequence[str]:
        """The names of the letters that lie in the folder; none where they were sent."""
        ...

    def read(self, name: str) -> bytes | None:
        """A letter of the folder as it was written (RFC 5322), if it is there."""
        ...

    def forget(self, names: Sequence[str]) -> None:
        """Delete letters of the folder."""
        ...


@dataclass(frozen=True)
class HookRequest:
    """An event to be sent to an address: its id (the same for every try), when, the JSON, and what signs it."""

    url: str
    id: str
    at: datetime
    body: str
    secret: str


class Answered(NamedTuple):
    """What an address answered: the HTTP status, or None where it was not called or did not answer, and the problem."""

    status: int | None
    problem: str = ""


class Hooks(Protocol):
    """Calls addresses of other systems."""

    def post(self, request: HookRequest) -> Answered:
        """Send one event. Raises nothing: what went wrong is the answer."""
        ...
