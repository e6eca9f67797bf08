"""What a candidate is told: per topic what the level means, one suggestion, and where to read on.

Made from the same parts as the scorecard. The questions stay in use, so nothing is told that gives one away
(`domain/bank.py`): of an anchor only its harmless clauses, of what was missing only its kind. A wrong belief is
corrected in the pack's words only where its question is not core-secret: the core questions of a pack, and all of a
fixed form, are put to everybody, so their answers would spread; there the reading stands in for the correction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from vetting.domain.anchors import around, step_to, target
from vetting.domain.bank import Bank
from vetting.domain.rubric import Competency, Indicator, Misconception, Question, Rubric, RubricForm, Source
from vetting.domain.scoring import CompetencyScore, EvidenceItem, Scorecard
from vetting.domain.sentence import Sentence, Value, listed, of_pack, quoted, sentence
from vetting.domain.transcript import Transcript, Turn, TurnStatus
from vetting.domain.verdict import Flag

MAX_KINDS = 2
MAX_MISTAKES = 2
MAX_READING = 2

SAMPLE = "a verdict of your own on each sentence or step"
STEP = "the step you would take"
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a figure with its unit", re.compile(r"\d|per ?cent|\b(?:half|twice|double|third|quarter|times)\b", re.I)),
    (
        "a check that could prove you wrong",
        re.compile(r"\b(?:test|measur|check|compar|confirm|observ|look|count|captur|verif|repeat|trac|ask)", re.I),
    ),
    (
        "the limit beyond which the usual view fails",
        re.compile(r"\b(?:not?|only|unless|except|without|cannot|never|even|but|although|fails?|may)\b", re.I),
    ),
    ("the reason why it is so", re.compile(r"\b(?:because|so|since|hence|thus|means?|causes?)\b", re.I)),
)
"""Kinds of statement by how they are worded; the first that fits. They name no subject, so they give nothing away."""


class CompetencyFeedback(Value):
    """One topic: where it stands, the next step, what was read as a mistake, and sources of the pack to read.

    The `sentences` may be reworded, never extended.
    """

    id: str
    name: str
    rated: bool
    standing: tuple[Sentence, ...]
    advice: tuple[Sentence, ...]
    mistakes: tuple[Sentence, ...]
    reading: tuple[Source, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of them, in the order they are read."""
        return (*self.standing, *self.advice, *self.mistakes)

    @property
    def text(self) -> str:
        """The sentences as plain text."""
        return " ".join(s.text for s in self.sentences)


class Feedback(Value):
    """All topics in the order of the pack."""

    competencies: tuple[CompetencyFeedback, ...]


def feedback(rubric: Rubric, transcript: Transcript, card: Scorecard) -> Feedback:
    """What the candidate of this interview is told."""
    bank = Bank.of(rubric, transcript)
    return Feedback(
        competencies=tuple(
            _rated(rubric, transcript, row, row.level, bank)
            if row.level is not None
            else _unrated(rubric, transcript, card, row, bank)
            for row in card.competencies
        )
    )


def core_secret(rubric: Rubric, question: Question) -> bool:
    """Whether a question is put to everybody who gets its form, so that its answers must not be told."""
    return rubric.form is RubricForm.FIXED or question.core is not None


def _rated(
    rubric: Rubric, transcript: Transcript, row: CompetencyScore, level: float, bank: Bank
) -> CompetencyFeedback:
    competency = rubric.competency(row.id)
    least = _least_shown(competency, row)
    mistakes, about = _mistakes(rubric, transcript, row, bank)
    aim = target(level)
    told = [sentence(f"To reach level {aim}: ", of_pack(step_to(competency, aim, bank)), ".")]
    told += _kind_of_gap(transcript, least, row, aim) if least else _skipped(transcript, competency)
    about = [*([least] if least else []), *about]
    return CompetencyFeedback(
        id=row.id,
        name=row.name,
        rated=True,
        standing=(sentence(f"Around this level, {around(level)}."),),
        advice=tuple(told),
        mistakes=tuple(mistakes),
        reading=_reading(rubric, about, bank),
    )


def _unrated(
    rubric: Rubric, transcript: Transcript, card: Scorecard, row: CompetencyScore, bank: Bank
) -> CompetencyFeedback:
    """Why there is no level, and what would change that."""
    competency = rubric.competency(row.id)
    own = [t for t in transcript.turns if any(t.question_id == q.id for q in competency.questions)]
    foreign = {f"{Flag.OTHER_LANGUAGE.value} (question {q.id})" for q in competency.questions} & set(card.flags)
    said = [t.number for t in own if t.status is TurnStatus.ANSWERED]
    if not own:
        told = [
            sentence("No question on this topic was put to you."),
            sentence("One answered question would change that."),
        ]
    elif foreign:
        told = [
            sentence(f"Your words in {_answers(said)} are not in the language of the interview."),
            sentence("A person who reads that language can rate them."),
        ]
    elif not said:
        told = [
            sentence(f"The questions on this topic were left without an answer ({_answers([t.number for t in own])})."),
            sentence("An attempt in two or three sentences of your own would change that."),
        ]
    else:
        told = [
            sentence(f"In {_answers(said)} no sentence of yours could be tied to the topic with certainty."),
            sentence(f"What would change that: {KIND_OF_ANSWER}."),
        ]
    mistakes, about = _mistakes(rubric, transcript, row, bank)
    about = about or [q for q in competency.questions if any(t.question_id == q.id for t in own)][:1]
    return CompetencyFeedback(
        id=row.id,
        name=row.name,
        rated=False,
        standing=tuple(told[:1]),
        advice=tuple(told[1:]),
        mistakes=tuple(mistakes),
        reading=_reading(rubric, about, bank),
    )


KIND_OF_ANSWER = "two or three full sentences that say what happens, why, and how you would find out"


def _least_shown(competency: Competency, row: CompetencyScore) -> Question | None:
    """The question of which the smallest share was shown; None where nothing was missed."""
    missed = Counter(name.partition("/")[0] for name in row.missed)
    asked = [q for q in competency.questions if missed[q.id]]
    return max(asked, key=lambda q: (missed[q.id] / len(q.indicators), missed[q.id]), default=None)


def _kind_of_gap(transcript: Transcript, question: Question, row: CompetencyScore, aim: int) -> list[Sentence]:
    """Which answer showed least, and the kinds of statement it lacked, first of those that the next level takes."""
    missed = {name.partition("/")[2] for name in row.missed if name.partition("/")[0] == question.id}
    lacking = [i for i in question.indicators if i.id in missed]
    kinds = Counter(_kind(i) for i in [i for i in lacking if i.level <= aim] or lacking)
    named = [kind for kind, _ in kinds.most_common(MAX_KINDS)]
    answer = transcript.of_question(question.id)[0].number
    return [
        sentence(f"Least was shown in answer {answer}."),
        sentence(f"What it lacked most was {' and '.join(named)}."),
    ]


def _kind(indicator: Indicator) -> str:
    if indicator.by_code:
        return SAMPLE
    return next((kind for kind, pattern in KINDS if pattern.search(indicator.statement)), STEP)


def _skipped(transcript: Transcript, competency: Competency) -> list[Sentence]:
    """A skipped question counts as nothing shown, which is worth knowing where nothing else was missed."""
    ids = {q.id for q in competency.questions}
    numbers = [t.number for t in transcript.turns if t.question_id in ids and t.status is TurnStatus.SKIPPED]
    return [sentence(f"You skipped {_answers(numbers)}; an attempt could only have added to it.")] if numbers else []


def _mistakes(
    rubric: Rubric, transcript: Transcript, row: CompetencyScore, bank: Bank
) -> tuple[list[Sentence], list[Question]]:
    """The wrong beliefs that were voiced, in the order they were said, and the questions they were voiced on."""
    told: list[Sentence] = []
    about: dict[str, Question] = {}
    for item in sorted(row.evidence, key=lambda e: (e.turn, e.start)):
        turn: Turn | None = transcript.turn(item.turn)
        if turn is None or not item.against or len(about) == MAX_MISTAKES:
            continue
        question = rubric.question(turn.question_id)
        held = next((m for m in question.misconceptions if m.id == item.indicator), None)
        if held is not None and question.id not in about:
            told += _mistake(rubric, transcript, item, question, held, bank)
            about[question.id] = question
    return told, list(about.values())


def _mistake(
    rubric: Rubric, transcript: Transcript, item: EvidenceItem, question: Question, held: Misconception, bank: Bank
) -> list[Sentence]:
    quote = quoted(item, transcript)
    if quote is None:
        return []
    said = sentence("You wrote ", quote, f" (answer {item.turn}), which was read as a mistake.")
    if core_secret(rubric, question) or bank.gives_away(held.correction, besides=question.id):
        return [said, sentence("The question is put to others too, so its answer is not given here.")]
    return [said, sentence("The correction: ", of_pack(held.correction), ".")]


def _reading(rubric: Rubric, questions: Sequence[Question], bank: Bank) -> tuple[Source, ...]:
    """One or two sources, of each question in turn the one whose title gives away least."""
    known = {s.id: s for s in rubric.sources}
    shelves = [sorted((known[s] for s in q.sources), key=lambda s: bank.telling(s.title)) for q in questions]
    found: dict[str, Source] = {}
    for rank in range(max(map(len, shelves), default=0)):
        for source in (shelf[rank] for shelf in shelves if rank < len(shelf)):
            found.setdefault(source.id, source)
    return tuple(found.values())[:MAX_READING]


def _answers(numbers: Sequence[int]) -> str:
    return f"answer{'s' if len(numbers) > 1 else ''} {listed([str(n) for n in numbers])}"
