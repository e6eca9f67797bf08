"""What was said in an interview, and where a quote stands in it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class PromptKind(StrEnum):
    """What the interviewer did in a turn."""

    LEAD = "lead"
    PROBE = "probe"


class DefenceKind(StrEnum):
    """What a defence is asked for; `planned` is a probe of the pack, `model` one that a language model worded."""

    PLANNED = "planned"
    CHANGED_FACT = "changed_fact"
    WEAKEST_STEP = "weakest_step"
    ALTERNATIVE = "alternative"
    CASE = "case"
    MODEL = "model"


class TurnStatus(StrEnum):
    """What became of a prompt."""

    OPEN = "open"
    ANSWERED = "answered"
    SKIPPED = "skipped"


class Span(NamedTuple):
    """A piece of the candidate's answer in a turn: characters [start, end) of the text as it was submitted."""

    turn: int
    start: int
    end: int


class Turn(BaseModel):
    """One prompt and what came back. `number` counts from 1; `answer` is None unless answered (or once erased)."""

    model_config = ConfigDict(frozen=True)

    number: int
    kind: PromptKind
    question_id: str
    probe_id: str | None = None
    defence: DefenceKind | None = None
    prompt: str
    status: TurnStatus = TurnStatus.OPEN
    answer: str | None = None
    engine: str = "embedded"


class Transcript(BaseModel):
    """The turns of one interview in order."""

    model_config = ConfigDict(frozen=True)

    turns: tuple[Turn, ...] = ()

    def turn(self, number: int) -> Turn | None:
        """The turn of that number, or None."""
        return self.turns[number - 1] if 1 <= number <= len(self.turns) else None

    def of_question(self, question_id: str) -> tuple[Turn, ...]:
        """The lead turn of a question and its probes, in order."""
        return tuple(t for t in self.turns if t.question_id == question_id)

    def locate(self, quote: str, turns: tuple[int, ...] | None = None) -> Span | None:
        """Where a quote stands, character for character, in the candidate's own words; None where it does not.

        Only answers are searched, never prompts, so words of the interviewer cannot become evidence.
        `turns` limits the search, in its order; blank quotes are nowhere.
        """
        if not quote.strip():
            return None
        for number in turns if turns is not None else tuple(t.number for t in self.turns):
            turn = self.turn(number)
            if turn and turn.answer and (start := turn.answer.find(quote)) >= 0:
                return Span(number, start, start + len(quote))
        return None

    def quote(self, span: Span) -> str | None:
        """The words at a span, or None where the answer is erased or too short to hold it."""
        turn = self.turn(span.turn)
        if turn is None or turn.answer is None or not 0 <= span.start < span.end <= len(turn.answer):
            return None
        return turn.answer[span.start : span.end]


def one_answer(question_id: str, prompt: str, answer: str) -> Transcript:
    """This answer to a lead question and nothing else; for answers that nobody was interviewed for."""
    turn = Turn(
        number=1,
        kind=PromptKind.LEAD,
        question_id=question_id,
        prompt=prompt,
        status=TurnStatus.ANSWERED,
        answer=answer,
    )
    return Transcript(turns=(turn,))
