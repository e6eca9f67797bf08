"""What is wrong with a value from outside, as plain sentences that name the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

_SHOWN = 60
_WORDS = {
    "missing": "is missing",
    "model_type": "is not a JSON object",
    "extra_forbidden": "is not a field of this format",
    "string_too_short": "is empty",
    "date_from_datetime_parsing": "is not a date like 2027-01-31",
    "date_parsing": "is not a date like 2027-01-31",
    "date_type": "is not a date like 2027-01-31",
    "finite_number": "is not a finite number",
}
_NOTHING_TO_SHOW = frozenset({"missing", "extra_forbidden", "string_too_short", "model_type"})


@dataclass(frozen=True)
class Fault:
    """One thing wrong: the field as a path (`items[2].title`, empty for the whole record) and what to say of it."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def faults(error: ValidationError) -> tuple[Fault, ...]:
    """All faults of a refused value, in the order pydantic found them, without its jargon."""
    return tuple(_fault(entry) for entry in error.errors(include_url=False))


def first_fault(error: ValidationError) -> str:
    """The first fault as `field: message`."""
    return str(faults(error)[0])


def path(parts: Sequence[int | str]) -> str:
    """`("items", 2, "title")` as `items[2].title`."""
    out = ""
    for part in parts:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out


def said(kind: str, message: str) -> str:
    """What to say of a fault of pydantic's, by its type and message, without its jargon."""
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return _WORDS.get(kind) or message.replace("Input should", "should").split(", unable to parse")[0]


def _fault(entry: Mapping[str, object]) -> Fault:
    kind, message, given = str(entry["type"]), str(entry["msg"]), entry.get("input")
    loc = entry["loc"]
    where = path([p for p in loc if not str(p).startswith("function-")]) if isinstance(loc, tuple) else ""
    words = said(kind, message)
    if kind == "value_error":
        return Fault(where, words)
    if kind in _NOTHING_TO_SHOW or not isinstance(given, str | int | float):
        return Fault(where or "record", words)
    return Fault(where, f"{words}, got {shown(given)}")


def shown(value: object) -> str:
    """What was given, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
