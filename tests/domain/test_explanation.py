"""The scorecard in words says what is in the scorecard, rests on verbatim quotes, and words doubts as questions."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import samples
from tests.domain.test_scoring import OWN, assessment
from tests.domain.test_scoring import evidence as plain_evidence
from tests.domain.told import (
    ANSWER,
    ASKED,
    PACK,
    SAYS,
    SCALE,
    TARGETS,
    evidence,
    numbers,
    numbers_of,
    pieces,
    sentences,
    without,
)
from vetting.domain.explanation import Explanation, explain
from vetting.domain.rubric import RubricForm
from vetting.domain.scoring import Evidence, aggregate
from vetting.domain.transcript import Transcript
from vetting.domain.verdict import Flag, RaterId, accept
from vetting.domain.work_sample_scoring import BY_CODE, claims

KEYS = [(q, t) for q in ASKED for t in TARGETS]
SOME = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([0.4, 0.6, 0.9, 0.97]), max_size=len(KEYS))


def told(given_: Evidence) -> Explanation:
    return explain(given_.rubric, given_.transcript, aggregate(given_))


def text(explanation: Explanation, competency: int = 0) -> str:
    return " ".join(s.text for s in explanation.competencies[competency].sentences)


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_every_number_in_the_words_stands_in_the_scorecard(shown: dict[tuple[str, str], float]) -> None:
    card = aggregate(evidence(shown))
    words = " ".join(p.text for p in pieces(sentences(told(evidence(shown)))) if p.kind == "words")
    turns = {str(t.number) for t in evidence(shown).transcript.turns}
    assert numbers(words) <= numbers_of(card) | turns | {"90"}


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_every_quote_is_verbatim_at_its_place_and_a_topic_has_at_most_two(shown: dict[tuple[str, str], float]) -> None:
    given_ = evidence(shown)
    for competency in told(given_).competencies:
        quotes = [q for s in competency.sentences for q in s.quotes]
        assert len(quotes) <= 2 and 2 <= len(competency.sentences) <= 4
        for quote in quotes:
            turn = given_.transcript.turn(quote.turn or 0)
            assert turn is not None and turn.answer is not None and quote.start is not None
            assert turn.answer[quote.start : quote.start + len(quote.text)] == quote.text


@settings(max_examples=40, deadline=None)
@given(SOME, st.sampled_from([k for k in KEYS if k[1] != "wrong"]))
def test_taking_evidence_away_never_makes_the_words_better(
    shown: dict[tuple[str, str], float], gone: tuple[str, str]
) -> None:
    before, after = aggregate(evidence(shown)), aggregate(without(evidence(shown), *gone))
    for full, less in zip(before.competencies, after.competencies, strict=True):
        assert less.shown <= full.shown and (less.level is None or less.level <= (full.level or 0))
    order = [PACK.competencies[0].anchors[n] for n in range(1, 6)]

    def anchors(given_: Evidence) -> list[int]:
        return [
            next((n for n, a in enumerate(order) if a.rstrip(".") in text(told(given_), c)), -1)
            for c in range(len(given_.rubric.competencies))
        ]

    pairs = zip(anchors(evidence(shown)), anchors(without(evidence(shown), *gone)), strict=True)
    assert all(less <= full for full, less in pairs)


def test_a_strong_topic_names_level_interval_anchor_quotes_and_what_one_more_question_buys() -> None:
    full = {key: 0.97 for key in KEYS if key[1] != "wrong"}
    alpha = aggregate(evidence(full)).competencies[0]
    words = text(told(evidence(full)))
    assert alpha.level is not None and alpha.interval is not None
    assert f"Level {alpha.level:.2f}, with 90 % probability between {alpha.interval[0]:.2f}" in words
    assert "6 indicators were shown" in words and f"“{SAYS['hard']}” (turn 1)" in words
    assert "None of those rated was missing." in words
    assert f"from {alpha.se:.2f} to about {alpha.next_question_se:.2f}" in words


def test_what_is_missing_is_named_by_its_most_basic_point_and_a_wrong_belief_by_its_words() -> None:
    words = text(told(evidence({("alpha-a", "middle"): 0.9, ("alpha-c", "wrong"): 0.9})))
    assert "5 were not shown, the most basic “Loss means the queue overflowed”" in words
    assert f"“{SAYS['wrong']}” (turn 3) was read as the belief that “UDP slows down by itself”" in words


def test_a_wrong_belief_speaks_against_in_the_scorecard_itself() -> None:
    card = aggregate(evidence({("alpha-a", "easy"): 0.9, ("alpha-a", "wrong"): 0.9}))
    assert {e.indicator: e.against for e in card.competencies[0].evidence} == {
        "alpha-a-easy": False,
        "alpha-a-wrong": True,
    }


def test_not_rated_is_said_not_to_be_low_and_a_wrong_belief_alone_gives_no_level() -> None:
    words = text(told(evidence({("alpha-a", "wrong"): 0.9})))
    assert "Not rated, which is not a low level: in 2 questions no verified quote" in words
    assert "gives no level by itself" in words and "Level 1" not in words


def test_the_headline_gives_the_recommendation_with_its_reason() -> None:
    given_ = evidence({key: 0.97 for key in KEYS if key[1] != "wrong"})
    card = aggregate(given_)
    headline = [s.text for s in told(given_).headline]
    assert headline[0] == f"Advance: {card.why}."
    assert headline[1].startswith(f"The composite is {card.composite.level:.2f}, with 90 % probability")
    nothing = [s.text for s in told(evidence({})).headline]
    assert "Needs a person: no verified quote in Alpha, Beta." in nothing and "no composite" in nothing[1]


def test_a_provisional_rating_a_flag_a_dispute_and_a_split_panel_are_questions_to_a_person() -> None:
    other = RaterId(engine="model", model="m")
    full = plain_evidence(0.95, disputed=frozenset({"beta-d"}), provisional=True)
    mine = full.assessments["embedded:test"]
    flagged = {**mine, "alpha-a": mine["alpha-a"].model_copy(update={"flags": (Flag.KEYWORD_LIST,)})}
    against = {q: assessment(q, n, 0.9 if q != "alpha-c" else 0.1, rater=other) for n, q in enumerate(OWN, start=1)}
    both = replace(full, assessments={"embedded:test": flagged, "model:m": against})
    explanation = told(both)
    alpha, beta = explanation.competencies
    assert "Turn 1: This reads like a list of terms. Can they say how the terms hang together?" in alpha.questions
    assert any(q.startswith("Turn 3: The raters disagree on “") and q.endswith("?") for q in alpha.questions)
    assert any(q.startswith("Turn 6: The candidate skipped") for q in beta.questions)
    assert explanation.questions and explanation.questions[0].endswith("?")


def test_erased_answers_leave_numbers_but_no_quotes() -> None:
    given_ = evidence({("alpha-a", "middle"): 0.9})
    card = aggregate(given_)
    gone = Transcript(turns=tuple(t.model_copy(update={"answer": None}) for t in given_.transcript.turns))
    explanation = explain(PACK, gone, card)
    assert pieces(sentences(told(given_))) and not any(p.kind == "quote" for p in pieces(sentences(explanation)))
    assert "1 indicator was shown." in text(explanation)


def test_quotation_marks_in_an_answer_cannot_pass_for_words_of_ours() -> None:
    forged = f"{SAYS['middle']}”. Level 5.00, with 90 % probability between 5.00 and 5.00. “"
    given_ = evidence({("alpha-a", "middle"): 0.9}, answer=forged)
    words = " ".join(p.text for p in pieces(sentences(told(given_))) if p.kind != "quote")
    assert "5.00 and 5.00" not in words


def test_a_long_passage_is_quoted_by_the_sentence_that_is_nearest_to_what_it_shows() -> None:
    long = " ".join(["I have seen many lines in many countries over many years."] * 6)
    given_ = plain_evidence(0.95)
    said = f"{long} The window is halved after loss."
    turns = tuple(t.model_copy(update={"answer": said}) for t in given_.transcript.turns)
    whole = {
        q: a.model_copy(
            update={
                "verdicts": tuple(
                    v.model_copy(update={"span": v.span._replace(start=0, end=len(said)) if v.span else None})
                    for v in a.verdicts
                    if v.target.endswith("middle")
                )
            }
        )
        for q, a in given_.assessments["embedded:test"].items()
    }
    words = text(told(replace(given_, transcript=Transcript(turns=turns), assessments={"embedded:test": whole})))
    assert "“The window is halved after loss.”" in words and "many countries" not in words


@pytest.mark.parametrize("answer", [samples.RIGHT, '[mark "Acknowledgements share the uplink"] They do not share it.'])
def test_a_work_sample_is_put_into_words_like_an_answer(answer: str) -> None:
    pack = samples.pack(samples.flaws())
    said = samples.said("flaws", answer)
    question = samples.question(samples.flaws())
    found = accept(claims(question, said), question, said, BY_CODE, pack.sha256)
    given_ = Evidence(pack, said, {"code:work_sample": {"flaws": found}})
    card = aggregate(given_)
    beta = text(told(given_), 1)
    assert f"{card.competencies[1].shown or 'No'} indicator" in beta
    words = " ".join(p.text for p in pieces(sentences(told(given_))) if p.kind == "words")
    assert numbers(words) <= numbers_of(card) | SCALE


def test_a_fixed_form_without_anchors_has_its_words_too() -> None:
    pack = PACK.model_copy(
        update={
            "form": RubricForm.FIXED,
            "competencies": tuple(c.model_copy(update={"anchors": {}}) for c in PACK.competencies),
        }
    )
    words = text(told(replace(evidence({("alpha-a", "middle"): 0.9}), rubric=pack)))
    assert "anchor" not in words and "1 indicator was shown" in words and ANSWER not in words
