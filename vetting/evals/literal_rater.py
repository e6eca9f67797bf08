"""A rater that recognises the phrase bank's own sentences: what an interview could show if no rater ever erred.

The ceiling in the report, and quick tests. It reads the answer, never the simulation's truth; `slip` and `guess` make
it err at random, the same way each time it sees the same answer, and as unsure as that.
"""

from __future__ import annotations

import hashlib

from vetting.domain.rubric import Question
from vetting.domain.verdict import Finding, RaterId, RawAssessment, RawVerdict
from vetting.evals.phrases import PhraseBank
from vetting.evals.styles import Style, restyled
from vetting.ports import RatingReply, RatingRequest

SURE = 0.98
"""Probability of what it says, unless it is made to err more often."""


class LiteralRater:
    """`ports.Rater` by exact wording."""

    def __init__(self, bank: PhraseBank, slip: float = 0.0, guess: float = 0.0, seed: int = 0) -> None:
        self._bank, self._slip, self._guess, self._seed = bank, slip, guess, seed
        self.id = RaterId(engine="literal", model="phrase-bank")

    def rate(self, request: RatingRequest) -> RatingReply:
        """Met with its sentence as the quote where one of its wordings stands in an answer, else not shown."""
        question = request.question
        answers = [t.answer for t in request.transcript.of_question(question.id) if t.answer]
        verdicts = tuple(self._verdict(question, target, answers) for target in question.statements())
        return RatingReply(RawAssessment(verdicts=verdicts if answers else ()))

    def _verdict(self, question: Question, target: str, answers: list[str]) -> RawVerdict:
        quote = self._found(question, target, answers)
        if self._errs(question, target, answers, self._slip if quote else self._guess):
            quote = None if quote else answers[0].split(". ")[0]
        if quote is None:
            return RawVerdict(target=target, finding=Finding.NOT_SHOWN, p=max(1 - SURE, self._slip))
        return RawVerdict(target=target, finding=Finding.MET, p=min(SURE, 1 - self._guess), quote=quote)

    def _found(self, question: Question, target: str, answers: list[str]) -> str | None:
        said = self._bank.questions[question.id]
        texts = {**said.indicators, **said.misconceptions}[target]
        wordings = [restyled(text, style) for text in texts for style in Style]
        return next((w for w in wordings for answer in answers if w in answer), None)

    def _errs(self, question: Question, target: str, answers: list[str], share: float) -> bool:
        if not share:
            return False
        what = "|".join((str(self._seed), question.id, target, *answers))
        return int.from_bytes(hashlib.blake2b(what.encode(), digest_size=8).digest(), "big") < share * 2**64
