"""Who says what an answer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vetting.domain.rubric import Question
from vetting.domain.transcript import Transcript
from vetting.domain.verdict import RaterId, RawAssessment
from vetting.ports.language_model import ModelCall


@dataclass(frozen=True)
class RatingRequest:
    """One question with the answers given to it (lead and probes); `question` carries reference and indicators."""

    question: Question
    transcript: Transcript
    language: str = "en"


@dataclass(frozen=True)
class RatingReply:
    """A rater's claims and the model calls they took."""

    assessment: RawAssessment
    calls: tuple[ModelCall, ...] = ()


@runtime_checkable
class Rater(Protocol):
    """Says of each indicator and misconception of a question whether the answers state it, with a quote."""

    id: RaterId

    def rate(self, request: RatingRequest) -> RatingReply:
        """Claims to be checked by `domain.verdict.accept`. Raises ModelFailed or Unavailable."""
        ...
