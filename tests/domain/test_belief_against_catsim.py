"""The belief's numbers are those of catsim, an independent implementation of item response theory.

catsim knows no question effect, and ours cannot be switched off. So where it takes part, catsim's curves are integrated
over it, with a question per indicator; where it does not, the figures are compared as they are. A verdict of a
fallible rater is an item of the four-parameter model: a met one is right on (c, d) = (GUESS, 1 - GUESS), one not
shown is wrong on (SLIP, 1 - SLIP), and what a question is expected to tell has (GUESS, 1 - SLIP).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from catsim import irt
from catsim.estimation import NumericalSearchEstimator
from catsim.item_bank import ItemBank
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from tests.domain.packs import question, rubric
from vetting.domain.belief import (
    DISCRIMINATION,
    GUESS,
    QUESTION_SD,
    SLIP,
    THETA,
    Belief,
    Observation,
    believe,
    difficulty,
    expected_variance,
    information,
    question_likelihood,
    stated,
)
from vetting.domain.rubric import Question, Rubric

Array = NDArray[np.float64]
DIFFICULTIES = [difficulty(level) for level in (1, 2, 3, 4, 5)]
MANY = 60
ITEM_MET, ITEM_NOT, ITEM_ASKED = (GUESS, 1 - GUESS), (SLIP, 1 - SLIP), (GUESS, 1 - SLIP)
# A logistic averaged over a normal effect is nearly a logistic of smaller slope (Zeger, Liang and Albert 1988).
FLATTER = 1 / np.sqrt(1 + (16 * np.sqrt(3) / (15 * np.pi)) ** 2 * DISCRIMINATION**2 * QUESTION_SD**2)
answers = st.lists(st.tuples(st.sampled_from(DIFFICULTIES), st.booleans()), min_size=1, max_size=12)


def wide_pack() -> Rubric:
    """One competency with very many questions, so that each indicator can have a question of its own."""
    competency = {
        "id": "alpha",
        "name": "Alpha",
        "definition": "d",
        "weight": 1.0,
        "anchors": {level: f"level {level}" for level in range(1, 6)},
        "questions": [question(f"q{number}") for number in range(MANY)],
    }
    return rubric(form="fixed", competencies=[competency], cut={"composite": 3.5})


WIDE = wide_pack()


def verdict(b: float, met: bool) -> Observation:
    return Observation(b, 1, 1.0 if met else 0.0)


def one_per_question(seen: Sequence[tuple[float, bool]]) -> dict[str, tuple[Observation, ...]]:
    return {f"q{number}": (verdict(b, met),) for number, (b, met) in enumerate(seen)}


def catsim_chance(theta: float, b: float, met: bool) -> float:
    """Probability of a verdict by catsim's curve, averaged over the question's effect by adaptive quadrature."""
    c, d = ITEM_MET if met else ITEM_NOT

    def weighed(effect: float) -> float:
        chance = irt.icc(theta + effect, DISCRIMINATION, b, c, d)
        return (chance if met else 1 - chance) * float(norm.pdf(effect, scale=QUESTION_SD))

    return float(quad(weighed, -8 * QUESTION_SD, 8 * QUESTION_SD)[0])


CATSIM = {(b, met): np.array([catsim_chance(t, b, met) for t in THETA]) for b in DIFFICULTIES for met in (True, False)}


def catsim_posterior(seen: Sequence[tuple[float, bool]]) -> Array:
    weight = np.exp(-0.5 * THETA**2)
    for one in seen:
        weight = weight * CATSIM[one]
    posterior: Array = weight / weight.sum()
    return posterior


def moments(weight: Array) -> tuple[float, float]:
    mean = float(weight @ THETA)
    return mean, float(np.sqrt(weight @ (THETA - mean) ** 2))


def certain(at: int) -> Belief:
    """Somebody whose theta is known: the grid's point of that number."""
    point = np.zeros((1, len(THETA)))
    point[0, at] = 1.0
    return Belief({"alpha": 1.0}, np.ones(1), {"alpha": point})


def asked(levels: Sequence[int]) -> Question:
    lead = WIDE.question("q0")
    indicators = [lead.indicators[0].model_copy(update={"id": f"i{n}", "level": v}) for n, v in enumerate(levels)]
    return lead.model_copy(update={"indicators": tuple(indicators)})


@given(st.floats(-4, 4), st.floats(-3, 3))
def test_the_curve_of_an_indicator_is_catsims(theta: float, b: float) -> None:
    assert stated(np.array([theta]), b)[0] == pytest.approx(irt.icc(theta, DISCRIMINATION, b), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(0, len(THETA) - 1))
def test_the_information_of_a_question_is_catsims_test_information(levels: list[int], at: int) -> None:
    """Ours adds the question's own variance; without it what is left is catsim's figure, and its standard error."""
    items = np.array([[DISCRIMINATION, difficulty(level), *ITEM_ASKED] for level in levels])
    variance = 1 / information(certain(at), "alpha", asked(levels)) - QUESTION_SD**2
    assert 1 / variance == pytest.approx(irt.test_info(float(THETA[at]), items), rel=1e-9)
    assert np.sqrt(variance) == pytest.approx(irt.see(float(THETA[at]), items), rel=1e-9)


@pytest.mark.parametrize("b", DIFFICULTIES)
@pytest.mark.parametrize("met", [True, False])
def test_the_likelihood_of_a_verdict_is_catsims_curve_averaged_over_the_question(b: float, met: bool) -> None:
    ours = np.exp(question_likelihood((verdict(b, met),)))
    assert ours == pytest.approx(CATSIM[b, met], abs=5e-4)


@settings(max_examples=80, deadline=None)
@example([(-2.5, False)] * 6)
@example([(-2.5, False)] * 11)
@given(answers)
def test_expected_ability_and_its_standard_error_are_those_from_catsims_likelihoods(
    seen: list[tuple[float, bool]],
) -> None:
    belief = believe(WIDE, one_per_question(seen))
    mean, se = moments(catsim_posterior(seen))
    assert belief.theta("alpha") @ THETA == pytest.approx(mean, abs=0.01)
    assert belief.se("alpha") == pytest.approx(se, abs=0.01)


def drawn(theta: float, seed: int) -> list[tuple[float, bool]]:
    """What somebody of that theta states over many questions, drawn with a question effect."""
    rng = np.random.default_rng(seed)
    b = np.array([DIFFICULTIES[n % 5] for n in range(MANY)])
    met = rng.random(MANY) < stated(theta + QUESTION_SD * rng.standard_normal(MANY), b)
    return [(float(x), bool(y)) for x, y in zip(b, met, strict=True)]


@pytest.mark.parametrize("theta", [-1.5, -0.5, 0.0, 0.8, 1.6])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_likeliest_ability_and_its_standard_error_are_catsims(theta: float, seed: int) -> None:
    """catsim's own estimator, over items as much flatter as the question's effect makes them."""
    seen = drawn(theta, seed)
    slope = DISCRIMINATION * FLATTER
    items = np.array([[slope, b, *(ITEM_MET if met else ITEM_NOT)] for b, met in seen])
    estimator = NumericalSearchEstimator(method="bounded")
    theirs = estimator.estimate(
        item_bank=ItemBank(items),
        administered_items=list(range(MANY)),
        response_vector=[met for _, met in seen],
        est_theta=0.0,
    )
    log = sum(question_likelihood(shown) for shown in one_per_question(seen).values())
    fine = np.linspace(-4, 4, 8001)
    ours = float(fine[np.argmax(np.interp(fine, THETA, log))])
    step = float(THETA[1] - THETA[0])
    assert ours == pytest.approx(theirs, abs=step)
    belief = believe(WIDE, one_per_question(seen))
    at, responses = float(belief.theta("alpha") @ THETA), [met for _, met in seen]
    low, middle, high = (irt.log_likelihood(at + step * k, responses, items) for k in (-1, 0, 1))
    with_prior = 1 / np.sqrt(1 - (low - 2 * middle + high) / step**2)
    assert belief.se("alpha") == pytest.approx(with_prior, rel=0.1)


@settings(max_examples=80, deadline=None)
@given(answers, st.integers(1, 5))
def test_the_variance_to_expect_is_never_larger_than_now_and_near_the_one_from_catsim(
    seen: list[tuple[float, bool]], level: int
) -> None:
    """Over both outcomes of one more indicator, by catsim's curve for a fallible rater."""
    belief = believe(WIDE, one_per_question(seen))
    found = expected_variance(belief, "alpha", asked([level]))
    assert found <= belief.variance("alpha")
    now = catsim_posterior(seen)
    met = np.array([averaged(t, difficulty(level)) for t in THETA])
    theirs = sum(float(now @ p) * moments(now * p / (now @ p))[1] ** 2 for p in (met, 1 - met))
    assert theirs <= moments(now)[1] ** 2 + 1e-12
    assert found == pytest.approx(theirs, rel=0.1)


def averaged(theta: float, b: float) -> float:
    node, weight = np.polynomial.hermite_e.hermegauss(41)
    at = theta + QUESTION_SD * node
    chance = np.array([irt.icc(float(x), DISCRIMINATION, b, *ITEM_ASKED) for x in at])
    return float(chance @ weight / weight.sum())
