"""The interview as an append-only log: commands are decided into events, events fold into the state.

`decide(state, command, now)` is the only place that says what a candidate may do when; `evolve` never refuses,
because what is in the log has happened. Free text never stands in an event: `said` maps it to the event that
owns it, so that erasing a text leaves the log whole (architecture, decision 10).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from vetting.domain.rubric import CoreForm
from vetting.domain.transcript import DefenceKind, PromptKind, Span, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment
from vetting.errors import BadInput, Conflict, StaleTurn

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
    | Withdrawn,
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


Command = Start | SubmitAnswer | SkipTurn | Rephrase | Dispute | AddNote | Pause | Resume | FinishNow | Withdraw


# --- state ------------------------------------------------------------------------------------------------------


class TurnState(Base):
    """A turn with what happened to it besides its answer."""

    asked: QuestionAsked
    status: TurnStatus = TurnStatus.OPEN
    rephrased: bool = False
    disputed: bool = False
    noted: bool = False
    assessed: bool = False
    pasted_chars: int = 0


class InterviewState(Base):
    """What the log adds up to. `assessments` holds the newest steering assessment per question.

    `voided` are questions that the organisation has withdrawn: not of the log, put in by who reads it.
    """

    phase: Phase = Phase.CREATED
    started: Started | None = None
    turns: tuple[TurnState, ...] = ()
    assessments: dict[str, Assessment] = Field(default_factory=dict)
    last_at: datetime | None = None
    active_seconds: float = 0
    finish: Finish | None = None
    voided: frozenset[str] = frozenset()

    @property
    def current(self) -> TurnState | None:
        """The turn that waits for an answer; none once the interview is over."""
        waits = self.phase in (Phase.OPEN, Phase.PAUSED) and self.turns and self.turns[-1].status is TurnStatus.OPEN
        return self.turns[-1] if waits else None

    @property
    def needs_question(self) -> bool:
        """Whether it is the interviewer's move."""
        return self.phase is Phase.OPEN and self.current is None

    @property
    def needs_assessment(self) -> int | None:
        """The turn whose answer the steering rater has not seen yet."""
        last = self.turns[-1] if self.turns else None
        return last.asked.turn if last and last.status is TurnStatus.ANSWERED and not last.assessed else None

    def leads(self) -> tuple[TurnState, ...]:
        """The lead turns in order."""
        return tuple(t for t in self.turns if t.asked.kind is PromptKind.LEAD)

    def of_question(self, question_id: str) -> tuple[TurnState, ...]:
        """The turns of one question."""
        return tuple(t for t in self.turns if t.asked.question_id == question_id)


def decide(state: InterviewState, command: Command, now: datetime) -> tuple[Entry, ...]:
    """The events a command leads to, or a plain refusal.

    Raises StaleTurn when the turn is not the open one, Conflict when the phase does not allow it, BadInput for
    text that cannot be taken.
    """
    match command:
        case Start():
            return _start(state, command, now)
        case SubmitAnswer():
            return _submit(state, command, now)
        case SkipTurn(turn=turn):
            _require_current(state, turn)
            return (*_wake(state, now), Entry(event=TurnSkipped(turn=turn, at=now)))
        case Rephrase(turn=turn):
            _require_current(state, turn)
            return (Entry(event=TurnRephrased(turn=turn, at=now)),)
        case Dispute():
            return _dispute(state, command, now)
        case AddNote():
            return _note(state, command, now)
        case Pause():
            _require_phase(state, Phase.OPEN)
            return (Entry(event=Paused(at=now)),)
        case Resume():
            _require_phase(state, Phase.PAUSED)
            return (Entry(event=Resumed(at=now)),)
        case FinishNow():
            _require_phase(state, Phase.OPEN, Phase.PAUSED)
            return (Entry(event=Completed(reason=Finish.CANDIDATE, at=now)),)
        case Withdraw():
            _require_phase(state, Phase.CREATED, Phase.OPEN, Phase.PAUSED)
            return (Entry(event=Withdrawn(at=now)),)


def evolve(state: InterviewState, entry: Entry) -> InterviewState:
    """The state after one more event."""
    event = entry.event
    state = _tick(state, event.at, counting=state.phase is Phase.OPEN)
    match event:
        case Started():
            return state.model_copy(update={"phase": Phase.OPEN, "started": event})
        case QuestionAsked():
            return state.model_copy(update={"turns": (*state.turns, TurnState(asked=event))})
        case AnswerSubmitted():
            return _turn(state, event.turn, status=TurnStatus.ANSWERED, pasted_chars=event.pasted_chars)
        case TurnSkipped():
            return _turn(state, event.turn, status=TurnStatus.SKIPPED)
        case AnswerAssessed():
            return _assessed(state, event)
        case TurnRephrased():
            return _turn(state, event.turn, rephrased=True)
        case TurnDisputed():
            return _turn(state, event.turn, disputed=True)
        case NoteAdded():
            return _turn(state, event.turn, noted=True)
        case Paused():
            return state.model_copy(update={"phase": Phase.PAUSED})
        case Resumed():
            return state.model_copy(update={"phase": Phase.OPEN})
        case Completed():
            return state.model_copy(update={"phase": Phase.COMPLETED, "finish": event.reason})
        case Withdrawn():
            return state.model_copy(update={"phase": Phase.WITHDRAWN})


def fold(entries: Iterable[Entry]) -> InterviewState:
    """The state a log adds up to."""
    return reduce(evolve, entries, InterviewState())


def transcript(entries: Iterable[Entry]) -> Transcript:
    """What was said, from a log with its texts."""
    turns: list[Turn] = []
    for event, text in ((e.event, e.text) for e in entries):
        if isinstance(event, QuestionAsked):
            turns.append(
                Turn(
                    number=event.turn,
                    kind=event.kind,
                    question_id=event.question_id,
                    probe_id=event.probe_id,
                    defence=event.defence,
                    prompt=text or "",
                    engine=event.engine,
                )
            )
        elif isinstance(event, AnswerSubmitted):
            update = {"status": TurnStatus.ANSWERED, "answer": text}
            turns[event.turn - 1] = turns[event.turn - 1].model_copy(update=update)
        elif isinstance(event, TurnSkipped):
            turns[event.turn - 1] = turns[event.turn - 1].model_copy(update={"status": TurnStatus.SKIPPED})
    return Transcript(turns=tuple(turns))


def _start(state: InterviewState, command: Start, now: datetime) -> tuple[Entry, ...]:
    if state.phase is not Phase.CREATED:
        raise Conflict("This interview has already begun.")
    return (Entry(event=Started(**command.model_dump(), at=now)),)


def _submit(state: InterviewState, command: SubmitAnswer, now: datetime) -> tuple[Entry, ...]:
    _require_current(state, command.turn)
    if not command.text.strip():
        raise BadInput("The answer is empty; write something, or use Skip.")
    if len(command.text) > MAX_ANSWER_CHARS:
        raise BadInput(f"The answer has {len(command.text):,} characters; at most {MAX_ANSWER_CHARS:,} can be taken.")
    event = AnswerSubmitted(turn=command.turn, pasted_chars=command.pasted_chars, at=now)
    return (*_wake(state, now), Entry(event=event, text=command.text))


def _dispute(state: InterviewState, command: Dispute, now: datetime) -> tuple[Entry, ...]:
    turn = _existing(state, command.turn)
    if turn.disputed:
        raise Conflict("You have already marked this question; thank you.")
    reason = command.reason.strip()[:1000] or None
    return (Entry(event=TurnDisputed(turn=command.turn, at=now), text=reason),)


def _note(state: InterviewState, command: AddNote, now: datetime) -> tuple[Entry, ...]:
    turn = _existing(state, command.turn)
    words = len(command.text.split())
    if turn.status is not TurnStatus.ANSWERED:
        raise Conflict("A note belongs to an answer, and this question has none.")
    if turn.noted:
        raise Conflict("This answer already has its note.")
    if not 1 <= words <= MAX_NOTE_WORDS:
        raise BadInput(f"A note has 1 to {MAX_NOTE_WORDS} words; this one has {words}.")
    return (Entry(event=NoteAdded(turn=command.turn, at=now), text=command.text.strip()),)


def _wake(state: InterviewState, now: datetime) -> tuple[Entry, ...]:
    """Answering ends a break by itself: nobody loses an answer to a forgotten button."""
    return (Entry(event=Resumed(at=now)),) if state.phase is Phase.PAUSED else ()


def _require_phase(state: InterviewState, *phases: Phase) -> None:
    if state.phase not in phases:
        raise Conflict(f"This is not possible now: the interview is {state.phase.value}.")


def _require_current(state: InterviewState, turn: int) -> None:
    _require_phase(state, Phase.OPEN, Phase.PAUSED)
    if state.current is None or state.current.asked.turn != turn:
        raise StaleTurn


def _existing(state: InterviewState, turn: int) -> TurnState:
    _require_phase(state, Phase.OPEN, Phase.PAUSED, Phase.COMPLETED)
    if not 1 <= turn <= len(state.turns):
        raise BadInput(f"There is no question {turn} in this interview.")
    return state.turns[turn - 1]


def _turn(state: InterviewState, number: int, **update: object) -> InterviewState:
    turns = tuple(t.model_copy(update=update) if t.asked.turn == number else t for t in state.turns)
    return state.model_copy(update={"turns": turns})


def _assessed(state: InterviewState, event: AnswerAssessed) -> InterviewState:
    state = _turn(state, event.turn, assessed=True)
    if event.assessment is None:
        return state
    assessments = {**state.assessments, event.assessment.question_id: event.assessment}
    return state.model_copy(update={"assessments": assessments})


def _tick(state: InterviewState, at: datetime, *, counting: bool) -> InterviewState:
    passed = (at - state.last_at).total_seconds() if counting and state.last_at else 0
    return state.model_copy(update={"last_at": at, "active_seconds": state.active_seconds + max(passed, 0)})
