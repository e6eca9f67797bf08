"""What cannot be true of a record that was kept as promised: of a log of events, and of verdicts beside a transcript.

`vetting doctor`, the drills and the tests of recording ask the same questions here. Nothing is mended: an empty list
means that nothing was found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from vetting.domain.interview import InterviewState, evolve
from vetting.domain.interview_events import (
    AnswerAssessed,
    AnswerSubmitted,
    Completed,
    Entry,
    Erased,
    Event,
    NoteAdded,
    Paused,
    Phase,
    QuestionAsked,
    Resumed,
    Started,
    TranscriptRead,
    TurnDisputed,
    TurnRephrased,
    TurnSkipped,
    Withdrawn,
)
from vetting.domain.transcript import Transcript, Turn, TurnStatus
from vetting.domain.verdict import Verdict

RUNNING = (Phase.OPEN, Phase.PAUSED)


def log_faults(entries: Iterable[Entry]) -> list[str]:
    """Events that could not follow what stands before them: a gap in the turns, two open turns, a second answer."""
    state, faults = InterviewState(), []
    for number, entry in enumerate(entries, start=1):
        if why := _impossible(state, entry.event):
            faults.append(f"event {number} ({entry.event.type}): {why}")
        if _about_a_turn(entry.event) <= len(state.turns) or isinstance(entry.event, QuestionAsked):
            state = evolve(state, entry)
    return faults


def sequence_faults(sequence: Sequence[int]) -> list[str]:
    """Events are numbered 1..n without a gap."""
    return [] if list(sequence) == list(range(1, len(sequence) + 1)) else ["the numbers of its events have a gap"]


def verdict_faults(verdicts: Iterable[Verdict], said: Transcript, erased: frozenset[int] = frozenset()) -> list[str]:
    """Verdicts whose quote does not stand in an answer to their question; `erased` turns cannot be looked up."""
    return [fault for verdict in verdicts if (fault := _unfounded(verdict, said, erased))]


def digest(words: str) -> str:
    """How a ledger keeps an acknowledged answer: SHA-256 of its words."""
    return hashlib.sha256(words.encode()).hexdigest()


def lost(acknowledged: Mapping[int, str], said: Transcript) -> list[str]:
    """Turns whose acknowledged answer (turn -> digest) is not what is stored; an erased one has no words to compare."""
    return [
        f"the acknowledged answer to question {turn} is not what is stored"
        for turn, wanted in sorted(acknowledged.items())
        if not _kept(said.turn(turn), wanted)
    ]


def _about_a_turn(event: Event) -> int:
    return int(getattr(event, "turn", 0))


def _impossible(state: InterviewState, event: Event) -> str | None:
    """Why this event cannot happen in this state; None where it can."""
    match event:
        case Started():
            return _unless(state.phase is Phase.CREATED, "it had begun before")
        case QuestionAsked():
            return _asking(state, event.turn)
        case AnswerSubmitted() | TurnSkipped() | TurnRephrased():
            open_turn = state.current.asked.turn if state.current else None
            return _unless(event.turn == open_turn, f"turn {event.turn} was not the open one")
        case AnswerAssessed():
            return _unless(state.needs_assessment == event.turn, f"turn {event.turn} did not wait for it")
        case NoteAdded() | TurnDisputed():
            return _unless(1 <= event.turn <= len(state.turns), f"there was no turn {event.turn}")
        case Paused():
            return _unless(state.phase is Phase.OPEN, f"the interview was {state.phase.value}")
        case Resumed():
            return _unless(state.phase is Phase.PAUSED, f"the interview was {state.phase.value}")
        case Completed():
            return _unless(state.phase in RUNNING, f"the interview was {state.phase.value}")
        case Withdrawn():
            return _unless(state.phase in (Phase.CREATED, *RUNNING), f"the interview was {state.phase.value}")
        case TranscriptRead():
            return _unless(state.phase is Phase.COMPLETED, f"the interview was {state.phase.value}")
        case Erased():
            return _unless(state.phase is not Phase.ERASED, "it had been erased before")


def _asking(state: InterviewState, turn: int) -> str | None:
    if state.phase is not Phase.OPEN:
        return f"the interview was {state.phase.value}"
    if state.current is not None:
        return "another turn was still open"
    return _unless(turn == len(state.turns) + 1, f"turn {turn} came after turn {len(state.turns)}")


def _unless(possible: bool, why: str) -> str | None:
    return None if possible else why


def _unfounded(verdict: Verdict, said: Transcript, erased: frozenset[int]) -> str | None:
    where = f"the verdict on {verdict.question_id}/{verdict.target}"
    if verdict.span is None:
        return f"{where} says {verdict.finding.value} without a quote" if verdict.finding.needs_quote else None
    if verdict.span.turn in erased:
        return None
    if verdict.span.turn not in {turn.number for turn in said.of_question(verdict.question_id)}:
        return f"{where} quotes an answer to another question"
    return None if said.quote(verdict.span) else f"{where} quotes words that are not in the answer"


def _kept(turn: Turn | None, wanted: str) -> bool:
    if turn is None or turn.status is not TurnStatus.ANSWERED:
        return False
    return turn.answer is None or digest(turn.answer) == wanted
