"""The embedded rater: indicator verdicts from evidence found by the sentence model, without a language model."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from vetting.domain.calibration import LogisticMap
from vetting.domain.rubric import Question
from vetting.domain.text import normalise
from vetting.domain.transcript import PromptKind, Turn
from vetting.domain.verdict import Finding, Flag, RaterId, RawAssessment, RawVerdict
from vetting.engines.answer_flags import other_language
from vetting.engines.evidence import HELD, Evidence, Support, weigh
from vetting.engines.terms import Claim
from vetting.engines.views import Vision, WordStore
from vetting.ports import Embedder, RatingReply, RatingRequest

VERSION = 2
"""Raised with any change by which the same answer may be rated differently: ratings say by which they were made, and a
calibration is used for the one it was fitted on."""
MET = 0.68
PARTLY = 0.32
REMEMBERED = 512
"""Answers whose evidence is remembered, by hash."""
ENGLISH = "en"


def identity(embedder: Embedder, calibration: str | None = None) -> RaterId:
    """The name of the rater over an embedder, as it stands with its ratings."""
    return RaterId(engine="embedded", model=embedder.name, version=VERSION, calibration=calibration)


class EmbeddedRater:
    """`ports.Rater` over an embedder; the same transcript and pack give the same bytes.

    Each answer to the question (lead and probes) is weighed alone, against the lead question and the prompt it
    answers, so that words given away by a probe gain nothing; an indicator takes its best answer.
    """

    def __init__(
        self,
        embedder: Embedder,
        store: WordStore | None = None,
        *,
        told: LogisticMap | None = None,
        calibration: str | None = None,
    ) -> None:
        """`store` keeps the vectors of packs between runs; `told` maps probabilities of indicators, `calibration` names
        the data it was fitted on."""
        self._vision = Vision(embedder, store)
        self._weighed: OrderedDict[bytes, Evidence] = OrderedDict()
        self._told = told or LogisticMap()
        self.id = identity(embedder, calibration)

    def read_ahead(self, answers: Sequence[str]) -> None:
        """Embed answers that will be rated next in one go. Raises Unavailable."""
        self._vision.read_ahead([normalise(answer).text for answer in answers])

    def rate(self, request: RatingRequest) -> RatingReply:
        """A claim for each indicator and misconception, flags of the answers. Raises Unavailable.

        No claims (so nothing is rated) without an answer, or when the answers are not in English: the sentence model
        knows no other language, a person decides.
        """
        question = request.question
        turns = [t for t in request.transcript.of_question(question.id) if t.answer and t.answer.strip()]
        if not turns:
            return RatingReply(RawAssessment())
        if request.language != ENGLISH or other_language("\n".join(t.answer or "" for t in turns)):
            return RatingReply(RawAssessment(flags=(Flag.OTHER_LANGUAGE,)))
        claims = _claims(question)
        self._vision.learn((*_texts(question, claims), *_planned(question, turns)))
        found = [self._weigh(question, turn, claims) for turn in turns]
        found = [self._calibrated(evidence, claims) for evidence in found]
        verdicts = tuple(_verdict(claim, at, turns, found) for at, claim in enumerate(claims))
        return RatingReply(RawAssessment(verdicts=verdicts, flags=_flags(found)))

    def _weigh(self, question: Question, turn: Turn, claims: Sequence[Claim]) -> Evidence:
        """Evidence of one answer, remembered: after a probe, the answers before it are asked for again."""
        asked = _asked(question, turn)
        key = sha256("\0".join((question.model_dump_json(), asked, turn.answer or "")).encode()).digest()
        if (known := self._weighed.get(key)) is not None:
            return known
        evidence = weigh(
            self._vision, asked, question.reference, claims, turn.answer or "", positions=question.positions
        )
        self._weighed[key] = evidence
        while len(self._weighed) > REMEMBERED:
            self._weighed.popitem(last=False)
        return evidence

    def _calibrated(self, evidence: Evidence, claims: Sequence[Claim]) -> Evidence:
        """The evidence with mapped probabilities where the rater believes what it sees: not for wrong beliefs, nor
        where the answer denies the claim or holds nothing for it."""
        supports = tuple(
            support
            if claim.rivals or support.contradicted or support.span is None
            else replace(support, p=self._told.apply(support.p))
            for claim, support in zip(claims, evidence.supports, strict=True)
        )
        return evidence if self._told == LogisticMap() else replace(evidence, supports=supports)


def _texts(question: Question, claims: Sequence[Claim]) -> tuple[str, ...]:
    """The pack's own texts that `weigh` looks at."""
    stated = (text for c in claims for text in (*c.wordings, *c.rivals))
    return (question.text, question.reference, *stated)


def _asked(question: Question, turn: Turn) -> str:
    """What an answer was given to: the lead question, and the follow-up if it answers one."""
    return question.text if turn.kind is PromptKind.LEAD else f"{question.text}\n{turn.prompt}"


def _planned(question: Question, turns: Sequence[Turn]) -> tuple[str, ...]:
    """What was asked in the pack's own words; follow-ups worded by a model may hold a candidate's."""
    own = {probe.text for probe in question.probes}
    return tuple(_asked(question, turn) for turn in turns if turn.prompt in own)


def _claims(question: Question) -> tuple[Claim, ...]:
    return (
        *(Claim(i.id, i.statement, (*i.phrases, *i.examples)) for i in question.indicators),
        *(Claim(m.id, m.statement, m.examples, (m.correction,)) for m in question.misconceptions),
    )


def _verdict(claim: Claim, at: int, turns: Sequence[Turn], found: Sequence[Evidence]) -> RawVerdict:
    """The verdict from the answer that supports the claim best; the earliest of equals."""
    best = max(range(len(found)), key=lambda k: (found[k].supports[at].p, -k))
    support = found[best].supports[at]
    finding = _finding(support, wrong_belief=bool(claim.rivals))
    answer = turns[best].answer or ""
    quote = answer[support.span.start : support.span.end] if support.span and finding.needs_quote else None
    return RawVerdict(target=claim.id, finding=finding, p=support.p, quote=quote)


def _finding(support: Support, *, wrong_belief: bool) -> Finding:
    if support.span is None:
        return Finding.NOT_SHOWN
    if wrong_belief:
        return Finding.MET if support.p > HELD else Finding.NOT_SHOWN
    if support.contradicted:
        return Finding.CONTRADICTED
    if support.p >= MET:
        return Finding.MET
    return Finding.PARTLY if support.p >= PARTLY else Finding.NOT_SHOWN


def _flags(found: Sequence[Evidence]) -> tuple[Flag, ...]:
    """Flags of any answer, in the order of their definition; blank only when every answer is."""
    seen = {flag for evidence in found for flag in evidence.flags}
    if any(Flag.BLANK not in evidence.flags for evidence in found):
        seen.discard(Flag.BLANK)
    return tuple(flag for flag in Flag if flag in seen)
