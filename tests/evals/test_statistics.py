"""Figures of agreement, against values worked out by hand."""

import numpy as np
import pytest

from vetting.evals import statistics as s

UP = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
ZERO, FOUR = np.zeros(5), np.full(5, 4.0)


def test_a_line_correlates_fully_and_its_mirror_fully_the_other_way() -> None:
    assert s.pearson(UP, 2 * UP + 1) == pytest.approx(1)
    assert s.spearman(UP, np.exp(-UP)) == pytest.approx(-1)


def test_without_spread_a_correlation_is_not_defined() -> None:
    assert s.pearson(UP, ZERO) is None
    assert s.spearman(ZERO, UP) is None
    assert s.pearson(UP[:1], UP[:1]) is None


def test_within_questions_leaves_out_small_and_constant_groups() -> None:
    x = np.concatenate([UP, -UP, UP, UP[:4]])
    y = np.concatenate([UP, UP, ZERO, UP[:4]])
    groups = ["a"] * 5 + ["b"] * 5 + ["constant"] * 5 + ["small"] * 4
    assert s.within(x, y, groups) == pytest.approx(0)
    assert s.within(np.concatenate([UP, ZERO]), np.concatenate([UP, UP]), ["a"] * 5 + ["b"] * 5) == pytest.approx(0.5)


def test_quadratic_kappa_is_one_when_equal_and_nothing_by_chance() -> None:
    scores = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert s.quadratic_kappa(scores, scores, ZERO, FOUR) == pytest.approx(1)
    # one of four pairs wrong by one: 1 - mean((a-b)^2) / mean over all pairs = 1 - .25 / .5
    a, b = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0, 0.0])
    assert s.quadratic_kappa(a, b, np.zeros(4), np.full(4, 4.0)) == pytest.approx(0.5)
    assert s.quadratic_kappa(ZERO, ZERO, ZERO, FOUR) is None


def test_kappa_maps_each_scale_to_the_same_steps() -> None:
    level, human = np.array([10.0, 20.0, 0.0]), np.array([10.0, 20.0, 0.0])
    assert s.quadratic_kappa(level, human, np.zeros(3), np.full(3, 20.0)) == pytest.approx(1)


def test_the_line_is_fitted_without_the_question_it_is_tried_on() -> None:
    x, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 2.0])
    fitted = s.fitted_leaving_one_out(x, y, ["a", "a", "b", "b"])
    assert fitted is not None and s.rmse(fitted, y) == pytest.approx(1)
    assert s.fitted_leaving_one_out(x, y, ["a"] * 4) is None
