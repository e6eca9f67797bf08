"""Who rates a work sample: code what was done, the panel what was said about it."""

from __future__ import annotations

from vetting.db.log import Log
from vetting.domain.interview_events import SubmitAnswer
from vetting.domain.rubric import Question
from vetting.domain.transcript import PromptKind, Transcript
from vetting.domain.verdict import RawAssessment, RawVerdict
from vetting.domain.work_sample import is_work_sample, read
from vetting.domain.work_sample_scoring import BY_CODE, claims, in_words
from vetting.ports import Rater, RatingReply, RatingRequest
from vetting.services.context import Context


class CodeRater:
    """`ports.Rater` of what code can decide; says nothing about questions that are answered in words."""

    id = BY_CODE

    def rate(self, request: RatingRequest) -> RatingReply:
        """Claims from marks, steps and choices."""
        if not is_work_sample(request.question):
            return RatingReply(RawAssessment())
        return RatingReply(claims(request.question, request.transcript))


class WordsRater:
    """A rater of the panel, given only the reasons of a work sample and the indicators that words can show."""

    def __init__(self, rater: Rater) -> None:
        """`rater` keeps its id: what it says is kept under its own name."""
        self._rater = rater
        self.id = rater.id

    def rate(self, request: RatingRequest) -> RatingReply:
        """The rater's claims; none where the candidate gave no words. Raises ModelFailed or Unavailable."""
        plain = in_words(request.question, request.transcript)
        if plain is None:
            return RatingReply(RawAssessment())
        question, said = plain
        reply = self._rater.rate(RatingRequest(question=question, transcript=said, language=request.language))
        verdicts = tuple(_located(v, request) for v in reply.assessment.verdicts)
        return RatingReply(reply.assessment.model_copy(update={"verdicts": verdicts}), reply.calls)


class Together:
    """Code and the words rater as one, for steering, whose log holds a single assessment per question.

    Code decides most of a work sample, so these verdicts carry its name.
    """

    id = BY_CODE

    def __init__(self, words: Rater) -> None:
        """`words` rates the reasons."""
        self._words = words

    def rate(self, request: RatingRequest) -> RatingReply:
        """The claims of both. Raises Unavailable."""
        code, words = CodeRater().rate(request), self._words.rate(request)
        decided = {v.target for v in code.assessment.verdicts}
        said = tuple(v for v in words.assessment.verdicts if v.target not in decided)
        verdicts = (*code.assessment.verdicts, *said)
        return RatingReply(RawAssessment(verdicts=verdicts, flags=words.assessment.flags), words.calls)


def panel(ctx: Context, question: Question) -> tuple[Rater, ...]:
    """Everybody whose verdicts on this question count."""
    if not is_work_sample(question):
        return ctx.panel
    return (CodeRater(), *(WordsRater(rater) for rater in ctx.panel))


def steering(ctx: Context, question: Question) -> Rater:
    """Whose verdicts on this question steer the interview."""
    return Together(WordsRater(ctx.steering)) if is_work_sample(question) else ctx.steering


def require_readable(log: Log, command: SubmitAnswer) -> None:
    """Refuse a work sample that cannot be read before it is taken. Raises BadInput in a plain sentence."""
    current = log.state.current
    if current is None or current.asked.turn != command.turn or current.asked.kind is not PromptKind.LEAD:
        return
    question = log.rubric.question(current.asked.question_id)
    if is_work_sample(question) and command.text.strip():
        read(question, command.text)


def _located(verdict: RawVerdict, request: RatingRequest) -> RawVerdict:
    """Reasons stand apart in the answer, so a quote over two of them is cut to its longest piece that stands there."""
    if verdict.quote is None or _stands(verdict.quote, request.transcript):
        return verdict
    pieces = [p.strip() for p in verdict.quote.splitlines() if _stands(p.strip(), request.transcript)]
    return verdict.model_copy(update={"quote": max(pieces, key=len)}) if pieces else verdict


def _stands(quote: str, said: Transcript) -> bool:
    return said.locate(quote) is not None
