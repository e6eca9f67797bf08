"""From verdicts to a recommendation, with every part accounted for."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.packs import RATER, rubric
from vetting.domain.agreement import reduce_panel
from vetting.domain.scoring import Evidence, Recommendation, aggregate
from vetting.domain.transcript import PromptKind, Span, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment, Finding, Flag, RaterId, Verdict

PACK = rubric()
TEXT = "Loss means the queue overflowed and delay rose before it."
OWN = ("alpha-a", "beta-a", "alpha-c", "beta-c", "alpha-d", "beta-d")


def transcript(questions: tuple[str, ...], skipped: frozenset[str] = frozenset()) -> Transcript:
    return Transcript(
        turns=tuple(
            Turn(
                number=n,
                kind=PromptKind.LEAD,
                question_id=q,
                prompt="?",
                status=TurnStatus.SKIPPED if q in skipped else TurnStatus.ANSWERED,
                answer=None if q in skipped else TEXT,
            )
            for n, q in enumerate(questions, start=1)
        )
    )


def assessment(
    question_id: str, turn: int, p: float, rater: RaterId = RATER, flags: tuple[Flag, ...] = ()
) -> Assessment:
    verdicts = tuple(
        Verdict(
            question_id=question_id,
            target=f"{question_id}-{suffix}",
            finding=Finding.MET if p >= 0.5 else Finding.NOT_SHOWN,
            p=p,
            span=Span(turn, 0, 29) if p >= 0.5 else None,
        )
        for suffix in ("easy", "middle", "hard")
    )
    return Assessment(
        question_id=question_id, turns=(turn,), rater=rater, rubric_sha=PACK.sha256, verdicts=verdicts, flags=flags
    )


def evidence(p: float | dict[str, float], questions: tuple[str, ...] = OWN, **more: Any) -> Evidence:
    by = {q: assessment(q, n, p if isinstance(p, float) else p[q]) for n, q in enumerate(questions, start=1)}
    return replace(Evidence(PACK, transcript(questions), {"embedded:test": by}), **more)


def test_strong_answers_advance_and_say_why() -> None:
    card = aggregate(evidence(0.95))
    assert card.recommendation is Recommendation.ADVANCE and "above the cut of 3.5" in card.why
    assert card.composite.level is not None and card.composite.level > 4


def test_a_competency_without_a_verified_quote_is_not_rated_and_nobody_advances_on_it() -> None:
    card = aggregate(evidence({q: 0.95 if q.startswith("alpha") else 0.1 for q in OWN}))
    beta = card.competencies[1]
    assert (beta.status, beta.level, beta.interval, beta.evidence) == ("not_rated", None, None, ())
    assert card.composite.level is None
    assert card.recommendation is Recommendation.NEEDS_PERSON and "no verified quote in Beta" in card.why


def weak_but_quoted() -> Evidence:
    """Next to nothing shown, with one partial quote in each competency."""
    weak = {q: assessment(q, n, 0.1) for n, q in enumerate(OWN, start=1)}
    for name in ("alpha-a", "beta-a"):
        first = (
            weak[name]
            .verdicts[0]
            .model_copy(update={"p": 0.6, "finding": Finding.PARTLY, "span": Span(OWN.index(name) + 1, 0, 4)})
        )
        weak[name] = weak[name].model_copy(update={"verdicts": (first, *weak[name].verdicts[1:])})
    return Evidence(PACK, transcript(OWN), {"embedded:test": weak})


def test_weak_but_quoted_answers_are_not_advanced() -> None:
    card = aggregate(weak_but_quoted())
    assert card.recommendation is Recommendation.DO_NOT_ADVANCE
    assert card.composite.level is not None and card.composite.level < 2


def test_between_the_sides_it_depends_on_whether_questions_are_left() -> None:
    middling = {q: 0.95 if n % 2 else 0.05 for n, q in enumerate(OWN)}
    middling["alpha-a"] = middling["beta-a"] = 0.95
    spent = aggregate(evidence(middling))
    assert spent.recommendation is Recommendation.NEEDS_PERSON and "crosses the cut" in spent.why
    left = aggregate(evidence(middling, unasked=3, finished_early=True))
    assert left.recommendation is Recommendation.MORE_EVIDENCE and "3 unasked" in left.why


def test_a_flag_or_a_provisional_rating_goes_to_a_person_whatever_the_level() -> None:
    flagged = evidence(0.95)
    by = dict(flagged.assessments["embedded:test"])
    by["alpha-a"] = assessment("alpha-a", 1, 0.95, flags=(Flag.COPIED_REFERENCE,))
    assert aggregate(replace(flagged, assessments={"embedded:test": by})).recommendation == "needs_person"
    assert aggregate(evidence(0.95, provisional=True)).recommendation == "needs_person"


def test_words_to_the_rater_never_improve_a_recommendation_and_stop_one_that_they_swayed() -> None:
    both = (Flag.INSTRUCTS_RATER, Flag.SWAYED)

    def recommended(evidence: Evidence, *flags: Flag) -> Recommendation:
        own = evidence.assessments["embedded:test"]
        by = {**own, "alpha-a": own["alpha-a"].model_copy(update={"flags": flags})}
        return aggregate(replace(evidence, assessments={"embedded:test": by})).recommendation

    assert recommended(weak_but_quoted()) == recommended(weak_but_quoted(), *both) == "do_not_advance"
    assert recommended(evidence(0.95)) == recommended(evidence(0.95), Flag.INSTRUCTS_RATER) == "advance"
    assert recommended(evidence(0.95), *both) == "needs_person"


def test_raters_more_than_a_level_apart_call_a_person() -> None:
    other = RaterId(engine="model", model="m")
    by = {q: assessment(q, n, 0.05, rater=other) for n, q in enumerate(OWN, start=1)}
    both = replace(evidence(0.95), assessments={**evidence(0.95).assessments, "model:m": by})
    card = aggregate(both)
    assert card.recommendation is Recommendation.NEEDS_PERSON and "raters are more than a level apart" in card.why


def test_the_panel_takes_the_median_and_an_abstention_does_not_count() -> None:
    question = PACK.question("alpha-a")
    raters = [RaterId(engine="model", model=name) for name in "abc"]
    panel = [assessment("alpha-a", 1, p, rater=r) for p, r in zip((0.9, 0.8, 0.1), raters, strict=True)]
    assert {v.p for v in reduce_panel(question, panel)} == {0.8}
    silent = panel[0].model_copy(update={"verdicts": ()})
    assert {v.p for v in reduce_panel(question, [silent, panel[1]])} == {0.8}


def test_a_disputed_and_skipped_question_does_not_count_but_a_plain_skip_does() -> None:
    def level(disputed: frozenset[str]) -> float:
        partly = evidence(0.9, OWN[:4])
        said = transcript(OWN[:5], frozenset({"alpha-d"}))
        return aggregate(replace(partly, transcript=said, disputed=disputed)).posterior_mean

    assert level(frozenset({"alpha-d"})) == aggregate(evidence(0.9, OWN[:4])).posterior_mean
    assert level(frozenset()) < level(frozenset({"alpha-d"}))


def test_erasing_the_answers_takes_the_evidence_with_them() -> None:
    full = evidence(0.95)
    gone = Transcript(turns=tuple(t.model_copy(update={"answer": None}) for t in full.transcript.turns))
    card = aggregate(replace(full, transcript=gone))
    assert card.composite.level is None and all(c.evidence == () for c in card.competencies)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_the_same_verdicts_give_the_same_scorecard_to_the_byte(values: list[float]) -> None:
    given_ = evidence(dict(zip(OWN, [round(v, 4) for v in values], strict=True)))
    assert aggregate(given_).model_dump_json() == aggregate(given_).model_dump_json()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_every_quote_is_verbatim_and_a_composite_stands_exactly_when_all_are_rated(values: list[float]) -> None:
    card = aggregate(evidence(dict(zip(OWN, [round(v, 4) for v in values], strict=True))))
    for competency in card.competencies:
        assert (competency.level is not None) == (competency.status == "rated") == bool(competency.evidence)
        assert all(TEXT[e.start : e.end] == e.quote for e in competency.evidence)
    assert (card.composite.level is not None) == all(c.status == "rated" for c in card.competencies)
    assert card.composite.level is not None or card.recommendation is not Recommendation.ADVANCE


def test_at_least_falls_with_the_level_asked_for() -> None:
    steps = aggregate(evidence(0.95)).competencies[0].at_least
    assert steps is not None and steps["1.0"] == 1.0
    assert list(steps.values()) == sorted(steps.values(), reverse=True)
    assert steps["3.0"] == pytest.approx(0.99, abs=0.05)


def test_the_scorecard_names_the_indicators_over_which_its_raters_are_split() -> None:
    other = RaterId(engine="model", model="m")
    by = {q: assessment(q, n, 0.9 if q != "alpha-c" else 0.1, rater=other) for n, q in enumerate(OWN, start=1)}
    both = replace(evidence(0.95), assessments={**evidence(0.95).assessments, "model:m": by})
    alpha, beta = aggregate(both).competencies
    assert alpha.split and all(name.startswith("alpha-c/") for name in alpha.split) and beta.split == ()
    assert aggregate(evidence(0.95)).competencies[0].split == ()
