"""Draft requirements read from a brief by rules: a beginning for a person to edit, never used unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from vetting.domain.facts import Op
from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.project import Kind, Requirement
from vetting.domain.text import sentences, stems

DRAFT_LEVEL = 3.0
"""Minimum level proposed for a competency that a brief names."""

LONGEST_TOPIC = 1200
_NAMES = "|".join(name.title() for name in LANGUAGE_CODES)
_LANGUAGE = re.compile(rf"\b({_NAMES})\b")
_CEFR = re.compile(r"\b([ABC][12])\b")
_FLUENCY: Mapping[str, str] = {"native": "C2", "bilingual": "C2", "fluent": "C1", "excellent": "C1", "good": "B2"}
_SPOKEN = re.compile(
    r"\b(?:speak\w*|fluent\w*|native|bilingual|written|spoken|language|excellent|good|[ABC][12])\b", re.I
)
_HOURS = re.compile(
    r"\b(\d{1,3})(?:\s*(?:-|–|to)\s*\d{1,3})?\s*(?:h|hrs?|hours?)\s*(?:a|per|/|each|every)\s*(?:week|wk)\b", re.I
)
_MONEY = r"EUR|USD|GBP|CHF|[€$£]"
_RATE = re.compile(
    rf"(?:(?P<before>{_MONEY})\s*)?(?P<amount>\d{{1,5}}(?:[.,]\d{{1,2}})?)\s*(?P<after>{_MONEY})?"
    r"\s*(?:/|per|an|a)\s*(?:h|hr|hour)\b",
    re.I,
)
_SIGNS: Mapping[str, str] = {"€": "EUR", "$": "USD", "£": "GBP"}
_DEGREE = re.compile(
    r"\b(PhD|Ph\.D\.|MD|MBBS|MBChB|MSc|M\.Sc\.|MA|MBA|MPH|BSc|BEng|BTech|MEng|PharmD|doctorate)(?!\w)"
)
_LICENSED = re.compile(r"\b(?:licen[cs]ed|licen[cs]e|registered|registration|board[- ]certified)\b", re.I)
_PROFESSIONS: Mapping[str, str] = {
    "physician": "medical", "doctor": "medical", "cardiologist": "medical", "surgeon": "medical", "medical": "medical",
    "pharmacist": "pharmacist", "nurse": "nursing", "nursing": "nursing", "lawyer": "lawyer", "attorney": "attorney",
    "engineer": "engineer", "dentist": "dental", "psychologist": "psychologist", "veterinarian": "veterinary",
}  # fmt: skip
_START = re.compile(r"\b(?:start\w*|begin\w*|from|available)\b[^.]{0,25}?(\d{4}-\d{2}-\d{2})", re.I)
_MUST = re.compile(r"\b(?:must|required?|requires?|need(?:s|ed)?|essential|mandatory|only|at least|minimum)\b", re.I)


class NamedCompetency(NamedTuple):
    """A competency of an installed rubric: `rubric_id/competency_id` and the name people know."""

    id: str
    name: str


class _Found(NamedTuple):
    requirement: Requirement
    consumes: bool


def draft(brief: str, competencies: Sequence[NamedCompetency] = ()) -> tuple[Requirement, ...]:
    """Requirements a brief states in plain words, each once; what no rule reads becomes one topic.

    Rules read languages, hours a week, the rate, degrees, licences, the start date and competencies named as the
    rubrics name them. A sentence that only states facts is not part of the topic.
    """
    found: dict[tuple[object, ...], Requirement] = {}
    rest: list[str] = []
    for sentence in sentences(brief):
        read = list(_read(sentence.text, competencies))
        for entry in read:
            requirement = entry.requirement
            key = (requirement.competency, requirement.fact, str(requirement.value))
            found.setdefault(key, requirement)
        if not any(entry.consumes for entry in read):
            rest.append(sentence.text)
    topic = " ".join(rest)[:LONGEST_TOPIC].strip()
    return (*found.values(), *([Requirement.model_validate({"kind": Kind.NICE, "topic": topic})] if topic else []))


def _read(sentence: str, competencies: Sequence[NamedCompetency]) -> Iterator[_Found]:
    kind = Kind.MUST if _MUST.search(sentence) else Kind.NICE
    facts = [*_languages(sentence), *_numbers(sentence), *_papers(sentence)]
    long = len(sentence.split()) > 25
    for fact, op, value, always_must in facts:
        made = {"kind": Kind.MUST if always_must else kind, "fact": fact, "op": op, "value": value}
        yield _Found(Requirement.model_validate(made), not long)
    said = set(stems(sentence))
    for competency in competencies:
        named = set(stems(competency.name))
        if named and named <= said:
            made = {"kind": Kind.NICE, "competency": competency.id, "min_level": DRAFT_LEVEL}
            yield _Found(Requirement.model_validate(made), False)


_Fact = tuple[str, Op, object, bool]


def _languages(sentence: str) -> Iterator[_Fact]:
    """A language counts only beside a word about speaking it; 'French hospitals' is no requirement."""
    if not _SPOKEN.search(sentence):
        return
    for match in _LANGUAGE.finditer(sentence):
        around = sentence[max(match.start() - 25, 0) : match.end() + 20]
        if not _SPOKEN.search(around):
            continue
        stated = _CEFR.search(sentence[match.end() : match.end() + 20])
        word = next((level for word, level in _FLUENCY.items() if word in around.lower()), "B2")
        yield "languages", Op.GE, {LANGUAGE_CODES[match[1].lower()]: stated[1] if stated else word}, False


def _numbers(sentence: str) -> Iterator[_Fact]:
    if match := _HOURS.search(sentence):
        hours = float(match[1])
        if 0 < hours <= 168:
            yield "hours_per_week", Op.GE, hours, True
    if match := _RATE.search(sentence):
        currency = match["before"] or match["after"]
        if currency:
            amount = float(match["amount"].replace(",", "."))
            code = _SIGNS.get(currency, currency.upper())
            yield "rate", Op.LE, {"amount": amount, "currency": code, "per": "hour"}, True


def _papers(sentence: str) -> Iterator[_Fact]:
    """Degrees, licences and the start date."""
    degrees = list(dict.fromkeys(m[1].replace(".", "").replace("doctorate", "PhD") for m in _DEGREE.finditer(sentence)))
    if degrees:
        yield "degrees", Op.OVERLAPS, degrees, False
    if _LICENSED.search(sentence):
        words = (word.removesuffix("s") for word in re.findall(r"[a-z]+", sentence.lower()))
        for name in dict.fromkeys(_PROFESSIONS[word] for word in words if word in _PROFESSIONS):
            yield "licences", Op.OVERLAPS, [name], False
    if (match := _START.search(sentence)) and _is_date(match[1]):
        yield "available_from", Op.LE, match[1], False


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
