"""What candidates are told helps them and gives no question away."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import samples
from tests.domain.test_explanation import KEYS, SOME
from tests.domain.told import PACK, SAYS, SCALE, evidence, numbers, numbers_of, pack, pieces, without
from vetting.domain.anchors import STEP, clauses, step_to, target
from vetting.domain.bank import RUN, Bank
from vetting.domain.feedback import CompetencyFeedback, feedback
from vetting.domain.rubric import Rubric, RubricForm
from vetting.domain.scoring import Evidence, aggregate
from vetting.domain.text import words
from vetting.domain.transcript import Transcript, TurnStatus
from vetting.domain.verdict import Flag, accept
from vetting.domain.work_sample_scoring import BY_CODE, claims
from vetting.packs import load_rubric

NETWORKING = load_rubric("software.networking")


def told(given_: Evidence) -> tuple[CompetencyFeedback, ...]:
    return feedback(given_.rubric, given_.transcript, aggregate(given_)).competencies


def runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[n : n + RUN]) for n in range(len(said) - RUN + 1)}


def ours(told_: tuple[CompetencyFeedback, ...]) -> str:
    """All that is not the candidate's own."""
    return " ".join(p.text for c in told_ for p in pieces(c.sentences) if p.kind != "quote")


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_every_number_in_the_words_is_one_of_the_scorecard_or_the_scale(shown: dict[tuple[str, str], float]) -> None:
    given_ = evidence(shown)
    said = " ".join(p.text for c in told(given_) for p in pieces(c.sentences) if p.kind == "words")
    turns = {str(t.number) for t in given_.transcript.turns}
    assert numbers(said) <= numbers_of(aggregate(given_)) | turns | SCALE


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_quotes_are_verbatim_and_no_statement_or_correction_of_a_core_question_is_told(
    shown: dict[tuple[str, str], float],
) -> None:
    given_ = evidence(shown)
    for competency in told(given_):
        for quote in (q for s in competency.sentences for q in s.quotes):
            turn = given_.transcript.turn(quote.turn or 0)
            assert turn is not None and quote.text in (turn.answer or "")
    said = ours(told(given_))
    for question in PACK.questions():
        assert not any(i.statement in said for i in question.indicators)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([i.id for q in NETWORKING.questions() for i in q.indicators]), st.sampled_from([0.6, 0.95])
    )
)
def test_six_words_in_a_row_of_an_indicator_never_reach_a_candidate_of_a_shipped_pack(shown: dict[str, float]) -> None:
    said = ours(told(networking(shown)))
    secret = {run for q in NETWORKING.questions() for i in q.indicators for run in runs(i.statement)}
    assert said and not secret & runs(said)


@settings(max_examples=40, deadline=None)
@given(SOME, st.sampled_from([k for k in KEYS if k[1] != "wrong"]))
def test_taking_evidence_away_never_makes_the_words_better(
    shown: dict[tuple[str, str], float], gone: tuple[str, str]
) -> None:
    def aims(given_: Evidence) -> list[int]:
        return [target(c.level) if c.level is not None else 0 for c in aggregate(given_).competencies]

    full, less = evidence(shown), without(evidence(shown), *gone)
    assert all(b <= a for a, b in zip(aims(full), aims(less), strict=True))
    for aim, competency in zip(aims(less), told(less), strict=True):
        assert (f"To reach level {aim}:" in competency.text) == bool(aim) == competency.rated


def test_the_suggestion_names_the_next_level_the_weakest_answer_the_kind_of_gap_and_sources() -> None:
    alpha, _ = told(evidence({("alpha-a", "easy"): 0.95, ("alpha-a", "middle"): 0.95}))
    assert "Around this level, answers name the right thing" in alpha.text
    assert "To reach level 3: answer as somebody who gives thresholds" not in alpha.text  # too few words to stand alone
    assert "names the price of each choice" in alpha.text and "window" not in alpha.text
    assert "Least was shown in answer 3. What it lacked most was" in alpha.text
    assert [s.year for s in alpha.reading] == [1999, 2004]


def test_a_wrong_belief_is_corrected_only_where_the_question_is_not_put_to_everybody() -> None:
    held = evidence({("alpha-a", "easy"): 0.9, ("alpha-c", "wrong"): 0.9, ("beta-a", "wrong"): 0.9})
    alpha, beta = told(held)
    assert f"You wrote “{SAYS['wrong']}” (answer 3), which was read as a mistake. The correction: It does not." in (
        alpha.text
    )
    assert "put to others too" in beta.text and "It does not" not in beta.text
    fixed = replace(held, rubric=pack(form=RubricForm.FIXED.value))
    assert not any("The correction" in c.text for c in told(fixed))


def test_a_correction_that_answers_another_question_is_kept_back() -> None:
    document = PACK.model_dump(mode="json")
    correction = "Delay rises before loss on deep buffers, and the window is halved"
    for question in document["competencies"][0]["questions"]:
        question["misconceptions"][0]["correction"] = correction
    leaky = Rubric.model_validate(document)
    alpha, _ = told(replace(evidence({("alpha-c", "wrong"): 0.9}), rubric=leaky))
    assert "put to others too" in alpha.text and correction not in alpha.text


def test_a_topic_that_is_not_rated_says_why_and_what_would_change_that() -> None:
    answered = told(evidence({}))[0]
    assert not answered.rated and "In answers 1 and 3 no sentence of yours could be tied" in answered.text
    assert "What would change that: two or three full sentences" in answered.text and "evel" not in answered.text
    given_ = evidence({})
    turns = tuple(t.model_copy(update={"status": TurnStatus.SKIPPED, "answer": None}) for t in given_.transcript.turns)
    skipped = told(replace(given_, transcript=Transcript(turns=turns), assessments={}))[0]
    assert "left without an answer (answers 1 and 3)" in skipped.text and "would change that" in skipped.text
    nothing = told(replace(given_, transcript=Transcript(), assessments={}))[0]
    assert "No question on this topic was put to you." in nothing.text


def test_an_answer_in_another_language_is_not_called_empty() -> None:
    given_ = evidence({})
    by = {
        q: a.model_copy(update={"flags": (Flag.OTHER_LANGUAGE,), "verdicts": ()})
        for q, a in given_.assessments["embedded:test"].items()
    }
    assert "not in the language" in told(replace(given_, assessments={"embedded:test": by}))[0].text


def test_a_work_sample_says_the_kind_of_gap_but_not_where_the_error_stands() -> None:
    sample = samples.pack(samples.flaws())
    said = samples.said("flaws", f'[mark "{samples.FLAWS["delay"][0]}"] It holds four hundred.')
    question = samples.question(samples.flaws())
    found = accept(claims(question, said), question, said, BY_CODE, sample.sha256)
    beta = told(Evidence(sample, said, {"code:work_sample": {"flaws": found}}))[1]
    assert "a verdict of your own on each sentence or step" in beta.text
    assert "bytes" not in beta.text and "Routers" not in beta.text


def test_an_anchor_is_told_only_by_clauses_that_give_nothing_away() -> None:
    bank = Bank.of(PACK, Transcript())
    alpha = PACK.competencies[0]
    assert clauses(alpha.anchors[4]) == ["finds causes by interaction", "says which observation tells"]
    assert step_to(alpha, 4, bank) == (
        "answer as somebody who finds causes by interaction and says which observation tells"
    )
    assert step_to(alpha, 2, bank) == STEP[2]
    link = NETWORKING.competency("link_layer")
    told_ = step_to(link, 4, Bank.of(NETWORKING, Transcript()))
    assert "finds causes by interaction" in told_ and "BPDU" not in told_ and "asymmetric" not in told_


def test_words_that_the_candidate_used_are_no_secret_but_a_key_point_still_is() -> None:
    said = evidence({}, answer="The window is halved after loss, delay rises before it.").transcript
    secret, open_ = Bank.of(PACK, Transcript()), Bank.of(PACK, said)
    assert secret.gives_away("keep an eye on the window", "alpha") is False  # all questions share it
    assert secret.gives_away("the window is halved") and open_.gives_away("the window is halved after loss")


def networking(shown: dict[str, float]) -> Evidence:
    """An interview over the networking pack's first two questions of each competency, with chosen verdicts."""
    from tests.domain.packs import RATER
    from vetting.domain.transcript import PromptKind, Span, Turn
    from vetting.domain.verdict import Assessment, Finding, Verdict

    asked = [q for c in NETWORKING.competencies for q in c.questions[:2]]
    answer = "I would look at it first and then decide what to do about it."
    turns = tuple(
        Turn(number=n, kind=PromptKind.LEAD, question_id=q.id, prompt="?", status=TurnStatus.ANSWERED, answer=answer)
        for n, q in enumerate(asked, start=1)
    )
    by = {
        q.id: Assessment(
            question_id=q.id,
            turns=(n,),
            rater=RATER,
            rubric_sha=NETWORKING.sha256,
            verdicts=tuple(
                Verdict(
                    question_id=q.id,
                    target=i.id,
                    finding=Finding.MET if i.id in shown else Finding.NOT_SHOWN,
                    p=shown.get(i.id, 0.05),
                    span=Span(n, 0, 23) if i.id in shown else None,
                )
                for i in q.indicators
            ),
        )
        for n, q in enumerate(asked, start=1)
    }
    return Evidence(NETWORKING, Transcript(turns=turns), {"embedded:test": by})
