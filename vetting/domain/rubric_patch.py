"""A pack that does not fit the format, made to fit in place, so that the rest of it can be checked at once.

Whatever cannot be read is replaced by the smallest value the format's schema allows, positions stay as they are, and
every replaced place is remembered: nothing may be said of a value that nobody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import ValidationError

from vetting.domain.rubric import WORK_SAMPLES, AnswerQuestion, Rubric
from vetting.domain.rubric_check import Fault, Path
from vetting.domain.rubric_refs import reference_faults

ROUNDS = 8
_WORDS = ("filler", "filler.filler", "1.0.0", "en")
_SAMPLE_FIELDS = {name for kind in WORK_SAMPLES for name in kind.model_fields} - set(AnswerQuestion.model_fields)
_BY_CODE = ("flaw", "spares", "outcome")
_REFERRED = {"id", "target", "trigger", "type", "steps", "wrong_step", "material", "flaws", "span", "decoys", *_BY_CODE}
"""Fields that others refer to: with one of them replaced, a fault between parts may be of our making."""
_READS: Mapping[str, tuple[int, set[str]]] = {
    "time_budget_minutes": (1, {"minutes", "core"}),
    "questions": (0, {"core", "type"}),
    "indicators": (1, {"type"}),
    "text": (3, {"text", "target", "statement", "indicators", "id"}),
    "statement": (0, {"statement"}),
}
"""Content faults by the last key of their place: how far up, and which fields there, they also depend on."""


@dataclass(frozen=True)
class Misfit:
    """A place that does not fit the format; `kind` is pydantic's, `at_key` says that the key itself is wrong."""

    path: Path
    kind: str
    message: str
    at_key: bool

    @property
    def fault(self) -> Fault:
        """As it is reported."""
        return Fault(self.path, self.message)


@dataclass(frozen=True)
class Patched:
    """A readable pack, what turned up only on the way to it, and the places whose value is not the author's."""

    rubric: Rubric
    faults: tuple[Fault, ...]
    places: frozenset[Path]

    def of_the_author(self, faults: Iterable[Fault]) -> list[Fault]:
        """The content faults that do not rest on a replaced value."""
        return [fault for fault in faults if not self._touches(fault.path)]

    def _touches(self, path: Path) -> bool:
        if any(path[: len(place)] == place for place in self.places):
            return True
        last = path[-1] if path else ""
        up, fields = _READS.get(str(last), (0, {"probes", "misconceptions"} if isinstance(last, int) else set()))
        scope = path[: len(path) - up]
        return any(place[: len(scope)] == scope and place[-1] in fields for place in self.places if place)


def misfits(error: ValidationError, data: object) -> list[Misfit]:
    """What pydantic refused, by the place in the file and in plain words."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        kind, message = detail["type"], detail["msg"].removeprefix("Value error, ")
        if kind == "missing":
            message = "is missing"
        elif kind == "extra_forbidden":
            message = "is not a field of the format"
        elif kind == "union_tag_not_found":
            message = "needs 'type' (usually 'type: answer')"
        path = _in_file(detail["loc"], data, kind == "missing")
        if kind in ("model_type", "model_attributes_type", "dict_type"):
            example = "" if path else ", as in 'id: law.contracts'"
            message = f"must be keys with values{example}, not {_called(_at(data, path))}"
        if kind == "too_short" and detail["ctx"]["actual_length"] != len(_at(data, path)):
            continue  # pydantic counts only the parts that are sound, and those that are not are told by themselves
        found.append(Misfit(path, kind, message, detail["loc"][-1:] == ("[key]",)))
    return found


def _called(value: object) -> str:
    """What stands there, as somebody calls it who writes YAML."""
    if value is None:
        return "nothing"
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a single value"


def patched(data: object) -> Patched | None:
    """The pack with everything unreadable replaced; None where it cannot be made to fit."""
    work = _Patch(deepcopy(data))
    for round_ in range(ROUNDS):
        for fault in reference_faults(work.data):
            work.mend_reference(fault.path)
        try:
            rubric = Rubric.model_validate(work.data)
        except ValidationError as error:
            found = misfits(error, work.data)
            if round_:
                work.faults += [m.fault for m in found if not work.made(m)]
            if not all([work.mend(misfit) for misfit in found]):
                return None
        else:
            return Patched(rubric, tuple(work.faults), frozenset(work.places))
    return None


@dataclass
class _Patch:
    """Raw data being made to fit."""

    data: Any
    places: set[Path] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def made(self, misfit: Misfit) -> bool:
        """Whether a misfit of a later round may come from an earlier replacement."""
        if any(misfit.path[: len(place)] == place for place in self.places):
            return True
        inside = [place for place in self.places if place[: len(misfit.path)] == misfit.path]
        return misfit.kind == "value_error" and any(place[-1] in _REFERRED for place in inside)

    def mend(self, misfit: Misfit) -> bool:
        """Replace what does not fit; False where nothing is known that would."""
        path = misfit.path
        if misfit.kind == "value_error":
            return self._between(path)
        if misfit.kind.startswith("union_tag"):
            self._plain(path)
            return True
        if not path:
            return False
        holder = _at(self.data, path[:-1])
        schema = _schema_at(path[:-1], self.data)
        optional = isinstance(holder, MutableMapping) and path[-1] not in schema.get("required", ())
        named = path[-1] in schema.get("properties", {})
        if misfit.kind == "extra_forbidden" or misfit.at_key or (optional and named):
            self._drop(path)
        else:
            self._put(path, _smallest(_schema_at(path, self.data), self._number()))
        return True

    def mend_reference(self, path: Path) -> None:
        """Make a reference, or ids that stand twice, harmless."""
        if path == ("competencies",):
            competencies = [c for c in self.data["competencies"] if isinstance(c, MutableMapping)]
            for competency in competencies:  # the content check reads no weight, so these places need no remembering
                competency["weight"] = 1 / len(competencies)
        elif path[-1] == "id":
            self._put(path, f"filler-{self._number()}")
        elif path[-1] == "target":
            self._aimless(path[:-1])
        elif path[0] == "guideline":
            self._drop(("guideline",))
        elif "sources" in path:
            self._drop(path[:-1])
        else:
            self._drop(path)

    def _between(self, path: Path) -> bool:
        """A part that reads well and is refused as a whole: a probe, a question."""
        if path[-2:-1] == ("probes",):
            self._aimless(path)
        elif path[-2:-1] == ("questions",):
            self._plain(path)
        else:
            return False
        return True

    def _aimless(self, probe: Path) -> None:
        self._put((*probe, "trigger"), "always")
        self._drop((*probe, "target"))

    def _plain(self, question: Path) -> None:
        """A question of an unknown kind, or a work sample that contradicts itself, as a question in words."""
        part = _at(self.data, question)
        for name in _SAMPLE_FIELDS & set(part):
            self._drop((*question, name))
        self._put((*question, "type"), "answer")
        indicators = part.get("indicators")
        for i, indicator in enumerate(indicators if isinstance(indicators, list) else ()):
            for name in _BY_CODE:
                if isinstance(indicator, MutableMapping) and name in indicator:
                    self._drop((*question, "indicators", i, name))

    def _put(self, path: Path, value: object) -> None:
        holder: MutableMapping[Any, Any] | MutableSequence[Any] = _at(self.data, path[:-1])
        holder[path[-1]] = value  # type: ignore[index]  # an int for a list, any key for a map: the path was read there
        self.places.add(path)

    def _drop(self, path: Path) -> None:
        _at(self.data, path[:-1]).pop(path[-1], None)
        self.places.add(path)

    def _number(self) -> int:
        return len(self.places) + 1


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _in_file(loc: tuple[int | str, ...], data: object, missing: bool) -> Path:
    """pydantic's place without the parts that are not in the file: the member of a union, `[key]`."""
    path: Path = ()
    for i, part in enumerate(loc):
        if isinstance(data, Mapping):
            key = int(part) if isinstance(part, str) and part not in data and part.isdecimal() else part
            if key in data:
                path, data = (*path, key), data[key]
            elif missing and i == len(loc) - 1:
                path = (*path, part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path, data = (*path, part), data[part]
    return path


@cache
def _schema() -> dict[str, Any]:
    return Rubric.model_json_schema()


def _resolved(schema: Mapping[str, Any], data: object = None) -> Mapping[str, Any]:
    """The schema behind a reference, of the kind of question `data` says it is, or of what is not null."""
    if "$ref" in schema:
        return _resolved(_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]], data)
    if "discriminator" in schema:
        kinds: Mapping[str, str] = schema["discriminator"]["mapping"]
        given = data.get("type") if isinstance(data, Mapping) else None
        return _resolved({"$ref": kinds.get(str(given), kinds["answer"])})
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    return _resolved(choices[0], data) if choices else schema


def _schema_at(path: Path, data: Any) -> Mapping[str, Any]:
    schema = _resolved(_schema())
    for part in path:
        data = _child(data, part)
        below = schema.get("items") if isinstance(part, int) and "items" in schema else None
        below = below or schema.get("properties", {}).get(part) or _values(schema)
        schema = _resolved(below, data)
    return schema


def _values(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the values of a map with free keys."""
    more = schema.get("additionalProperties")
    return more if isinstance(more, Mapping) else next(iter(schema.get("patternProperties", {}).values()), {})


def _child(data: Any, part: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    return data[part] if isinstance(data, list) and isinstance(part, int) and part < len(data) else None


def _smallest(schema: Mapping[str, Any], number: int) -> Any:
    """The smallest value of a schema; `number` keeps ids apart."""
    schema = _resolved(schema)
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _smallest(properties[name], number) for name in schema.get("required", ())}
        case "array":
            return [_smallest(schema["items"], number * 100 + i) for i in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return _least(schema)
        case "boolean":
            return False
    return _word(schema, number)


def _least(schema: Mapping[str, Any]) -> float:
    if "exclusiveMinimum" in schema:
        low: float = schema["exclusiveMinimum"]
        high: float = schema.get("maximum", low + 1)
        return low + (high - low) / 1000
    least: float = schema.get("minimum", 0)
    return least


def _word(schema: Mapping[str, Any], number: int) -> str:
    if schema.get("format") == "date":
        return "2026-01-01"
    pattern = schema.get("pattern", "")
    return next((w for w in (f"filler-{number}", *_WORDS) if re.search(pattern, w)), "filler")
