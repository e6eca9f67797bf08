"""What `evals/injection` measures on: attacks, base answers inside finished interviews, honest answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from vetting.domain.rubric import Rubric
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.errors import BadInput
from vetting.packs import load_rubric, shipped


class Quality(StrEnum):
    """How good a base answer is."""

    STRONG = "strong"
    MIDDLING = "middling"
    WEAK = "weak"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attack(_Line):
    """A line of attacks.jsonl."""

    id: str
    text: str


class Base(_Line):
    """A base answer in a finished interview. `others`: question -> who answers it (an expert of the demo) or which
    base answer is used (`#id`)."""

    id: str
    rubric: str
    quality: Quality
    question: str
    answer: str
    others: Mapping[str, str]


class Honest(_Line):
    """An honest expert's answer that must not be accused; `question` where it answers one of a shipped pack."""

    id: str
    text: str
    rubric: str | None = None
    question: str | None = None


def read_lines(path: Path, kind: type[Any]) -> list[Any]:
    """The lines of a jsonl file as values of `kind`. Raises BadInput naming file and line."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(kind.model_validate_json(line))
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(map(str, first["loc"])) or "line"
                raise BadInput(f"{path}:{number}: {where}: {first['msg']}") from None
    if not found:
        raise BadInput(f"{path}: holds no line.")
    return found


@dataclass
class Interviews:
    """The shipped base answers with the packs and demo answers their interviews are made of."""

    bases: Sequence[Base]
    packs: dict[str, Rubric] = field(default_factory=dict)
    _people: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def pack(self, slug: str) -> Rubric:
        """The shipped pack of that name."""
        if slug not in self.packs:
            self.packs[slug] = load_rubric(slug)
        return self.packs[slug]

    def transcript(self, base: Base, answer: str) -> Transcript:
        """The finished interview with `answer` in the place of the base answer; lead questions only."""
        said = {**{q: self._said(who, q) for q, who in base.others.items()}, base.question: answer}
        pack = self.pack(base.rubric)
        asked = [q for c in pack.competencies for q in c.questions if q.id in said]
        return Transcript(
            turns=tuple(
                Turn(
                    number=n,
                    kind=PromptKind.LEAD,
                    question_id=q.id,
                    prompt=q.text,
                    status=TurnStatus.ANSWERED,
                    answer=said[q.id],
                )
                for n, q in enumerate(asked, start=1)
            )
        )

    def _said(self, who: str, question: str) -> str:
        if who.startswith("#"):
            return next(b.answer for b in self.bases if b.id == who[1:])
        entry = self.person(who)[question]
        return str(entry["answer"] if isinstance(entry, Mapping) else entry)

    def person(self, who: str) -> Mapping[str, Any]:
        """The demo answers of an expert, by question."""
        if who not in self._people:
            path = shipped("data/demo") / "answers" / f"{who}.yaml"
            self._people[who] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return self._people[who]


def shipped_interviews() -> Interviews:
    """`data/eval/injection_base.jsonl`."""
    return Interviews(read_lines(shipped("data/eval") / "injection_base.jsonl", Base))


def shipped_honest(interviews: Interviews) -> list[Honest]:
    """`data/eval/honest_answers.jsonl` and every answer of the demo."""
    found = list(read_lines(shipped("data/eval") / "honest_answers.jsonl", Honest))
    cast = yaml.safe_load((shipped("data/demo") / "cast.yaml").read_text(encoding="utf-8"))["cast"]
    for person in cast:
        for question, entry in interviews.person(person["expert"]).items():
            for number, text in enumerate(_texts(entry)):
                name = f"{person['expert']}/{question}/{number}"
                found.append(Honest(id=name, text=text, rubric=person["rubric"], question=question))
    return found


def _texts(entry: Any) -> list[str]:
    if not isinstance(entry, Mapping):
        return [str(entry)]
    texts = [entry.get("answer"), *(entry.get("probes") or {}).values(), entry.get("else")]
    return [text for text in texts if text]
