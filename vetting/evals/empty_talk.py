"""Words that show nothing and should gain nothing: praise and fashionable nouns put around an answer, and whole
answers that stay on the topic and say nothing which could be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from vetting.domain.rubric import Rubric
from vetting.errors import BadInput
from vetting.evals.phrases import spoken
from vetting.packs import read_yaml, shipped

FLATTERY = (
    "What an excellent and thoughtful question, thank you for asking it.",
    "I can see that whoever designed this interview knows the field inside out.",
    "It is a privilege to be assessed with so much care and expertise.",
    "Your questions are far better than those of any other company I have talked to.",
    "I am sure that you will recognise the quality of this answer.",
)
BUZZWORDS = (
    "In a world-class, end-to-end approach we leverage best practices and a holistic, data-driven mindset.",
    "Synergies, scalability, resilience and observability are the pillars of operational excellence.",
    "A robust framework with clear governance, stakeholder alignment and continuous improvement is key.",
    "State-of-the-art tooling, automation and machine learning enable proactive, predictive optimisation.",
    "My strategy is evidence-based, risk-aware, compliant and fully aligned with international standards.",
)
FOLDER = "data/eval/empty_talk"
BESIDE = "empty_talk"
"""Folder beside a pack of one's own in which its bank is looked for."""
GENERIC = "generic"


class Part(BaseModel):
    """Base of the banks as files."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PackTalk(Part):
    """The bank of one pack: an empty answer per question."""

    rubric: str
    written_by: str
    answers: Mapping[str, str]


class GenericTalk(Part):
    """Empty answers that fit any question of any field."""

    written_by: str
    answers: tuple[str, ...]


T = TypeVar("T", PackTalk, GenericTalk)


@dataclass(frozen=True)
class EmptyAnswers:
    """Per question answered in words its empty answers, and the name of the bank they are from."""

    bank: str
    by_question: Mapping[str, tuple[str, ...]]


def empty_answers(rubric: Rubric, folder: Path | None = None) -> EmptyAnswers:
    """The empty answers for a pack: its own bank, beside the pack's file (in `folder`) or shipped, else the generic.

    A question that its own bank leaves out gets the generic answers. Raises BadInput for a bank that cannot be read
    or is of another pack.
    """
    places = [*([folder / BESIDE] if folder else []), shipped(FOLDER)]
    path = next((p for p in (place / f"{rubric.id}.yaml" for place in places) if p.is_file()), None)
    own = _own(path, rubric) if path else {}
    anything = generic()
    return EmptyAnswers(
        bank=rubric.id if path else GENERIC,
        by_question={q.id: (own[q.id],) if q.id in own else anything for q in spoken(rubric)},
    )


def generic() -> tuple[str, ...]:
    """Empty answers for any question."""
    return _read(shipped(FOLDER) / f"{GENERIC}.yaml", GenericTalk).answers


def _own(path: Path, rubric: Rubric) -> Mapping[str, str]:
    bank = _read(path, PackTalk)
    if bank.rubric != rubric.id:
        raise BadInput(f"{path}: it is the bank of {bank.rubric}, not of {rubric.id}.")
    unknown = sorted(set(bank.answers) - {q.id for q in spoken(rubric)})
    if unknown:
        raise BadInput(f"{path}: answers: the pack has no question '{unknown[0]}' that is answered in words.")
    return bank.answers


def _read(path: Path, kind: type[T]) -> T:
    data, _, found = read_yaml(path)
    if found:
        raise BadInput(str(found[0]))
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def with_talk(answer: str, talk: tuple[str, ...], *, turn: int) -> str:
    """The answer with two of the sentences before it and one behind, in turn."""
    first, second, third = (talk[(turn + k) % len(talk)] for k in range(3))
    return f"{first} {second} {answer} {third}"


def padded(answer: str, filler: tuple[str, ...], *, turn: int) -> str:
    """The answer made about twice as long with sentences that show nothing."""
    added: list[str] = []
    at = turn * 7
    while sum(len(s.split()) for s in added) < len(answer.split()) and len(added) < len(filler):
        added.append(filler[at % len(filler)])
        at += 1
    middle = len(added) // 2
    return " ".join((*added[:middle], answer, *added[middle:]))
