"""What the embedded rater's probabilities are worth: slope and floors, from simulated people whose truth is known.

A verdict counts in the belief as P(stated) at even odds, so it is fitted beside the true odds of each person, question
and indicator: log odds(stated) = true log odds + log odds of min(max(p', SLIP), 1 - GUESS), p' being p with its log
odds multiplied. The constants stand in `domain/belief.py` and `engines/credence.py`; multiplied is what is shipped, so
that a slope of 1 means that nothing has changed. Every bank counts alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from vetting.domain.belief import GUESS, SLIP
from vetting.domain.rubric import CoreForm
from vetting.evals.phrases import banks, read_bank
from vetting.evals.reliability import answered_in_words
from vetting.evals.simulate import population
from vetting.evals.simulated_interview import Interview, Interviewer
from vetting.evals.study import LONG, Study
from vetting.evals.study_pool import Bench, Hand
from vetting.packs import load_rubric

PEOPLE, SEED = 80, 5
Numbers = NDArray[np.float64]


class Worth(NamedTuple):
    """Slope of the log odds, and the floors on either side."""

    slope: float
    slip: float
    guess: float


def verdicts(study: Study) -> Numbers:
    """Rows (p, stated, true log odds) of all verdicts on indicators in the interviews of a study's people."""
    by = Interviewer(study.rubric, study.rater)
    rows: list[tuple[float, bool, float]] = []
    for number, person in enumerate(population(study.rubric, study.world, study.size)):
        form = CoreForm.B if number % 2 else CoreForm.A
        rows += _rows(by.interview(study.mind(person), form, number, least=LONG))
    return np.array(rows, float)


def _rows(interview: Interview) -> list[tuple[float, bool, float]]:
    rubric = interview.mind.rubric
    rows = []
    for question_id, assessment in interview.assessments.items():
        question, states = rubric.question(question_id), interview.states(question_id)
        odds = {i.id: interview.mind.log_odds(question, i) for i in question.indicators}
        rows += [(v.p, v.target in states, odds[v.target]) for v in assessment.verdicts if v.target in odds]
    return rows


def loss(worth: Worth, rows: Numbers) -> float:
    """Mean negative log likelihood of what was stated."""
    p = np.clip(rows[:, 0], 1e-6, 1 - 1e-6)
    odds = (p / (1 - p)) ** worth.slope
    believed = np.clip(odds / (1 + odds), worth.slip, 1 - worth.guess)
    at = rows[:, 2] + np.log(believed / (1 - believed))
    return float(np.mean(np.logaddexp(0, at) - rows[:, 1] * at))


def fit(tables: Sequence[Numbers]) -> Worth:
    """The worth that fits all tables best, each counting alike."""

    def objective(at: Numbers) -> float:
        return float(np.mean([loss(_worth(at), rows) for rows in tables]))

    start = np.array([1.0, np.log(SLIP / (1 - SLIP)), np.log(GUESS / (1 - GUESS))])
    return _worth(minimize(objective, start, method="Nelder-Mead", options={"maxiter": 2000}).x)


def _worth(at: Numbers) -> Worth:
    slip, guess = 1 / (1 + np.exp(-np.clip(at[1:], -30, 30)))
    return Worth(float(at[0]), float(slip), float(guess))


def main() -> None:
    """Print the worth on each bank and pooled, beside what is shipped."""
    from vetting.index.sentence_model import InProcessEmbedder

    packs = tuple((answered_in_words(rubric), read_bank(rubric)) for rubric in map(load_rubric, banks()))
    hand = Hand(Bench(packs, partial(InProcessEmbedder), None))
    tables = []
    for at, (rubric, _) in enumerate(packs):
        tables.append(verdicts(hand.study(at, SEED, PEOPLE, lambda *_: None)))
        print(f"{rubric.id}: {len(tables[-1])} verdicts, {_words(fit(tables[-1:]))}")
    print(f"pooled: {_words(fit(tables))}; shipped: {_words(Worth(1.0, SLIP, GUESS))}")


def _words(worth: Worth) -> str:
    return f"slope {worth.slope:.2f}, slip {worth.slip:.3f}, guess {worth.guess:.3f}"


if __name__ == "__main__":
    main()
