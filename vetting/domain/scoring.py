"""From verified verdicts to a scorecard: levels with intervals, a composite, a recommendation, and why.

Pure arithmetic over recorded verdicts: the same transcript, rubric and verdicts give the same scorecard to the
byte. The document holds no clock and no ids of rows; numbers have two decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from vetting.domain.agreement import reduce_panel, split_targets
from vetting.domain.belief import (
    BELIEF_VERSION,
    Belief,
    Estimate,
    Observation,
    believe,
    expected_variance,
    observations,
)
from vetting.domain.integrity import DefenceScore, Standing, defence_scores, held_back
from vetting.domain.rubric import Competency, Question, Rubric
from vetting.domain.transcript import Span, Transcript, TurnStatus
from vetting.domain.verdict import Assessment, Finding, Flag, RaterId, Verdict

SURE = 0.95
DISAGREEMENT = 1.0  # levels between two raters of the panel beyond which a person looks
HALF_LEVELS = tuple(x / 2 for x in range(2, 11))
APART = "the raters are more than a level apart"
PERSON_FLAGS = frozenset({Flag.COPIED_REFERENCE, Flag.OTHER_LANGUAGE})


class Recommendation(StrEnum):
    """What the scorecard recommends; a person decides."""

    ADVANCE = "advance"
    MORE_EVIDENCE = "more_evidence"
    DO_NOT_ADVANCE = "do_not_advance"
    NEEDS_PERSON = "needs_person"


class Value(BaseModel):
    """Base of the parts of a scorecard."""

    model_config = ConfigDict(frozen=True)


class EvidenceItem(Value):
    """A verdict with the words it rests on; `rater` says whose quote this is.

    `against`: the words speak against the candidate, because they hold a wrong belief or contradict an indicator.
    """

    quote: str
    turn: int
    start: int
    end: int
    indicator: str
    statement: str
    finding: Finding
    rater: str
    against: bool = False


class CompetencyScore(Value):
    """One competency: level and interval are None when there is no verified quote.

    `split`: the indicators (`question/indicator`) over which the raters of the panel disagree; `missed`: those that
    were rated and not shown.
    """

    id: str
    name: str
    status: Literal["rated", "not_rated"]
    level: float | None
    interval: tuple[float, float] | None
    se: float
    weight: float
    shown: int
    not_shown: int
    wrong: int
    asked: int
    at_least: dict[str, float] | None
    next_question_se: float | None
    evidence: tuple[EvidenceItem, ...]
    split: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


class Composite(Value):
    """The weighted level over all competencies; None unless every one is rated."""

    level: float | None
    interval: tuple[float, float] | None


def _nothing(value: object) -> bool:
    return not value


class Scorecard(Value):
    """All that is recommended about one interview, with what it rests on."""

    rubric: str
    version: str
    rubric_sha: str
    recommendation: Recommendation
    why: str
    p_pass: float
    cut: float
    composite: Composite
    posterior_mean: float
    competencies: tuple[CompetencyScore, ...]
    raters: tuple[RaterId, ...]
    flags: tuple[str, ...]
    disputed: tuple[str, ...]
    provisional: bool
    voided: tuple[str, ...] = Field(
        default=(), exclude_if=_nothing, description="Questions that were asked and then withdrawn: they do not count"
    )
    defences: tuple[DefenceScore, ...] = ()
    belief: int = Field(default=1, description="Version of the rules by which verdicts became levels")


@dataclass(frozen=True)
class Evidence:
    """What a scorecard is made from. `assessments`: rater key -> question id -> assessment.

    `voided` are withdrawn questions: what was said to them counts neither for nor against.
    `standing`: None where levels alone are measured; then nobody has to defend an answer to advance.
    """

    rubric: Rubric
    transcript: Transcript
    assessments: Mapping[str, Mapping[str, Assessment]]
    disputed: frozenset[str] = frozenset()
    unasked: int = 0
    finished_early: bool = False
    provisional: bool = False
    voided: frozenset[str] = frozenset()
    standing: Standing | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The questions that were asked and count, in order."""
        return tuple(dict.fromkeys(t.question_id for t in self.counting.turns))

    @property
    def counting(self) -> Transcript:
        """What was said to the questions that count."""
        return Transcript(turns=tuple(t for t in self.transcript.turns if t.question_id not in self.voided))


def aggregate(evidence: Evidence) -> Scorecard:
    """The scorecard that the accepted verdicts support."""
    evidence = _without_voided(evidence)
    verdicts = _panel_verdicts(evidence)
    belief = believe(evidence.rubric, _observed(evidence, verdicts))
    rows = tuple(_competency(c, belief, evidence, verdicts) for c in evidence.rubric.competencies)
    rated = all(row.status == "rated" for row in rows)
    composite = _composite(belief.composite) if rated else Composite(level=None, interval=None)
    cut = evidence.rubric.cut
    p_pass = round(belief.p_pass(cut.composite, cut.min_levels), 4)
    standing = evidence.standing
    defences = defence_scores(evidence.rubric, evidence.counting, standing, verdicts) if standing else ()
    recommendation, why = _recommend(evidence, rows, p_pass, belief, defences)
    panel = {a.rater for by_question in evidence.assessments.values() for a in by_question.values()}
    return Scorecard(
        rubric=evidence.rubric.id,
        version=evidence.rubric.version,
        rubric_sha=evidence.rubric.sha256,
        recommendation=recommendation,
        why=why,
        p_pass=round(p_pass, 2),
        cut=cut.composite,
        composite=composite,
        posterior_mean=belief.composite.level,
        competencies=rows,
        raters=tuple(sorted(panel, key=_order)),
        flags=tuple(sorted(_flags(evidence))),
        disputed=tuple(sorted(evidence.disputed)),
        provisional=evidence.provisional,
        voided=tuple(sorted(evidence.voided & {t.question_id for t in evidence.transcript.turns})),
        defences=defences,
        belief=BELIEF_VERSION,
    )


def _order(rater: RaterId) -> tuple[str, str, int, str, str]:
    return rater.engine, rater.model, rater.version or 0, rater.prompt_sha or "", rater.calibration or ""


def _without_voided(evidence: Evidence) -> Evidence:
    """The evidence without any rater's word on a withdrawn question, and so without its flags."""
    kept = {
        rater: {q: assessment for q, assessment in by_question.items() if q not in evidence.voided}
        for rater, by_question in evidence.assessments.items()
    }
    return replace(evidence, assessments=kept, disputed=evidence.disputed - evidence.voided)


def answered(transcript: Transcript, question_id: str) -> bool:
    """Whether any turn of a question was answered."""
    return any(t.status is TurnStatus.ANSWERED for t in transcript.of_question(question_id))


def _panel_verdicts(evidence: Evidence) -> dict[str, tuple[Verdict, ...]]:
    panels = {question_id: _panel(evidence, question_id) for question_id in evidence.asked}
    return {q: reduce_panel(evidence.rubric.question(q), panel) for q, panel in panels.items() if panel}


def _panel(evidence: Evidence, question_id: str) -> list[Assessment]:
    return [by_question[question_id] for by_question in evidence.assessments.values() if question_id in by_question]


def _observed(evidence: Evidence, verdicts: Mapping[str, tuple[Verdict, ...]]) -> dict[str, tuple[Observation, ...]]:
    """A skipped question counts as nothing shown; one that was skipped as disputed does not count at all."""
    seen: dict[str, tuple[Observation, ...]] = {}
    for question_id in evidence.asked:
        question = evidence.rubric.question(question_id)
        if question_id in verdicts:
            seen[question_id] = observations(question, verdicts[question_id])
        elif not answered(evidence.transcript, question_id) and question_id not in evidence.disputed:
            closed = all(t.status is TurnStatus.SKIPPED for t in evidence.transcript.of_question(question_id))
            seen[question_id] = observations(question, (), skipped=True) if closed else ()
    return seen


def _competency(
    competency: Competency, belief: Belief, evidence: Evidence, verdicts: Mapping[str, tuple[Verdict, ...]]
) -> CompetencyScore:
    own = [(q, v) for q in competency.questions for v in verdicts.get(q.id, ())]
    items = tuple(item for q, v in own if (item := _item(q, v, evidence)) is not None)
    # A wrong belief alone is no level: "not rated" is never a low rating.
    shown = {i.id for q in competency.questions for i in q.indicators}
    rated = any(item.indicator in shown for item in items)
    estimate = belief.level(competency.id)
    indicators = [(q, v) for q, v in own if v.target in {i.id for i in q.indicators}]
    wrong = sum(v.p >= 0.5 for q, v in own if v.target in {m.id for m in q.misconceptions})
    asked = set(evidence.asked)
    left = [q for q in competency.questions if q.id not in asked | evidence.voided]
    return CompetencyScore(
        id=competency.id,
        name=competency.name,
        status="rated" if rated else "not_rated",
        level=estimate.level if rated else None,
        interval=(estimate.low, estimate.high) if rated else None,
        se=round(belief.se(competency.id), 2),
        weight=competency.weight,
        shown=sum(v.p >= 0.5 for _, v in indicators),
        not_shown=sum(v.p < 0.5 for _, v in indicators),
        wrong=wrong,
        asked=sum(q.id in asked for q in competency.questions),
        at_least={f"{x:.1f}": round(belief.at_least(competency.id, x), 2) for x in HALF_LEVELS} if rated else None,
        next_question_se=round(min(expected_variance(belief, competency.id, q) for q in left) ** 0.5, 2)
        if left
        else None,
        evidence=items,
        split=tuple(
            f"{q.id}/{target}" for q in competency.questions for target in split_targets(q, _panel(evidence, q.id))
        ),
        missed=tuple(f"{q.id}/{v.target}" for q, v in indicators if v.p < 0.5),
    )


def _item(question: Question, verdict: Verdict, evidence: Evidence) -> EvidenceItem | None:
    """The quote behind a verdict that counts for or against; None without one, or once it is erased."""
    quote = evidence.transcript.quote(verdict.span) if verdict.span else None
    if verdict.span is None or quote is None or not verdict.finding.needs_quote:
        return None
    return EvidenceItem(
        quote=quote,
        turn=verdict.span.turn,
        start=verdict.span.start,
        end=verdict.span.end,
        indicator=verdict.target,
        statement=question.statements()[verdict.target],
        finding=verdict.finding,
        rater=_whose(question, verdict.target, verdict.span, evidence),
        against=(verdict.finding is Finding.CONTRADICTED)
        != (verdict.target in {m.id for m in question.misconceptions}),
    )


def _whose(question: Question, target: str, span: Span, evidence: Evidence) -> str:
    for rater, by_question in evidence.assessments.items():
        assessment = by_question.get(question.id)
        if assessment and any(v.target == target and v.span == span for v in assessment.verdicts):
            return rater
    return ""


def _composite(estimate: Estimate) -> Composite:
    return Composite(level=estimate.level, interval=(estimate.low, estimate.high))


def _recommend(
    evidence: Evidence,
    rows: Sequence[CompetencyScore],
    p_pass: float,
    belief: Belief,
    defences: Sequence[DefenceScore] = (),
) -> tuple[Recommendation, str]:
    """The rule of the design, and its reason in words. Recommendations only: a person decides.

    Words that read like an instruction to the rater are shown to a person, and cannot improve a recommendation: one
    below the cut stays, one that they swayed does not advance by itself.
    """
    seen = {Flag(f) for a in _all(evidence) for f in a.flags}
    flags = seen & PERSON_FLAGS
    missing = [row.name for row in rows if row.status == "not_rated"]
    open_bank = evidence.unasked > 0 and evidence.finished_early
    if flags:
        return Recommendation.NEEDS_PERSON, f"an answer was flagged: {', '.join(sorted(f.value for f in flags))}"
    if evidence.provisional:
        return Recommendation.NEEDS_PERSON, "the rating is provisional: a rater of the panel has not answered"
    if missing:
        kind = Recommendation.MORE_EVIDENCE if open_bank else Recommendation.NEEDS_PERSON
        return kind, f"no verified quote in {', '.join(missing)}"
    if apart := _apart(evidence):
        return Recommendation.NEEDS_PERSON, f"{APART} in {', '.join(apart)}"
    cut = evidence.rubric.cut.composite
    if Flag.SWAYED in seen and p_pass > 1 - SURE:
        return Recommendation.NEEDS_PERSON, "words addressed to the rater changed a rating; the lower one stands"
    if p_pass >= SURE:
        why = f"above the cut of {cut:g} with probability {p_pass:.2f}"
        return _unless_held_back(evidence, why, defences, open_bank)
    if p_pass <= 1 - SURE:
        below = _below(evidence.rubric, belief)
        return Recommendation.DO_NOT_ADVANCE, f"below the cut of {cut:g} with probability {1 - p_pass:.2f}{below}"
    why = f"crosses the cut of {cut:g}: above it with probability {p_pass:.2f}"
    if Flag.INSTRUCTS_RATER in seen:
        return Recommendation.NEEDS_PERSON, f"{why}, and some words read like an instruction to the rater"
    if open_bank:
        return Recommendation.MORE_EVIDENCE, f"{why}; {evidence.unasked} unasked questions could settle it"
    return Recommendation.NEEDS_PERSON, f"{why}, and the questions or the time are spent"


def _unless_held_back(
    evidence: Evidence, why: str, defences: Sequence[DefenceScore], open_bank: bool
) -> tuple[Recommendation, str]:
    """A level alone advances nobody: a fluent answer can be borrowed, a defence and a work sample less easily."""
    standing = evidence.standing
    held = held_back(evidence.rubric, evidence.counting, standing, defences, evidence.voided) if standing else None
    if held is None:
        return Recommendation.ADVANCE, why
    reason, more_could_settle = held
    kind = Recommendation.MORE_EVIDENCE if more_could_settle and open_bank else Recommendation.NEEDS_PERSON
    return kind, f"{why}, but {reason}"


def _below(rubric: Rubric, belief: Belief) -> str:
    names = [
        f"{rubric.competency(c).name} (minimum {minimum:g})"
        for c, minimum in rubric.cut.min_levels.items()
        if belief.at_least(c, minimum) <= 1 - SURE
    ]
    return f"; below the minimum in {', '.join(names)}" if names else ""


def _apart(evidence: Evidence) -> list[str]:
    """Names of competencies in which two raters of the panel, each alone, differ by more than a level.

    Code is nobody to disagree with: it decides other indicators than the readers do.
    """
    readers = [qs for qs in evidence.assessments.values() if any(a.rater.engine != "code" for a in qs.values())]
    if len(readers) < 2:
        return []
    alone = []
    for by_question in readers:
        seen = {q: observations(evidence.rubric.question(q), a.verdicts) for q, a in by_question.items()}
        alone.append(believe(evidence.rubric, seen))
    return [
        c.name
        for c in evidence.rubric.competencies
        if (levels := [b.level(c.id).level for b in alone]) and max(levels) - min(levels) > DISAGREEMENT
    ]


def _flags(evidence: Evidence) -> set[str]:
    return {f"{flag.value} (question {a.question_id})" for a in _all(evidence) for flag in a.flags}


def _all(evidence: Evidence) -> list[Assessment]:
    return [a for by_question in evidence.assessments.values() for a in by_question.values()]
