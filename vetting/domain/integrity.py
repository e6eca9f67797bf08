"""What stands behind an answer: defences rated on their own, work samples passed, and what that does to `advance`.

The gap between answers and their defences is reported and never deducted: a level rests on what was said. It can only
turn a recommendation to advance into a question to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import BaseModel, ConfigDict

from vetting.domain.agreement import reduce_panel
from vetting.domain.belief import LEVEL, THETA, observations, question_likelihood
from vetting.domain.planner import holds_sample
from vetting.domain.rubric import CoreForm, Question, Rubric, RubricForm
from vetting.domain.text import stems
from vetting.domain.tongue import N_
from vetting.domain.transcript import DefenceKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment, Verdict
from vetting.domain.work_sample import is_work_sample
from vetting.domain.work_sample_scoring import response_of, score

# A level alone cannot tell an honest defence from a weak one: the honest takes up one point of many and lands low, the
# repeated answer shows all its indicators again. So what counts is whether it goes on from the answer, on the subject.
# Measured on data/eval/defences.yaml (32 questions, five packs) by shares of content stems, 10th to 90th percentile:
# in the answer already, honest .19-.42, restated .52-.87; of the subject, honest .31-.61, general talk .08-.30.
REPEATED = (0.45, 0.7)
ON_SUBJECT = (0.2, 0.45)
WEAK = 0.35
"""Mean engagement below which a person is asked. Over three defences each: restated ones are below in 77 %, general
talk in 93 %, honest ones of the bank never. Of the demo's people, whose replies had no part in it: the four above the
cut in 0 to .3 % with their replies to defend probes, in .2 to 2 % with those to all probes; two good ones with gaps in
6 and 12 %."""
FEWEST_STEMS = 3
ENGLISH = "en"


@dataclass(frozen=True)
class Standing:
    """What `advance` is held against: the form, and by turn what each rater made of a defence alone."""

    form: CoreForm | None
    defences: Mapping[int, Mapping[str, Assessment]] = field(default_factory=dict)


class DefenceScore(BaseModel):
    """One defence beside the answer it defends; levels on the scale of one question, the gap in levels.

    `level` is None where it was declined, erased or not rated. `repeated`: share of its content words that stand in the
    answer already; `to_the_point`: share that belongs to the subject; `engagement` is made of both, 0-1.
    """

    model_config = ConfigDict(frozen=True)

    competency: str
    name: str
    question: str
    turn: int
    asked_for: DefenceKind
    answer_level: float | None
    level: float | None
    gap: float | None
    repeated: float | None
    to_the_point: float | None
    engagement: float | None

    @property
    def words(self) -> str:
        """What it does with the answer, in words; a question to a person, never a finding."""
        if self.engagement is None:
            return N_("declined") if self.level is None else N_("not compared")
        if self.engagement >= WEAK:
            return N_("takes the answer further")
        on_subject = (self.to_the_point or 0) >= ON_SUBJECT[0]
        return N_("mostly repeats the answer") if on_subject else N_("mostly beside the point")


def alone(transcript: Transcript, number: int) -> Transcript:
    """The transcript as if only this turn had been answered."""
    return Transcript(
        turns=tuple(
            t if t.number == number else t.model_copy(update={"answer": None, "status": TurnStatus.OPEN})
            for t in transcript.turns
        )
    )


def defence_turns(transcript: Transcript) -> tuple[Turn, ...]:
    """The turns in which an answer was to be defended."""
    return tuple(t for t in transcript.turns if t.defence is not None)


def level_of(question: Question, verdicts: Sequence[Verdict]) -> float | None:
    """Posterior mean level (1-5) of somebody known by these verdicts only; None without any."""
    seen = observations(question, verdicts)
    if not seen:
        return None
    weight = np.exp(question_likelihood(seen) - THETA**2 / 2)
    return round(float(weight @ LEVEL / weight.sum()), 2)


def defence_scores(
    rubric: Rubric, transcript: Transcript, standing: Standing, answers: Mapping[str, Sequence[Verdict]]
) -> tuple[DefenceScore, ...]:
    """Each defence that was asked for beside its answer; `answers` are the panel's verdicts by question."""
    return tuple(
        _scored(rubric, transcript, turn, standing.defences.get(turn.number, {}), answers.get(turn.question_id, ()))
        for turn in defence_turns(transcript)
    )


def passed_samples(rubric: Rubric, transcript: Transcript) -> tuple[bool, ...]:
    """Of each work sample that was done, whether it was passed."""
    asked = dict.fromkeys(t.question_id for t in transcript.turns)
    found = []
    for question in map(rubric.question, asked):
        if is_work_sample(question) and (response := response_of(question, transcript)) is not None:
            found.append(score(question, response).passed)
    return tuple(found)


def held_back(
    rubric: Rubric,
    transcript: Transcript,
    standing: Standing,
    defences: Sequence[DefenceScore],
    voided: frozenset[str] = frozenset(),
) -> tuple[str, bool] | None:
    """Why somebody above the cut is not recommended by that alone, and whether unasked questions could settle it.

    A pack all of whose work samples are `voided`, withdrawn, asks for none.
    """
    if rubric.form is RubricForm.FIXED:
        return None
    lacking = []
    if not any(d.level is not None for d in defences):
        lacking.append("no defence of an answer could be rated")
    if holds_sample(rubric, standing.form, voided) and not any(passed := passed_samples(rubric, transcript)):
        lacking.append("the work sample was not passed" if passed else "no work sample was done")
    if lacking:
        return " and ".join(lacking), True
    if much_weaker(defences):
        names = ", ".join(dict.fromkeys(d.name for d in defences if d.engagement is not None and d.engagement < WEAK))
        return f"the answers were defended much more weakly than given: do they stand behind them in {names}?", False
    return None


def much_weaker(defences: Sequence[DefenceScore]) -> bool:
    """Whether the defences together mostly repeat the answers or say nothing to the point."""
    found = [d.engagement for d in defences if d.engagement is not None]
    return bool(found) and float(np.mean(found)) < WEAK


def engagement(question: Question, transcript: Transcript, turn: Turn) -> tuple[float, float]:
    """(share of a defence's content stems that the answer has already, share that belongs to the subject).

    The subject is what the question, its reference and indicators, the answer and the prompt speak of.
    """
    own = set(stems(turn.answer or ""))
    before = [t for t in transcript.of_question(question.id) if t.number < turn.number]
    said = [question.text, turn.prompt, *(t.answer or "" for t in before)]
    known = set(stems("\n".join(said)))
    phrases = (phrase for i in question.indicators for phrase in i.phrases)
    pack = (question.reference, *question.positions, *question.statements().values(), *phrases)
    subject = known | set(stems("\n".join(pack)))
    if len(own) < FEWEST_STEMS:
        return 1.0, 0.0
    return round(len(own & known) / len(own), 2), round(len(own & subject) / len(own), 2)


def _scored(
    rubric: Rubric, transcript: Transcript, turn: Turn, ratings: Mapping[str, Assessment], answers: Sequence[Verdict]
) -> DefenceScore:
    question, competency = rubric.question(turn.question_id), rubric.competency_of(turn.question_id)
    level = level_of(question, reduce_panel(question, list(ratings.values()))) if turn.answer else None
    answer_level = level_of(question, answers)
    compared = rubric.language == ENGLISH and bool(turn.answer)
    repeated, to_the_point = engagement(question, transcript, turn) if compared else (None, None)
    return DefenceScore(
        competency=competency.id,
        name=competency.name,
        question=question.id,
        turn=turn.number,
        asked_for=turn.defence or DefenceKind.PLANNED,
        answer_level=answer_level,
        level=level,
        gap=None if level is None or answer_level is None else round(answer_level - level, 2),
        repeated=repeated,
        to_the_point=to_the_point,
        engagement=_engaged(repeated, to_the_point),
    )


def _engaged(repeated: float | None, to_the_point: float | None) -> float | None:
    if repeated is None or to_the_point is None:
        return None
    further = (REPEATED[1] - repeated) / (REPEATED[1] - REPEATED[0])
    spoken = (to_the_point - ON_SUBJECT[0]) / (ON_SUBJECT[1] - ON_SUBJECT[0])
    return round(float(np.clip(min(further, spoken), 0, 1)), 2)
