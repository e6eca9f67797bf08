"""One study: simulated people of one pack and seed interviewed in several ways, boiled down to rows of numbers.

Each table has one row per person, so that its figures can be resampled by people and pooled over seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vetting.domain.rubric import CoreForm, Question, Rubric
from vetting.domain.text import stems
from vetting.evals.literal_rater import LiteralRater
from vetting.evals.phrases import PhraseBank
from vetting.evals.rewrites import MANY, rewrites
from vetting.evals.sentence_vectors import WordReader
from vetting.evals.simulate import STYLES, Mind, Person, World, at_level, population
from vetting.evals.simulated_interview import Interview, Interviewer, restricted
from vetting.ports import Rater, Vectors

Progress = Callable[[str, int, int], None]
Tables = dict[str, list[list[float]]]
THREE = (-1.2, 0.0, 1.2)
ROUGH_SD = 1.2
LONG, TEN, FIXED = 15, 10, 12


@dataclass(frozen=True)
class Study:
    """What is studied: a pack, its bank, who rates, and how many people of which seed."""

    rubric: Rubric
    bank: PhraseBank
    rater: Rater
    reader: WordReader | None
    """Words of texts, for the holistic baseline."""
    seed: int
    size: int

    @property
    def world(self) -> World:
        """The world of the main population."""
        return World(self.seed)

    def mind(self, person: Person, world: World | None = None) -> Mind:
        """A person who has not been asked anything yet."""
        return Mind(person, self.rubric, self.bank, world or self.world)

    def skill(self, person: Person) -> float:
        """True skill: the weighted theta."""
        return sum(c.weight * person.theta[c.id] for c in self.rubric.competencies)

    def true_levels(self, person: Person) -> dict[str, float]:
        """True level of each competency."""
        return {c.id: float(np.clip(3 + person.theta[c.id], 1, 5)) for c in self.rubric.competencies}

    def true_composite(self, person: Person) -> float:
        """True weighted level."""
        levels = self.true_levels(person)
        return sum(c.weight * levels[c.id] for c in self.rubric.competencies)

    def passes(self, person: Person) -> bool:
        """Whether the person is above the cut and every minimum, in truth."""
        cut, levels = self.rubric.cut, self.true_levels(person)
        return self.true_composite(person) >= cut.composite and all(levels[c] >= m for c, m in cut.min_levels.items())


def run(study: Study, progress: Progress) -> Tables:
    """All interviews of a study, as tables."""
    tables = of_people(study, range(study.size), progress)
    return tables | of_groups(study, progress)


def of_people(study: Study, numbers: range, progress: Progress) -> Tables:
    """The main population, or a part of it. Person by person, so that the rater remembers answers given again."""
    by = Interviewer(study.rubric, study.rater)
    fixed = Interviewer(restricted(study.rubric, _fixed(study.rubric)), study.rater, study.rubric)
    people = population(study.rubric, study.world, study.size)
    tables: Tables = {}
    for k in numbers:
        progress("people", k - numbers.start, len(numbers))
        main = by.interview(study.mind(people[k]), _form(k), study.seed * 100_003 + k, least=LONG)
        rows = {
            "people": _person(study, main),
            "indicators": _indicators(study, main),
            "coverage": _coverage(study, main),
            "probes": _probes(main),
            "other": _other(study, main, k),
            "fixed": _against_fixed(study, fixed, main, k),
            "ceiling": _ceiling(study, people[k], k),
        }
        if k < min(max(study.size // 3, 2), MANY):
            rows |= rewrites(study, by, main)
        for name, row in rows.items():
            tables.setdefault(name, []).append(row)
        tables.setdefault("verdicts", []).extend(_verdicts(study, main))
    progress("people", len(numbers), len(numbers))
    return tables


def _form(number: int) -> CoreForm:
    return CoreForm.B if number % 2 else CoreForm.A


def _person(study: Study, interview: Interview) -> list[float]:
    """Columns as in `PEOPLE`."""
    person, final = interview.mind.person, interview.final
    ten, long = interview.views[min(TEN, len(interview.views)) - 1], interview.views[-1]
    lead = [t for t in interview.transcript.turns if t.question_id in interview.questions() and t.answer]
    words = sum(len((t.answer or "").split()) for t in lead)
    by_word, holistic = _baselines(study, interview)
    return [
        study.skill(person),
        study.true_composite(person),
        final.composite.level,
        ten.composite.level,
        long.composite.level,
        final.questions,
        final.minutes,
        words,
        words / len(lead),
        by_word,
        holistic,
        interview.mind.world.chance("random", person.name),
        float(study.passes(person)),
        final.p_pass,
        ten.p_pass,
        long.p_pass,
        ten.p_cut,
        long.p_cut,
        float(np.mean(list(final.se.values()))),
        float(STYLES.index(person.style)),
        float(_unrated(study, interview)),
    ]


PEOPLE = (
    "skill true_composite final ten long questions minutes words words_each key_words holistic random passes p_final "
    "p_ten p_long p_cut_ten p_cut_long se style null"
).split()
"""Columns of the table `people`."""


def _unrated(study: Study, interview: Interview) -> bool:
    """Whether some competency has no quote, so that the scorecard would show no composite."""
    backed = {q for q in interview.questions() if any(v.span for v in interview.assessments[q].verdicts)}
    return any(not any(q.id in backed for q in c.questions) for c in study.rubric.competencies)


def _baselines(study: Study, interview: Interview) -> tuple[float, float]:
    """(share of the indicators' stems in the answers, mean cosine of answer and reference), over the leads.

    The cosine is that of the means of their words, as the sentence model makes its vectors.
    """
    found, near = [], []
    for question_id in interview.questions():
        question = study.rubric.question(question_id)
        answers = [t.answer or "" for t in interview.transcript.of_question(question_id)]
        said = set(stems(" ".join(answers)))
        keys = {s for i in question.indicators for s in stems(i.statement)} - set(stems(question.text))
        found.append(len(keys & said) / max(len(keys), 1))
        if study.reader is not None and (read := study.reader([answers[0], question.reference])) is not None:
            near.append(_cosine(*(words.vectors.mean(axis=0) for words in read)))
    return float(np.mean(found)), float(np.mean(near)) if near else 0.0


def _cosine(a: Vectors, b: Vectors) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _indicators(study: Study, interview: Interview) -> list[float]:
    """Shown and found, shown, not shown and not found, not shown."""
    counts = [0, 0, 0, 0]
    for _, p, truth in _judged(study, interview):
        at = 0 if truth else 2
        counts[at + 1] += 1
        counts[at] += (p >= 0.5) == truth
    return [float(c) for c in counts]


def _verdicts(study: Study, interview: Interview) -> list[list[float]]:
    """Per verdict: p, truth, style."""
    style = float(STYLES.index(interview.mind.person.style))
    return [[p, float(truth), style] for _, p, truth in _judged(study, interview)]


def _judged(study: Study, interview: Interview) -> list[tuple[str, float, bool]]:
    found = []
    for question_id, assessment in interview.assessments.items():
        indicators = {i.id for i in study.rubric.question(question_id).indicators}
        states = interview.states(question_id)
        found += [(v.target, v.p, v.target in states) for v in assessment.verdicts if v.target in indicators]
    return found


def _coverage(study: Study, interview: Interview) -> list[float]:
    """Competencies within their interval, competencies, composite within its interval, 1."""
    final, person = interview.final, interview.mind.person
    inside = [_within(final.levels[c], level) for c, level in study.true_levels(person).items()]
    return [float(sum(inside)), float(len(inside)), float(_within(final.composite, study.true_composite(person))), 1.0]


def _within(estimate: tuple[float, float, float], level: float) -> bool:
    # Estimates are rounded to two decimals.
    return estimate[1] - 0.006 <= level <= estimate[2] + 0.006


def _probes(interview: Interview) -> list[float]:
    """Probes for an indicator that had been stated before, probes for a missing one, probes in all."""
    asked = set(interview.questions())
    probes = [p for p in interview.prompts if p.question in asked and p.is_probe]
    missing = [p for p in probes if p.for_indicator]
    repeated = sum(p.probe_target in p.shown_before for p in missing)
    return [float(repeated), float(len(missing)), float(len(probes))]


def of_groups(study: Study, progress: Progress) -> Tables:
    """People at three levels; people with a larger effect of the question."""
    by = Interviewer(study.rubric, study.rater)
    three = []
    for theta in THREE:
        for k, person in enumerate(at_level(study.rubric, max(study.size // 3, 1), theta, f"at{theta}")):
            view = by.interview(study.mind(person), _form(k), study.seed * 7919 + k).final
            three.append([theta, view.composite.level])
        progress("levels", THREE.index(theta) + 1, len(THREE))
    rough = World(study.seed, question_sd=ROUGH_SD)
    people = population(study.rubric, rough, max(study.size // 2, 1), "rough")
    found = []
    for k, person in enumerate(people):
        interview = by.interview(study.mind(person, rough), _form(k), study.seed * 7919 + k)
        found.append([*_coverage(study, interview), study.skill(person), interview.final.composite.level])
        progress("larger question effect", k + 1, len(people))
    return {"three": three, "rough": found}


def _other(study: Study, first: Interview, number: int) -> list[float]:
    """The first ten questions and ten others of the same person: composites, then pairs of competency levels."""
    asked, person = set(first.questions(TEN)), first.mind.person
    rest = Interviewer(restricted(study.rubric, lambda q: q.id not in asked), study.rater, study.rubric)
    second = rest.interview(study.mind(person), _form(number + 1), study.seed * 15_485_863 + number, least=TEN)
    a, b = (i.views[min(TEN, len(i.views)) - 1] for i in (first, second))
    pairs = [x for c in study.rubric.competencies for x in (a.levels[c.id].level, b.levels[c.id].level)]
    return [a.composite.level, b.composite.level, *pairs]


def _against_fixed(study: Study, fixed: Interviewer, main: Interview, number: int) -> list[float]:
    """True skill, level of the fixed form, of the adaptive interview, and its questions."""
    view = fixed.interview(study.mind(main.mind.person), CoreForm.A, number, least=FIXED).views[-1]
    return [study.skill(main.mind.person), view.composite.level, main.final.composite.level, main.final.questions]


def _ceiling(study: Study, person: Person, number: int) -> list[float]:
    """True skill and what a rater that never errs would have reported: as asked, after 10 and 15 questions."""
    literal = Interviewer(study.rubric, LiteralRater(study.bank))
    sure = literal.interview(study.mind(person), _form(number), study.seed * 100_003 + number, least=LONG)
    return [study.skill(person), *_three_views(sure)]


def _three_views(interview: Interview) -> list[float]:
    ten = interview.views[min(TEN, len(interview.views)) - 1]
    long = interview.views[-1]
    return [interview.final.composite.level, ten.composite.level, ten.p_pass, long.composite.level, long.p_pass]


def _fixed(rubric: Rubric) -> Callable[[Question], bool]:
    """The questions of a fixed form: core A, then the others in file order, competency by competency."""
    chosen = [q.id for q in rubric.questions() if q.core is CoreForm.A]
    others = [[q.id for q in c.questions if q.core is None] for c in rubric.competencies]
    for place in range(max(map(len, others), default=0)):
        chosen += [ids[place] for ids in others if place < len(ids)]
    kept = set(chosen[:FIXED])
    return lambda question: question.id in kept
