"""Where a fault of a pack stands, for people: the part whose form shows it, the field in it, and the words for both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from vetting.domain.pack_edit import competencies, questions
from vetting.domain.rubric_check import Fault, Path, Severity
from vetting.domain.tongue import N_, _


class Part(StrEnum):
    """Which form a place belongs to."""

    PACK = "pack"
    COMPETENCY = "competency"
    QUESTION = "question"


class Place(NamedTuple):
    """`id` names the competency or question (None where it has none); `field` is its name in the form."""

    part: Part
    id: str | None
    field: str
    words: str


class Told(NamedTuple):
    """A fault with its place, as a page tells it."""

    place: Place
    message: str
    error: bool

    @property
    def sentence(self) -> str:
        """Where and what, in one line."""
        return f"{self.place.words}: {self.message}"


_WORDS = {
    "text": N_("the question"),
    "rephrase": N_("the question in other words"),
    "reference": N_("a good answer"),
    "indicators": N_("points"),
    "misconceptions": N_("wrong beliefs"),
    "probes": N_("follow-ups"),
    "minutes": N_("minutes"),
    "core": N_("core form"),
    "statement": N_("words"),
    "time_budget_minutes": N_("minutes in all"),
    "max_questions": N_("most questions"),
    "written_by": N_("written by"),
    "reviewed_by": N_("signed by"),
    "review_by": N_("review by"),
    "off_limits": N_("what is never asked"),
    "job_analysis": N_("what people do"),
    "min_levels": N_("least level"),
    "cut": N_("where the recommendation turns"),
    "anchors": N_("what the levels mean"),
    "questions": N_("questions"),
    "competencies": N_("competencies"),
    "weight": N_("weight"),
    "uncalibrated": N_("calibration"),
}
_PLAINLY = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"String should have at least 1 character", N_("is still empty")),
        (r"\w+ should have at least 1 item", N_("none yet; at least one is needed")),
        (r"Input should be a valid integer", N_("should be a whole number")),
        (r"Input should be a valid number", N_("should be a number")),
        (r"Input should be a valid date", N_("should be a day like 2027-01-31")),
    )
)
_ONE = {
    "indicators": N_("point {number}"),
    "misconceptions": N_("wrong belief {number}"),
    "probes": N_("follow-up {number}"),
    "sources": N_("source {number}"),
}


def told(faults: Sequence[Fault], document: Mapping[str, Any]) -> list[Told]:
    """Every fault with its place, in the order they were found."""
    return [Told(place(f.path, document), _plainly(f.message), f.severity is Severity.ERROR) for f in faults]


def place(path: Path, document: Mapping[str, Any]) -> Place:
    """The place of a path from the top of the pack."""
    if len(path) < 2 or path[0] != "competencies" or not isinstance(path[1], int):
        return Place(Part.PACK, None, _field(path), _said(path) or _("the pack"))
    competency = _at(competencies(document), path[1])
    name = str(competency.get("name") or _("competency {number}").format(number=path[1] + 1))
    if len(path) < 4 or path[2] != "questions" or not isinstance(path[3], int):
        rest = path[2:]
        return Place(Part.COMPETENCY, _id(competency), _field(rest), f"{name}{_after(rest)}")
    question = _at(questions(competency), path[3])
    asked = str(question.get("text") or "")
    words = _quoted(asked) if asked else _("{name}, question {number}").format(name=name, number=path[3] + 1)
    rest = path[4:]
    return Place(Part.QUESTION, _id(question), _field(rest), f"{words}{_after(rest)}")


def _quoted(text: str) -> str:
    short = f"{text[:50].rstrip()}…" if len(text) > 50 else text
    return _("“{question}”").format(question=short.rstrip())


def by_field(faults: Sequence[Told], part: Part, name: str | None = None) -> dict[str, list[str]]:
    """The faults of one form: field -> what to say beneath it; those of no field stand under the empty name."""
    found: dict[str, list[str]] = {}
    for one in faults:
        if one.place.part is part and one.place.id == name:
            found.setdefault(one.place.field, []).append(one.message)
    return found


def _plainly(message: str) -> str:
    """A message of the validator's, for somebody who never saw its format; one of our own stays."""
    said = next((_(words) for pattern, words in _PLAINLY if pattern.match(message)), message)
    said = said.replace("Input should", "should").replace("less than or equal to", "at most")
    return said.replace("greater than or equal to", "at least")


def _at(parts: Sequence[Mapping[str, Any]], index: int) -> Mapping[str, Any]:
    return parts[index] if index < len(parts) else {}


def _id(part: Mapping[str, Any]) -> str | None:
    return str(part["id"]) if part.get("id") else None


def _field(path: Path) -> str:
    return ".".join(str(p) for p in path)


def _after(path: Path) -> str:
    said = _said(path)
    return f", {said}" if said else ""


def _said(path: Path) -> str:
    """`("indicators", 2, "statement")` as `point 3, words`."""
    words: list[str] = []
    for i, part in enumerate(path):
        if isinstance(part, int):
            before = path[i - 1] if i else ""
            one = _ONE.get(str(before), N_("level {number}") if before == "anchors" else N_("line {number}"))
            words[-1:] = [_(one).format(number=part + _first(before))]
        else:
            words.append(_(_WORDS.get(part, part.replace("_", " "))))
    return ", ".join(words)


def _first(holder: object) -> int:
    """Levels count as they are named, everything else from 1."""
    return 0 if holder == "anchors" else 1
