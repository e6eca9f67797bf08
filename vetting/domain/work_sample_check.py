"""What `vetting rubrics check` asks of a work sample, so that it can be scored and is worth the candidate's minutes."""

from __future__ import annotations

from collections.abc import Iterator

from vetting.domain.rubric import Compare, FindFlaws, FirstWrongStep, Question, Trigger, WriteRubric
from vetting.domain.text import words
from vetting.domain.work_sample import units

MATERIAL_WORDS = (120, 220)
FLAWS = (4, 6)
FEWEST_DECOYS = 2
FEWEST_STEPS = 4
GRADED_ANSWERS = (6, 8)

Found = tuple[str, str]
"""Field of the question, message."""


def sample_faults(question: Question) -> Iterator[Found]:
    """Every fault of a work sample as (field, message); nothing for a question in words."""
    match question:
        case FindFlaws():
            yield from _find_flaws(question)
        case FirstWrongStep() if len(question.steps) < FEWEST_STEPS:
            yield "steps", f"{len(question.steps)} steps; fewer than {FEWEST_STEPS} can be guessed"
        case WriteRubric() if not GRADED_ANSWERS[0] <= len(question.answers) <= GRADED_ANSWERS[1]:
            yield "answers", f"{len(question.answers)} answers of known order; an order needs 6 to 8"
    if isinstance(question, FindFlaws | FirstWrongStep | Compare | WriteRubric):
        yield from _by_code(question)


def _find_flaws(question: FindFlaws) -> Iterator[Found]:
    length = len(words(question.material))
    if not MATERIAL_WORDS[0] <= length <= MATERIAL_WORDS[1]:
        yield "material", f"{length} words; a text to be marked has {MATERIAL_WORDS[0]} to {MATERIAL_WORDS[1]}"
    if question.flaws and not FLAWS[0] <= len(question.flaws) <= FLAWS[1]:
        yield "flaws", f"{len(question.flaws)} planted errors; there are 4 to 6, or none in a clean text"
    if len(question.decoys) < FEWEST_DECOYS:
        yield "decoys", f"{len(question.decoys)} decoys; at least {FEWEST_DECOYS} right passages must look wrong"
    places = [question.material.index(flaw.span) for flaw in question.flaws]
    places += [question.material.index(decoy) for decoy in question.decoys]
    for unit in units(question):
        if sum(unit.start <= place < unit.end for place in places) > 1:
            yield "material", f"two planted passages in one sentence, which cannot be told apart: '{unit.words[:60]}'"
    told = {i.flaw for i in question.indicators}
    for flaw in question.flaws:
        if flaw.id not in told:
            yield "indicators", f"no indicator is shown by finding flaw '{flaw.id}'"


def _by_code(question: Question) -> Iterator[Found]:
    if not any(i.by_code for i in question.indicators):
        yield "indicators", "none is decided by what the candidate does (flaw, spares or outcome)"
    coded = {i.id for i in question.indicators if i.by_code}
    for probe in question.probes:
        if probe.trigger is Trigger.MISSING and probe.target in coded:
            yield "probes", f"probe '{probe.id}' follows up what can no longer be marked"
