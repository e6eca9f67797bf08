"""Changing a pack that is being written: plain data, which may have faults, part by part and without losing the rest.

Ids are made here from the words they stand for and never change afterwards: references and past ratings name them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple

from vetting.domain.profile_values import UNSTORABLE
from vetting.domain.rubric_parts import LONGEST_PACK_ID, PACK_ID
from vetting.domain.text import content_words

Document = dict[str, Any]
"""A pack as data, in the shape of `Rubric`, whatever its values."""

MOST_COMPETENCIES, MOST_QUESTIONS = 12, 60
LONGEST_ID = 40
ANCHORS = {
    1: "Repeats the words of the question, or names things without saying how they hang together.",
    2: "Names what matters here, and cannot say why it does or when it would not.",
    3: "Explains what matters here and one condition under which it does not hold.",
    4: "Weighs two ways of doing it in a given situation, with what each costs.",
    5: "Says what would change the choice, and how that could be checked.",
}
"""What levels mean until somebody has written it for the competency."""


class Full(ValueError):
    """The pack holds as many parts of a kind as it may; the message is one sentence."""


class Found(NamedTuple):
    """A question with its competency and their positions."""

    competency: Document
    question: Document
    c: int
    q: int


def competencies(document: Mapping[str, Any]) -> list[Document]:
    """The competencies that can be read as such."""
    value = document.get("competencies")
    return [c for c in value if isinstance(c, dict)] if isinstance(value, list) else []


def questions(competency: Mapping[str, Any]) -> list[Document]:
    """The questions of a competency that can be read as such."""
    value = competency.get("questions")
    return [q for q in value if isinstance(q, dict)] if isinstance(value, list) else []


def find_competency(document: Mapping[str, Any], name: str) -> Document | None:
    """The competency of that id."""
    return next((c for c in competencies(document) if c.get("id") == name), None)


def find_question(document: Mapping[str, Any], name: str) -> Found | None:
    """The question of that id."""
    for c, competency in enumerate(competencies(document)):
        for q, question in enumerate(questions(competency)):
            if question.get("id") == name:
                return Found(competency, question, c, q)
    return None


def add_competency(document: Document, name: str) -> Document:
    """A competency at the end; the weights still sum to 1. Raises Full."""
    if len(competencies(document)) >= MOST_COMPETENCIES:
        raise Full(f"A pack has at most {MOST_COMPETENCIES} topics here; remove one first.")
    taken = {str(c.get("id")) for c in competencies(document)}
    made: Document = {
        "id": slug(name, taken, "competency"),
        "name": name,
        "definition": "",
        "weight": 1.0,
        "anchors": {str(level): text for level, text in ANCHORS.items()},
        "questions": [],
    }
    everyone = [*competencies(document), made]
    document["competencies"] = everyone
    made["weight"] = 1 / len(everyone)
    _reweigh(everyone, made)
    return made


def remove_competency(document: Document, name: str) -> None:
    """Take a competency away with its questions; the others share its weight."""
    left = [c for c in competencies(document) if c.get("id") != name]
    document["competencies"] = left
    _reweigh(left, None)
    cut = document.get("cut")
    if isinstance(cut, dict) and isinstance(cut.get("min_levels"), dict):
        cut["min_levels"].pop(name, None)


def set_weight(document: Document, name: str, weight: float) -> None:
    """Give a competency this share of 1; the others keep their proportions in what is left."""
    everyone = competencies(document)
    chosen = find_competency(document, name)
    if chosen is not None and len(everyone) > 1:
        chosen["weight"] = min(max(weight, 0.01), 1 - 0.01 * (len(everyone) - 1))
        _reweigh(everyone, chosen)


def add_question(document: Document, competency: Document, text: str = "") -> Document:
    """A question at the end of a competency. Raises Full."""
    taken = [str(q.get("id")) for c in competencies(document) for q in questions(c)]
    if len(taken) >= MOST_QUESTIONS:
        raise Full(f"A pack has at most {MOST_QUESTIONS} questions here; remove one first, or begin another pack.")
    made: Document = {
        "id": slug(text, taken, "question"),
        "type": "answer",
        "core": None,
        "minutes": 3,
        "text": text,
        "reference": "",
        "indicators": [],
        "misconceptions": [],
        "probes": [],
    }
    competency["questions"] = [*questions(competency), made]
    return made


def remove_question(document: Document, name: str) -> None:
    """Take a question away."""
    for competency in competencies(document):
        competency["questions"] = [q for q in questions(competency) if q.get("id") != name]


def move(parts: list[Any], at: int, by: int) -> None:
    """Move one part up (-1) or down (1) among its like; at the end it stays."""
    to = at + by
    if 0 <= at < len(parts) and 0 <= to < len(parts):
        parts[at], parts[to] = parts[to], parts[at]


def ids_of(question: Mapping[str, Any]) -> set[str]:
    """Every id within a question: those of indicators, misconceptions and probes are unique together."""
    kinds = ("indicators", "misconceptions", "probes")
    return {str(p.get("id")) for kind in kinds for p in question.get(kind) or () if isinstance(p, Mapping)}


def slug(text: str, taken: Iterable[str], otherwise: str) -> str:
    """An id from the first words that say something, told apart from those that are taken."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = [re.sub(r"[^a-z0-9]", "", w.lower()) for w in (content_words(plain) or plain.split())]
    wanted = "-".join([w for w in words if w][:4])[:LONGEST_ID].strip("-") or otherwise
    return _told_apart(wanted, set(taken), "-")


def is_pack_id(text: str) -> bool:
    """Whether a pack can have this id."""
    return len(text) <= LONGEST_PACK_ID and re.fullmatch(PACK_ID, text) is not None


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """The id itself, or the first one with a number behind it that nobody has."""
    return _told_apart(wanted, set(taken), "_")


def pack_id(title: str) -> str:
    """The id of a pack of one's own, `own.` and its title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = "_".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_ID].strip("_") or "pack"
    return f"own.{name}"


def highest(versions: Iterable[str]) -> str | None:
    """The highest of these version numbers."""
    return max((v for v in versions if _numbers(v)), key=lambda v: _numbers(v) or (0, 0, 0), default=None)


def next_version(version: str, taken: Iterable[str]) -> str:
    """The lowest minor version above this one and all that were used: 1.0.0 -> 1.1.0."""
    used = [_numbers(v) for v in (version, *taken)]
    major, minor, _ = max((n for n in used if n), default=(0, 9, 0))
    return f"{major}.{minor + 1}.0"


def is_higher(version: str, than: Iterable[str]) -> bool:
    """Whether a version is above all of these."""
    own = _numbers(version)
    return own is not None and all(own > (_numbers(other) or (0, 0, 0)) for other in than)


def set_or_drop(part: MutableMapping[str, Any], key: str, value: Any) -> None:
    """Keep a value, or no key at all for none: optional fields that are absent stay absent."""
    if value in (None, "", [], ()):
        part.pop(key, None)
    else:
        part[key] = value


def storable(value: Any) -> Any:
    """A part of a pack without the characters that no database holds; nobody types those, a program may."""
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {key: storable(inner) for key, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list) else value


def _told_apart(wanted: str, taken: set[str], by: str) -> str:
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}{by}{number}"
    return name


def _numbers(version: str) -> tuple[int, int, int] | None:
    match = re.fullmatch(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", str(version).strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _reweigh(everyone: list[Document], fixed: Document | None) -> None:
    """Scale all weights but the fixed one so that they sum to 1; the last takes what rounding leaves."""
    rest = [c for c in everyone if c is not fixed]
    room = 1 - (float(fixed["weight"]) if fixed else 0.0)
    given = [float(c["weight"]) if isinstance(c.get("weight"), int | float) else 0.0 for c in rest]
    total = sum(given)
    for competency, weight in zip(rest, given, strict=True):
        competency["weight"] = round(room * (weight / total if total else 1 / len(rest)), 4)
    if fixed:
        fixed["weight"] = round(float(fixed["weight"]), 4)
    last = rest[-1] if rest else fixed
    if last:
        last["weight"] = round(1 - sum(float(c["weight"]) for c in everyone if c is not last), 4)
