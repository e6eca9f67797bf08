"""Defences through the service: asked in the candidate's words, rated alone, kept, and recomputed to the byte."""

import json
from dataclasses import replace
from pathlib import Path

from sqlmodel import select

from tests.cast import begun, service, with_engines
from tests.services.test_scoring import StubbornRater, card
from tests.web.staff import SAID
from vetting.db.engine import reading
from vetting.db.integrity_models import DefenceRow
from vetting.db.log import load
from vetting.db.models import ScorecardRow
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.scoring import Scorecard
from vetting.domain.transcript import DefenceKind, Turn
from vetting.errors import ModelFailed
from vetting.ports import Proposal, ProposalRequest, Spoken
from vetting.services import interviews, scoring
from vetting.services.context import Context

OWN_POINT = "On a ferry link with 4 MB of buffer I saw 9 s of delay and not one loss; there the window tells nothing."


class Wordy:
    """A language model's interviewer that words defences as it is told, or fails."""

    engine, model = "model", "wordy"

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.asked: list[ProposalRequest] = []

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        self.asked.append(request)
        if self.text is None:
            raise ModelFailed
        text = self.text if request.defence else None
        return Proposal(self.engine, self.model, text=text, prompt="interviewer.defence", prompt_sha="abc")


def current(ctx: Context, interview_id: int) -> Turn:
    with reading(ctx.engine) as session:
        return load(session, ctx.org, interview_id).transcript.turns[-1]


def rows(ctx: Context) -> list[DefenceRow]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(DefenceRow)))


def to_the_defence(ctx: Context) -> tuple[int, Turn]:
    """An interview whose first answer is to be defended, after the pack's probe for what it lacks."""
    interview_id = begun(ctx)
    while (asked := current(ctx, interview_id)).defence is None:
        assert asked.question_id == "alpha-a", "the first answer was never to be defended"
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=asked.number, text=SAID))
    return interview_id, asked


def test_the_first_answer_that_shows_something_is_to_be_defended_in_its_own_words(tmp_path: Path) -> None:
    _, asked = to_the_defence(service(tmp_path))
    assert asked.defence is not None and asked.question_id == "alpha-a"
    quote = asked.prompt.split('"')[1]
    assert quote in SAID


def test_a_model_may_word_the_defence_when_it_takes_up_the_candidates_words(tmp_path: Path) -> None:
    interviewer = Wordy('You wrote "A queue that overflowed". What would make you doubt it?')
    _, asked = to_the_defence(with_engines(service(tmp_path), interviewer=interviewer))
    assert asked.defence is DefenceKind.MODEL and "make you doubt it" in asked.prompt
    assert not any(request.aims for request in interviewer.asked if request.defence)


def test_a_model_that_fails_or_asks_of_something_else_is_replaced_by_what_code_builds(tmp_path: Path) -> None:
    for n, text in enumerate((None, "What is your favourite colour?", "You wrote a lot. Why?")):
        _, asked = to_the_defence(with_engines(service(tmp_path / str(n)), interviewer=Wordy(text)))
        assert asked.defence is not DefenceKind.MODEL and asked.engine == "embedded", text


def test_a_defence_is_rated_alone_by_every_rater_and_never_twice(tmp_path: Path) -> None:
    rater = StubbornRater(quote="not one loss")
    ctx = service(tmp_path)
    ctx = replace(ctx, panel=(rater, *ctx.panel))
    interview_id, asked = to_the_defence(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=asked.number, text=OWN_POINT))
    scoring.rate_answer(ctx, interview_id, asked.number)
    (row,) = rows(ctx)
    assert set(row.ratings) == {"model:m", f"embedded:{ctx.embedder.name}"} and row.turn == asked.number
    assert all(rating["turns"] == [asked.number] for rating in row.ratings.values())
    times = rater.asked
    assert times == 2, "once with the answers to the question, once alone"
    scoring.rate_answer(ctx, interview_id, asked.number)
    assert rater.asked == times


def test_the_scorecard_holds_answer_and_defence_and_is_recomputed_to_the_byte(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id, asked = to_the_defence(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=asked.number, text=OWN_POINT))
    interviews.do(ctx, interview_id, FinishNow())
    stored = card(ctx)
    (defence,) = Scorecard.model_validate(stored.document).defences
    assert defence.turn == asked.number and defence.answer_level is not None and defence.level is not None
    assert defence.words == "takes the answer further"
    again = scoring.recompute(ctx, interview_id).model_dump(mode="json")
    assert json.dumps(again) == json.dumps(stored.document)


def test_a_defence_that_a_rater_could_not_rate_leaves_the_scorecard_provisional(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id, asked = to_the_defence(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=asked.number, text=OWN_POINT))
    interviews.do(ctx, interview_id, FinishNow())
    failing = replace(ctx, panel=(*ctx.panel, StubbornRater(fails=True)))
    scoring.score_interview(failing, interview_id)
    with reading(ctx.engine) as session:
        assert session.exec(select(ScorecardRow)).one().provisional
