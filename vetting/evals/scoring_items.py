"""Labelled answers from a jsonl file: every fault is named with its line and field, all at once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from vetting.errors import BadInput, NotFound

SHOWN_FAULTS = 50
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ScoringItem(BaseModel):
    """One answer with its question, reference and a person's score; further fields of a line are ignored.

    `scale` is (lowest, highest) score a person could give.
    """

    model_config = ConfigDict(frozen=True)

    id: Filled
    question: Filled
    reference: Filled
    key_points: tuple[Filled, ...] = ()
    answer: str
    human: Number
    scale: tuple[Number, Number]

    @field_validator("scale")
    @classmethod
    def _rises(cls, scale: tuple[float, float]) -> tuple[float, float]:
        if not scale[0] < scale[1]:
            raise ValueError("the first number must be smaller than the second")
        return scale

    @field_validator("key_points", mode="before")
    @classmethod
    def _null_is_none(cls, value: Any) -> Any:
        return () if value is None else value


def read_items(file: Path) -> list[ScoringItem]:
    """The items in file order. Raises NotFound, and BadInput naming every fault as `file:line field: message`."""
    if not file.is_file():
        raise NotFound(f"{file}: there is no such file.")
    items: list[ScoringItem] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = _item(line)
        except _Faults as found:
            faults += [f"{file}:{number} {fault}" for fault in found.each]
            continue
        if item.id in seen:
            faults.append(f"{file}:{number} id: '{item.id}' is already the id of line {seen[item.id]}")
        seen.setdefault(item.id, number)
        items.append(item)
    if faults:
        more = [f"... and {len(faults) - SHOWN_FAULTS} more"] if len(faults) > SHOWN_FAULTS else []
        raise BadInput("\n".join([*faults[:SHOWN_FAULTS], *more]))
    if not items:
        raise BadInput(
            f"{file}: no items in it; each line is one JSON object with id, question, reference, answer, "
            "human and scale."
        )
    return items


class _Faults(Exception):
    def __init__(self, each: Iterator[str]) -> None:
        self.each = tuple(each)


def _item(line: bytes) -> ScoringItem:
    try:
        return ScoringItem.model_validate(json.loads(line.decode("utf-8")))
    except UnicodeDecodeError:
        raise _Faults(iter(["line: not UTF-8 text"])) from None
    except json.JSONDecodeError as error:
        raise _Faults(iter([f"line: not JSON ({error.msg} at column {error.colno})"])) from None
    except ValidationError as error:
        raise _Faults(_named(error)) from None


def _named(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"]) or "line"
        message = fault["msg"].removeprefix("Value error, ")
        yield f"{where}: {'missing' if fault['type'] == 'missing' else message[:1].lower() + message[1:]}"
