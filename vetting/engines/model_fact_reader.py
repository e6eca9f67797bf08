"""The fact reader over a language model: it proposes, `domain.cv_proposals` decides what the document bears out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vetting.ports import FactReading, LanguageModel, ProposedFact

PROMPT = "cv.facts"
MOST = 60

Name = Literal[
    "country", "timezone", "languages", "hours_per_week", "rate", "available_from", "degrees", "licences"
]  # fmt: skip


class Proposed(BaseModel):
    """One fact; what form its value has to have depends on the fact and is checked with it."""

    model_config = ConfigDict(extra="forbid")

    fact: Name
    value: Any
    quote: Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Facts(BaseModel):
    """What the model answers."""

    model_config = ConfigDict(extra="forbid")

    facts: Annotated[list[Proposed], Field(max_length=MOST)]


class ModelFactReader:
    """`ports.FactReader` over a language model. It is shown the visible text of one document, nothing else."""

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm
        self.model = llm.model

    def read(self, text: str, *, deadline: float) -> FactReading:
        """Proposed facts within `deadline` seconds. Raises ModelFailed."""
        reply = self._llm.ask(PROMPT, {"document": text}, Facts, deadline=deadline)
        found = tuple(ProposedFact(one.fact, one.value, one.quote) for one in reply.value.facts)
        return FactReading(found, self.model, reply.calls)
