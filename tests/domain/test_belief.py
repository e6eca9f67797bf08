"""The posterior behaves as evidence should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.packs import rubric
from vetting.domain.belief import (
    LEVEL,
    Observation,
    believe,
    difficulty,
    expected_variance,
    observations,
    stated,
)
from vetting.domain.verdict import Finding, Verdict

Seen = dict[str, list[Observation]]
PACK = rubric()
QUESTIONS = [q.id for q in PACK.questions()]
probabilities = st.floats(0.0, 1.0)
seen_by_question = st.dictionaries(
    st.sampled_from(QUESTIONS),
    st.lists(
        st.builds(Observation, b=st.sampled_from([-2.5, -1.5, -0.5, 0.5, 1.5]), sign=st.just(1), p=probabilities),
        min_size=1,
        max_size=5,
    ),
    max_size=5,
)


def test_without_evidence_the_composite_is_the_prior() -> None:
    belief = believe(PACK, {})
    assert belief.composite.level == pytest.approx(3.0, abs=0.01)
    assert belief.composite.low < 2 < 4 < belief.composite.high


def test_the_difficulty_of_a_level_is_where_half_of_the_people_state_it() -> None:
    for level in range(2, 6):
        assert stated(np.array([difficulty(level)]), difficulty(level))[0] == pytest.approx(0.5)
    assert [difficulty(level) for level in (1, 2, 3, 4, 5)] == [-2.5, -1.5, -0.5, 0.5, 1.5]


@settings(max_examples=60, deadline=None)
@given(seen_by_question)
def test_levels_lie_within_their_intervals_and_the_composite_within_the_levels(seen: Seen) -> None:
    belief = believe(PACK, seen)
    levels = [belief.level(c) for c in ("alpha", "beta")]
    for estimate in (*levels, belief.composite):
        assert 1 <= estimate.low <= estimate.level <= estimate.high <= 5
    assert min(e.level for e in levels) - 0.02 <= belief.composite.level <= max(e.level for e in levels) + 0.02


@settings(max_examples=60, deadline=None)
@given(seen_by_question, st.sampled_from(QUESTIONS), st.sampled_from([-1.5, -0.5, 0.5, 1.5]), st.floats(0.5, 1.0))
def test_removing_a_met_verdict_never_raises_a_level(seen: Seen, question_id: str, b: float, p: float) -> None:
    more = {**seen, question_id: [*seen.get(question_id, []), Observation(b, 1, p)]}
    without, with_it = believe(PACK, seen), believe(PACK, more)
    for competency in ("alpha", "beta"):
        assert without.theta(competency) @ LEVEL <= with_it.theta(competency) @ LEVEL + 1e-9


@settings(max_examples=60, deadline=None)
@given(seen_by_question)
def test_the_variance_to_expect_after_one_more_question_is_never_larger(seen: Seen) -> None:
    belief = believe(PACK, seen)
    for competency in PACK.competencies:
        for question in competency.questions:
            assert expected_variance(belief, competency.id, question) <= belief.variance(competency.id)


@settings(max_examples=60, deadline=None)
@given(seen_by_question, st.floats(1, 5), st.floats(1, 5))
def test_passing_is_never_likelier_with_a_minimum_or_a_higher_cut(seen: Seen, cut: float, minimum: float) -> None:
    belief = believe(PACK, seen)
    assert belief.p_pass(cut, {"alpha": minimum}) <= belief.p_pass(cut, {}) + 1e-9
    assert belief.p_pass(max(cut, minimum), {}) <= belief.p_pass(min(cut, minimum), {}) + 1e-9


def test_two_indicators_of_one_question_say_less_than_of_two_questions() -> None:
    met = Observation(difficulty(4), 1, 0.9)
    same = believe(PACK, {"alpha-a": [met, met, met, met]})
    apart = believe(PACK, {q: [met] for q in ("alpha-a", "alpha-b", "alpha-c", "alpha-d")})
    assert same.se("alpha") > apart.se("alpha")


def test_evidence_in_one_competency_moves_the_other_a_little() -> None:
    strong = [Observation(difficulty(level), 1, 0.95) for level in (3, 4, 5)]
    belief = believe(PACK, {"alpha-a": strong, "alpha-c": strong})
    assert belief.level("alpha").level > belief.level("beta").level > 3.1


def test_a_misconception_that_was_seen_lowers_and_one_not_seen_says_nothing() -> None:
    question = PACK.question("alpha-a")

    def seen(p: float) -> tuple[Observation, ...]:
        return observations(
            question, [Verdict(question_id="alpha-a", target="alpha-a-wrong", finding=Finding.MET, p=p)]
        )

    assert seen(0.1) == ()
    assert believe(PACK, {"alpha-a": seen(0.9)}).level("alpha").level < 3


def test_a_skip_counts_like_an_answer_that_shows_nothing() -> None:
    question = PACK.question("alpha-a")
    skipped = believe(PACK, {"alpha-a": observations(question, (), skipped=True)})
    assert skipped.level("alpha").level < 3


def test_the_posterior_agrees_with_a_direct_two_parameter_logistic_computation() -> None:
    """Against a brute-force integral over theta, the general factor and the question's effect by quadrature."""
    from vetting.domain import belief as module

    seen = [Observation(-0.5, 1, 1.0), Observation(1.5, 1, 0.0)]
    theta = np.linspace(-6, 6, 1201)
    effect = np.linspace(-4, 4, 401)
    prior = np.exp(-0.5 * theta**2)
    weight = np.exp(-0.5 * (effect / module.QUESTION_SD) ** 2)
    like = np.ones((len(theta), len(effect)))
    for b, _, p in seen:
        p = float(module.credible(p))
        chance = 1 / (1 + np.exp(-module.DISCRIMINATION * (theta[:, None] + effect[None, :] - b)))
        like *= chance * p + (1 - chance) * (1 - p)
    posterior = prior * (like @ weight)
    expected = posterior @ theta / posterior.sum()
    found = believe(PACK, {"alpha-a": seen}).theta("alpha") @ module.THETA
    assert found == pytest.approx(expected, abs=0.02)
