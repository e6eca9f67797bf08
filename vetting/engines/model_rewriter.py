"""The rewriter over a language model: it smooths the wording of feedback; `domain.reworded` decides what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from vetting.ports import LanguageModel, Rewording

PROMPT = "feedback.reword"

Reworded = Annotated[str, StringConstraints(strip_whitespace=True, max_length=6_000)]


class ModelRewriter:
    """`ports.Rewriter` over a language model. It is shown what the candidate is told, nothing else."""

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm
        self.model = llm.model

    def reword(self, paragraphs: Sequence[str], language: str, *, deadline: float) -> Rewording:
        """A text for each paragraph. Raises ModelFailed."""
        variables = {"language": language, "paragraphs": list(paragraphs)}
        reply = self._llm.ask(PROMPT, variables, _schema(len(paragraphs)), deadline=deadline)
        texts: list[str] = reply.value.model_dump()["texts"]
        return Rewording(tuple(texts), self.model, PROMPT, self._llm.prompt_sha(PROMPT), reply.calls)


@lru_cache(maxsize=64)
def _schema(number: int) -> type[BaseModel]:
    """So many texts, no more and no fewer."""
    texts: Any = Annotated[list[Reworded], Field(min_length=number, max_length=number)]
    return create_model("Reworded", __config__=ConfigDict(extra="forbid"), texts=(texts, ...))
