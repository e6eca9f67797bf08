"""The rater over a language model: complete answers or none, and quotes that lead back to the candidate's own words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.rubric import AnswerQuestion
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Finding, accept
from vetting.engines.model_rater import INDICATOR_P, MISCONCEPTION_P, ModelRater, verbatim
from vetting.errors import ModelFailed
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.llm.scripted import ScriptedLLM
from vetting.ports import Rater, RatingRequest

QUESTION = AnswerQuestion.model_validate(
    {
        "id": "loss",
        "minutes": 3,
        "text": "What does a transport sender do after a loss?",
        "reference": "It takes the loss for congestion and halves its window.",
        "indicators": [
            {"id": "signal", "statement": "Loss is taken as a sign of congestion", "level": 2},
            {"id": "halves", "statement": "The congestion window is halved", "level": 3},
        ],
        "misconceptions": [
            {"id": "buffer", "statement": "The receiver's buffer is full", "correction": "No, a queue on the way."}
        ],
    }
)
ANSWER = "It reads the loss as a sign of congestion.  Then the “congestion window” is\nhalved… for a while."


def transcript(*answers: str | None) -> Transcript:
    turns = (
        Turn(
            number=n,
            kind=PromptKind.LEAD if n == 1 else PromptKind.PROBE,
            question_id="loss",
            prompt="What happens?",
            status=TurnStatus.SKIPPED if answer is None else TurnStatus.ANSWERED,
            answer=answer,
        )
        for n, answer in enumerate(answers, 1)
    )
    return Transcript(turns=tuple(turns))


def claim(target: str, finding: str = "not_shown", quote: str | None = None) -> dict[str, Any]:
    return {"target": target, "evidence": "what it says", "quote": quote, "finding": finding}


def rated(*claims: dict[str, Any], buffer: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"indicators": list(claims), "misconceptions": [buffer or claim("buffer")]}


def scripted(*answers: Any) -> ModelRater:
    return ModelRater(ScriptedLLM(list(answers), load_prompts()))


def test_claims_of_a_model_are_accepted_where_the_candidate_wrote_the_words() -> None:
    answer = "It reads the loss as a sign of congestion. Then the congestion window is halved."
    with FakeServer() as server, Gateway(model="fake", prompts=load_prompts(), base_url=server.base_url) as gateway:
        rater: Rater = ModelRater(gateway)
        reply = rater.rate(RatingRequest(QUESTION, transcript(answer)))
        sent = server.requests[0]["messages"]
    assessment = accept(reply.assessment, QUESTION, transcript(answer), rater.id, "sha")
    assert [(v.target, v.finding) for v in assessment.verdicts] == [
        ("signal", Finding.MET),
        ("halves", Finding.MET),
        ("buffer", Finding.NOT_SHOWN),
    ]
    assert assessment.dropped == ()
    assert [call.status for call in reply.calls] == ["ok"]
    assert answer not in sent[0]["content"] and answer in sent[1]["content"]


def test_the_rater_says_which_model_and_prompt_it_is() -> None:
    book = load_prompts()
    llm = ScriptedLLM([], book, model="m1")
    assert ModelRater(llm).id.model_dump() == {
        "engine": "model",
        "model": "m1",
        "prompt": "rater.indicators",
        "prompt_sha": book.sha("rater.indicators"),
        "calibration": None,
    }
    assert ModelRater(llm, sample=2).id.model == "m1#2"


def test_each_finding_has_its_probability() -> None:
    reply = scripted(
        rated(
            claim("signal", "partly", "a sign of congestion"),
            claim("halves", "contradicted", "for a while"),
            buffer=claim("buffer", "met", "the loss"),
        )
    ).rate(RatingRequest(QUESTION, transcript(ANSWER)))
    assert [v.p for v in reply.assessment.verdicts] == [0.6, 0.04, 0.92]
    assert (INDICATOR_P[Finding.MET], INDICATOR_P[Finding.NOT_SHOWN]) == (0.92, 0.12)
    assert MISCONCEPTION_P == {Finding.MET: 0.92, Finding.NOT_SHOWN: 0.06}


def test_without_an_answer_no_model_is_asked_and_nothing_is_claimed() -> None:
    reply = scripted().rate(RatingRequest(QUESTION, transcript(None, "  ")))
    assert reply.assessment.verdicts == () and reply.calls == ()


def test_an_invented_quote_is_handed_on_and_refused_by_code() -> None:
    invented = scripted(rated(claim("signal", "met", "a sign of heavy congestion"), claim("halves")))
    reply = invented.rate(RatingRequest(QUESTION, transcript(ANSWER)))
    assert reply.assessment.verdicts[0].quote == "a sign of heavy congestion"
    assessment = accept(reply.assessment, QUESTION, transcript(ANSWER), invented.id, "sha")
    assert [d.target for d in assessment.dropped] == ["signal"]


def test_a_tidied_quote_leads_back_to_the_words_as_written() -> None:
    tidied = scripted(rated(claim("signal"), claim("halves", "met", '"the "congestion window" is halved..."')))
    reply = tidied.rate(RatingRequest(QUESTION, transcript("Not sure.", ANSWER)))
    assessment = accept(reply.assessment, QUESTION, transcript("Not sure.", ANSWER), tidied.id, "sha")
    halves = next(v for v in assessment.verdicts if v.target == "halves")
    assert halves.span is not None and halves.span.turn == 2
    assert transcript("Not sure.", ANSWER).quote(halves.span) == "the “congestion window” is\nhalved"


GOOD = (claim("signal"), claim("halves"))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"indicators": []},
        rated(),
        rated(claim("signal")),
        rated(*GOOD, claim("signal")),
        rated(*GOOD, claim("invented")),
        rated(claim("signal", "met"), claim("halves")),
        rated(claim("signal", "met", "  "), claim("halves")),
        rated(claim("signal", "excellent", "x"), claim("halves")),
        rated(claim("signal", "5", "x"), claim("halves")),
        rated(*GOOD, buffer=claim("buffer", "contradicted", "x")),
        rated(*GOOD, buffer=claim("signal")),
        rated(*GOOD) | {"score": 100},
        rated(claim("signal") | {"p": 1.0}, claim("halves")),
        rated(claim("signal") | {"evidence": None}, claim("halves")),
        rated(claim("signal", "met", "x" * 5000), claim("halves")),
        "<b>met</b>",
        "NaN",
        "All indicators are met.",
    ],
)
def test_an_answer_that_is_not_exactly_one_finding_per_target_is_repaired_or_fails(answer: Any) -> None:
    request = RatingRequest(QUESTION, transcript(ANSWER))
    with pytest.raises(ModelFailed):
        scripted(answer, answer).rate(request)
    reply = scripted(answer, rated(*GOOD)).rate(request)
    assert [call.status for call in reply.calls] == ["invalid", "ok"]


def test_a_question_without_misconceptions_is_rated() -> None:
    question = QUESTION.model_copy(update={"misconceptions": ()})
    reply = scripted({"indicators": list(GOOD), "misconceptions": []}).rate(RatingRequest(question, transcript("x y")))
    assert len(reply.assessment.verdicts) == 2


# --- verbatim


@pytest.mark.parametrize(
    ("quote", "answer", "span"),
    [
        ("it drops", "then it drops packets", "it drops"),
        ("it  drops", "then it drops packets", "it drops"),
        ("it drops", "then it\n drops packets", "it\n drops"),
        ("don't stop", "I don’t stop", "don’t stop"),
        ('the "big" one', "the “big” one", "the “big” one"),
        ("'it drops'", "then it drops packets", "it drops"),
        ('"it drops..."', "then it drops packets", "it drops"),
        ("...it drops", "then it drops packets", "it drops"),
        ("well... no", "well… no", "well… no"),
        ("it ... packets", "then it drops packets", None),
        ("It drops", "then it drops packets", None),
        ("it dropped", "then it drops packets", None),
        ("it drops packets now", "then it drops packets", None),
        ("", "anything", None),
        ("...", "well... no", "..."),
        ('"', "he said “no”", None),
        (" ", "a b", None),
    ],
)
def test_a_quote_is_matched_but_for_spaces_quotation_marks_and_ellipses(
    quote: str, answer: str, span: str | None
) -> None:
    assert verbatim(quote, answer) == span


@given(st.text(max_size=80), st.text(max_size=40))
def test_what_verbatim_returns_always_stands_in_the_answer(answer: str, quote: str) -> None:
    span = verbatim(quote, answer)
    assert span is None or (span and span in answer)


@given(st.text(alphabet="ab .…'’\"“\n", min_size=1, max_size=60), st.data())
def test_every_piece_of_an_answer_is_found_however_its_spaces_are_folded(answer: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(answer) - 1))
    end = data.draw(st.integers(start + 1, len(answer)))
    piece = answer[start:end]
    if piece.strip():
        assert verbatim(piece, answer) == piece
    folded = " ".join(piece.split())
    if any(c.isalnum() for c in folded):
        assert (found := verbatim(folded, answer)) and " ".join(found.split()) == folded
