"""A figure with its 95 % interval: by resampling people, or exact for shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vetting.domain.agreement import icc

Numbers = NDArray[np.float64]
RESAMPLES = 400
SEED = 20260101


class Measure(NamedTuple):
    """A figure, its 95 % interval and what it was computed from."""

    value: float
    low: float
    high: float
    n: int

    def rounded(self) -> dict[str, float | int | list[float]]:
        """As it stands in the JSON document."""
        return {"value": round(self.value, 4), "interval": [round(self.low, 4), round(self.high, 4)], "n": self.n}


def resampled(rows: Numbers, figure: Callable[[Numbers], float], n: int | None = None) -> Measure:
    """A figure of rows (one per person) with its percentile bootstrap interval (Efron 1979), seed fixed."""
    rng = np.random.default_rng(SEED)
    found = [figure(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(RESAMPLES)]
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Measure(float(figure(rows)), float(low), float(high), len(rows) if n is None else n)


def share(hits: int, total: int) -> Measure:
    """A share with its exact interval (Clopper and Pearson 1934)."""
    if not total:
        return Measure(float("nan"), 0.0, 1.0, 0)
    interval = stats.binomtest(hits, total).proportion_ci(0.95, "exact")
    return Measure(hits / total, float(interval.low), float(interval.high), total)


def ratio(rows: Numbers) -> float:
    """Sum of the first column over the sum of the second: a share whose parts belong to people."""
    return float(rows[:, 0].sum() / rows[:, 1].sum()) if rows[:, 1].sum() else float("nan")


def rank_correlation(rows: Numbers) -> float:
    """Spearman's rank correlation of two columns."""
    return float(stats.spearmanr(rows[:, 0], rows[:, 1]).statistic)


def correlation(rows: Numbers) -> float:
    """Pearson's r of two columns."""
    return float(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1])


def agreement(rows: Numbers) -> float:
    """`domain.agreement.icc`; people and ratings that are all the same agree."""
    found = icc(rows)
    return 1.0 if found is None else found


def told_apart(apart: float, width: float = 0.25) -> Callable[[Numbers], float]:
    """P(the better of two people has the higher level), over pairs whose true skill differs by about `apart`."""

    def figure(rows: Numbers) -> float:
        skill, level = rows[:, 0], rows[:, 1]
        gap = skill[:, None] - skill[None, :]
        pairs = np.abs(gap - apart) <= width
        wins = np.sign(level[:, None] - level[None, :])[pairs]
        return float((wins + 1).mean() / 2) if wins.size else float("nan")

    return figure
