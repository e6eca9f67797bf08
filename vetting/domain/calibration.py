"""From what a rater finds to a probability that can be relied on: a logistic map fitted on answers that people scored.

What the labels support: a person's score says how much of an answer's content is there, not which indicator. So the
mean of the mapped probabilities over an answer's key points is fitted to the score as a share of its scale. What comes
of it is one number for all indicators: how sharp the evidence is (the slope on the log odds).

Not calibrated: where .5 lies. Whether people scored kindly, answers were good, or the rater sees too little cannot be
told apart by scores of whole answers, so all of that goes into an offset that is fitted beside the slope and not kept.
(The probabilities of this project are evidence, not forecasts: .5 says as likely as not whatever the mix of answers;
an offset kept would have the belief count the prior twice.) Nor misconceptions, of which no score tells, the belief's
own parameters, or differences between indicators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Annotated

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Array = NDArray[np.float64]

LEAST_ANSWERS = 100
LEAST_QUESTIONS = 5
LEAST_SPREAD = 0.05
"""Standard deviation of the scores, as a share of the scale, below which there is nothing to fit."""
SHRINK = 2.0
"""Strength of the pull towards leaving probabilities as they are (on the squared log of the slope)."""
CLIP = 0.01
BINS = 10


class TooLittle(ValueError):
    """The labelled answers cannot carry a calibration; the message says what is missing."""


class LogisticMap(BaseModel):
    """p -> logistic(intercept + slope logit p); slope is positive, so order is kept. The identity by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intercept: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0

    def apply(self, p: float) -> float:
        """The mapped probability, rounded to 4 decimals."""
        clipped = min(max(p, CLIP), 1 - CLIP)
        return round(1 / (1 + exp(-self.intercept - self.slope * log(clipped / (1 - clipped)))), 4)


@dataclass(frozen=True)
class Labelled:
    """One scored answer: the rater's probability per key point, the person's score as a share 0-1, its question."""

    probabilities: tuple[float, ...]
    score: float
    question: str


class Fit(BaseModel):
    """Held-out quality of the scores predicted from the probabilities, leaving questions out.

    `log_loss` is the mean cross-entropy, `error` the mean absolute gap between predicted and given score in ten bins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    log_loss: float
    rmse: float
    error: float


class Calibrated(BaseModel):
    """A fitted map with what it is worth on questions it was not fitted on; `before` is without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    indicators: LogisticMap
    answers: int
    questions: int
    mean_score: float
    before: Fit
    after: Fit

    @property
    def helps(self) -> bool:
        """Whether questions left out were predicted better with the map than without."""
        return self.after.log_loss < self.before.log_loss


def calibrate(data: Sequence[Labelled]) -> Calibrated:
    """Fit the map on all answers and judge it leaving out one question at a time. Raises TooLittle."""
    refuse_too_little(data)
    questions = np.array([d.question for d in data])
    held_out, plain = np.zeros(len(data)), np.zeros(len(data))
    for question in dict.fromkeys(d.question for d in data):
        inside = questions == question
        known = [d for d, left in zip(data, inside, strict=True) if not left]
        asked = [d for d, left in zip(data, inside, strict=True) if left]
        held_out[inside] = _predict(asked, _fit(known))
        plain[inside] = _predict(asked, _fit(known, slope=0.0))
    scores = np.array([d.score for d in data])
    return Calibrated(
        indicators=LogisticMap(slope=round(exp(_fit(data)[1]), 4)),
        answers=len(data),
        questions=len(set(questions)),
        mean_score=round(float(scores.mean()), 4),
        before=_judge(plain, scores),
        after=_judge(held_out, scores),
    )


def refuse_too_little(data: Sequence[Labelled]) -> None:
    """Raises TooLittle where there are too few answers or questions, or scores that are all alike."""
    questions = {d.question for d in data}
    if len(data) < LEAST_ANSWERS:
        raise TooLittle(f"a calibration needs at least {LEAST_ANSWERS} scored answers, here are {len(data)}")
    if len(questions) < LEAST_QUESTIONS:
        raise TooLittle(
            f"a calibration needs answers to at least {LEAST_QUESTIONS} questions, to be tried on one that it was not "
            f"fitted on; here are {len(questions)}"
        )
    if float(np.std([d.score for d in data])) < LEAST_SPREAD:
        raise TooLittle("a calibration needs scores that differ; nearly all of these are alike")


def _fit(data: Sequence[Labelled], slope: float | None = None) -> tuple[float, float]:
    """(offset, log of the slope) by penalised maximum likelihood; the slope, kept positive by its log, may be given."""
    x, weights = _padded(data)
    scores = np.array([d.score for d in data])

    def loss(at: Array) -> float:
        predicted = _mean_credit(x, weights, at[0], exp(at[1]))
        entropy = -(scores * np.log(predicted) + (1 - scores) * np.log(1 - predicted))
        return float(entropy.sum() + SHRINK * at[1] ** 2)

    range_of_slope = (-3, 3) if slope is None else (slope, slope)
    found = scipy.optimize.minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-6, 6), range_of_slope])
    return float(found.x[0]), float(found.x[1])


def _predict(data: Sequence[Labelled], at: tuple[float, float]) -> Array:
    x, weights = _padded(data)
    return _mean_credit(x, weights, at[0], exp(at[1]))


def _mean_credit(x: Array, weights: Array, intercept: float, slope: float) -> Array:
    chance: Array = 1 / (1 + np.exp(-intercept - slope * x))
    mean: Array = np.clip((chance * weights).sum(axis=1), 1e-4, 1 - 1e-4)
    return mean


def _padded(data: Sequence[Labelled]) -> tuple[Array, Array]:
    """Log odds (answers, most key points) and weights that are 0 where an answer has fewer."""
    width = max(len(d.probabilities) for d in data)
    x, weights = np.zeros((len(data), width)), np.zeros((len(data), width))
    for row, one in enumerate(data):
        p = np.clip(np.array(one.probabilities), CLIP, 1 - CLIP)
        x[row, : len(p)] = np.log(p / (1 - p))
        weights[row, : len(p)] = 1 / len(p)
    return x, weights


def _judge(predicted: Array, scores: Array) -> Fit:
    entropy = -(scores * np.log(predicted) + (1 - scores) * np.log(1 - predicted))
    order = np.array_split(np.argsort(predicted, kind="stable"), BINS)
    gaps = [abs(float(predicted[part].mean() - scores[part].mean())) * len(part) for part in order if len(part)]
    return Fit(
        log_loss=round(float(entropy.mean()), 4),
        rmse=round(float(np.sqrt(np.mean((predicted - scores) ** 2))), 4),
        error=round(sum(gaps) / len(scores), 4),
    )
