"""Fits the constants of the embedded rater on answers put together from the packs' examples and near misses.

`python -m vetting.evals.rater_training` prints them (`make train-rater`); nothing is written, the constants stand in
`engines/credence.CALIBRATED` with their source. An answer is made of one example of each indicator it states, near
misses of some others (negated, quantities swapped, cause and effect reversed, right words in the wrong place), a wrong
belief now and then, and empty talk. What the answer says is never among the wordings it is compared with: the other
example is. Of four answers to a question one is compared without examples, as with a pack that has none, and one with
the other example alone, because people's words are often further from the pack's than an author's.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize

from vetting.domain.rubric import Question, Rubric
from vetting.domain.text import sentences
from vetting.engines.credence import CALIBRATED, Look, bounded
from vetting.engines.evidence import looks
from vetting.engines.terms import Claim
from vetting.engines.views import Vision
from vetting.errors import NotFound
from vetting.evals.phrases import spoken
from vetting.packs import installed_rubrics, read_yaml, shipped

Numbers = NDArray[np.float64]
NEAR_MISSES = "data/train/near_misses"
EMPTY_TALK = "data/eval/empty_talk"
RIDGE = 1.0
EACH = 4
"""Answers made for each question."""
MISSED, BELIEVED, TALK = 0.1, 0.3, 6


class View(StrEnum):
    """Which wordings of a claim an answer is compared with."""

    WHOLE = "whole"
    PACK = "pack"
    EXAMPLE = "example"


VIEWS = (View.WHOLE, View.WHOLE, View.PACK, View.EXAMPLE)


class Missed(BaseModel):
    """Near misses of one question by target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    indicators: Mapping[str, tuple[str, ...]] = {}
    misconceptions: Mapping[str, tuple[str, ...]] = {}


class NearMisses(BaseModel):
    """What sounds like the indicators and wrong beliefs of a pack and is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rubric: str
    written_by: str
    questions: Mapping[str, Missed]


class Made(NamedTuple):
    """An answer with what it states, and the claims it is compared with."""

    question: Question
    text: str
    claims: tuple[Claim, ...]
    states: frozenset[str]


@dataclass(frozen=True)
class Table:
    """Looks (n, features) and whether the claim is stated, of one pack."""

    looks: Numbers
    stated: NDArray[np.bool_]


def near_misses(rubric: Rubric) -> NearMisses:
    """The near misses of a pack. Raises NotFound where there are none."""
    path = shipped(NEAR_MISSES) / f"{rubric.id}.yaml"
    if not path.is_file():
        raise NotFound(f"There are no near misses for {rubric.id}.")
    return NearMisses.model_validate(read_yaml(path)[0])


def made(rubric: Rubric, misses: NearMisses, talk: Sequence[str], seed: int = 1) -> Iterator[Made]:
    """`EACH` answers to every question that has examples; the same for the same seed."""
    draw = random.Random(f"{seed} {rubric.id}")
    for question in spoken(rubric):
        if all(len(i.examples) > 1 for i in question.indicators):
            for turn in range(EACH):
                yield _made(question, misses.questions.get(question.id, Missed()), talk, draw, turn)


def _made(question: Question, misses: Missed, talk: Sequence[str], draw: random.Random, turn: int) -> Made:
    said_at, skill = turn % 2, draw.random()
    states = [i for i in question.indicators if draw.random() < skill]
    parts = [i.examples[said_at] for i in states]
    for other in question.indicators:
        if other not in states and draw.random() < MISSED:
            parts += misses.indicators.get(other.id, ())[said_at : said_at + 1]
    for belief in question.misconceptions:
        if draw.random() < BELIEVED * (1 - skill):
            parts += belief.examples[said_at : said_at + 1]
    parts += draw.sample(talk, min(len(talk), draw.randrange(TALK)))
    draw.shuffle(parts)
    claims = tuple(_claims(question, 1 - said_at, VIEWS[turn % len(VIEWS)]))
    return Made(question, " ".join(parts), claims, frozenset(i.id for i in states))


def _claims(question: Question, shown_at: int, view: View) -> Iterator[Claim]:
    """The claims as the rater would have them, with one example at most."""
    for i in question.indicators:
        shown = i.examples[shown_at : shown_at + 1]
        if view is View.EXAMPLE:
            yield Claim(i.id, shown[0])
        else:
            yield Claim(i.id, i.statement, i.phrases if view is View.PACK else (*i.phrases, *shown))
    for m in question.misconceptions:
        shown = () if view is View.PACK else m.examples[shown_at : shown_at + 1]
        yield Claim(m.id, m.statement, shown, (m.correction,))


def table(vision: Vision, answers: Sequence[Made]) -> Table:
    """Looks of every indicator in every answer. Raises Unavailable."""
    rows: list[Look] = []
    stated: list[bool] = []
    for answer in answers:
        if not answer.text:
            continue
        indicators = {i.id for i in answer.question.indicators}
        found = looks(vision, answer.question.text, answer.question.reference, answer.claims, answer.text)
        for claim, look in zip(answer.claims, found, strict=True):
            if claim.id in indicators:
                rows.append(look)
                stated.append(claim.id in answer.states)
    return Table(np.array(rows), np.array(stated))


def fit(tables: Sequence[Table]) -> tuple[float, Look]:
    """(intercept, weights) of a logistic regression, classes balanced, signs bounded as the rater bounds them."""
    whole = joined(tables)
    x, y = _bounded(whole.looks), whole.stated
    weight = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean()))

    def loss(at: Numbers) -> tuple[float, Numbers]:
        z = at[0] + x @ at[1:]
        p = 1 / (1 + np.exp(-z))
        value = (weight * (np.logaddexp(0, z) - y * z)).sum() + RIDGE * (at[1:] @ at[1:]) / 2
        slope = weight * (p - y)
        return float(value), np.concatenate([[slope.sum()], x.T @ slope + RIDGE * at[1:]])

    at = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return float(at[0]), Look(*map(float, at[1:]))


def _bounded(rows: Numbers) -> Numbers:
    return np.array([bounded(Look(*row)) for row in rows])


def joined(tables: Sequence[Table]) -> Table:
    """Several tables as one."""
    return Table(np.concatenate([t.looks for t in tables]), np.concatenate([t.stated for t in tables]))


def balanced(found: tuple[float, Look], held: Table) -> tuple[float, float]:
    """(sensitivity, specificity) of constants on a table."""
    p = found[0] + _bounded(held.looks) @ np.array(found[1])
    return float((p[held.stated] > 0).mean()), float((p[~held.stated] <= 0).mean())


def talk_of(rubric: Rubric) -> tuple[str, ...]:
    """Sentences of empty talk about a pack's questions."""
    path = shipped(EMPTY_TALK) / f"{rubric.id}.yaml"
    if not path.is_file():
        return ()
    answers: Mapping[str, str] = read_yaml(path)[0]["answers"]
    return tuple(s.text for text in answers.values() for s in sentences(text))


def main() -> None:
    """Print the constants, and what they are worth on a pack that had no part in them."""
    from vetting.index.sentence_model import InProcessEmbedder

    vision = Vision(InProcessEmbedder())
    tables: dict[str, Table] = {}
    for _, rubric in installed_rubrics():
        tables[rubric.id] = table(vision, list(made(rubric, near_misses(rubric), talk_of(rubric))))
        stated = tables[rubric.id].stated
        print(f"{rubric.id}: {len(stated)} claims in answers, {stated.mean():.2f} stated")
    for slug, held in tables.items():
        sensitivity, specificity = balanced(fit([t for s, t in tables.items() if s != slug]), held)
        print(f"leaving out {slug}: sensitivity {sensitivity:.3f}, specificity {specificity:.3f}")
    intercept, weights = fit(list(tables.values()))
    print(f"intercept {intercept:.2f}, " + ", ".join(f"{k} {v:.2f}" for k, v in weights._asdict().items()))
    if off := drift((intercept, weights)):
        sys.exit(f"The shipped constants are not these: {off}. See CALIBRATED in engines/credence.py.")


def drift(found: tuple[float, Look]) -> str:
    """Where the shipped constants differ from these by more than a tenth; empty where they do not."""
    shipped = CALIBRATED[True]
    pairs = [("intercept", shipped.intercept, found[0]), *zip(Look._fields, shipped.weights, found[1], strict=True)]
    return ", ".join(f"{name} {old:g}" for name, old, new in pairs if abs(old - new) > 0.1)


if __name__ == "__main__":
    main()
