"""A rubric pack: what is asked in a field, what a good answer shows, and what the levels mean.

The model holds what every pack must satisfy to be usable at all; the minima of a pack that stands in a
live process (questions per competency, core forms, ...) are rules of `domain/rubric_check.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Never, Self

from pydantic import Field, StringConstraints, model_validator

from vetting.domain.rubric_parts import Cut as Cut
from vetting.domain.rubric_parts import Guideline as Guideline
from vetting.domain.rubric_parts import JobAnalysis as JobAnalysis
from vetting.domain.rubric_parts import Level as Level
from vetting.domain.rubric_parts import PackId as PackId
from vetting.domain.rubric_parts import Part as Part
from vetting.domain.rubric_parts import Signature as Signature
from vetting.domain.rubric_parts import Slug as Slug
from vetting.domain.rubric_parts import Source as Source
from vetting.domain.rubric_parts import Text as Text

LEVELS = (1, 2, 3, 4, 5)


class Status(StrEnum):
    """How far a pack may be trusted; `reviewed` needs a named practitioner."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    VALIDATED = "validated"


class RubricForm(StrEnum):
    """`adaptive`: the planner chooses. `fixed`: every question once, in file order, no probes, no early stop."""

    ADAPTIVE = "adaptive"
    FIXED = "fixed"


class CoreForm(StrEnum):
    """The two parallel forms of core questions; a retake gets the other one."""

    A = "A"
    B = "B"


class Trigger(StrEnum):
    """What in the answer so far makes a planned probe worth asking."""

    MISSING = "missing"
    VAGUE = "vague"
    MISCONCEPTION = "misconception"
    ALWAYS = "always"


class ProbeKind(StrEnum):
    """What a probe asks for."""

    CLARIFY = "clarify"
    DEEPEN = "deepen"
    DEFEND = "defend"
    COUNTER_EXAMPLE = "counter_example"


def _absent(value: object) -> bool:
    return value is None or value == ()


def _unsaid(value: object) -> bool:
    return value is False


SAID = "Sentences of people who state it, in words that are not the pack's; they teach the embedded rater"
UNCALIBRATED = "The levels are assumed: they were never compared with answers that people rated"


class Outcome(StrEnum):
    """What code can tell of a work sample besides its marks."""

    STEP = "step"
    CHOICE = "choice"
    CHECKABLE = "checkable"


class Indicator(Part):
    """One observable statement that an answer makes or fails to make; the unit of rating.

    With `flaw`, `spares` or `outcome` code decides it from what the candidate did in a work sample; without, a rater
    decides it from words. These fields and `examples` stay out of the content when absent, so that packs without them
    keep their hash.
    """

    id: Slug
    statement: Text = Field(description="What the answer says, as one checkable statement")
    level: Level = Field(description="Difficulty: the lowest level at which people show it")
    phrases: tuple[Text, ...] = Field(default=(), description="Wordings that count as stating it")
    examples: tuple[Text, ...] = Field(default=(), exclude_if=_absent, description=SAID)
    flaw: Slug | None = Field(default=None, exclude_if=_absent, description="Shown by marking this planted error")
    spares: Text | None = Field(default=None, exclude_if=_absent, description="Shown by leaving this decoy unmarked")
    outcome: Outcome | None = Field(default=None, exclude_if=_absent, description="Shown by the outcome of the sample")

    @property
    def by_code(self) -> bool:
        """Whether code decides it, not words."""
        return not (self.flaw is None and self.spares is None and self.outcome is None)


class Misconception(Part):
    """A wrong belief that people of the field know to look for."""

    id: Slug
    statement: Text = Field(description="The wrong belief, worded as somebody who holds it would")
    correction: Text
    examples: tuple[Text, ...] = Field(default=(), exclude_if=_absent, description=SAID)
    level: Level = Field(default=2, description="The highest level at which people still hold it")


class Probe(Part):
    """A planned follow-up; it must not hint at what it is looking for."""

    id: Slug
    trigger: Trigger
    target: Slug | None = Field(default=None, description="Indicator (missing) or misconception it follows up")
    kind: ProbeKind
    text: Text

    @model_validator(mode="after")
    def _target_fits_trigger(self) -> Self:
        if self.trigger in (Trigger.MISSING, Trigger.MISCONCEPTION) and self.target is None:
            raise ValueError(f"probe '{self.id}': trigger '{self.trigger}' needs a target")
        return self


_OUTCOMES = {
    "first_wrong_step": Outcome.STEP, "compare": Outcome.CHOICE, "write_rubric": Outcome.CHECKABLE,
}  # fmt: skip


class QuestionBase(Part):
    """What every type of question has."""

    id: Slug
    core: CoreForm | None = Field(default=None, description="Form of the fixed core it belongs to, if any")
    minutes: Annotated[float, Field(gt=0, le=30)] = Field(description="Planned minutes of the candidate")
    text: Text
    rephrase: str | None = Field(default=None, description="The same question asked another way")
    reference: Text = Field(description="A written answer an expert would accept")
    positions: tuple[Text, ...] = Field(default=(), description="Other defensible positions, where the field has them")
    case: bool = Field(default=False, description="A case from practice rather than knowledge")
    sources: tuple[Slug, ...] = ()
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    misconceptions: tuple[Misconception, ...] = ()
    probes: tuple[Probe, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique_and_resolved(self) -> Self:
        ids = [i.id for i in self.indicators] + [m.id for m in self.misconceptions] + [p.id for p in self.probes]
        _refuse_repeats(f"question '{self.id}'", ids)
        for probe in self.probes:
            pool = self.misconceptions if probe.trigger is Trigger.MISCONCEPTION else self.indicators
            if probe.target is not None and probe.target not in {part.id for part in pool}:
                raise ValueError(f"question '{self.id}': probe '{probe.id}' targets unknown '{probe.target}'")
        for indicator in self.indicators:
            self._code_can_tell(indicator)
        return self

    def _code_can_tell(self, indicator: Indicator) -> None:
        """Refuse an indicator that this type of question cannot decide by code."""
        where = f"question '{self.id}': indicator '{indicator.id}'"
        if indicator.outcome is not None and indicator.outcome is not _OUTCOMES.get(getattr(self, "type", "")):
            raise ValueError(f"{where}: this type of question has no outcome '{indicator.outcome.value}'")
        if indicator.flaw is not None and indicator.flaw not in {f.id for f in getattr(self, "flaws", ())}:
            raise ValueError(f"{where}: there is no flaw '{indicator.flaw}'")
        if indicator.spares is not None and indicator.spares not in getattr(self, "decoys", ()):
            raise ValueError(f"{where}: '{indicator.spares}' is none of the decoys")

    def statements(self) -> dict[str, str]:
        """What a rater may judge: id -> statement of each indicator and misconception, in file order."""
        stated = {i.id: i.statement for i in self.indicators}
        return stated | {m.id: m.statement for m in self.misconceptions}


class AnswerQuestion(QuestionBase):
    """Answered in free text."""

    type: Literal["answer"] = "answer"


class Flaw(Part):
    """A planted error: its exact words in the shown text, and how much it matters (1-3)."""

    id: Slug
    span: Text
    severity: Annotated[int, Field(ge=1, le=3)]
    why: Text


class FindFlaws(QuestionBase):
    """Mark the planted errors in a model's answer; decoys look wrong and are right."""

    type: Literal["find_flaws"]
    material: Text
    flaws: tuple[Flaw, ...] = ()
    decoys: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _spans_are_in_the_material(self) -> Self:
        for span in (*(flaw.span for flaw in self.flaws), *self.decoys):
            if self.material.count(span) != 1:
                raise ValueError(f"question '{self.id}': '{span}' must stand exactly once in its material")
        return self


class FirstWrongStep(QuestionBase):
    """Name the first wrong step of a worked solution (1-based; null when all are right)."""

    type: Literal["first_wrong_step"]
    steps: Annotated[tuple[Text, ...], Field(min_length=2)]
    wrong_step: int | None

    @model_validator(mode="after")
    def _step_exists(self) -> Self:
        if self.wrong_step is not None and not 1 <= self.wrong_step <= len(self.steps):
            raise ValueError(f"question '{self.id}': wrong_step {self.wrong_step} is not one of its steps")
        return self


class Compare(QuestionBase):
    """Choose the better of two answers, with a confidence and a reason."""

    type: Literal["compare"]
    first: Text
    second: Text
    better: Literal["first", "second"]


class GradedAnswer(Part):
    """An answer of known order for `write_rubric`; higher quality is better."""

    id: Slug
    text: Text
    quality: float


class WriteRubric(QuestionBase):
    """Write a rubric; it is applied to answers whose order is known."""

    type: Literal["write_rubric"]
    task: Text
    answers: Annotated[tuple[GradedAnswer, ...], Field(min_length=3)]


WorkSample = FindFlaws | FirstWrongStep | Compare | WriteRubric
WORK_SAMPLES = (FindFlaws, FirstWrongStep, Compare, WriteRubric)
Question = Annotated[AnswerQuestion | WorkSample, Field(discriminator="type")]


class Competency(Part):
    """One thing people of the field must be able to do, with anchors and the questions that reveal it."""

    id: Slug
    name: Text
    definition: Text
    weight: Annotated[float, Field(gt=0, le=1)]
    anchors: dict[Level, Text] = Field(description="Observable behaviour at each level 1..5")
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Rubric(Part):
    """A whole pack. Ids are unique within it, weights sum to 1, every reference to a source resolves."""

    id: PackId
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    title: Text
    domain: Slug
    summary: Text
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    status: Status = Status.DRAFT
    uncalibrated: bool = Field(default=False, exclude_if=_unsaid, description=UNCALIBRATED)
    form: RubricForm = RubricForm.ADAPTIVE
    written_by: Text
    reviewed_by: tuple[Signature, ...] = ()
    review_by: date | None = None
    jurisdiction: str | None = None
    guideline: Guideline | None = None
    time_budget_minutes: Annotated[float, Field(gt=0, le=240)] = 40
    max_questions: Annotated[int, Field(ge=1, le=60)] = 12
    job_analysis: JobAnalysis | None = None
    cut: Cut
    off_limits: tuple[Text, ...] = Field(default=(), description="Topics no question or probe may touch")
    sources: tuple[Source, ...] = ()
    competencies: Annotated[tuple[Competency, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        total = sum(c.weight for c in self.competencies)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"competency weights sum to {total:g}, not 1")
        _refuse_repeats("competencies", [c.id for c in self.competencies])
        _refuse_repeats("questions", [q.id for q in self.questions()])
        _refuse_repeats("sources", [s.id for s in self.sources])
        unknown = set(self.cut.min_levels) - {c.id for c in self.competencies}
        if unknown:
            raise ValueError(f"cut.min_levels names unknown competencies: {', '.join(sorted(unknown))}")
        self._sources_resolve()
        if self.status is not Status.DRAFT and not self.reviewed_by:
            raise ValueError(f"status '{self.status}' needs a named practitioner in reviewed_by")
        if self.status is Status.VALIDATED and self.uncalibrated:
            raise ValueError("status 'validated' contradicts 'uncalibrated'")
        return self

    @property
    def standing(self) -> str:
        """How far it may be trusted, as pages say it beside its name: its status, and whether levels are assumed."""
        return f"{self.status.value}, uncalibrated" if self.uncalibrated else self.status.value

    def _sources_resolve(self) -> None:
        known = {s.id for s in self.sources}
        named = {s for q in self.questions() for s in q.sources}
        named |= set(self.job_analysis.sources) if self.job_analysis else set()
        named |= {self.guideline.source} if self.guideline else set()
        if named - known:
            raise ValueError(f"unknown sources: {', '.join(sorted(named - known))}")

    def questions(self) -> Iterator[Question]:
        """Every question in file order."""
        return (q for c in self.competencies for q in c.questions)

    @property
    def has_forms(self) -> bool:
        """Whether a second interview has another core: an adaptive pack with questions in both forms."""
        cores = {q.core for q in self.questions() if q.core}
        return self.form is RubricForm.ADAPTIVE and len(cores) == len(CoreForm)

    def question(self, question_id: str) -> Question:
        """The question of that id; KeyError where the pack has none such."""
        return next((q for q in self.questions() if q.id == question_id), None) or _missing(question_id)

    def competency(self, competency_id: str) -> Competency:
        """The competency of that id; KeyError where the pack has none such."""
        return next((c for c in self.competencies if c.id == competency_id), None) or _missing(competency_id)

    def competency_of(self, question_id: str) -> Competency:
        """The competency a question belongs to; KeyError where the pack has no such question."""
        found = (c for c in self.competencies if any(q.id == question_id for q in c.questions))
        return next(found, None) or _missing(question_id)

    @cached_property
    def competency_by_question(self) -> dict[str, str]:
        """The id of the competency of each question."""
        return {q.id: c.id for c in self.competencies for q in c.questions}

    def canonical_json(self) -> str:
        """The pack as JSON with sorted keys: equal packs give equal text, whatever the YAML looked like."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def sha256(self) -> str:
        """Hash of the content, recorded with every rating made under it."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


def _missing(name: str) -> Never:
    raise KeyError(name)


def _refuse_repeats(where: str, ids: list[str]) -> None:
    repeated = sorted(name for name, n in Counter(ids).items() if n > 1)
    if repeated:
        raise ValueError(f"{where}: ids used more than once: {', '.join(repeated)}")
