"""What is believed of a candidate's level in each competency, given the verdicts so far.

Item response theory on a grid: theta ~ N(0, 1) per competency, 1 SD is one level, level(theta) = clip(3 + theta, 1, 5);
an indicator of level L is stated with probability logistic(a (theta - b)), b = L - 3.5 (two-parameter logistic,
Birnbaum 1968). Competencies share a general factor (correlation RHO). Indicators of one question are not
independent, so each question has a normal effect of its own, integrated out (a testlet model, Bradlow, Wainer and
Wang 1999). A verdict counts by its probability p: likelihood P p + (1 - P)(1 - p), so p = .5 says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vetting.domain.rubric import Question, Rubric
from vetting.domain.verdict import Verdict

Array = NDArray[np.float64]

BELIEF_VERSION = 4
"""Raised with any change to what a scorecard says of the same verdicts and words: it tells by which it was made."""
DISCRIMINATION = 1.7
RHO = 0.5
# Floors: of 33,000 verdicts on whole interviews of simulated people of five phrase banks (seed 5, 60 each), pooled,
# since how far people's words are from a pack's is not known (`make train-belief`).
QUESTION_SD = 1.0  # people differ by .8 from question to question; what a rater errs alike in one answer adds to it
SLIP = 0.10  # P(stated) of a verdict that could not be more negative, at even odds: .07 to .10
GUESS = 0.005  # P(not stated) of one that could not be more positive: 0 to .004
SKIP_P = 0.2  # a skipped question says as much as an answer that shows nothing

THETA: Array = np.linspace(-4.0, 4.0, 81)
LEVEL: Array = np.clip(3.0 + THETA, 1.0, 5.0)
_G: Array = np.linspace(-4.5, 4.5, 29)  # ending at 3.5 it drew who is at -3 towards the middle by .015
_U, _U_WEIGHT = np.polynomial.hermite_e.hermegauss(9)
_U_WEIGHT = _U_WEIGHT / _U_WEIGHT.sum()
_BINS = 401  # composite axis: 1.00, 1.01 ... 5.00


def _normal(x: Array, mean: Array | float, sd: float) -> Array:
    weight: Array = np.exp(-0.5 * ((x - mean) / sd) ** 2)
    normal: Array = weight / weight.sum(axis=-1, keepdims=True)
    return normal


_G_PRIOR = _normal(_G, 0.0, 1.0)
_GIVEN_G = _normal(THETA[None, :], np.sqrt(RHO) * _G[:, None], float(np.sqrt(1 - RHO)))


class Observation(NamedTuple):
    """A verdict in numbers: `b` is the difficulty, `sign` -1 for a misconception, `p` that it was shown."""

    b: float
    sign: int
    p: float


class Estimate(NamedTuple):
    """Posterior mean level with its 5 % and 95 % quantiles, in levels 1-5."""

    level: float
    low: float
    high: float


def difficulty(level: int) -> float:
    """Where on theta half of the people state an indicator of that level."""
    return -2.5 if level == 1 else level - 3.5


def stated(theta: Array, b: Array | float) -> Array:
    """Probability that somebody at theta states an indicator of difficulty b."""
    chance: Array = 1 / (1 + np.exp(-DISCRIMINATION * (theta - b)))
    return chance


def credible(p: Array | float) -> Array:
    """A rater's probability as far as it can be believed: kept off 0 and 1 by the errors that were measured.

    A rater that errs more says so in its probabilities.
    """
    believed: Array = np.clip(p, SLIP, 1 - GUESS)
    return believed


def observations(question: Question, verdicts: Iterable[Verdict], *, skipped: bool = False) -> tuple[Observation, ...]:
    """The verdicts of one question in numbers; a skip counts as nothing shown, an absent verdict as nothing known."""
    if skipped:
        return tuple(Observation(difficulty(i.level), 1, SKIP_P) for i in question.indicators)
    by_target = {v.target: v.p for v in verdicts}
    shown = [Observation(difficulty(i.level), 1, by_target[i.id]) for i in question.indicators if i.id in by_target]
    # A misconception not seen says little (few would volunteer it), so only one that was seen counts.
    held = [
        Observation(m.level - 2.5, -1, by_target[m.id]) for m in question.misconceptions if by_target.get(m.id, 0) > 0.5
    ]
    return (*shown, *held)


def question_likelihood(seen: Sequence[Observation]) -> Array:
    """log p(verdicts of one question | theta) on the grid, the question's own effect integrated out."""
    return _likelihood(tuple(seen)) if seen else np.zeros_like(THETA)


@lru_cache(maxsize=1024)  # the same questions count in every belief of an interview
def _likelihood(seen: tuple[Observation, ...]) -> Array:
    b, sign, p = (np.array(column, dtype=float)[:, None, None] for column in zip(*seen, strict=True))
    p = credible(p)
    at = THETA[None, :, None] + QUESTION_SD * _U[None, None, :]
    chance = stated(sign * at, sign * b)
    log = np.log(chance * p + (1 - chance) * (1 - p)).sum(axis=0)
    top = log.max(axis=1, keepdims=True)
    result: Array = np.log((np.exp(log - top) * _U_WEIGHT).sum(axis=1)) + top[:, 0]
    result.flags.writeable = False  # shared by all who ask
    return result


@dataclass(frozen=True)
class Belief:
    """The joint posterior over competencies, held as one distribution per value of the general factor.

    `given_g[c]` has shape (len(_G), len(THETA)); rows are normalised.
    """

    weights: Mapping[str, float]
    general: Array
    given_g: Mapping[str, Array]

    def theta(self, competency: str) -> Array:
        """Posterior of theta of one competency on the grid."""
        return self.general @ self.given_g[competency]

    def se(self, competency: str) -> float:
        """Posterior standard deviation of theta, in levels."""
        return float(np.sqrt(self.variance(competency)))

    def variance(self, competency: str) -> float:
        """Posterior variance of theta."""
        weight = self.theta(competency)
        mean = weight @ THETA
        return float(weight @ (THETA - mean) ** 2)

    def level(self, competency: str) -> Estimate:
        """Level of one competency with its 90 % interval."""
        return _estimate(LEVEL, self.theta(competency))

    def at_least(self, competency: str, minimum: float) -> float:
        """P(level >= minimum) of one competency."""
        return float(self.theta(competency)[minimum - 1e-9 <= LEVEL].sum())

    @cached_property
    def composite(self) -> Estimate:
        """The weighted level with its 90 % interval from the joint posterior."""
        return _estimate(np.linspace(1, 5, _BINS), self._composite_pmf({}))

    def p_pass(self, cut: float, min_levels: Mapping[str, float]) -> float:
        """P(composite >= cut and every minimum level is reached), from the joint posterior."""
        pmf = self._composite_pmf(min_levels)
        return float(pmf[np.linspace(1, 5, _BINS) >= cut - 1e-9].sum())

    def _composite_pmf(self, min_levels: Mapping[str, float]) -> Array:
        size = 2 * _BINS
        product = np.ones((len(_G), size // 2 + 1), dtype=complex)
        for name, weight in self.weights.items():
            part = self.given_g[name] * (min_levels.get(name, 0) - 1e-9 <= LEVEL)
            real, imaginary = _spread_transformed(weight)
            product *= part @ real + 1j * (part @ imaginary)
        return np.clip(np.fft.irfft(self.general @ product, n=size)[:_BINS], 0, None)


def believe(rubric: Rubric, seen: Mapping[str, Sequence[Observation]]) -> Belief:
    """The posterior after the observations of some questions (question id -> observations)."""
    general = np.log(_G_PRIOR)
    given: dict[str, Array] = {}
    for competency in rubric.competencies:
        log = sum((question_likelihood(seen[q.id]) for q in competency.questions if q.id in seen), np.zeros_like(THETA))
        top = log.max()
        joint = _GIVEN_G * np.exp(log - top)
        mass = joint.sum(axis=1, keepdims=True)
        given[competency.id] = joint / mass
        general = general + np.log(mass[:, 0]) + top
    weight = np.exp(general - general.max())
    return Belief({c.id: c.weight for c in rubric.competencies}, weight / weight.sum(), given)


def information(belief: Belief, competency: str, question: Question) -> float:
    """Expected Fisher information about theta from asking a question now, over the posterior (1 / theta²).

    A rater sees a statement with probability GUESS + (1 - SLIP - GUESS) P; the question's own effect adds variance
    that more indicators of the same question cannot remove.
    """
    b = np.array([difficulty(i.level) for i in question.indicators])
    chance = stated(THETA[:, None], b[None, :])
    slope = DISCRIMINATION * chance * (1 - chance) * (1 - SLIP - GUESS)
    seen = GUESS + (1 - SLIP - GUESS) * chance
    per_theta = (slope**2 / (seen * (1 - seen))).sum(axis=1)
    return float(belief.theta(competency) @ (1 / (1 / per_theta + QUESTION_SD**2)))


def chance_stated(belief: Belief, competency: str, level: int, p: float) -> float:
    """P(an indicator of that level has been stated) after a verdict p, for somebody of whom this is believed."""
    chance, believed = stated(THETA, difficulty(level)), float(credible(p))
    prior = float(belief.theta(competency) @ chance)
    return prior * believed / (prior * believed + (1 - prior) * (1 - believed))


def expected_variance(belief: Belief, competency: str, question: Question) -> float:
    """Variance of theta to expect after one more question; never larger than now."""
    return 1 / (1 / belief.variance(competency) + information(belief, competency, question))


def _estimate(axis: Array, weight: Array) -> Estimate:
    weight = weight / weight.sum()
    mean = float(weight @ axis)
    total = np.cumsum(weight)
    low, high = (float(axis[min(int(np.searchsorted(total, q)), len(axis) - 1)]) for q in (0.05, 0.95))
    # Clipping at 1 and 5 can leave the mean outside its own quantiles.
    return Estimate(round(mean, 2), round(min(low, mean), 2), round(max(high, mean), 2))


@lru_cache(maxsize=64)
def _spread_transformed(weight: float) -> tuple[Array, Array]:
    """Real and imaginary part of the Fourier transform of `_spread`'s rows: the same for every belief."""
    found = np.fft.rfft(_spread(weight), n=2 * _BINS, axis=1)
    return np.ascontiguousarray(found.real), np.ascontiguousarray(found.imag)


def _spread(weight: float) -> Array:
    """Matrix (theta, composite bin): the mass of each theta on weight * (level - 1), split so that means are kept."""
    position = weight * (LEVEL - 1) * (_BINS - 1) / 4
    low = np.floor(position).astype(int)
    part = position - low
    matrix = np.zeros((len(THETA), _BINS))
    rows = np.arange(len(THETA))
    np.add.at(matrix, (rows, low), 1 - part)
    np.add.at(matrix, (rows, np.minimum(low + 1, _BINS - 1)), part)
    return matrix
