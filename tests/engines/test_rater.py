"""The embedded rater keeps the port's contract: every claim can be checked, none is invented."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tests.domain.packs import question
from vetting.domain.rubric import AnswerQuestion
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment, Finding, Flag, accept
from vetting.engines import alignment, credence, evidence, rater
from vetting.engines.rater import VERSION, EmbeddedRater
from vetting.index.embedder import HashEmbedder
from vetting.ports import Rater, RatingRequest

QUESTION = AnswerQuestion.model_validate(question("tcp"))
GOOD = "I saw it once. The window is halved after the loss of a segment. Later it grows again."


def rate(*answers: str | None, prompts: tuple[str, ...] = (), **request: Any) -> Assessment:
    asked = (QUESTION.text, *prompts, *["What would you see next?"] * len(answers))
    turns = tuple(
        Turn(
            number=n,
            kind=PromptKind.LEAD if n == 1 else PromptKind.PROBE,
            question_id=QUESTION.id,
            prompt=asked[n - 1],
            status=TurnStatus.ANSWERED if text is not None else TurnStatus.SKIPPED,
            answer=text,
        )
        for n, text in enumerate(answers, 1)
    )
    rater = EmbeddedRater(HashEmbedder())
    assert isinstance(rater, Rater)
    transcript = Transcript(turns=turns)
    reply = rater.rate(RatingRequest(QUESTION, transcript, **request))
    return accept(reply.assessment, QUESTION, transcript, rater.id, "sha")


def finding(assessment: Assessment, target: str) -> Finding:
    return next(v.finding for v in assessment.verdicts if v.target == target)


def test_every_indicator_and_misconception_gets_one_accepted_verdict() -> None:
    found = rate(GOOD)
    assert [v.target for v in found.verdicts] == ["tcp-easy", "tcp-middle", "tcp-hard", "tcp-wrong"]
    assert found.dropped == ()


def test_a_statement_is_met_with_the_sentence_that_makes_it() -> None:
    found = rate(GOOD)
    verdict = next(v for v in found.verdicts if v.target == "tcp-middle")
    assert verdict.finding is Finding.MET
    assert verdict.span is not None
    assert GOOD[verdict.span.start : verdict.span.end] == "The window is halved after the loss of a segment."


def test_an_indicator_shown_in_a_later_answer_counts_and_is_quoted_there() -> None:
    found = rate("It depends on many things in the system.", GOOD)
    verdict = next(v for v in found.verdicts if v.target == "tcp-middle")
    assert verdict.finding is Finding.MET
    assert verdict.span is not None
    assert verdict.span.turn == 2


def test_words_that_the_probe_gave_away_show_nothing() -> None:
    given = "So is the window halved after loss?"
    assert finding(rate("Hm.", "The window halved after loss, so it is.", prompts=(given,)), "tcp-middle") in (
        Finding.NOT_SHOWN,
        Finding.PARTLY,
    )


def test_off_topic_talk_meets_nothing() -> None:
    found = rate("My family likes gardening, mostly roses, and we travel to Italy every summer.")
    assert Finding.MET not in {v.finding for v in found.verdicts}


def test_without_an_answer_nothing_is_claimed() -> None:
    assert rate(None).verdicts == ()
    assert rate("  \n ").verdicts == ()


def test_another_language_is_left_to_a_person() -> None:
    for found in (
        rate("Das Fenster wird nach einem Verlust halbiert und die Schlange ist nicht voll."),
        rate(GOOD, language="de"),
    ):
        assert found.verdicts == ()
        assert found.flags == (Flag.OTHER_LANGUAGE,)


def test_the_same_transcript_gives_the_same_bytes() -> None:
    assert rate(GOOD, "More of it.").model_dump_json() == rate(GOOD, "More of it.").model_dump_json()


def test_other_constants_are_another_version_of_the_rater() -> None:
    constants = [
        (name, value)
        for part in (rater, evidence, credence, alignment)
        for name, value in vars(part).items()
        if name.isupper() and name != "REMEMBERED" and isinstance(value, int | float | Mapping)
    ]
    assert len(constants) > 20
    assert (VERSION, sha256(repr(constants).encode()).hexdigest()[:12]) == (2, "8d3b97e4fa1b")
    assert EmbeddedRater(HashEmbedder()).id.version == VERSION
