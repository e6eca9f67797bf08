"""Figures about questions are what they say, and are not given where too little is known."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.packs import NOON, rubric
from vetting.domain.belief import stated
from vetting.domain.item_concerns import Kind, concerns, unknown
from vetting.domain.item_statistics import (
    ENOUGH,
    Ability,
    ItemStatistics,
    Response,
    correlation,
    observed_level,
    share,
    statistics,
    welch,
)
from vetting.domain.near_copies import Answer, near_copies
from vetting.domain.transcript import TurnStatus

PACK = rubric()
QUESTIONS = [q.id for q in PACK.questions()]
WORDS = "the sender halves its window because a loss is read as a sign that the queue at the bottleneck is full".split()


def response(person: int, question: str, credit: float, **more: Any) -> Response:
    """An answered question whose three indicators each have this probability."""
    shown = {f"{question}-{suffix}": credit for suffix in ("easy", "middle", "hard")}
    at = NOON + timedelta(hours=person)
    fields: dict[str, Any] = {"at": at, "status": TurnStatus.ANSWERED, "shown": shown, "minutes": 3.0}
    return Response(interview=person, person=person, question_id=question, **{**fields, **more})


def crowd(n: int, seed: int = 1, *, shift: float = 0.0, of: str = "alpha-a") -> list[Response]:
    """So many people of differing skill who answer every question; `shift` is added to one in the later half."""
    rng = np.random.default_rng(seed)
    found = []
    for person in range(n):
        skill = rng.normal(0.5, 0.15)
        for question in QUESTIONS:
            later = shift if question == of and person >= n // 2 else 0.0
            found.append(response(person, question, float(np.clip(skill + later + rng.normal(0, 0.1), 0, 1))))
    return found


def of(items: tuple[ItemStatistics, ...], question: str) -> ItemStatistics:
    return next(item for item in items if item.question_id == question)


@given(st.integers(ENOUGH, 400), st.floats(0, 1))
def test_the_interval_of_a_share_holds_it_stays_within_0_and_1_and_is_never_a_point(n: int, p: float) -> None:
    figure = share(p * n, n)
    assert figure is not None and 0 <= figure.low <= figure.value <= figure.high <= 1
    assert figure.high - figure.low > 0


@given(st.integers(0, ENOUGH - 1))
def test_below_the_minimum_no_share_is_given(n: int) -> None:
    assert share(n / 2, n) is None
    assert correlation(list(range(n)), list(range(n))) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=ENOUGH, max_size=40))
def test_a_correlation_lies_within_its_interval_or_is_not_given(pairs: list[tuple[float, float]]) -> None:
    figure = correlation([x for x, _ in pairs], [y for _, y in pairs])
    assert figure is None or -1 <= figure.low <= figure.value <= figure.high <= 1


@given(st.lists(st.floats(0, 1), min_size=ENOUGH, max_size=30), st.lists(st.floats(0, 1), min_size=ENOUGH, max_size=30))
def test_swapping_before_and_after_turns_the_change_round(before: list[float], after: list[float]) -> None:
    there, back = welch(before, after), welch(after, before)
    assert (there is None) == (back is None)
    if there and back:
        assert there[0].value == pytest.approx(-back[0].value) and there[1] == pytest.approx(back[1])


@settings(deadline=None)
@given(st.floats(1.0, 5.0), st.integers(0, 10_000))
def test_the_observed_level_finds_the_level_at_which_people_were_made_to_show_it(level: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta = rng.normal(0, 1, 4000)
    chance = stated(theta + rng.normal(0, 1, 4000), level - 3.5)
    people = [Ability(3 + t, 0.0) for t in theta]
    figure = observed_level(people, int((rng.uniform(size=4000) < chance).sum()))
    assert figure is not None and figure.low - 0.15 <= level <= figure.high + 0.15


def test_an_indicator_far_from_its_planned_level_is_named_and_one_near_it_is_not() -> None:
    rng = np.random.default_rng(3)
    people = []
    for person in range(300):
        theta = rng.normal()
        at = theta + rng.normal()
        # planned are 2, 3 and 5; the easy one behaves as if it were level 4.5
        levels = {"easy": 4.5, "middle": 3, "hard": 5}
        shown = {f"alpha-a-{name}": float(rng.uniform() < stated(at, level - 3.5)) for name, level in levels.items()}
        people.append(response(person, "alpha-a", 0, shown=shown, ability=Ability(3 + theta, 0.1)))
    item = of(statistics(PACK, people, interviews=300), "alpha-a")
    assert {i.id: i.misfit for i in item.indicators} == {
        "alpha-a-easy": "harder",
        "alpha-a-middle": None,
        "alpha-a-hard": None,
    }
    assert [c.kind for c in concerns((item,))] == [Kind.MISFIT]


def test_with_nine_people_nothing_is_said_and_the_report_says_how_many_it_takes() -> None:
    items = statistics(PACK, crowd(9), interviews=9)
    item = of(items, "alpha-a")
    assert item.asked == item.answered == 9
    assert (item.exposure, item.difficulty, item.discrimination, item.drifts, item.copied) == (
        None,
        None,
        None,
        (),
        None,
    )
    assert concerns(items) == ()
    assert {u.kind for u in unknown(items)} == {Kind.LEAKS, Kind.DISPUTED, Kind.DRIFTS, Kind.TELLS_NOTHING}
    assert unknown(items)[0].sentence == "Not enough data for 8 of 8 questions: it takes 10 answers."


def test_with_a_crowd_the_figures_are_those_it_was_made_with() -> None:
    items = statistics(PACK, crowd(200), interviews=400, model_answers={"alpha-a": 0.8})
    item = of(items, "alpha-a")
    assert item.exposure and item.exposure.value == 0.5
    assert item.difficulty and item.difficulty.low < 0.5 < item.difficulty.high
    assert item.discrimination and item.discrimination.low > 0.5
    assert item.minutes == 3.0
    assert [c.kind for c in concerns(items)] == [Kind.MODEL_PASSES]
    assert unknown(items) == ()


def test_a_question_unlike_all_others_is_named() -> None:
    rng = np.random.default_rng(2)
    people = [r for r in crowd(120) if r.question_id != "beta-d"]
    people += [response(person, "beta-d", float(rng.uniform())) for person in range(120)]
    assert [(c.kind, c.question_id) for c in concerns(statistics(PACK, people, interviews=120))] == [
        (Kind.TELLS_NOTHING, "beta-d")
    ]


def test_skill_that_rises_for_everybody_is_no_drift_but_one_question_that_becomes_easier_is() -> None:
    stronger = [
        response(r.person, r.question_id, min((r.credit or 0) + (0.2 if r.person >= 60 else 0), 1)) for r in crowd(120)
    ]
    assert concerns(statistics(PACK, stronger, interviews=120)) == ()
    (found,) = concerns(statistics(PACK, crowd(120, shift=0.25), interviews=120))
    assert found.kind is Kind.DRIFTS and found.question_id == "alpha-a" and "easier in the later half" in found.sentence


def test_a_question_that_became_harder_with_a_version_is_named_as_that() -> None:
    earlier = [response(1000 + r.person, r.question_id, r.credit or 0) for r in crowd(80, seed=5)]
    now = [
        response(r.person, r.question_id, max((r.credit or 0) - (0.3 if r.question_id == "beta-c" else 0), 0))
        for r in crowd(80)
    ]
    (found,) = concerns(statistics(PACK, now, interviews=80, earlier=earlier))
    assert found.question_id == "beta-c" and "harder since the earlier version" in found.sentence


def test_chance_alone_names_hardly_any_question() -> None:
    named = [c for seed in range(30) for c in concerns(statistics(PACK, crowd(60, seed), interviews=60))]
    assert len(named) <= 3, named  # 240 questions


def test_disputes_count_with_their_reasons_and_two_of_thirty_are_named_but_one_is_not() -> None:
    people = [response(n, "alpha-a", 0.5, disputed={3: "Two answers fit.", 9: ""}.get(n)) for n in range(30)]
    items = statistics(PACK, people, interviews=30)
    item = of(items, "alpha-a")
    assert (item.disputes, item.reasons) == (2, ("Two answers fit.",))
    (found,) = concerns(items)
    assert found.sentence.startswith("2 of 30 people it was asked call it wrong or unclear (7 %, interval ")
    assert concerns(statistics(PACK, [r for r in people if r.person != 9], interviews=30)) == ()


def test_skips_are_a_share_of_what_was_closed_and_give_no_credit() -> None:
    people = [response(n, "alpha-a", 0.5) for n in range(15)]
    people += [response(n, "alpha-a", 0.0, status=TurnStatus.SKIPPED, shown={}) for n in range(15, 20)]
    people += [response(20, "alpha-a", 0.0, status=TurnStatus.OPEN, shown={})]
    item = of(statistics(PACK, people, interviews=21), "alpha-a")
    assert item.skipped and (item.skipped.value, item.skipped.n) == (0.25, 20)
    assert item.difficulty and (item.difficulty.value, item.difficulty.n) == (0.5, 15)


def test_rising_scores_with_falling_time_are_a_leak_and_rising_scores_alone_are_not() -> None:
    def people(minutes: float) -> list[Response]:
        found = [r for r in crowd(60) if r.question_id != "alpha-c"]
        for r in [r for r in crowd(60) if r.question_id == "alpha-b"]:
            credit = min((r.credit or 0) + 0.004 * r.person, 1)
            taken = 6 - minutes * r.person + 0.2 * (r.person % 3)
            found.append(response(r.person, "alpha-c", credit, minutes=taken))
        return found

    leaks = [c for c in concerns(statistics(PACK, people(0.05), interviews=60)) if c.kind is Kind.LEAKS]
    assert [c.question_id for c in leaks] == ["alpha-c"] and "scores rise" in leaks[0].sentence
    assert not [c for c in concerns(statistics(PACK, people(0.0), interviews=60)) if c.kind is Kind.LEAKS]


def shuffled(seed: int) -> str:
    return " ".join(np.random.default_rng(seed).permutation(WORDS))


def test_answers_nearly_the_same_as_somebody_elses_are_found_also_with_words_changed() -> None:
    copied = " ".join(WORDS)
    changed = " ".join([*WORDS[:9], "packet", *WORDS[10:]])
    own = [Answer(n, shuffled(n)) for n in range(10)]
    assert near_copies([*own, Answer(20, copied), Answer(21, changed)]) == {10, 11}
    assert near_copies([*own, Answer(20, copied), Answer(20, copied)]) == frozenset()  # a second attempt of one person


def test_words_that_everybody_was_shown_and_short_answers_are_no_copies() -> None:
    shown = " ".join(WORDS)
    assert near_copies([Answer(1, shown), Answer(2, shown)], known=shown) == frozenset()
    assert near_copies([Answer(1, "I do not know."), Answer(2, "I do not know.")]) == frozenset()


def test_invisible_characters_do_not_hide_a_copy() -> None:
    plain = " ".join(WORDS)
    hidden = " ".join(f"{word[0]}\u200b{word[1:]}" for word in WORDS)
    assert near_copies([Answer(1, plain), Answer(2, hidden)]) == {0, 1}


def test_three_copies_of_twenty_are_named_with_their_share() -> None:
    people = [response(n, "alpha-a", 0.5, text=shuffled(n)) for n in range(17)]
    people += [response(n, "alpha-a", 0.5, text=" ".join(WORDS)) for n in range(17, 20)]
    (found,) = concerns(statistics(PACK, people, interviews=20))
    assert found.kind is Kind.LEAKS and found.sentence.startswith("3 of 20 answers (15 %, interval ")


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(40)))
def test_the_order_in_which_responses_are_read_changes_nothing(order: list[int]) -> None:
    people = [r for r in crowd(40) if r.question_id in QUESTIONS[:4]]
    reordered = [people[4 * n + k] for n in order for k in range(4)]
    first, again = statistics(PACK, people, interviews=40), statistics(PACK, reordered, interviews=40)
    for a, b in zip(first, again, strict=True):
        assert a.difficulty == (pytest.approx(b.difficulty) if b.difficulty else None)
        assert a.discrimination == (pytest.approx(b.discrimination) if b.discrimination else None)
