"""Nothing a rater says counts unless code finds its quote in the candidate's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.domain.packs import RATER, rubric
from vetting.domain.transcript import PromptKind, Span, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment, Finding, RawAssessment, RawVerdict, accept

PACK = rubric()
QUESTION = PACK.question("alpha-a")


def said(*answers: str | None) -> Transcript:
    turns = tuple(
        Turn(
            number=n,
            kind=PromptKind.LEAD if n == 1 else PromptKind.PROBE,
            question_id="alpha-a",
            prompt="The window is halved, yes?",
            status=TurnStatus.ANSWERED if a is not None else TurnStatus.SKIPPED,
            answer=a,
        )
        for n, a in enumerate(answers, start=1)
    )
    return Transcript(turns=turns)


def judge(transcript: Transcript, *claims: RawVerdict) -> Assessment:
    return accept(RawAssessment(verdicts=claims), QUESTION, transcript, RATER, PACK.sha256)


def claim(quote: str | None, target: str = "alpha-a-easy", finding: Finding = Finding.MET) -> RawVerdict:
    return RawVerdict(target=target, finding=finding, p=0.9, quote=quote)


def test_a_verbatim_quote_is_accepted_with_its_place() -> None:
    result = judge(said("First.", "Then loss means a full queue."), claim("loss means a full queue"))
    assert result.verdicts[0].span == Span(2, 5, 28)


def test_invented_altered_blank_and_interviewer_words_are_dropped() -> None:
    transcript = said("Loss means a full queue.")
    for quote in ("loss means a full queue", "Loss  means a full queue", "", None, "The window is halved"):
        result = judge(transcript, claim(quote))
        assert result.verdicts == () and result.dropped[0].reason.startswith("quote not found")


def test_a_single_word_is_no_evidence() -> None:
    result = judge(said("Loss means a full queue."), claim("Loss"))
    assert result.verdicts == () and "too short" in result.dropped[0].reason


def test_unknown_and_repeated_targets_are_dropped() -> None:
    result = judge(
        said("Loss means drops."), claim("Loss means"), claim("Loss means"), claim("Loss means", target="bonus-points")
    )
    assert [d.reason for d in result.dropped] == ["second verdict for the same indicator", "unknown indicator"]


def test_words_about_another_question_are_no_evidence_for_this_one() -> None:
    other = Turn(
        number=1, kind=PromptKind.LEAD, question_id="beta-a", prompt="?", status="answered", answer="Loss means drops."
    )
    assert judge(Transcript(turns=(other,)), claim("Loss means")).verdicts == ()


def test_not_shown_needs_no_quote() -> None:
    assert judge(said("Hello."), claim(None, finding=Finding.NOT_SHOWN)).verdicts[0].span is None


@pytest.mark.parametrize("p", [float("nan"), float("inf"), -0.1, 1e9])
def test_a_probability_that_is_none_cannot_even_be_said(p: float) -> None:
    with pytest.raises(ValidationError):
        RawVerdict(target="x", finding=Finding.MET, p=p)


@given(st.text(max_size=60), st.text(max_size=20))
def test_every_accepted_quote_is_verbatim(answer: str, quote: str) -> None:
    transcript = said(answer)
    for verdict in judge(transcript, claim(quote)).verdicts:
        assert verdict.span is not None and transcript.quote(verdict.span) == quote and quote in answer
