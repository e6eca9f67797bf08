"""A panel of raters: one verdict per indicator out of many, where they disagree, and how far they agree.

Samples of one model are raters of their own with their own provenance, but they share its blind spots: they are
averaged first (the share of samples that found something is the expected value of the verdict), and the median is
taken over distinct raters, so that asking one model five times does not outvote the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from statistics import fmean, median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vetting.domain.rubric import Question
from vetting.domain.verdict import Assessment, RaterId, Verdict

Array = NDArray[np.float64]

SHOWN = 0.5
APART = 0.4
"""Raters are split over an indicator when they stand on both sides of .5 and this far apart: .45 against .55 is doubt,
not dispute."""
_SAMPLE = re.compile(r"#\d+$")


class Disagreement(NamedTuple):
    """How the raters of a panel stand to one target: extremes of their probabilities, how many spoke, and abstained."""

    question_id: str
    target: str
    low: float
    high: float
    raters: int
    abstained: int

    @property
    def split(self) -> bool:
        """Whether they disagree on whether it was shown."""
        return self.low < SHOWN <= self.high and self.high - self.low >= APART - 1e-9

    @property
    def spread(self) -> float:
        """Largest difference of two raters, 0-1."""
        return self.high - self.low


def distinct(rater: RaterId) -> tuple[str, str]:
    """What makes a rater one of its own: engine and model, whichever sample it is."""
    return rater.engine, _SAMPLE.sub("", rater.model)


@lru_cache(maxsize=256)
def panel_key(rater: str) -> tuple[str, str]:
    """`distinct` from the name under which a rater's verdicts are kept, `engine:model`."""
    engine, _, model = rater.partition(":")
    return engine, _SAMPLE.sub("", model)


def reduce_panel(question: Question, panel: Sequence[Assessment]) -> tuple[Verdict, ...]:
    """One verdict per target: samples of a model averaged, then the median of the raters; the quote of the nearest.

    Raters who abstained on a target do not count for it; a target on which all did has no verdict. Order of `panel`
    breaks ties.
    """
    reduced = []
    for target in question.statements():
        given = [(a.rater, v) for a in panel for v in a.verdicts if v.target == target]
        if not given:
            continue
        p = probability((distinct(rater), v.p) for rater, v in given)
        verdicts = [v for _, v in given]
        quoted = [v for v in verdicts if v.span] if p >= SHOWN else verdicts
        nearest = min(quoted or verdicts, key=lambda v: abs(v.p - p))
        reduced.append(nearest.model_copy(update={"p": p}))
    return tuple(reduced)


def probability(given: Iterable[tuple[tuple[str, str], float]]) -> float:
    """What a panel makes of one target: the median over distinct raters, each the mean over its samples.

    Raises StatisticsError where nobody spoke.
    """
    by_rater: dict[tuple[str, str], list[float]] = {}
    for rater, p in given:
        by_rater.setdefault(rater, []).append(p)
    return round(median(fmean(samples) for samples in by_rater.values()), 4)


def disagreements(question: Question, panel: Sequence[Assessment]) -> tuple[Disagreement, ...]:
    """For each target that two raters or more spoke on (samples count each), how they stand to it; pack order."""
    found = []
    for target in question.statements():
        ps = [v.p for a in panel for v in a.verdicts if v.target == target]
        if len(ps) > 1:
            found.append(Disagreement(question.id, target, min(ps), max(ps), len(ps), len(panel) - len(ps)))
    return tuple(found)


def split_targets(question: Question, panel: Sequence[Assessment]) -> tuple[str, ...]:
    """The targets over which the panel is split."""
    return tuple(d.target for d in disagreements(question, panel) if d.split)


def weighted_kappa(a: Sequence[float] | Array, b: Sequence[float] | Array, *, power: float = 2) -> float | None:
    """Cohen's weighted kappa (1968) of two raters; disagreement weighs |difference| ** power (1 linear, 2 quadratic).

    Ratings are numbers on one scale. None for unequal or empty input, or where chance leaves nothing to disagree on.
    """
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if x.shape != y.shape or not x.size:
        return None
    by_chance = float(np.mean(np.abs(x[:, None] - y[None, :]) ** power))
    return 1 - float(np.mean(np.abs(x - y) ** power)) / by_chance if by_chance > 0 else None


def icc(scores: Sequence[Sequence[float]] | Array) -> float | None:
    """ICC(2,1): absolute agreement of single raters, subjects and raters both random (Shrout and Fleiss 1979).

    `scores` has shape (subjects, raters), complete. None for fewer than two of either, or without any variance.
    """
    x = np.asarray(scores, np.float64)
    if x.ndim != 2 or min(x.shape) < 2:
        return None
    n, k = x.shape
    grand = x.mean()
    subjects = k * float(((x.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((x.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    residual = x - x.mean(axis=1, keepdims=True) - x.mean(axis=0, keepdims=True) + grand
    error = float((residual**2).sum()) / ((n - 1) * (k - 1))
    below = subjects + (k - 1) * error + k * (raters - error) / n
    return (subjects - error) / below if below > 1e-12 else None
