"""How far a stated fact is proven: what a person checked, where, when, and until when that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pydantic import model_validator

from vetting.domain.profile import Licence, Standing
from vetting.domain.profile_values import Line, Value


class Check(Value):
    """A person's check of one statement; `said` is the statement as it then stood, so that another one is unchecked."""

    fact: Line
    said: Line
    standing: Standing
    by: Line
    on: date
    source: Line | None = None
    number: Line | None = None
    expires: date | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.standing is Standing.CLAIMED:
            raise ValueError("a check says that a document was seen or the source was asked; a claim needs none")
        if self.standing is Standing.CHECKED_AT_SOURCE and not self.source:
            raise ValueError("a check at the source needs the name of the register or the place that was asked")
        return self

    def lapsed(self, today: date) -> bool:
        """Whether it was only good until a day that is over."""
        return self.expires is not None and self.expires < today

    def __str__(self) -> str:
        at = f" ({self.source}{f', no. {self.number}' if self.number else ''})" if self.source else ""
        until = f", good until {self.expires}" if self.expires else ""
        return f"{self.standing.replace('_', ' ')}{at} by {self.by} on {self.on}{until}"


@dataclass(frozen=True)
class Stated:
    """A fact with what is known of how it stands.

    `partial`: a list that was read from a document, which may hold more than was found; then what is not in it is no
    evidence, never a no.
    """

    value: Any
    checks: tuple[Check, ...] = ()
    partial: bool = False

    def of(self, said: str) -> Check | None:
        """The newest check of a statement."""
        return next((check for check in reversed(self.checks) if check.said == said), None)


def plain(value: Any) -> Any:
    """What is stated, without how it stands."""
    return value.value if isinstance(value, Stated) else value


def run_out(licences: Sequence[tuple[Licence, Check | None]], today: date) -> date | None:
    """The last day of these licences, where all have run out by what they state and no check says otherwise."""
    last: date | None = None
    for licence, check in licences:
        renewed = check is not None and check.expires is not None and not check.lapsed(today)
        if renewed or licence.expires is None or licence.expires >= today:
            return None
        last = max(licence.expires, last or licence.expires)
    return last


def newest(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Of each statement the newest check, given the oldest first."""
    return tuple({(check.fact, check.said): check for check in checks}.values())
