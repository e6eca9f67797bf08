"""What a rater says of one indicator in one answer, and how code checks it before it counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vetting.domain.rubric import Question
from vetting.domain.transcript import Span, Transcript

MIN_QUOTE_WORDS = 2  # one letter stands in every answer

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Finding(StrEnum):
    """What a rater found about an indicator (or misconception) in the answers to its question."""

    MET = "met"
    PARTLY = "partly"
    NOT_SHOWN = "not_shown"
    CONTRADICTED = "contradicted"

    @property
    def needs_quote(self) -> bool:
        """Whether this finding rests on words the candidate wrote."""
        return self is not Finding.NOT_SHOWN


class Flag(StrEnum):
    """Something about an answer that a person should know; a question, not a finding."""

    BLANK = "blank"
    TOO_SHORT = "too_short"
    PARROTS_QUESTION = "parrots_question"
    KEYWORD_LIST = "keyword_list"
    COPIED_REFERENCE = "copied_reference"
    OTHER_LANGUAGE = "other_language"
    INSTRUCTS_RATER = "instructs_rater"
    SWAYED = "swayed"
    DEGRADED = "degraded"


class Frozen(BaseModel):
    """Base of the values here."""

    model_config = ConfigDict(frozen=True)


def _unsaid(value: object) -> bool:
    return value is None


class RaterId(Frozen):
    """Who rated: the engine, its model's name and, for a language model, the hash of its prompt.

    `version`: of the rules that an engine goes by where they are its own, not a prompt's. What was stored before there
    was one stays as it is, to the byte.
    `calibration`: the start of the hash of the data its probabilities were calibrated on, if they were.
    """

    engine: str
    model: str
    version: int | None = Field(default=None, exclude_if=_unsaid)
    prompt: str | None = None
    prompt_sha: str | None = None
    calibration: str | None = None

    @property
    def name(self) -> str:
        """The model's name, with the version of the rules around it."""
        return self.model if self.version is None else f"{self.model} v{self.version}"

    @property
    def label(self) -> str:
        """Engine and name: what ratings that must not outlive the rules are kept under, and reports say."""
        return f"{self.engine}:{self.name}"


class RawVerdict(Frozen):
    """A rater's claim, not yet believed: `quote` must be found verbatim in the candidate's answers.

    `p` is the probability that the candidate's answers state the indicator (or hold the misconception).
    """

    target: str
    finding: Finding
    p: Probability
    quote: str | None = None


class RawAssessment(Frozen):
    """All that one rater says of one question's answers."""

    verdicts: tuple[RawVerdict, ...] = ()
    flags: tuple[Flag, ...] = ()


class Verdict(Frozen):
    """An accepted claim: its span is where the quote stands; text stays in the transcript, so erasure is complete."""

    question_id: str
    target: str
    finding: Finding
    p: Probability
    span: Span | None = None


class Dropped(Frozen):
    """A claim that was refused, and why; recorded, never counted."""

    target: str
    reason: str


class Assessment(Frozen):
    """A rater's accepted verdicts on one question, with what was refused and who rated."""

    question_id: str
    turns: tuple[int, ...]
    rater: RaterId
    rubric_sha: str
    verdicts: tuple[Verdict, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    flags: tuple[Flag, ...] = ()


def accept(
    raw: RawAssessment, question: Question, transcript: Transcript, rater: RaterId, rubric_sha: str
) -> Assessment:
    """Believe only what code can check: known targets, one verdict each, quotes verbatim in this question's answers.

    A verdict whose quote is missing or not found is dropped, never repaired: a rater that invents evidence
    gets nothing for it. The first verdict of a target counts, later ones are dropped.
    """
    turns = tuple(t.number for t in transcript.of_question(question.id) if t.answer)
    known = set(question.statements())
    verdicts: dict[str, Verdict] = {}
    dropped: list[Dropped] = []
    for claim in raw.verdicts:
        span = transcript.locate(claim.quote, turns) if claim.quote else None
        if reason := _refusal(claim, span, known, verdicts):
            dropped.append(Dropped(target=claim.target[:64], reason=reason))
            continue
        verdicts[claim.target] = Verdict(
            question_id=question.id, target=claim.target, finding=claim.finding, p=round(claim.p, 4), span=span
        )
    return Assessment(
        question_id=question.id,
        turns=turns,
        rater=rater,
        rubric_sha=rubric_sha,
        verdicts=tuple(verdicts.values()),
        dropped=tuple(dropped),
        flags=raw.flags,
    )


def _refusal(claim: RawVerdict, span: Span | None, known: set[str], seen: Iterable[str]) -> str | None:
    if claim.target not in known:
        return "unknown indicator"
    if claim.target in seen:
        return "second verdict for the same indicator"
    if not math.isfinite(claim.p):
        return "probability is not a number"
    if claim.finding.needs_quote and span is None:
        return "quote not found in the candidate's answers"
    if claim.finding.needs_quote and len((claim.quote or "").split()) < MIN_QUOTE_WORDS:
        return "quote too short to be evidence"
    return None
