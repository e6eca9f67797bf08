"""What can happen in an interview and what a candidate can ask for: events of the log, and commands.

Free text never stands in an event; `Entry` holds it beside the event that owns it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from vetting.domain.rubric import CoreForm
from vetting.domain.transcript import DefenceKind, PromptKind, Span
from vetting.domain.verdict import Assessment

MAX_ANSWER_CHARS = 12_000
MAX_NOTE_WORDS = 60


class Phase(StrEnum):
    """Where an interview stands."""

    CREATED = "created"
    OPEN = "open"
    PAUSED = "paused"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ERASED = "erased"


class Finish(StrEnum):
    """Why an interview ended."""

    DECIDED = "decided"
    QUESTIONS_SPENT = "questions_spent"
    TIME_SPENT = "time_spent"
    BANK_SPENT = "bank_spent"
    CANDIDATE = "candidate_finished"


class Base(BaseModel):
    """Base of commands and events."""

    model_config = ConfigDict(frozen=True)


# --- events -----------------------------------------------------------------------------------------------------


class Started(Base):
    """The candidate has consented and begins; everything the planner depends on is fixed here."""

    type: Literal["started"] = "started"
    rubric_id: str
    rubric_sha: str
    form: CoreForm
    seed: int
    at: datetime


class QuestionAsked(Base):
    """A prompt was put to the candidate; its wording is the event's text."""

    type: Literal["question_asked"] = "question_asked"
    turn: int
    kind: PromptKind
    question_id: str
    probe_id: str | None = None
    target: str | None = None
    defence: DefenceKind | None = Field(default=None, description="Set where an answer is to be defended")
    quoted: Span | None = Field(default=None, description="The candidate's words that the prompt quotes")
    engine: str
    model: str
    prompt: str | None = None
    prompt_sha: str | None = None
    fallback: str | None = Field(default=None, description="Why the embedded engine asked instead of the model")
    belief: Literal["verdicts", "coverage"] = Field(default="verdicts", description="What the planner went by")
    planned_minutes: float = 0
    at: datetime


class AnswerSubmitted(Base):
    """The candidate answered the open turn; the answer is the event's text."""

    type: Literal["answer_submitted"] = "answer_submitted"
    turn: int
    pasted_chars: int = 0
    at: datetime


class TurnSkipped(Base):
    """The candidate passed on the open turn."""

    type: Literal["turn_skipped"] = "turn_skipped"
    turn: int
    at: datetime


class AnswerAssessed(Base):
    """What the steering rater made of a turn; the planner reads only this (decision 8)."""

    type: Literal["answer_assessed"] = "answer_assessed"
    turn: int
    assessment: Assessment | None = Field(description="None: the rater was not ready, so coverage steers")
    at: datetime


class TurnRephrased(Base):
    """The candidate asked for the question in other words."""

    type: Literal["turn_rephrased"] = "turn_rephrased"
    turn: int
    at: datetime


class TurnDisputed(Base):
    """The candidate says that this question is wrong or unclear; the reason is the event's text."""

    type: Literal["turn_disputed"] = "turn_disputed"
    turn: int
    at: datetime


class NoteAdded(Base):
    """The one note on an answer, shown to people and never rated; it is the event's text."""

    type: Literal["note_added"] = "note_added"
    turn: int
    at: datetime


class Paused(Base):
    """The candidate takes a break."""

    type: Literal["paused"] = "paused"
    at: datetime


class Resumed(Base):
    """The candidate goes on."""

    type: Literal["resumed"] = "resumed"
    at: datetime


class Completed(Base):
    """The interview is over."""

    type: Literal["completed"] = "completed"
    reason: Finish
    at: datetime


class Withdrawn(Base):
    """The candidate withdrew."""

    type: Literal["withdrawn"] = "withdrawn"
    at: datetime


class TranscriptRead(Base):
    """The candidate has read what was said and adds nothing more; from here on the levels are shown."""

    type: Literal["transcript_read"] = "transcript_read"
    at: datetime


class Erased(Base):
    """Everything the candidate said is deleted; what is left tells that there was an interview, and no more."""

    type: Literal["erased"] = "erased"
    at: datetime


Event = Annotated[
    Started
    | QuestionAsked
    | AnswerSubmitted
    | TurnSkipped
    | AnswerAssessed
    | TurnRephrased
    | TurnDisputed
    | NoteAdded
    | Paused
    | Resumed
    | Completed
    | Withdrawn
    | TranscriptRead
    | Erased,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Entry(Base):
    """An event with the text it owns (None where it owns none, or the text was erased)."""

    event: Event
    text: str | None = None


# --- commands ---------------------------------------------------------------------------------------------------


class Start(Base):
    """Begin."""

    rubric_id: str
    rubric_sha: str
    form: CoreForm
    seed: int


class SubmitAnswer(Base):
    """Answer a turn."""

    turn: int
    text: str
    pasted_chars: int = 0


class SkipTurn(Base):
    """Pass on a turn."""

    turn: int


class Rephrase(Base):
    """Ask a turn another way."""

    turn: int


class Dispute(Base):
    """Mark a turn's question as wrong or unclear."""

    turn: int
    reason: str = ""


class AddNote(Base):
    """Add the one note to an answered turn."""

    turn: int
    text: str


class Pause(Base):
    """Take a break."""


class Resume(Base):
    """Go on after a break."""


class FinishNow(Base):
    """End the interview at the candidate's wish."""


class Withdraw(Base):
    """Withdraw from the interview."""


class MarkRead(Base):
    """Say that one has read one's own transcript."""


class Erase(Base):
    """Have everything deleted that was said."""


Command = (
    Start
    | SubmitAnswer
    | SkipTurn
    | Rephrase
    | Dispute
    | AddNote
    | Pause
    | Resume
    | FinishNow
    | Withdraw
    | MarkRead
    | Erase
)
