"""The embedded rater: evidence in the answers, as claims that code then checks. No language model."""

from __future__ import annotations

from vetting.domain.rubric import Question
from vetting.domain.text import Span
from vetting.domain.transcript import Turn
from vetting.domain.verdict import Finding, Flag, RaterId, RawAssessment, RawVerdict
from vetting.engines.evidence import Claim, Evidence, Support, weigh
from vetting.engines.views import Vision
from vetting.ports import Embedder, RatingReply, RatingRequest

ENGINE = "embedded"
MET, PARTLY = 0.5, 0.35
"""Probabilities from which a finding counts as met, and as met in part."""


class EmbeddedRater:
    """`ports.Rater` over an embedder. Each answer to a question (lead and probes) is weighed by itself; a claim's
    best answer counts, so that saying more never takes away what was said before."""

    def __init__(self, embedder: Embedder) -> None:
        self.id = RaterId(engine=ENGINE, model=embedder.name)
        self._vision = Vision(embedder)

    def rate(self, request: RatingRequest) -> RatingReply:
        """Verdicts on every indicator and misconception. Raises Unavailable when the embedder does not answer."""
        question = request.question
        turns = [t for t in request.transcript.of_question(question.id) if t.answer]
        claims = _claims(question)
        found = [
            (turn, weigh(self._vision, turn.prompt, question.reference, claims, turn.answer or "")) for turn in turns
        ]
        verdicts = tuple(_verdict(n, claim.id, found) for n, claim in enumerate(claims)) if found else ()
        return RatingReply(RawAssessment(verdicts=verdicts, flags=_flags(found)))


def _claims(question: Question) -> tuple[Claim, ...]:
    indicators = [Claim(i.id, i.statement, i.phrases) for i in question.indicators]
    wrong = [Claim(m.id, m.statement, rival=m.correction) for m in question.misconceptions]
    return (*indicators, *wrong)


def _verdict(number: int, target: str, found: list[tuple[Turn, Evidence]]) -> RawVerdict:
    """The best support of a claim over all answers; a contradiction shows only where nothing supports it."""
    turn, support = max(
        ((turn, evidence.supports[number]) for turn, evidence in found), key=lambda pair: (pair[1].p, -pair[0].number)
    )
    finding = _finding(support)
    quote = _quote(turn, support.span) if finding.needs_quote else None
    if finding.needs_quote and quote is None:
        finding = Finding.NOT_SHOWN
    return RawVerdict(target=target, finding=finding, p=support.p, quote=quote)


def _finding(support: Support) -> Finding:
    if support.contradicted:
        return Finding.CONTRADICTED
    return Finding.MET if support.p >= MET else Finding.PARTLY if support.p >= PARTLY else Finding.NOT_SHOWN


def _quote(turn: Turn, span: Span | None) -> str | None:
    return (turn.answer or "")[span.start : span.end] if span else None


def _flags(found: list[tuple[Turn, Evidence]]) -> tuple[Flag, ...]:
    seen = {flag for _, evidence in found for flag in evidence.flags}
    return tuple(flag for flag in Flag if flag in seen)
