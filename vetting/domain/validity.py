"""Does what we say of experts go with how their work turned out? A correlation with its interval, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import atanh, sqrt, tanh
from typing import NamedTuple

import numpy as np
import scipy

ENOUGH = 30
"""Pairs below which no correlation is given."""

Z = 1.959964
_NEARLY_ONE = 1 - 1e-12


class Correlation(NamedTuple):
    """Spearman's rank correlation with its 95 % interval and the number of pairs."""

    value: float
    low: float
    high: float
    n: int


def correlation(pairs: Sequence[tuple[float, float]]) -> Correlation | None:
    """Spearman's rho; None below ENOUGH pairs, or where one side is the same for all.

    The interval is Fisher's z with the standard error of Bonett and Wright (2000) for ranks,
    sqrt((1 + r^2 / 2) / (n - 3)).
    """
    if len(pairs) < ENOUGH:
        return None
    x, y = np.asarray(pairs, dtype=np.float64).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    r = float(scipy.stats.spearmanr(x, y).statistic)
    z = atanh(min(max(r, -_NEARLY_ONE), _NEARLY_ONE))
    half = Z * sqrt((1 + r * r / 2) / (len(pairs) - 3))
    return Correlation(r, tanh(z - half), tanh(z + half), len(pairs))
