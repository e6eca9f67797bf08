"""The writer of draft packs over a language model: its form is strict here, its content is judged by the domain."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vetting.ports import LanguageModel, PackWish, WrittenPack

PROMPT = "pack.draft"

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=400)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=3_000)]
Level = Annotated[int, Field(ge=1, le=5)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Point(_Strict):
    """One statement that a good answer makes, and the lowest level at which people make it."""

    statement: Line
    level: Level


class Wrong(_Strict):
    """A wrong belief, and what is right instead."""

    statement: Line
    correction: Line


class WrittenQuestion(_Strict):
    """A question with its answer."""

    text: Long
    reference: Long
    points: Annotated[list[Point], Field(min_length=2, max_length=8)]
    misconceptions: Annotated[list[Wrong], Field(max_length=3)]
    follow_up: Line


class WrittenCompetency(_Strict):
    """A competency with what its five levels mean, the lowest first."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=80)]
    definition: Line
    levels: Annotated[list[Line], Field(min_length=5, max_length=5)]
    questions: Annotated[list[WrittenQuestion], Field(min_length=1, max_length=12)]


class Written(_Strict):
    """What the model answers."""

    summary: Line
    competencies: Annotated[list[WrittenCompetency], Field(min_length=1, max_length=6)]


class ModelPackWriter:
    """`ports.PackWriter` over a language model. It is shown what was pasted and nothing of any candidate."""

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm
        self.model = llm.model

    def write(self, wish: PackWish, *, deadline: float) -> WrittenPack:
        """A proposal within `deadline` seconds. Raises ModelFailed."""
        variables = {
            "title": wish.title,
            "language": wish.language,
            "brief": wish.brief,
            "questions": list(wish.questions),
            "faults": list(wish.faults),
        }
        reply = self._llm.ask(PROMPT, variables, Written, deadline=deadline)
        found = tuple(competency.model_dump() for competency in reply.value.competencies)
        return WrittenPack(reply.value.summary, found, self.model, reply.calls)
