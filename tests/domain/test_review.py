"""What a person's ratings are checked for, how far they agree with the machine, and what a second look is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.packs import rubric
from tests.domain.test_scoring import evidence
from vetting.domain.agreement import weighted_kappa
from vetting.domain.funnel import Step, stages
from vetting.domain.review import ENOUGH_REVIEWS, Mark, Pair, agreement, blind, settled
from vetting.domain.scoring import Recommendation, Scorecard, aggregate
from vetting.domain.second_look import (
    CHARACTERS_PER_WORD,
    LOOK_MINUTES,
    REASONS,
    WORDS_PER_MINUTE,
    Concern,
    Deciding,
    both_sides,
    concern,
    deciding,
    doubted,
    minutes,
    telling,
    worth,
)
from vetting.domain.verdict import Finding
from vetting.errors import BadInput

levels = st.integers(1, 5)
pairs = st.lists(st.tuples(levels, st.floats(1, 5)), min_size=ENOUGH_REVIEWS, max_size=60)


def card(**changes: object) -> Scorecard:
    """A scorecard over the small rubric, changed."""
    made = aggregate(evidence(0.9))
    return made.model_copy(update=changes)


@given(pairs)
def test_agreement_is_weighted_kappa_within_its_interval(drawn: list[tuple[int, float]]) -> None:
    found = agreement([Pair(n, person, machine) for n, (person, machine) in enumerate(drawn)])
    expected = weighted_kappa([p for p, _ in drawn], [round(m) for _, m in drawn])
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.kappa == pytest.approx(expected, abs=1e-9) and found.low <= found.high
        assert found.interviews == len(drawn)


def test_few_interviews_give_no_agreement_however_many_ratings_they_have() -> None:
    assert agreement([Pair(n % (ENOUGH_REVIEWS - 1), 1 + n % 5, 3.0) for n in range(200)]) is None


def test_a_person_who_always_agrees_has_kappa_one() -> None:
    found = agreement([Pair(n, 1 + n % 5, 1 + n % 5) for n in range(50)])
    assert found is not None and (found.kappa, found.within) == (1.0, 1.0)


BOTH = ("alpha", "beta")


def test_every_competency_the_look_is_about_needs_a_level_or_cannot_judge() -> None:
    assert blind(rubric(), {"alpha": "5", "beta": "none"}, {"beta": " too short "}, BOTH) == {
        "alpha": Mark(5, ""), "beta": Mark(None, "too short"),
    }  # fmt: skip
    for given_levels in ({}, {"alpha": "5"}, {"alpha": "6", "beta": "1"}, {"alpha": "3.5", "beta": "1"}):
        with pytest.raises(BadInput, match="choose"):
            blind(rubric(), given_levels, {}, BOTH)


def test_another_competency_may_be_left_to_the_machine_and_stays_so_when_ratings_are_settled() -> None:
    own = blind(rubric(), {"alpha": "5", "beta": " "}, {"beta": "no time"}, ("alpha",))
    assert own == {"alpha": Mark(5, "")} and settled(rubric(), own, {"beta": "2"}, {"beta": "why"}) == own
    assert set(blind(rubric(), {"alpha": "5", "beta": "2"}, {}, ("alpha",))) == set(BOTH)


OF = {q.id: c.id for c in rubric().competencies for q in c.questions}


NOTHING: dict[str, int] = {}


def test_a_look_is_about_what_is_not_rated_or_flagged_and_else_about_what_is_least_known() -> None:
    sure = card(p_pass=0.99, recommendation=Recommendation.ADVANCE, flags=(), provisional=False)
    assert doubted(sure, OF, NOTHING) == BOTH, "where the machine is sure, whoever rates rates everything"
    flagged = sure.model_copy(update={"flags": ("copied_reference (question beta-a)", "too_short (question alpha-a)")})
    assert doubted(flagged, OF, NOTHING) == ("beta",)
    assert doubted(unsure((1.0, 5.0), (2.0, 2.5)), OF, NOTHING) == ("alpha",)
    alpha, beta = unsure((1.0, 5.0), (2.0, 2.5)).competencies
    rows = alpha, beta.model_copy(update={"status": "not_rated", "level": None, "interval": None})
    assert doubted(sure.model_copy(update={"competencies": rows}), OF, {"beta": 100_000}) == ("beta",)


def test_of_what_is_known_equally_little_a_look_is_about_what_is_quicker_to_read() -> None:
    alike = unsure((2.0, 4.0), (2.0, 4.0))
    assert doubted(alike, OF, {"alpha": 900, "beta": 1000}) == ("alpha",)
    assert doubted(alike, OF, {"alpha": 1000, "beta": 900}) == ("beta",)


def test_a_look_leaves_to_the_machine_what_would_take_too_long_to_read_but_never_everything() -> None:
    card_ = unsure((1.0, 5.0), (2.0, 4.0))
    read = round(LOOK_MINUTES * WORDS_PER_MINUTE * CHARACTERS_PER_WORD)
    assert doubted(card_, OF, {"alpha": read // 2, "beta": read // 4}) == ("alpha",)
    assert doubted(card_, OF, {"alpha": 2 * read, "beta": read // 2}) == ("beta",)
    assert doubted(card_, OF, {"alpha": 2 * read, "beta": 2 * read}) == ("alpha",)


interval = st.tuples(st.floats(1, 5), st.floats(1, 5)).map(lambda pair: (min(pair), max(pair)))


@given(interval, interval, st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_look_is_always_about_something_and_about_more_than_one_only_in_time(
    first: tuple[float, float], second: tuple[float, float], alpha: int, beta: int
) -> None:
    found = doubted(unsure(first, second), OF, {"alpha": alpha, "beta": beta})
    assert len(found) == 1 or (found == BOTH and minutes(alpha + beta, 2) <= LOOK_MINUTES)


def unsure(*intervals: tuple[float, float]) -> Scorecard:
    """A scorecard at the cut whose competencies lie in these intervals."""
    rows = [row.model_copy(update={"interval": i}) for row, i in zip(card().competencies, intervals, strict=True)]
    return card(p_pass=0.5, recommendation=Recommendation.NEEDS_PERSON, flags=(), competencies=tuple(rows))


def test_a_rating_changes_only_with_a_reason() -> None:
    own = {"alpha": Mark(4), "beta": Mark(None)}
    assert settled(rubric(), own, {}, {}) == {"alpha": Mark(4), "beta": Mark(None)}
    assert settled(rubric(), own, {"alpha": "2"}, {"alpha": "misread"})["alpha"] == Mark(2, "misread")
    with pytest.raises(BadInput, match="Alpha"):
        settled(rubric(), own, {"alpha": "2"}, {"alpha": "  "})


@given(st.floats(0, 1))
def test_a_look_is_worth_most_at_the_cut_and_the_same_on_both_sides(p: float) -> None:
    near, far = card(p_pass=p), card(p_pass=1 - p)
    assert worth(near) == pytest.approx(worth(far)) and worth(near) <= worth(card(p_pass=0.5)) <= 1


def test_a_doubt_makes_a_look_worth_more_and_each_has_its_sentence() -> None:
    plain = {"p_pass": 0.99, "recommendation": Recommendation.ADVANCE, "flags": (), "provisional": False}
    assert concern(card(**plain)) is None
    flagged = card(**plain | {"flags": ("copied_reference (question alpha-a)",)})
    assert concern(flagged) is Concern.FLAGGED and worth(flagged) > worth(card(**plain))
    assert concern(card(**plain | {"provisional": True})) is Concern.PROVISIONAL
    held = card(**plain | {"recommendation": Recommendation.NEEDS_PERSON, "why": "above the cut, but no defence"})
    assert concern(held) is Concern.HELD_BACK
    assert concern(card(**plain | {"p_pass": 0.5, "recommendation": Recommendation.NEEDS_PERSON})) is Concern.BORDERLINE
    assert set(REASONS) == set(Concern)


def test_what_decides_is_the_competency_that_pulls_most() -> None:
    made = card()
    rows = [c.model_copy(update={"level": level}) for c, level in zip(made.competencies, (4.5, 1.2), strict=True)]
    both = made.model_copy(update={"competencies": tuple(rows), "cut": 3.0})
    against, speaks_for = deciding(both, against=True), deciding(both, against=False)
    assert against is not None and against.competency.id == "beta"
    assert speaks_for is not None and speaks_for.competency.id == "alpha"
    unrated = [c.model_copy(update={"level": None}) for c in rows]
    assert deciding(made.model_copy(update={"competencies": tuple(unrated)}), against=True) is None


@pytest.mark.parametrize("levels", [(4.5, 1.2), (1.2, 4.5), (4.5, 4.5), (2.0, 2.0), (5.0, 4.0)])
def test_no_competency_speaks_both_for_and_against(levels: tuple[float, float]) -> None:
    made = card()
    rows = [c.model_copy(update={"level": level}) for c, level in zip(made.competencies, levels, strict=True)]
    both = made.model_copy(update={"competencies": tuple(rows), "cut": 3.0})
    (_, speaks_for), (_, against) = both_sides(both)
    assert speaks_for.competency.id != against.competency.id
    assert (speaks_for.competency.level or 0) >= (against.competency.level or 0)
    one = rows[:1] + [c.model_copy(update={"level": None}) for c in rows[1:]]
    ((side, alone),) = both_sides(both.model_copy(update={"competencies": tuple(one)}))
    assert alone.competency.id == "alpha" and side is (levels[0] < 3.0)
    none = [c.model_copy(update={"level": None}) for c in rows]
    assert both_sides(both.model_copy(update={"competencies": tuple(none)})) == ()


def test_against_somebody_words_that_were_met_come_last_and_do_not_pass_for_words_against() -> None:
    row = next(row for row in card().competencies if row.evidence)
    met = row.evidence[0].model_copy(update={"finding": Finding.MET, "against": False})
    partly, wrong = met.model_copy(update={"finding": Finding.PARTLY}), met.model_copy(update={"against": True})
    for evidence_, first, lacking in (
        ((met, partly, wrong), wrong, True), ((met, partly), partly, True), ((met,), met, False), ((), None, False)
    ):  # fmt: skip
        shown = row.model_copy(update={"evidence": evidence_})
        quote = telling(shown, against=True)
        assert quote is first and Deciding(shown, quote).lacking is lacking


def test_minutes_grow_with_the_answers_and_the_competencies() -> None:
    assert minutes(0, 0) == 0 < minutes(0, 5) < minutes(6000, 5) < 7


@given(st.lists(st.integers(0, 5000), min_size=len(Step), max_size=len(Step)))
def test_shares_of_a_funnel_lie_in_their_intervals(drawn: list[int]) -> None:
    counts = dict(zip(Step, sorted(drawn, reverse=True), strict=True))
    for stage in stages(counts):
        for share in (stage.of_before, stage.of_all):
            assert share is None or 0 <= share.low <= share.value <= share.high <= 1
