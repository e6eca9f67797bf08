"""Work samples scored by code: what was found, what was marked without need, and what follows for the indicators.

A mark finds a flaw when the two share at least half of the shorter one and at least half of the mark lies within the
sentences of the flaw, so that marking a whole page finds nothing. A find is worth the less, the more freely the same
person marks what is right: with the false-alarm rate f it was chance, and then shows no more than a skipped question,
p = (1 - f)(1 - SLIP) + f SKIP_P. Leaving a decoy alone is worth the less, the more flaws went by: the same with
1 - hit rate for f. A missed flaw and a marked decoy are what somebody who knows does once in twenty. d' is
z(hits) - z(false alarms) with half a case added to each cell (log-linear correction, Hautus 1995).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

import scipy

from vetting.domain.belief import SKIP_P
from vetting.domain.rubric import (
    AnswerQuestion,
    Compare,
    FindFlaws,
    FirstWrongStep,
    Flaw,
    Indicator,
    Question,
    WorkSample,
    WriteRubric,
)
from vetting.domain.text import stems
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import MIN_QUOTE_WORDS, Finding, RaterId, RawAssessment, RawVerdict
from vetting.domain.work_sample import (
    Chosen,
    Criteria,
    Criterion,
    Mark,
    Marked,
    Response,
    Stepped,
    material,
    read_leniently,
    reasons,
    units,
)

BY_CODE = RaterId(engine="code", model="work_sample")
OVERLAP = 0.5
SLIP = 0.05
CLEAR_FINDING, EVEN = 0.6, 0.5
CLEAN_HIT_RATE = 0.6
"""Taken for somebody who was shown a clean text, which cannot tell those who looked from those who did not."""
NO_WORDS_P = 0.1
PASS_D_PRIME, PASS_RECALL = 1.0, 0.5
COVERED = 0.5
MAX_CRITERION_WORDS = 30
FEWEST_CRITERION_STEMS = 3

_TWO_THINGS = re.compile(
    r"\band/or\b|;|\bas well as\b|\band (?:also )?(?:is|are|has|have|does|gives?|says?|names?)\b", re.I
)
_VAGUE = re.compile(
    r"\b(?:good|well|clear(?:ly)?|appropriate(?:ly)?|nice|high[- ]quality|thorough(?:ly)?|adequate(?:ly)?|helpful"
    r"|reasonabl[ey]|properly|professional(?:ly)?|in depth)\b",
    re.I,
)  # fmt: skip
_CONCRETE = re.compile(
    r"\d|\b(?:states?|names?|gives?|cites?|lists?|says?|mentions?|computes?|quotes?|refuses?)\b", re.I
)


@dataclass(frozen=True)
class FlawScore:
    """find_flaws in figures; `recall` is weighted by severity, d' and recall are None where nothing is planted."""

    found: tuple[tuple[Flaw, Mark], ...]
    missed: tuple[Flaw, ...]
    false_alarms: tuple[Mark, ...]
    decoys_marked: tuple[tuple[str, Mark], ...]
    recall: float | None
    precision: float | None
    hit_rate: float
    false_alarm_rate: float
    d_prime: float | None

    @property
    def passed(self) -> bool:
        """At least half of the severity found with d' of 1 or more; for a clean text, nothing marked."""
        if self.d_prime is None or self.recall is None:
            return not self.false_alarms
        return self.d_prime >= PASS_D_PRIME and self.recall >= PASS_RECALL


@dataclass(frozen=True)
class StepScore:
    """first_wrong_step: right or not, and how often a guess would be."""

    right: bool
    guess: float

    @property
    def passed(self) -> bool:
        """The step is the right one."""
        return self.right


@dataclass(frozen=True)
class ChoiceScore:
    """compare: right or not, the confidence given, and its Brier score (0 best, 1 worst)."""

    right: bool
    confidence: float
    brier: float

    @property
    def passed(self) -> bool:
        """The choice is the right one."""
        return self.right


@dataclass(frozen=True)
class RubricScore:
    """write_rubric: share of atomic, checkable criteria, and Kendall's tau-b by word coverage.

    `tau` is a hint for a person and no rating: coverage cannot tell a criterion from its negation. None where the
    criteria order nothing.
    """

    checkable: float
    tau: float | None
    unclear: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """At least three quarters of the criteria are atomic and checkable, and there are three."""
        return self.checkable >= 0.75


Score = FlawScore | StepScore | ChoiceScore | RubricScore


def score(question: WorkSample, response: Response) -> Score:
    """The figures of a response; it must be of the question's own type."""
    match question, response:
        case FindFlaws(), Marked():
            return _flaw_score(question, response)
        case FirstWrongStep(), Stepped():
            return StepScore(response.step == question.wrong_step, 1 / (len(question.steps) + 1))
        case Compare(), Chosen():
            right = response.choice == question.better
            return ChoiceScore(right, response.confidence, round((response.confidence - right) ** 2, 4))
        case WriteRubric(), Criteria():
            return _rubric_score(question, response)
    raise TypeError(f"a {type(response).__name__} does not answer a question of type {question.type}")


def response_of(question: WorkSample, transcript: Transcript) -> Response | None:
    """The response in a transcript; None where it was skipped, erased or written as prose."""
    lead = next((t for t in transcript.of_question(question.id) if t.kind is PromptKind.LEAD), None)
    if lead is None or lead.status is not TurnStatus.ANSWERED or not lead.answer:
        return None
    return read_leniently(question, lead.answer)


def claims(question: WorkSample, transcript: Transcript) -> RawAssessment:
    """What code says of the indicators it can decide; nothing for prose. Quotes are the candidate's reason, else the
    marked words, both verbatim in the answer."""
    response = response_of(question, transcript)
    if response is None:
        return RawAssessment()
    figures = score(question, response)
    told = (_claim(i, figures, response) for i in question.indicators if i.by_code)
    made = [claim for claim in told if claim is not None]
    said = reasons(response) or any(t.answer for t in transcript.of_question(question.id) if t.kind is PromptKind.PROBE)
    silent = [] if said else [i for i in question.indicators if not i.by_code]
    made += [RawVerdict(target=i.id, finding=Finding.NOT_SHOWN, p=NO_WORDS_P) for i in silent]
    return RawAssessment(verdicts=tuple(made))


def in_words(question: Question, transcript: Transcript) -> tuple[AnswerQuestion, Transcript] | None:
    """A work sample as a question in words for raters who read: its reasons, without what code decides.

    Prose is left whole, with every indicator. None where there is nothing that words could show.
    """
    if not isinstance(question, FindFlaws | FirstWrongStep | Compare | WriteRubric):
        return None
    response = response_of(question, transcript)
    indicators = tuple(i for i in question.indicators if response is None or not i.by_code)
    turns = transcript.turns if response is None else _reasons_only(question, transcript, reasons(response) or None)
    mine = [t for t in turns if t.question_id == question.id and t.answer]
    if not indicators or not mine:
        return None
    kept = {i.id for i in indicators} | {m.id for m in question.misconceptions}
    probes = tuple(p for p in question.probes if p.target is None or p.target in kept)
    common = question.model_dump(include=set(AnswerQuestion.model_fields) - {"type", "indicators", "probes", "text"})
    plain = tuple(i.model_copy(update={"flaw": None, "spares": None, "outcome": None}) for i in indicators)
    text = f"{question.text}\n{material(question)}"
    return AnswerQuestion(**common, text=text, indicators=plain, probes=probes), Transcript(turns=turns)


def _reasons_only(question: WorkSample, transcript: Transcript, said: str | None) -> tuple[Turn, ...]:
    def lead(turn: Turn) -> bool:
        return turn.question_id == question.id and turn.kind is PromptKind.LEAD

    return tuple(t.model_copy(update={"answer": said}) if lead(t) else t for t in transcript.turns)


def _flaw_score(question: FindFlaws, response: Marked) -> FlawScore:
    flaws = [(flaw, *_span(question.material, flaw.span)) for flaw in question.flaws]
    sentences = units(question)
    best: dict[str, tuple[int, Mark]] = {}
    alarms = []
    for mark in response.marks:
        hits = [(_shared(mark, a, b), flaw.id) for flaw, a, b in flaws if _finds(mark, a, b, sentences)]
        if not hits:
            alarms.append(mark)
        for shared, name in [max(hits)] if hits else []:
            if name not in best or shared > best[name][0]:
                best[name] = (shared, mark)
    found = tuple((flaw, best[flaw.id][1]) for flaw in question.flaws if flaw.id in best)
    clean = [u for u in sentences if not any(_shared(u, a, b) for _, a, b in flaws)]
    hit_rate = (len(found) + 0.5) / (len(flaws) + 1)
    alarm_rate = (min(len(alarms), len(clean)) + 0.5) / (len(clean) + 1)
    z = NormalDist().inv_cdf
    severity = sum(f.severity for f in question.flaws)
    return FlawScore(
        found=found,
        missed=tuple(f for f in question.flaws if f.id not in best),
        false_alarms=tuple(alarms),
        decoys_marked=tuple(
            (d, m) for d in question.decoys if (m := _touching(question.material, d, alarms)) is not None
        ),
        recall=round(sum(f.severity for f, _ in found) / severity, 4) if severity else None,
        precision=round(len(found) / (len(found) + len(alarms)), 4) if found or alarms else None,
        hit_rate=hit_rate,
        false_alarm_rate=alarm_rate,
        d_prime=round(z(hit_rate) - z(alarm_rate), 2) if flaws else None,
    )


def _span(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def _shared(mark: Mark, start: int, end: int) -> int:
    return max(0, min(mark.end, end) - max(mark.start, start))


def _finds(mark: Mark, start: int, end: int, sentences: Iterable[Mark]) -> bool:
    length = mark.end - mark.start
    within = sum(_shared(mark, u.start, u.end) for u in sentences if _shared(u, start, end))
    return _shared(mark, start, end) >= OVERLAP * min(length, end - start) and within >= OVERLAP * length


def _touching(text: str, decoy: str, alarms: Iterable[Mark]) -> Mark | None:
    """The first needless mark on a decoy."""
    start, end = _span(text, decoy)
    return next((m for m in alarms if _shared(m, start, end) >= OVERLAP * min(m.end - m.start, end - start)), None)


def _rubric_score(question: WriteRubric, response: Criteria) -> RubricScore:
    unclear = tuple(c.text for c in response.lines if not _checkable(c.text))
    share = 1 - len(unclear) / len(response.lines) if len(response.lines) >= 3 else 0.0
    points = [sum(c.weight * _covered(c, a.text) for c in response.lines) for a in question.answers]
    differ, quality = len(set(points)) > 1, [a.quality for a in question.answers]
    tau = float(scipy.stats.kendalltau(points, quality).statistic) if differ else None
    return RubricScore(round(share, 4), None if tau is None else round(tau, 2), unclear)


def _checkable(text: str) -> bool:
    """One thing at a time, concrete enough that two people would tick it alike; a rule of thumb on words."""
    judged = _VAGUE.search(text) is not None and _CONCRETE.search(text) is None
    long = len(text.split()) > MAX_CRITERION_WORDS
    return not (judged or long or _TWO_THINGS.search(text)) and len(set(stems(text))) >= FEWEST_CRITERION_STEMS


def _covered(criterion: Criterion, answer: str) -> bool:
    wanted = set(stems(criterion.text))
    return bool(wanted) and len(wanted & set(stems(answer))) >= COVERED * len(wanted)


def _claim(indicator: Indicator, figures: Score, response: Response) -> RawVerdict | None:
    match figures, response:
        case FlawScore(), Marked() if indicator.flaw is not None:
            return _found(indicator, figures)
        case FlawScore(), Marked():
            return _spared(indicator, figures, response)
        case StepScore(right=right, guess=guess), Stepped(reason=reason, head=head):
            return _verdict(indicator, right, _weigh(right, guess), _quote(reason, head))
        case ChoiceScore(right=right, confidence=confidence), Chosen(reason=reason, head=head):
            # Half of those who guess are right; a confidence of one half says that it was a guess.
            p = 0.5 + (_weigh(right, 0.5) - 0.5) * (2 * confidence - 1)
            return _verdict(indicator, right, p, _quote(reason, head))
        case RubricScore(checkable=share), Criteria(lines=lines):
            best = next((c.text for c in lines if _checkable(c.text)), None)
            met = share >= OVERLAP and best is not None and len(best.split()) >= MIN_QUOTE_WORDS
            return _verdict(indicator, met, SLIP + (1 - 2 * SLIP) * share, best, wrong=Finding.NOT_SHOWN)
    raise TypeError(f"indicator '{indicator.id}' cannot be told from a {type(figures).__name__}")


def _found(indicator: Indicator, figures: FlawScore) -> RawVerdict:
    mark = next((mark for flaw, mark in figures.found if flaw.id == indicator.flaw), None)
    p = _unless_chance(figures.false_alarm_rate) if mark else _weigh(False, 0)
    quote = _quote(mark.reason, mark.words, mark.head) if mark else None
    return _verdict(indicator, mark is not None, p, quote, wrong=Finding.NOT_SHOWN)


def _spared(indicator: Indicator, figures: FlawScore, response: Marked) -> RawVerdict | None:
    """Decoys look as wrong as flaws do, so leaving them alone shows something only in somebody who finds flaws.

    None where the candidate said nothing of what is not marked: silence is no quote.
    """
    mark = next((m for decoy, m in figures.decoys_marked if decoy == indicator.spares), None)
    if mark is not None:
        return _verdict(indicator, False, _weigh(False, 0), _quote(mark.reason, mark.words, mark.head))
    hit_rate = CLEAN_HIT_RATE if figures.recall is None else figures.hit_rate
    return _verdict(indicator, True, _unless_chance(1 - hit_rate), response.rest) if response.rest else None


def _unless_chance(chance: float) -> float:
    return (1 - chance) * (1 - SLIP) + chance * SKIP_P


def _weigh(right: bool, by_chance: float) -> float:
    """How surely an outcome shows knowledge, when it comes about by chance that often."""
    knows, guesses = (1 - SLIP, by_chance) if right else (SLIP, 1 - by_chance)
    return knows / (knows + guesses)


def _verdict(
    indicator: Indicator, right: bool, p: float, quote: str | None, *, wrong: Finding = Finding.CONTRADICTED
) -> RawVerdict:
    shown = Finding.MET if p >= CLEAR_FINDING else Finding.PARTLY if p >= EVEN else Finding.NOT_SHOWN
    finding = shown if right else wrong
    return RawVerdict(target=indicator.id, finding=finding, p=round(p, 4), quote=quote if finding.needs_quote else None)


def _quote(*pieces: str) -> str | None:
    """The first piece that is long enough to be evidence."""
    return next((piece for piece in pieces if len(piece.split()) >= MIN_QUOTE_WORDS), None)
