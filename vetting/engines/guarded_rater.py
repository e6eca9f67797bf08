"""Any rater behind a guard: what reads like an instruction is left out of a second rating, and the lower one stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vetting.domain.belief import LEVEL, THETA, observations, question_likelihood
from vetting.domain.injection import Kind, Suspect, masked, suspects
from vetting.domain.rubric import Question
from vetting.domain.text import sentences, stems
from vetting.domain.transcript import Transcript
from vetting.domain.verdict import Finding, Flag, RawAssessment, RawVerdict, Verdict
from vetting.engines.answer_flags import other_language
from vetting.ports import Rater, RatingReply, RatingRequest

APART = 1.0
"""Levels between the two ratings of one question beyond which a person is called."""
NOTHING_P = 0.1
"""Highest probability of an indicator in an answer of which nothing is left."""
SHARED = 3
"""So many indicators resting on one sentence are believed only where the witness sees them too."""
SEEN_P = 0.32
"""Probability from which the witness counts as seeing an indicator."""
REMEMBERED = 256


class GuardedRater:
    """`ports.Rater` around another.

    Where `domain.injection` suspects a span, the answers are rated as they are and with the spans blank (every other
    character in its place, so quotes stay valid); per indicator the lower probability stands, per misconception the
    higher. Orders, markers and hidden characters add INSTRUCTS_RATER; ratings more than a level apart add SWAYED.

    `witness` is a rater that cannot be talked to. It is asked when one sentence carries three indicators or more; where
    it does not see them all there, the sentences that it or another claim points at are rated alone, and what then
    still rests on one sentence, mostly unseen, is not believed. Attacks that nobody recognised end there.
    """

    def __init__(self, rater: Rater, witness: Rater | None = None) -> None:
        self._rater, self._witness = rater, witness
        self._subjects: dict[str, frozenset[str]] = {}
        self.id = rater.id

    def rate(self, request: RatingRequest) -> RatingReply:
        """Claims of the wrapped rater, none of them lifted by a suspected span. Raises what that rater raises."""
        found = self._found(request)
        if not found:
            return self._checked(request)
        whole = self._rater.rate(request)
        rest = self._second(request, _without(request.transcript, found))
        shown = any(s.kind.shown for spans in found.values() for s in spans)
        return _merged(request.question, whole, rest, {Flag.INSTRUCTS_RATER} if shown else set())

    def _second(self, request: RatingRequest, blanked: Transcript) -> RatingReply:
        """The rating of the blanked answers, its quotes in the words of the whole ones."""
        reply = self._checked(RatingRequest(request.question, blanked, request.language))
        return RatingReply(_in_words_of(request.transcript, blanked, reply.assessment), reply.calls)

    def _checked(self, request: RatingRequest) -> RatingReply:
        """A rating that the witness can follow; where it cannot, the lower of it and one of the evidence alone."""
        reply = self._rater.rate(request)
        groups = _sharing(request, reply.assessment) if self._witness else {}
        if not groups:
            return reply
        seen = self._seen(request)
        if all(place in seen.get(target, ()) for place, targets in groups.items() for target in targets):
            return reply
        grouped = {t for targets in groups.values() for t in targets}
        backed = [places for places in seen.values()] + [
            _places(request, v.quote) for v in reply.assessment.verdicts if v.quote and v.target not in grouped
        ]
        narrow = _only(request, {place for places in backed for place in places})
        if narrow == request.transcript:
            rest = RatingReply(_refusing(reply.assessment, _unseen(groups, seen)))
        else:
            shown = RatingRequest(request.question, narrow, request.language)
            again = self._rater.rate(shown)
            second = _in_words_of(request.transcript, narrow, again.assessment)
            rest = RatingReply(_refusing(second, _unseen(_sharing(request, second), seen)), again.calls)
        return _merged(request.question, reply, rest, set())

    def _seen(self, request: RatingRequest) -> dict[str, set[_Place]]:
        """The sentences in which the witness sees each target."""
        if self._witness is None:
            return {}
        found = self._witness.rate(request).assessment.verdicts
        return {v.target: _places(request, v.quote) for v in found if v.p >= SEEN_P and v.quote}

    def _found(self, request: RatingRequest) -> dict[int, tuple[Suspect, ...]]:
        subject = self._subject(request.question)
        turns = request.transcript.of_question(request.question.id)
        spans = {t.number: _suspected(t.answer, subject) for t in turns if t.answer and t.answer.strip()}
        return {number: found for number, found in spans.items() if found}

    def _subject(self, question: Question) -> frozenset[str]:
        """Remembered: the panel asks again after each probe."""
        key = question.model_dump_json()
        if key not in self._subjects:
            if len(self._subjects) >= REMEMBERED:
                self._subjects.clear()
            self._subjects[key] = subject_of(question)
        return self._subjects[key]


class _Place(NamedTuple):
    """A sentence of an answer."""

    turn: int
    sentence: int


def subject_of(question: Question) -> frozenset[str]:
    """Stems of everything the pack says about a question."""
    texts = (
        question.text,
        question.reference,
        *question.positions,
        *question.statements().values(),
        *(phrase for i in question.indicators for phrase in i.phrases),
        *(m.correction for m in question.misconceptions),
        *(p.text for p in question.probes),
    )
    return frozenset(stems("\n".join(texts)))


def lower(question: Question, first: RawAssessment, second: RawAssessment) -> RawAssessment:
    """Of two ratings of the same answers, per target the one that says less good of them; `second` decides the rest.

    `second` is the one of the answers without the suspected spans: where it has no claims because nothing is left,
    nothing is shown; where only it has claims, they stand. Flags of `first` count unless it did not rate at all.
    """
    if not first.verdicts:
        return second
    if not second.verdicts:
        left = tuple(_not_shown(v) for v in first.verdicts)
        return RawAssessment(verdicts=left, flags=tuple(f for f in second.flags if f is not Flag.BLANK))
    wrong = {m.id for m in question.misconceptions}
    by_target = {v.target: v for v in reversed(second.verdicts)}
    merged = [_worse(v, by_target[v.target], v.target in wrong) for v in first.verdicts if v.target in by_target]
    flags = {*first.flags, *second.flags} - {Flag.BLANK}
    return RawAssessment(verdicts=tuple(merged), flags=tuple(f for f in Flag if f in flags))


def _merged(question: Question, whole: RatingReply, rest: RatingReply, flags: set[Flag]) -> RatingReply:
    """The lower of two ratings, flagged where they are more than a level apart."""
    merged = lower(question, whole.assessment, rest.assessment)
    if levels_apart(question, whole.assessment, rest.assessment) > APART:
        flags = flags | {Flag.SWAYED}
    flags = flags | set(merged.flags)
    return RatingReply(
        merged.model_copy(update={"flags": tuple(f for f in Flag if f in flags)}), (*whole.calls, *rest.calls)
    )


def _refusing(assessment: RawAssessment, refused: set[str]) -> RawAssessment:
    verdicts = tuple(_not_shown(v) if v.target in refused else v for v in assessment.verdicts)
    return assessment.model_copy(update={"verdicts": verdicts})


def _unseen(groups: Mapping[_Place, set[str]], seen: Mapping[str, set[_Place]]) -> set[str]:
    """The targets of each sentence in which the witness sees fewer than half of those said to stand there."""
    return {
        target
        for place, targets in groups.items()
        if 2 * sum(place in seen.get(t, ()) for t in targets) < len(targets)
        for target in targets
    }


def _only(request: RatingRequest, places: Container[_Place]) -> Transcript:
    """The answers without the sentences that are in none of these places."""
    beside = {
        t.number: [
            Suspect(s.start, s.end, Kind.ASIDE)
            for at, s in enumerate(sentences(t.answer))
            if _Place(t.number, at) not in places
        ]
        for t in request.transcript.of_question(request.question.id)
        if t.answer
    }
    return _without(request.transcript, {number: spans for number, spans in beside.items() if spans})


def levels_apart(question: Question, first: RawAssessment, second: RawAssessment) -> float:
    """How far apart the levels are that each rating of the question would support alone."""
    if not first.verdicts or not second.verdicts:
        return 0.0
    return abs(question_level(question, first.verdicts) - question_level(question, second.verdicts))


def question_level(question: Question, claims: Iterable[RawVerdict]) -> float:
    """Posterior mean level (1-5) of somebody known by this one question only."""
    verdicts = [Verdict(question_id=question.id, target=c.target, finding=c.finding, p=c.p) for c in claims]
    weight = np.exp(question_likelihood(observations(question, verdicts)) - THETA**2 / 2)
    return float(weight @ LEVEL / weight.sum())


def _suspected(answer: str, subject: frozenset[str]) -> tuple[Suspect, ...]:
    """What the domain suspects, and sentences in another language inside an answer that is in the pack's."""
    found = list(suspects(answer, subject))
    parts = sentences(answer)
    foreign = [p for p in parts if other_language(p.text)]
    if foreign and len(foreign) < len(parts):
        found += [Suspect(p.start, p.end, Kind.ASIDE) for p in foreign]
    return tuple(found)


def _without(transcript: Transcript, found: Mapping[int, Sequence[Suspect]]) -> Transcript:
    turns = tuple(
        t.model_copy(update={"answer": masked(t.answer, found[t.number])}) if t.answer and t.number in found else t
        for t in transcript.turns
    )
    return Transcript(turns=turns)


def _in_words_of(transcript: Transcript, blanked: Transcript, assessment: RawAssessment) -> RawAssessment:
    """Quotes of the blanked answers as the candidate wrote them; one that runs over a blank keeps its longest piece."""
    return assessment.model_copy(
        update={"verdicts": tuple(_requoted(v, transcript, blanked) for v in assessment.verdicts)}
    )


def _requoted(claim: RawVerdict, transcript: Transcript, blanked: Transcript) -> RawVerdict:
    span = blanked.locate(claim.quote) if claim.quote else None
    turn = transcript.turn(span.turn) if span else None
    if span is None or turn is None or not turn.answer or not claim.quote or transcript.quote(span) == claim.quote:
        return claim
    pieces: list[str] = [""]
    for own, kept in zip(turn.answer[span.start : span.end], claim.quote, strict=True):
        if own == kept:
            pieces[-1] += own
        elif pieces[-1]:
            pieces.append("")
    return claim.model_copy(update={"quote": max(pieces, key=len).strip() or None})


def _worse(first: RawVerdict, second: RawVerdict, wrong_belief: bool) -> RawVerdict:
    if wrong_belief:
        return first if first.p > second.p else second
    return first if first.p < second.p else second


def _not_shown(claim: RawVerdict) -> RawVerdict:
    return RawVerdict(target=claim.target, finding=Finding.NOT_SHOWN, p=min(claim.p, NOTHING_P))


def _sharing(request: RatingRequest, assessment: RawAssessment) -> dict[_Place, set[str]]:
    """Sentences that three indicators or more are said to stand in, with those indicators."""
    indicators = {i.id for i in request.question.indicators}
    places = {
        v.target: min(_places(request, v.quote), default=None)
        for v in assessment.verdicts
        if v.target in indicators and v.finding in (Finding.MET, Finding.PARTLY) and v.quote
    }
    many = {place for place, count in Counter(places.values()).items() if place is not None and count >= SHARED}
    return {place: {t for t, at in places.items() if at == place} for place in many}


def _places(request: RatingRequest, quote: str) -> set[_Place]:
    """The sentences a quote touches; none for a quote that is found nowhere, which `accept` refuses."""
    turns = tuple(t.number for t in request.transcript.of_question(request.question.id))
    span = request.transcript.locate(quote, turns)
    turn = request.transcript.turn(span.turn) if span else None
    if span is None or turn is None:
        return set()
    parts = enumerate(sentences(turn.answer or ""))
    return {_Place(span.turn, at) for at, s in parts if s.start < span.end and span.start < s.end}
