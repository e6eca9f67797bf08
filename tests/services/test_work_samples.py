"""A work sample through the whole service: asked after the cores, taken as one text, scored by code."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.cast import GOOD, begun, service
from tests.domain import samples
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import AssessmentRow, ScorecardRow
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.rubric import Rubric
from vetting.errors import BadInput
from vetting.services import interviews, scoring
from vetting.services.context import Context

PACK = samples.pack(samples.flaws())


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return service(tmp_path)


def at_the_sample(ctx: Context, pack: Rubric = PACK) -> tuple[int, int]:
    """An interview whose open turn is the work sample; gives its key and the turn."""
    interview_id = begun(ctx, pack)
    for _ in range(8):
        with reading(ctx.engine) as session:
            current = load(session, ctx.org, interview_id).state.current
        assert current is not None
        if current.asked.question_id not in {"alpha-a", "beta-a"}:
            return interview_id, current.asked.turn
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=GOOD))
    raise AssertionError("the sample was not asked")


def finish(ctx: Context, interview_id: int) -> ScorecardRow:
    interviews.do(ctx, interview_id, FinishNow())
    scoring.score_interview(ctx, interview_id)
    with reading(ctx.engine) as session:
        return session.exec(select(ScorecardRow)).one()


def test_a_work_sample_is_asked_after_the_cores_before_anything_else(ctx: Context) -> None:
    interview_id, turn = at_the_sample(ctx)
    with reading(ctx.engine) as session:
        state = load(session, ctx.org, interview_id).state
    assert state.turns[turn - 1].asked.question_id == "flaws"
    assert {t.asked.question_id for t in state.turns[: turn - 1]} == {"alpha-a", "beta-a"}


def test_marks_are_scored_by_code_under_its_own_name(ctx: Context) -> None:
    interview_id, turn = at_the_sample(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=samples.RIGHT))
    card = finish(ctx, interview_id)
    beta = card.document["competencies"][1]
    by_code = {e["indicator"]: e for e in beta["evidence"] if e["rater"] == "code:work_sample"}
    assert set(by_code) == {"flaws-delay", "flaws-codel", "flaws-routers", "flaws-spares"}
    assert all(e["quote"] == samples.RIGHT[e["start"] : e["end"]] for e in by_code.values())
    assert ("code", "work_sample") in {(r["engine"], r["model"]) for r in card.document["raters"]}
    with reading(ctx.engine) as session:
        rows = session.exec(select(AssessmentRow).where(AssessmentRow.question_id == "flaws")).all()
    assert {row.rater.partition(":")[0] for row in rows} == {"code", "embedded"}


def test_the_scorecard_is_the_same_when_it_is_made_again(ctx: Context) -> None:
    interview_id, turn = at_the_sample(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=samples.RIGHT))
    card = finish(ctx, interview_id)
    assert scoring.recompute(ctx, interview_id).model_dump(mode="json") == card.document


def test_what_cannot_be_read_is_refused_and_nothing_is_lost(ctx: Context) -> None:
    interview_id, turn = at_the_sample(ctx)
    with pytest.raises(BadInput, match='The marked words "nowhere at all" do not appear in the text'):
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text='[mark "nowhere at all"] why'))
    with reading(ctx.engine) as session:
        current = load(session, ctx.org, interview_id).state.current
    assert current is not None and current.asked.turn == turn
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=samples.RIGHT))
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=samples.RIGHT))


def test_prose_is_taken_and_rated_in_words_alone(ctx: Context) -> None:
    interview_id, turn = at_the_sample(ctx)
    interviews.submit_answer(
        ctx, interview_id, SubmitAnswer(turn=turn, text="Routers do not tell the sender its rate.")
    )
    card = finish(ctx, interview_id)
    evidence = [e for c in card.document["competencies"] for e in c["evidence"]]
    assert not any(e["rater"] == "code:work_sample" for e in evidence)


@pytest.mark.parametrize(
    ("document", "answer", "target"),
    [
        (samples.steps(), "[first wrong step 3] It is 0.4 s.", "steps-right"),
        (samples.comparison(), "[choose second 90%] It adds delay.", "choice-right"),
        (samples.rubric_task(), "Names the full buffer\nNames the added delay\nGives 400 ms", "criteria-checkable"),
        (samples.flaws("clean", clean=True), "[no errors] I looked twice.", "clean-spares"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_every_type_of_sample_ends_as_a_verdict(
    ctx: Context, document: dict[str, Any], answer: str, target: str
) -> None:
    interview_id, turn = at_the_sample(ctx, samples.pack(document))
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=answer))
    card = finish(ctx, interview_id)
    shown = {e["indicator"]: e["finding"] for c in card.document["competencies"] for e in c["evidence"]}
    assert shown[target] == "met"
