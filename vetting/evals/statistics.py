"""Statistics of agreement between levels and people's scores. None where a figure is not defined."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vetting.domain.agreement import weighted_kappa

Numbers = NDArray[np.float64]
LEAST_ANSWERS = 5
"""Answers a question needs before a correlation within it counts."""


def pearson(x: Numbers, y: Numbers) -> float | None:
    """Pearson's r; None for fewer than two pairs or no spread."""
    return _correlation(lambda a, b: stats.pearsonr(a, b).statistic, x, y)


def spearman(x: Numbers, y: Numbers) -> float | None:
    """Spearman's rank correlation; None for fewer than two pairs or no spread."""
    return _correlation(lambda a, b: stats.spearmanr(a, b).statistic, x, y)


def within(x: Numbers, y: Numbers, groups: Sequence[str]) -> float | None:
    """Mean r within the groups of at least five pairs and more than one human score; no spread in x counts as 0."""
    found = []
    for member in _members(groups):
        if member.sum() >= LEAST_ANSWERS and np.ptp(y[member]) > 0:
            found.append(pearson(x[member], y[member]) or 0.0)
    return float(np.mean(found)) if found else None


def quadratic_kappa(level: Numbers, human: Numbers, low: Numbers, high: Numbers) -> float | None:
    """Cohen's kappa with quadratic weights (1968) of both mapped from their scale to 0-4 and rounded."""
    if len(level) < 2:
        return None
    a, b = (np.clip(np.rint(4 * (v - low) / (high - low)), 0, 4) for v in (level, human))
    return weighted_kappa(a, b)


def fitted_leaving_one_out(x: Numbers, y: Numbers, groups: Sequence[str]) -> Numbers | None:
    """y predicted from a line in x that is fitted on the other groups; None for fewer than two groups."""
    members = _members(groups)
    if len(members) < 2:
        return None
    predicted = np.zeros(len(y))
    for member in members:
        slope, intercept = _line(x[~member], y[~member])
        predicted[member] = slope * x[member] + intercept
    return predicted


def rmse(predicted: Numbers, y: Numbers) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.mean((y - predicted) ** 2)))


def _line(x: Numbers, y: Numbers) -> tuple[float, float]:
    if len(x) < 2 or np.ptp(x) == 0:
        return 0.0, float(y.mean())
    fit = stats.linregress(x, y)
    return float(fit.slope), float(fit.intercept)


def _members(groups: Sequence[str]) -> list[NDArray[np.bool_]]:
    names = np.array(groups)
    return [names == name for name in dict.fromkeys(groups)]


def _correlation(measure: Callable[[Numbers, Numbers], float], x: Numbers, y: Numbers) -> float | None:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.NearConstantInputWarning)
        value = float(measure(x, y))
    return value if np.isfinite(value) else None
