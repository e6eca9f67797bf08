"""Who words the next prompt of an interview, and the paragraphs of the feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vetting.domain.rubric import Question, Rubric
from vetting.domain.transcript import Transcript
from vetting.ports.language_model import ModelCall


@dataclass(frozen=True)
class ProbeAim:
    """Something a follow-up may aim at: an indicator not yet shown, or a misconception seen."""

    target: str
    statement: str
    planned: str | None = None
    probe_id: str | None = None


@dataclass(frozen=True)
class ProposalRequest:
    """What an interviewer may know to word the next prompt; never the reference, never another candidate.

    `aims` is empty for a lead question: then only a transition to `planned` is asked for. `defence`: the candidate is
    to defend an answer, in a follow-up that takes up their own words.
    """

    rubric: Rubric
    question: Question
    transcript: Transcript
    planned: str | None
    aims: tuple[ProbeAim, ...] = ()
    defence: bool = False


@dataclass(frozen=True)
class Proposal:
    """What an interviewer proposes; `settle` decides. `text` None: use the planned wording."""

    engine: str
    model: str
    text: str | None = None
    transition: str | None = None
    target: str | None = None
    probe_id: str | None = None
    prompt: str | None = None
    prompt_sha: str | None = None
    calls: tuple[ModelCall, ...] = field(default=())


Spoken = Callable[[str], None]
"""Hears the words of a proposal that is being worded, each time from the beginning; `settle` has not seen them."""


class Interviewer(Protocol):
    """Words the next prompt once the planner has chosen the move."""

    engine: str
    model: str

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        """A proposal within `deadline` seconds; `spoken` hears its words as they come. Raises ModelFailed."""
        ...


@dataclass(frozen=True)
class Rewording:
    """A text for each paragraph that was given, and the model calls they took."""

    texts: tuple[str, ...]
    model: str
    prompt: str
    prompt_sha: str
    calls: tuple[ModelCall, ...] = ()


class Rewriter(Protocol):
    """Smooths the wording of paragraphs; `domain.reworded` decides which of its texts are shown."""

    model: str

    def reword(self, paragraphs: Sequence[str], language: str, *, deadline: float) -> Rewording:
        """A text for each paragraph within `deadline` seconds. Raises ModelFailed."""
        ...
