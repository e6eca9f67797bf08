"""A map from evidence to probability is fitted on scored answers, judged on questions left out, and keeps order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vetting.domain.calibration import Labelled, LogisticMap, TooLittle, calibrate


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


def answers(intercept: float, slope: float, *, kind: float = 0.0, n: int = 400, questions: int = 8) -> list[Labelled]:
    """Answers whose key points are stated with the true probability; `kind` adds log odds to every score."""
    rng = np.random.default_rng(7)
    made = []
    for number in range(n):
        x = rng.normal(rng.normal(0, 1.5), 0.7, size=4)
        score = float(np.mean(rng.random(4) < logistic(intercept + kind + slope * x)))
        made.append(Labelled(tuple(logistic(x)), score, f"q{number % questions}"))
    return made


def test_the_slope_behind_the_scores_is_recovered() -> None:
    found = calibrate(answers(0.0, 0.5))
    assert found.indicators.slope == pytest.approx(0.5, abs=0.12) and found.helps
    assert found.after.error < found.before.error


def test_kind_people_do_not_make_every_indicator_likelier() -> None:
    strict, kind = calibrate(answers(0.0, 1.0)), calibrate(answers(0.0, 1.0, kind=1.5))
    assert kind.mean_score > strict.mean_score + 0.15
    assert kind.indicators.apply(0.5) == strict.indicators.apply(0.5) == 0.5
    assert kind.indicators.slope == pytest.approx(strict.indicators.slope, abs=0.25)


def test_probabilities_that_are_right_already_stay_about_as_they_are() -> None:
    found = calibrate(answers(0.0, 1.0)).indicators
    assert all(found.apply(p) == pytest.approx(p, abs=0.08) for p in (0.1, 0.3, 0.5, 0.7, 0.9))


def test_scores_that_have_nothing_to_do_with_the_evidence_draw_everything_together() -> None:
    rng = np.random.default_rng(3)
    data = [Labelled(tuple(rng.random(4)), float(rng.random()), f"q{n % 6}") for n in range(300)]
    found = calibrate(data).indicators
    assert found.apply(0.95) - found.apply(0.05) < (0.95 - 0.05) / 2


def test_the_same_answers_give_the_same_map() -> None:
    assert calibrate(answers(0.3, 0.7)) == calibrate(answers(0.3, 0.7))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (answers(0, 1, n=99), "at least 100 scored answers, here are 99"),
        (answers(0, 1, n=200, questions=4), "at least 5 questions"),
        ([Labelled((0.3, 0.8), 0.9, f"q{n % 6}") for n in range(200)], "scores that differ"),
    ],
)
def test_too_little_data_is_refused_with_what_is_missing(data: list[Labelled], reason: str) -> None:
    with pytest.raises(TooLittle, match=reason):
        calibrate(data)


@given(st.floats(-6, 6), st.floats(0.05, 20), st.floats(0, 1), st.floats(0, 1))
def test_every_map_keeps_order_and_stays_a_probability(a: float, b: float, p: float, q: float) -> None:
    told = LogisticMap(intercept=a, slope=b)
    low, high = sorted((p, q))
    assert 0 <= told.apply(low) <= told.apply(high) <= 1


def test_the_default_map_changes_nothing_but_the_extremes() -> None:
    assert [LogisticMap().apply(p) for p in (0.0, 0.25, 0.5, 0.9, 1.0)] == [0.01, 0.25, 0.5, 0.9, 0.99]
