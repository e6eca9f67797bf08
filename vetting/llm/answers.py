"""From the text a model sent to a validated value: find the JSON, refuse what is ambiguous, say what is wrong. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Never, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

T = TypeVar("T", bound=BaseModel)

LONGEST_TEXT = 64_000
"""Characters of an answer that are looked at; a longer one is refused."""
_MOST_OBJECTS = 20
_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_NOT_STRICT = frozenset(
    """title default minLength maxLength minItems maxItems minimum maximum exclusiveMinimum exclusiveMaximum pattern
    format""".split()
)


@dataclass(eq=False)
class Unusable(Exception):
    """An answer that is not what was asked for.

    `complaint` is for the model's repair turn; `detail` is for the record and holds no text of the answer.
    """

    complaint: str
    detail: str


def read_answer(text: str, schema: type[T]) -> T:
    """The one JSON object in `text`, validated. Raises Unusable: nothing is ever filled in or guessed."""
    if len(text) > LONGEST_TEXT:
        raise Unusable(f"The answer is longer than {LONGEST_TEXT} characters.", "too long")
    value = _one_object(_THINKING.sub("", text, count=1))
    try:
        # strict as JSON: "3" is not 3, and 1e400 or NaN is not a number
        return schema.model_validate_json(json.dumps(value, allow_nan=False), strict=True)
    except ValidationError as error:
        raise _unusable(error) from None
    except (ValueError, RecursionError):
        raise Unusable("The answer holds a number or text that JSON cannot carry.", "not JSON") from None


def fields_so_far(text: str) -> dict[str, Any]:
    """What can be read of an answer that is still being written; its last text may be unfinished. For showing only."""
    written = _THINKING.sub("", text[:LONGEST_TEXT], count=1)
    at = written.find("{")
    if at < 0 or written.lstrip().startswith("<think"):
        return {}
    try:
        value = from_json(written[at:], allow_partial="trailing-strings")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _unusable(error: ValidationError) -> Unusable:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"- {'.'.join(str(p) for p in f['loc'])[:120] or 'the object'}: {f['msg'][:300]}" for f in faults[:10]]
    kinds = sorted({fault["type"] for fault in faults})
    return Unusable("\n".join(lines), ", ".join(kinds)[:200])


def _one_object(text: str) -> dict[str, Any]:
    """The only JSON object in the text, be it bare, in a fence or amid prose; equal copies count as one."""
    try:
        found = _whole_or_parts(text)
    except _Refused as error:
        raise Unusable(f"The answer cannot be read: {error}.", str(error)) from None
    except RecursionError:
        raise Unusable("The answer is nested too deeply.", "nested too deeply") from None
    if not found:
        raise Unusable("The answer holds no JSON object that can be read.", "not JSON")
    if any(other != found[0] for other in found[1:]):
        # Which one was meant? Candidate text may have been echoed into the answer: do not choose.
        raise Unusable("The answer holds more than one JSON object.", "several objects")
    if not isinstance(found[0], dict):
        raise Unusable("The answer is JSON but not an object.", "not an object")
    return found[0]


def _whole_or_parts(text: str) -> list[Any]:
    try:
        return [_DECODER.decode(text.strip())]
    except _Refused:
        raise
    except ValueError:
        return _objects(text)


def _objects(text: str) -> list[Any]:
    """The objects in a text that is not JSON as a whole; none if any brace opens something unreadable.

    Going on inside a broken object would take a part of it for the answer.
    """
    found: list[Any] = []
    at = text.find("{")
    while at >= 0 and len(found) < _MOST_OBJECTS:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except _Refused:
            raise
        except ValueError:
            return []
        found.append(value)
        at = text.find("{", end)
    return found


class _Refused(ValueError):
    """JSON by the letter, but not by any meaning that could be relied on."""


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise _Refused("a key stands twice")
    return keys


def _no_constant(name: str) -> Never:
    raise _Refused("NaN or Infinity")


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant)


def strict_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema in the subset that servers with strict structured output accept.

    All fields required, nothing additional, no bounds; bounds are checked by pydantic afterwards.
    """
    strict: dict[str, Any] = _strict(schema.model_json_schema())
    return strict


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for key, inner in node.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _strict(part) for name, part in inner.items()}
        elif key not in _NOT_STRICT:
            kept[key] = _strict(inner)
    if kept.get("type") == "object":
        kept["required"] = list(kept.get("properties", {}))
        kept["additionalProperties"] = False
    return kept


def schema_text(schema: type[BaseModel]) -> str:
    """What a model that cannot be given a schema is told instead."""
    shape = json.dumps(strict_schema(schema), ensure_ascii=False, separators=(",", ":"))
    return f"Answer with one JSON object and nothing else: no prose, no fence. It must fit this JSON schema:\n{shape}"


def repair_text(fault: Unusable, schema: type[BaseModel]) -> str:
    """The one repair turn: what was wrong, and the shape again."""
    return f"That answer cannot be used:\n{fault.complaint}\nWrite the whole answer again. {schema_text(schema)}"
