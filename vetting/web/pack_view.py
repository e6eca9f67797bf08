"""What pages show of packs and drafts: lists with their state, the questions as a candidate sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vetting.domain.pack_edit import competencies, questions
from vetting.domain.pack_places import Part, Told
from vetting.services.pack_drafts import Draft

MATERIAL = ("material", "task", "first", "second")


class Prompt(NamedTuple):
    """A question of the preview. `follow_ups`: what may be asked after it; `material`: what a work sample shows."""

    topic: str
    text: str
    rephrase: str
    minutes: object
    sample: str
    material: tuple[str, ...]
    follow_ups: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """One question of the interview, as a candidate who walks through it."""

    title: str
    language: str
    at: int
    last: int
    topics: tuple[str, ...]
    prompt: Prompt | None
    fixed: bool


class Asked(NamedTuple):
    """A question in the overview of a draft, with how many errors and warnings the check has for it."""

    question: Mapping[str, Any]
    errors: int
    warnings: int


class Topic(NamedTuple):
    """A competency in the overview of a draft, with its own faults and its questions."""

    competency: Mapping[str, Any]
    errors: int
    warnings: int
    asked: tuple[Asked, ...]


def preview_of(document: Mapping[str, Any], at: int) -> Preview:
    """Question `at` (from 1) in the order of a fixed pack, or with form A first, as most candidates would meet them."""
    every = list(_in_order(document))
    number = min(max(at, 1), max(len(every), 1))
    topics = tuple(str(c.get("name") or "") for c in competencies(document))
    return Preview(
        title=str(document.get("title") or ""),
        language=str(document.get("language") or "en"),
        at=number,
        last=len(every),
        topics=topics,
        prompt=every[number - 1] if every else None,
        fixed=document.get("form") == "fixed",
    )


def overview(draft: Draft) -> list[Topic]:
    """The competencies and questions of a draft with what is wrong in each."""
    found = []
    for competency in competencies(draft.document):
        asked = tuple(Asked(q, *_count(draft.faults, Part.QUESTION, q.get("id"))) for q in questions(competency))
        found.append(Topic(competency, *_count(draft.faults, Part.COMPETENCY, competency.get("id")), asked))
    return found


def neighbours(document: Mapping[str, Any], question_id: str) -> tuple[str | None, str | None, int, int]:
    """(the question before, the one after, its number, how many there are), through all competencies."""
    every = [str(q.get("id")) for c in competencies(document) for q in questions(c)]
    at = every.index(question_id)
    before = every[at - 1] if at else None
    return before, every[at + 1] if at + 1 < len(every) else None, at + 1, len(every)


def _count(faults: Sequence[Told], part: Part, name: object) -> tuple[int, int]:
    here = [f for f in faults if f.place.part is part and f.place.id == name]
    return sum(f.error for f in here), sum(not f.error for f in here)


def _in_order(document: Mapping[str, Any]) -> Iterator[Prompt]:
    every = [(c, q) for c in competencies(document) for q in questions(c)]
    if document.get("form") != "fixed":
        every = sorted(every, key=lambda pair: {"A": 0, None: 1, "B": 2}.get(pair[1].get("core"), 1))
    for competency, question in every:
        shown = [str(question[name]) for name in MATERIAL if question.get(name)]
        shown += [f"{n}. {step}" for n, step in enumerate(question.get("steps") or (), 1)]
        yield Prompt(
            topic=str(competency.get("name") or ""),
            text=str(question.get("text") or ""),
            rephrase=str(question.get("rephrase") or ""),
            minutes=question.get("minutes"),
            sample="" if question.get("type", "answer") == "answer" else str(question["type"]),
            material=tuple(shown),
            follow_ups=tuple(str(p.get("text") or "") for p in question.get("probes") or () if isinstance(p, dict)),
        )
