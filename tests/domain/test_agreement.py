"""Many raters become one verdict per indicator, and their agreement is measured as the papers define it."""

from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.packs import rubric
from vetting.domain.agreement import (
    disagreements,
    icc,
    reduce_panel,
    split_targets,
    weighted_kappa,
)
from vetting.domain.transcript import Span
from vetting.domain.verdict import Assessment, Finding, RaterId, Verdict

QUESTION = rubric().question("alpha-a")
EASY = "alpha-a-easy"


def assessment(model: str, p: float | None, engine: str = "model") -> Assessment:
    found = () if p is None else (verdict(p),)
    return Assessment(
        question_id=QUESTION.id, turns=(1,), rater=RaterId(engine=engine, model=model), rubric_sha="s", verdicts=found
    )


def verdict(p: float) -> Verdict:
    shown = p >= 0.5
    return Verdict(
        question_id=QUESTION.id,
        target=EASY,
        finding=Finding.MET if shown else Finding.NOT_SHOWN,
        p=p,
        span=Span(1, 0, round(100 * p)) if shown else None,
    )


def p_of(*panel: Assessment) -> float:
    (reduced,) = reduce_panel(QUESTION, panel)
    return reduced.p


def test_the_median_of_the_raters_counts_and_who_abstains_does_not() -> None:
    panel = (assessment("a", 0.9), assessment("b", 0.8), assessment("c", 0.1), assessment("d", None))
    assert p_of(*panel) == 0.8
    assert reduce_panel(QUESTION, [assessment("a", None)]) == ()


def test_samples_of_one_model_are_averaged_and_do_not_outvote_another_rater() -> None:
    samples = (assessment("m", 0.92), assessment("m#2", 0.92), assessment("m#3", 0.12))
    assert p_of(*samples) == pytest.approx((0.92 + 0.92 + 0.12) / 3, abs=1e-4)
    doubting = assessment("MiniLM", 0.1, engine="embedded")
    assert p_of(*samples, doubting) == pytest.approx(((0.92 + 0.92 + 0.12) / 3 + 0.1) / 2, abs=1e-4)


def test_a_verdict_that_counts_as_shown_keeps_a_quote_where_any_rater_gave_one() -> None:
    (reduced,) = reduce_panel(QUESTION, [assessment("a", 0.9), assessment("b", 0.4)])
    assert reduced.p == 0.65 and reduced.span == Span(1, 0, 90)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_panel_does_not_change_what_it_believes(ps: list[float], chance: Random) -> None:
    panel = [assessment(f"m{n}", p) for n, p in enumerate(ps)]
    first = p_of(*panel)
    chance.shuffle(panel)
    assert p_of(*panel) == first and min(ps) - 1e-4 <= first <= max(ps) + 1e-4


def test_disagreement_names_the_extremes_and_counts_abstentions() -> None:
    panel = [assessment("a", 0.9), assessment("b", 0.2), assessment("c", None)]
    (found,) = disagreements(QUESTION, panel)
    assert (found.target, found.low, found.high, found.raters, found.abstained) == (EASY, 0.2, 0.9, 2, 1)
    assert split_targets(QUESTION, panel) == (EASY,)


def test_doubt_around_a_half_and_a_lone_rater_are_no_dispute() -> None:
    assert split_targets(QUESTION, [assessment("a", 0.55), assessment("b", 0.4)]) == ()
    assert split_targets(QUESTION, [assessment("a", 0.95), assessment("b", 0.55)]) == ()
    assert disagreements(QUESTION, [assessment("a", 0.9), assessment("b", None)]) == ()


def test_the_table_of_shrout_and_fleiss_gives_the_published_icc() -> None:
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert icc(ratings) == pytest.approx(0.29, abs=0.005)


def test_cohens_kappa_agrees_with_a_table_worked_by_hand() -> None:
    a, b = [0] * 50 + [1] * 50, [0] * 40 + [1] * 10 + [0] * 20 + [1] * 30
    assert weighted_kappa(a, b) == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert weighted_kappa(a, b, power=1) == pytest.approx(0.4)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=30))
def test_raters_who_agree_in_everything_score_one_wherever_a_figure_is_defined(scores: list[int]) -> None:
    twice = [scores, scores]
    for figure in (icc(np.array(twice).T), weighted_kappa(*twice)):
        assert figure == pytest.approx(1.0) if len(set(scores)) > 1 else figure is None


@given(st.lists(st.lists(st.integers(1, 4), min_size=3, max_size=3), min_size=3, max_size=12))
def test_icc_does_not_depend_on_the_order_of_raters(units: list[list[int]]) -> None:
    table = np.array(units, float)
    first, *others = (icc(table[:, order]) for order in map(list, permutations(range(3))))
    assert first is None or first <= 1 + 1e-9
    assert all(other == (None if first is None else pytest.approx(first)) for other in others)


def test_figures_that_are_not_defined_are_none() -> None:
    assert icc([[1, 2]]) is None and icc([[3, 3], [3, 3]]) is None
    assert weighted_kappa([], []) is None and weighted_kappa([1], [1, 2]) is None and weighted_kappa([2], [2]) is None
