"""Nobody is recommended by a level alone: a defence is rated by itself, a work sample passed, weak ones asked about."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.domain import samples
from tests.domain.packs import RATER, rubric
from tests.domain.test_scoring import OWN, TEXT, assessment, evidence, weak_but_quoted
from vetting.domain.integrity import DefenceScore, Standing, alone, much_weaker
from vetting.domain.rubric import CoreForm
from vetting.domain.scoring import Evidence, Recommendation, aggregate
from vetting.domain.transcript import DefenceKind, PromptKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment
from vetting.domain.work_sample import marked_text

PACK = rubric()
OWN_POINT = "At deep buffers the delay rises first, and a window halved after loss then takes two seconds to come back."
TALK = "Good communication with all stakeholders matters a great deal, and a balanced view is always to be recommended."


def defended(text: str | None, base: Evidence, *, questions: tuple[str, ...] = ("alpha-a", "beta-a")) -> Evidence:
    """The evidence with one defence per question, each rated alone."""
    turns = list(base.transcript.turns)
    rated: dict[int, dict[str, Assessment]] = {}
    for question in questions:
        number = len(turns) + 1
        turns.append(
            Turn(
                number=number,
                kind=PromptKind.PROBE,
                question_id=question,
                defence=DefenceKind.CASE,
                prompt="Tell of a case of your own?",
                status=TurnStatus.ANSWERED if text else TurnStatus.SKIPPED,
                answer=text,
            )
        )
        if text:
            rated[number] = {"embedded:test": assessment(question, number, 0.6, RATER)}
    return replace(base, transcript=Transcript(turns=tuple(turns)), standing=Standing(CoreForm.A, rated))


def test_a_level_above_the_cut_alone_advances_nobody() -> None:
    card = aggregate(replace(evidence(0.95), standing=Standing(CoreForm.A)))
    assert card.recommendation is Recommendation.NEEDS_PERSON and "no defence" in card.why
    early = replace(evidence(0.95), standing=Standing(CoreForm.A), finished_early=True, unasked=3)
    assert aggregate(early).recommendation is Recommendation.MORE_EVIDENCE


def test_a_defence_that_goes_further_lets_the_level_count() -> None:
    card = aggregate(defended(OWN_POINT, evidence(0.95)))
    assert card.recommendation is Recommendation.ADVANCE
    assert [d.competency for d in card.defences] == ["alpha", "beta"]
    assert all(d.gap is not None and d.words == "takes the answer further" for d in card.defences)


def test_a_defence_that_repeats_or_talks_past_the_point_is_a_question_to_a_person() -> None:
    for text, words in ((TEXT, "mostly repeats the answer"), (TALK, "mostly beside the point")):
        card = aggregate(defended(text, evidence(0.95)))
        assert card.recommendation is Recommendation.NEEDS_PERSON, text
        assert "do they stand behind them in Alpha, Beta?" in card.why
        assert {d.words for d in card.defences} == {words}


def test_the_gap_is_reported_and_never_deducted() -> None:
    plain, weak = aggregate(evidence(0.95)), aggregate(defended(TALK, evidence(0.95)))
    assert [c.level for c in weak.competencies] == [c.level for c in plain.competencies]
    assert weak.composite == plain.composite and weak.p_pass == plain.p_pass


def test_a_weak_defence_changes_nothing_below_the_cut() -> None:
    assert aggregate(defended(TALK, weak_but_quoted())).recommendation is Recommendation.DO_NOT_ADVANCE


def test_a_declined_defence_is_none() -> None:
    card = aggregate(defended(None, evidence(0.95)))
    assert card.recommendation is Recommendation.NEEDS_PERSON and "no defence" in card.why
    assert {d.words for d in card.defences} == {"declined"}


def test_a_pack_with_work_samples_wants_one_passed() -> None:
    pack = samples.pack(samples.flaws("one"))
    base = replace(defended(OWN_POINT, evidence(0.95)), rubric=pack)
    card = aggregate(base)
    assert card.recommendation is Recommendation.NEEDS_PERSON and "no work sample was done" in card.why
    number = len(base.transcript.turns) + 1
    sample = Turn(
        number=number,
        kind=PromptKind.LEAD,
        question_id="one",
        prompt="?",
        status=TurnStatus.ANSWERED,
        answer=marked_text([], none=True),
    )
    done = replace(base, transcript=Transcript(turns=(*base.transcript.turns, sample)))
    assert "the work sample was not passed" in aggregate(done).why


def test_fixed_forms_are_exempt() -> None:
    fixed = rubric(form="fixed")
    card = aggregate(replace(evidence(0.95), rubric=fixed, standing=Standing(CoreForm.A)))
    assert card.recommendation is Recommendation.ADVANCE


def test_a_defence_alone_is_all_that_its_raters_see() -> None:
    base = defended(OWN_POINT, evidence(0.95)).transcript
    number = len(OWN) + 1
    seen = alone(base, number)
    assert [t.number for t in seen.turns if t.answer] == [number]
    assert [t.number for t in seen.turns] == [t.number for t in base.turns]


def score(engagement: float | None) -> DefenceScore:
    return DefenceScore(
        competency="alpha",
        name="Alpha",
        question="alpha-a",
        turn=2,
        asked_for=DefenceKind.CASE,
        answer_level=4.0,
        level=2.5,
        gap=1.5,
        repeated=0.3,
        to_the_point=0.5,
        engagement=engagement,
    )


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=5), st.floats(0, 1))
def test_a_better_defence_never_makes_the_whole_weaker(found: list[float | None], more: float) -> None:
    raised = [None if e is None else max(e, more) for e in found]
    assert much_weaker([score(e) for e in found]) or not much_weaker([score(e) for e in raised])
