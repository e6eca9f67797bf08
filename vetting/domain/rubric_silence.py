"""Where a verdict on an indicator would say nothing of the candidate, as far as the words of the pack show it.

Two indicators say the same, so that one thing known counts twice; the question or a probe says what is looked for;
a probe says what is right where a wrong belief is looked for. What needs the meaning of texts, or a rater, is in
`evals/silence.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from vetting.domain.rubric import CoreForm, Indicator, Misconception, Probe, Question, Rubric, RubricForm
from vetting.domain.text import stems, words

NEAR_DUPLICATE = 0.6
"""Share of stems in common (Jaccard) from which two statements say the same."""
LEAK = 0.5
"""Share of the own stems of something a probe does not aim at, of two or more, from which it gives that away too."""
GENERIC = frozenset(
    stems(
        "use uses using make makes give gives take takes change changes case cases example answer thing things way "
        "need needs happen happens know say says ask tell explain describe check first second one two part time value "
        "good bad right wrong better reason decision matter point show shows look looks mean means still before after "
        "same different other kind number new old high low large small long short work works go come keep get"
    )
)
"""Everyday stems, which give nothing away."""


class Silence(NamedTuple):
    """Something that keeps an indicator from telling anything; `path` leads there from the top of the pack."""

    path: tuple[str | int, ...]
    message: str
    warning: bool = False


class Placed(NamedTuple):
    """An indicator with its question and where it stands."""

    question: Question
    indicator: Indicator
    path: tuple[str | int, ...]


def silences(rubric: Rubric) -> Iterator[Silence]:
    """All that is found in the words of a pack, question by question, then across questions."""
    for c, competency in enumerate(rubric.competencies):
        for q, question in enumerate(competency.questions):
            here = ("competencies", c, "questions", q)
            yield from (Silence((*here, *s.path), s.message, s.warning) for s in _within(question))
    yield from _twice_asked(rubric)


def placed(rubric: Rubric) -> list[Placed]:
    """Every indicator of a pack in file order."""
    return [
        Placed(question, indicator, ("competencies", c, "questions", q, "indicators", i))
        for c, competency in enumerate(rubric.competencies)
        for q, question in enumerate(competency.questions)
        for i, indicator in enumerate(question.indicators)
    ]


def both_asked(rubric: Rubric, first: Placed, second: Placed) -> bool:
    """Whether one interview can rate both of two indicators of different questions from words.

    The cores of form A and B stand for each other, so they may look for the same. What code decides in a work sample
    is another thing than saying it: to know an error when one sees it.
    """
    if rubric.form is not RubricForm.FIXED and {first.question.core, second.question.core} == set(CoreForm):
        return False
    return not (first.indicator.by_code or second.indicator.by_code)


def own_stems(text: str, question: Question) -> list[str]:
    """Stems of a text that are neither everyday ones nor the question's, in order, each once."""
    asked = {*stems(question.text), *GENERIC}
    return [w for w in dict.fromkeys(stems(text)) if w not in asked]


def _within(question: Question) -> Iterator[Silence]:
    sets = [frozenset(stems(i.statement)) for i in question.indicators]
    for (a, first), (b, second) in combinations(enumerate(sets), 2):
        if _jaccard(first, second) >= NEAR_DUPLICATE:
            other = question.indicators[a].id
            message = f"says nearly the same as indicator '{other}': one answer would count twice"
            yield Silence(("indicators", b, "statement"), message)
    for i, indicator in enumerate(question.indicators):
        if not (indicator.by_code or indicator.phrases or own_stems(indicator.statement, question)):
            message = "the question already says all of it: repeating it would meet it"
            yield Silence(("indicators", i, "statement"), message)
    for p, probe in enumerate(question.probes):
        yield from _leaks(question, probe, ("probes", p, "text"))


def _leaks(question: Question, probe: Probe, here: tuple[str | int, ...]) -> Iterator[Silence]:
    """A probe may use the question's words and everyday ones, not the words that something is recognised by."""
    said = set(stems(probe.text))
    for indicator in question.indicators:
        yield from _leak(question, probe, indicator.id, own_stems(indicator.statement, question), said, here)
    for wrong in question.misconceptions:
        held = set(stems(wrong.statement))
        right = [w for w in own_stems(wrong.correction, question) if w not in held]
        yield from _corrects(probe, wrong, right, said, here)


def _leak(
    question: Question, probe: Probe, target: str, own: list[str], said: set[str], here: tuple[str | int, ...]
) -> Iterator[Silence]:
    """One word of what a probe aims at is too much; of other indicators half of the words, as words meet by chance."""
    leaked = [w for w in own if w in said]
    if leaked and (probe.target == target or _most(leaked, own)):
        yield Silence(here, f"gives away indicator '{target}' by {_quoted(leaked, probe.text)}")


def _corrects(
    probe: Probe, wrong: Misconception, right: list[str], said: set[str], here: tuple[str | int, ...]
) -> Iterator[Silence]:
    leaked = [w for w in right if w in said]
    if _most(leaked, right):
        yield Silence(here, f"gives away what corrects '{wrong.id}' by {_quoted(leaked, probe.text)}")


def _most(leaked: list[str], own: list[str]) -> bool:
    return len(leaked) >= 2 and len(leaked) >= LEAK * len(own)


def _quoted(leaked: list[str], text: str) -> str:
    as_written = dict.fromkeys(w for w in words(text) if set(stems(w)) & set(leaked))
    return ", ".join(f"'{w}'" for w in as_written)


def _twice_asked(rubric: Rubric) -> Iterator[Silence]:
    """Indicators of different questions that say nearly the same: their verdicts are not two pieces of evidence."""
    every = [(p, frozenset(stems(p.indicator.statement))) for p in placed(rubric)]
    for (first, a), (second, b) in combinations(every, 2):
        if first.question is second.question or _jaccard(a, b) < NEAR_DUPLICATE:
            continue
        if both_asked(rubric, first, second):
            yield Silence((*second.path, "statement"), twice_asked(first), warning=True)


def twice_asked(first: Placed) -> str:
    """What is said of an indicator that repeats an earlier one of another question."""
    where = f"indicator '{first.indicator.id}' of question '{first.question.id}'"
    return f"says nearly the same as {where}: one thing known would count twice"


def _jaccard(first: Iterable[str], second: Iterable[str]) -> float:
    a, b = frozenset(first), frozenset(second)
    return len(a & b) / len(a | b) if a | b else 0.0
