"""Work samples scored by code: what is found, what is marked without need, and what follows for the belief."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import samples
from vetting.domain.belief import observations, question_likelihood
from vetting.domain.transcript import PromptKind
from vetting.domain.verdict import Finding, accept
from vetting.domain.work_sample import mark_line, marked_text, read, units
from vetting.domain.work_sample_scoring import (
    BY_CODE,
    ChoiceScore,
    FlawScore,
    RubricScore,
    StepScore,
    claims,
    in_words,
    response_of,
    score,
)

FLAWS = samples.question(samples.flaws())
CLEAN = samples.question(samples.flaws("clean", clean=True))
STEPS = samples.question(samples.steps())
CHOICE = samples.question(samples.comparison())
CRITERIA = samples.question(samples.rubric_task())
EVERYTHING = marked_text(mark_line(u.start, u.end, u.words) for u in units(FLAWS))


def marked(text: str) -> FlawScore:
    response = read(FLAWS, text)
    assert response is not None
    figures = score(FLAWS, response)
    assert isinstance(figures, FlawScore)
    return figures


def level(text: str) -> float:
    """Mean theta after this answer alone, over a flat prior."""
    accepted = accept(claims(FLAWS, samples.said("flaws", text)), FLAWS, samples.said("flaws", text), BY_CODE, "sha")
    likelihood = question_likelihood(observations(FLAWS, accepted.verdicts))
    weights = 2.718281828**likelihood
    return float((weights * range(len(weights))).sum() / weights.sum())


def skipped() -> float:
    """The same for somebody who skips the question."""
    weights = 2.718281828 ** question_likelihood(observations(FLAWS, (), skipped=True))
    return float((weights * range(len(weights))).sum() / weights.sum())


def test_all_flaws_found_and_nothing_else_is_full_recall_and_precision() -> None:
    figures = marked(samples.RIGHT)
    assert (figures.recall, figures.precision, figures.missed, figures.false_alarms) == (1.0, 1.0, (), ())
    assert figures.d_prime is not None and figures.d_prime > 2 and figures.passed


def test_recall_is_weighted_by_severity() -> None:
    figures = marked(f'[mark "{samples.FLAWS["routers"][0]}"] They do not.')
    assert figures.recall == 0.5 and figures.precision == 1.0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("40 ms", True),
        ("A buffer of 500 kB holds 40 ms at ten megabit.", True),
        ("500 kB holds 40", True),
        ("A buffer of", False),
        ("loss. A buffer of 500 kB holds 40 ms at", True),
        (samples.MATERIAL, False),
        ("Loss fills no queue. The window is halved after a loss. A buffer of 500 kB holds 40 ms at ten", False),
    ],
)
def test_a_mark_finds_a_flaw_that_it_shares_half_with_but_not_by_covering_the_page(words: str, found: bool) -> None:
    figures = marked(f'[mark "{words}"] wrong number')
    assert ("delay" in {flaw.id for flaw, _ in figures.found}) is found
    assert bool(figures.false_alarms) is not found


def test_two_marks_on_one_flaw_count_once_and_are_no_false_alarm() -> None:
    figures = marked('[mark "holds 40 ms"] a\n[mark "at ten megabit"] b')
    assert [flaw.id for flaw, _ in figures.found] == ["delay"] and not figures.false_alarms


def test_a_marked_decoy_is_a_false_alarm_and_speaks_against() -> None:
    answer = f"{samples.RIGHT}\n".replace("[the", f'[mark "{samples.DECOY}"] They have their own line.\n[the')
    figures = marked(answer)
    assert [decoy for decoy, _ in figures.decoys_marked] == [samples.DECOY] and figures.precision == 0.75
    spared = next(v for v in claims(FLAWS, samples.said("flaws", answer)).verdicts if v.target == "flaws-spares")
    assert spared.finding is Finding.CONTRADICTED and spared.quote == "They have their own line."


def test_verdicts_quote_the_reason_else_the_marked_words_and_code_accepts_them() -> None:
    transcript = samples.said("flaws", samples.RIGHT)
    accepted = accept(claims(FLAWS, transcript), FLAWS, transcript, BY_CODE, "sha")
    quotes = {v.target: transcript.quote(v.span) for v in accepted.verdicts if v.span}
    assert not accepted.dropped and quotes == {
        "flaws-delay": "It holds four hundred milliseconds.",
        "flaws-codel": "By waiting time.",
        "flaws-routers": samples.FLAWS["routers"][0],
        "flaws-spares": "the rest is right",
    }


def test_marking_everything_and_marking_nothing_gain_nothing_over_each_other() -> None:
    best, everything, nothing = level(samples.RIGHT), level(EVERYTHING), level("[no errors]")
    one = level(f'[mark "{samples.FLAWS["codel"][0]}"] By waiting time.\n[the rest is right]')
    assert best > one > nothing and best > everything + 15
    assert everything < skipped() + 1
    verdicts = {v.target: v.p for v in claims(FLAWS, samples.said("flaws", EVERYTHING)).verdicts}
    assert all(verdicts[f"flaws-{f}"] <= 0.35 for f in samples.FLAWS) and verdicts["flaws-spares"] < 0.1


@given(st.sets(st.integers(0, 6)), st.integers(0, 6))
def test_one_more_needless_mark_never_raises_the_level(chosen: set[int], extra: int) -> None:
    offered = units(FLAWS)
    planted = [samples.MATERIAL.index(span) for span, _ in samples.FLAWS.values()]
    if any(offered[extra].start <= at < offered[extra].end for at in planted) or extra in chosen:
        return
    lines = [mark_line(u.start, u.end, u.words) for n, u in enumerate(offered) if n in chosen]
    more = mark_line(offered[extra].start, offered[extra].end, offered[extra].words)
    assert level(marked_text([*lines, more])) <= level(marked_text(lines, none=True)) + 1e-6


def test_a_clean_text_is_passed_by_leaving_it_alone() -> None:
    response = read(CLEAN, "[no errors] I recalculated it.")
    assert response is not None
    figures = score(CLEAN, response)
    assert isinstance(figures, FlawScore) and figures.d_prime is None and figures.recall is None and figures.passed
    (spared,) = [
        v for v in claims(CLEAN, samples.said("clean", "[no errors] sure")).verdicts if v.target[-6:] == "spares"
    ]
    assert spared.quote == "no errors" and 0.6 < spared.p < 0.7
    wrong = read(CLEAN, f'[mark "{samples.DECOY}"] no')
    assert wrong is not None and not score(CLEAN, wrong).passed


def test_the_first_wrong_step_is_right_or_not_and_a_guess_is_allowed_for() -> None:
    right, wrong = (read(STEPS, f"[first wrong step {n}] It is 0.4 s.") for n in (3, 4))
    assert right is not None and wrong is not None
    assert score(STEPS, right) == StepScore(True, 0.2) and not score(STEPS, wrong).passed
    (shown, _) = claims(STEPS, samples.said("steps", "[first wrong step 3]")).verdicts
    assert shown.p == pytest.approx(0.95 / 1.15, abs=1e-4) and shown.quote == "[first wrong step 3]"
    (missed,) = claims(STEPS, samples.said("steps", "[first wrong step 4] It is 0.4 s.")).verdicts
    assert missed.finding is Finding.CONTRADICTED and missed.p < 0.1 and missed.quote == "It is 0.4 s."


def test_a_choice_counts_by_its_confidence_and_has_a_brier_score() -> None:
    response = read(CHOICE, "[choose second 80%] It adds delay.")
    assert response is not None and score(CHOICE, response) == ChoiceScore(True, 0.8, 0.04)

    def p(text: str) -> float:
        return claims(CHOICE, samples.said("choice", text)).verdicts[0].p

    assert p("[choose second 100%]") == pytest.approx(0.95 / 1.45, abs=1e-4)
    assert p("[choose second 50%]") == p("[choose first 50%]") == 0.5
    assert p("[choose first 100%]") < p("[choose first 70%]") < 0.5


def test_a_rubric_is_judged_by_checkable_lines_and_its_order_is_only_a_hint() -> None:
    concrete = "States that the buffer is full\nNames the added delay\nSays that the window is halved after loss"
    response = read(CRITERIA, concrete)
    assert response is not None and score(CRITERIA, response) == RubricScore(1.0, 1.0, ())
    vague = read(CRITERIA, "Is clear and well written\nGood structure overall\nIs helpful and is also appropriate")
    assert vague is not None
    figures = score(CRITERIA, vague)
    assert isinstance(figures, RubricScore) and figures.checkable == 0.0 and figures.tau is None and not figures.passed
    told = claims(CRITERIA, samples.said("criteria", concrete)).verdicts
    assert [v.target for v in told if v.p > 0.5] == ["criteria-checkable"]


def test_readers_get_the_reasons_and_only_what_words_can_show() -> None:
    plain = in_words(FLAWS, samples.said("flaws", samples.RIGHT, "The buffer empties slowly."))
    assert plain is not None
    question, transcript = plain
    assert [i.id for i in question.indicators] == ["flaws-words"] and samples.MATERIAL in question.text
    assert [t.answer for t in transcript.turns] == [
        "It holds four hundred milliseconds.\nBy waiting time.",
        "The buffer empties slowly.",
    ]


def test_prose_goes_to_the_readers_whole_and_code_says_nothing() -> None:
    transcript = samples.said("flaws", "CoDel is described wrongly, it goes by waiting time.")
    assert claims(FLAWS, transcript).verdicts == ()
    plain = in_words(FLAWS, transcript)
    assert plain is not None and len(plain[0].indicators) == len(FLAWS.indicators)
    assert not any(i.by_code for i in plain[0].indicators)


def test_marks_without_a_word_show_nothing_in_words() -> None:
    silent = f'[mark "{samples.FLAWS["delay"][0]}"]\n[the rest is right]'
    (words,) = [v for v in claims(FLAWS, samples.said("flaws", silent)).verdicts if v.target == "flaws-words"]
    assert words.finding is Finding.NOT_SHOWN and words.p < 0.2
    assert in_words(FLAWS, samples.said("flaws", silent)) is None


def test_an_erased_or_skipped_sample_has_no_response() -> None:
    assert response_of(FLAWS, samples.said("flaws", None)) is None
    skipped = samples.said("other", "words")
    assert response_of(FLAWS, skipped) is None and skipped.turns[0].kind is PromptKind.LEAD
