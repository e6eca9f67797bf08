"""The interview as an append-only log: commands are decided into events, events fold into the state.

`decide(state, command, now)` is the only place that says what a candidate may do when; `evolve` never refuses,
because what is in the log has happened. Free text never stands in an event: `said` maps it to the event that
owns it, so that erasing a text leaves the log whole (architecture, decision 10).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from pydantic import Field

from vetting.domain.interview_events import (
    MAX_ANSWER_CHARS,
    MAX_NOTE_WORDS,
    AddNote,
    AnswerAssessed,
    AnswerSubmitted,
    Base,
    Command,
    Completed,
    Dispute,
    Entry,
    Erase,
    Erased,
    Finish,
    FinishNow,
    MarkRead,
    NoteAdded,
    Pause,
    Paused,
    Phase,
    QuestionAsked,
    Rephrase,
    Resume,
    Resumed,
    SkipTurn,
    Start,
    Started,
    SubmitAnswer,
    TranscriptRead,
    TurnDisputed,
    TurnRephrased,
    TurnSkipped,
    Withdraw,
    Withdrawn,
)
from vetting.domain.text import invisible
from vetting.domain.tongue import _
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment
from vetting.errors import BadInput, Conflict, StaleTurn

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
    read: bool = False
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
    """The events a command leads to (none where nothing changes), or a plain refusal.

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
        case MarkRead():
            _require_phase(state, Phase.COMPLETED)
            return () if state.read else (Entry(event=TranscriptRead(at=now)),)
        case Erase():
            return () if state.phase is Phase.ERASED else (Entry(event=Erased(at=now)),)


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
        case TranscriptRead():
            return state.model_copy(update={"read": True})
        case Erased():
            return state.model_copy(update={"phase": Phase.ERASED})


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
        raise Conflict(_("This interview has already begun."))
    return (Entry(event=Started(**command.model_dump(), at=now)),)


def _submit(state: InterviewState, command: SubmitAnswer, now: datetime) -> tuple[Entry, ...]:
    _require_current(state, command.turn)
    if all(c.isspace() or invisible(c) for c in command.text):
        raise BadInput(_("The answer is empty. Answer the question, or use Skip."))
    if len(command.text) > MAX_ANSWER_CHARS:
        raise BadInput(
            _("The answer has {count:,} characters; at most {max_answer_chars:,} can be taken.").format(
                count=len(command.text), max_answer_chars=MAX_ANSWER_CHARS
            )
        )
    event = AnswerSubmitted(turn=command.turn, pasted_chars=command.pasted_chars, at=now)
    return (*_wake(state, now), Entry(event=event, text=command.text))


def _dispute(state: InterviewState, command: Dispute, now: datetime) -> tuple[Entry, ...]:
    turn = _existing(state, command.turn)
    if turn.disputed:
        raise Conflict(_("You have already marked this question; thank you."))
    reason = command.reason.strip()[:1000] or None
    return (Entry(event=TurnDisputed(turn=command.turn, at=now), text=reason),)


def _note(state: InterviewState, command: AddNote, now: datetime) -> tuple[Entry, ...]:
    turn = _existing(state, command.turn)
    words = len(command.text.split())
    if turn.status is not TurnStatus.ANSWERED:
        raise Conflict(_("A note belongs to an answer, and this question has none."))
    if turn.noted:
        raise Conflict(_("This answer already has its note."))
    if not 1 <= words <= MAX_NOTE_WORDS:
        raise BadInput(
            _("A note has 1 to {max_note_words} words; this one has {words}.").format(
                max_note_words=MAX_NOTE_WORDS, words=words
            )
        )
    return (Entry(event=NoteAdded(turn=command.turn, at=now), text=command.text.strip()),)


def _wake(state: InterviewState, now: datetime) -> tuple[Entry, ...]:
    """Answering ends a break by itself: nobody loses an answer to a forgotten button."""
    return (Entry(event=Resumed(at=now)),) if state.phase is Phase.PAUSED else ()


def _require_phase(state: InterviewState, *phases: Phase) -> None:
    if state.phase not in phases:
        raise Conflict(_("This is not possible now: the interview is {phase}.").format(phase=_(state.phase.value)))


def _require_current(state: InterviewState, turn: int) -> None:
    _require_phase(state, Phase.OPEN, Phase.PAUSED)
    if state.current is None or state.current.asked.turn != turn:
        raise StaleTurn


def _existing(state: InterviewState, turn: int) -> TurnState:
    _require_phase(state, Phase.OPEN, Phase.PAUSED, Phase.COMPLETED)
    if not 1 <= turn <= len(state.turns):
        raise BadInput(_("There is no question {turn} in this interview.").format(turn=turn))
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
