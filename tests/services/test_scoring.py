"""Rating by a panel, provisional scorecards, recomputation."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, select

from tests.cast import GOOD, begun, service
from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import AssessmentRow, ModelCallRow, ScorecardRow
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.verdict import Finding, RaterId, RawAssessment, RawVerdict
from vetting.errors import ModelFailed
from vetting.ports import JobLine, JobState, ModelCall, RatingReply, RatingRequest
from vetting.services import interviews, scoring
from vetting.services.context import Context

CALL = ModelCall(prompt="rater.indicators", prompt_sha="abc", model="m", status="ok", milliseconds=5)


class StubbornRater:
    """A rater of the panel that quotes what was said, or fails, as it is told; it counts how often it is asked."""

    id = RaterId(engine="model", model="m", prompt="rater.indicators", prompt_sha="abc")

    def __init__(self, *, fails: bool = False, quote: str = "Loss means the queue overflowed") -> None:
        self.fails, self.quote, self.asked = fails, quote, 0

    def rate(self, request: RatingRequest) -> RatingReply:
        self.asked += 1
        if self.fails:
            raise ModelFailed
        claims = tuple(
            RawVerdict(target=i.id, finding=Finding.MET, p=0.9, quote=self.quote) for i in request.question.indicators
        )
        return RatingReply(RawAssessment(verdicts=claims), (CALL,))


def finished(ctx: Context) -> int:
    interview_id = begun(ctx)
    for turn in (1, 2):
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=GOOD))
    interviews.do(ctx, interview_id, FinishNow())
    return interview_id


def card(ctx: Context) -> ScorecardRow:
    with reading(ctx.engine) as session:
        return session.exec(select(ScorecardRow)).one()


def test_each_answer_is_rated_as_it_is_given_by_every_rater_of_the_panel(tmp_path: Path) -> None:
    rater = StubbornRater()
    ctx = service(tmp_path)
    ctx = replace(ctx, panel=(rater, *ctx.panel))
    interview_id = begun(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    scoring.rate_answer(ctx, interview_id, 1)
    scoring.rate_answer(ctx, interview_id, 1)
    assert rater.asked == 1
    with reading(ctx.engine) as session:
        rows = session.exec(select(AssessmentRow)).all()
        calls = session.exec(select(ModelCallRow)).all()
    assert {r.rater for r in rows} >= {"model:m"}
    model = next(r for r in rows if r.rater == "model:m")
    assert model.provenance["rater"]["prompt_sha"] == "abc" and [c.prompt for c in calls] == ["rater.indicators"]


def test_an_interview_that_runs_across_an_update_is_rated_by_the_same_rules_throughout(tmp_path: Path) -> None:
    earlier, later = StubbornRater(), StubbornRater()
    later.id = later.id.model_copy(update={"prompt_sha": "def"})
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    scoring.rate_answer(replace(ctx, panel=(earlier,)), interview_id, 1)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=2, text=GOOD))
    interviews.do(ctx, interview_id, FinishNow())
    scoring.score_interview(replace(ctx, panel=(later,)), interview_id)
    assert earlier.asked == 1 and later.asked >= 1
    raters = card(ctx).document["raters"]
    assert [rater["prompt_sha"] for rater in raters if rater["engine"] == "model"] == ["def"]


def test_a_rater_that_invents_its_quotes_counts_for_nothing(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    ctx = replace(ctx, panel=(StubbornRater(quote="words nobody said"),))
    interview_id = finished(ctx)
    scoring.score_interview(ctx, interview_id)
    evidence = [e for c in card(ctx).document["competencies"] for e in c["evidence"]]
    assert not any(e["rater"] == "model:m" for e in evidence)
    with reading(ctx.engine) as session:
        rows = session.exec(select(AssessmentRow).where(AssessmentRow.rater == "model:m")).all()
    assert rows and all(len(row.dropped) == 3 for row in rows)


def test_while_a_rater_fails_the_scorecard_is_provisional_and_a_person_decides(tmp_path: Path) -> None:
    rater = StubbornRater(fails=True)
    ctx = service(tmp_path)
    ctx = replace(ctx, panel=(rater, *ctx.panel))
    interview_id = finished(ctx)
    scoring.score_interview(ctx, interview_id)
    assert card(ctx).provisional and card(ctx).recommendation == "needs_person"
    rater.fails = False
    scoring.score_interview(ctx, interview_id)
    assert not card(ctx).provisional


def test_the_sweep_finds_completed_interviews_without_a_scorecard(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    dead = replace(ctx, jobs=NoJobs())
    interview_id = finished(dead)
    with reading(ctx.engine) as session:
        assert session.exec(select(ScorecardRow)).all() == []
    assert scoring.sweep(ctx) == 1
    assert card(ctx).interview_id == interview_id
    assert scoring.sweep(ctx) == 0


def test_the_sweep_does_not_ask_again_for_what_waits_already(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = finished(replace(ctx, jobs=NoJobs()))
    now = ctx.now()
    line = JobLine(f"score:{interview_id}:2026", "score_interview", (interview_id,), JobState.WAITING, now, now, "")
    assert scoring.sweep(replace(ctx, jobs=NoJobs((line,)))) == 0
    assert scoring.sweep(replace(ctx, jobs=NoJobs((line._replace(ids=(interview_id + 1,)),)))) == 1


class NoJobs:
    """A queue whose worker never comes."""

    def __init__(self, lines: tuple[JobLine, ...] = ()) -> None:
        self.lines = lines

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        return None

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        return [line for line in self.lines if line.state in states]

    def found(self, job_id: str) -> JobLine | None:
        return None

    def warm(self) -> None:
        return None


def test_a_scorecard_recomputed_from_its_verdicts_is_the_same_to_the_byte(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = finished(ctx)
    stored = json.dumps(card(ctx).document, sort_keys=True)
    again = scoring.recompute(ctx, interview_id)
    assert json.dumps(again.model_dump(mode="json"), sort_keys=True) == stored


def test_so_is_one_from_before_raters_had_versions(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = finished(ctx)
    stored = card(ctx).document
    with writing(ctx.engine) as session:
        for rating in session.exec(select(AssessmentRow)).all():
            assert rating.provenance["rater"].pop("version", None) == ctx.steering.id.version
            flag_modified(rating, "provenance")
    (rater,) = stored["raters"]
    del rater["version"]
    assert scoring.recompute(ctx, interview_id).model_dump(mode="json") == stored


def test_every_quote_of_a_scorecard_stands_in_the_turn_it_names(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    ctx = replace(ctx, panel=(StubbornRater(), *ctx.panel))
    interview_id = finished(ctx)
    scoring.score_interview(ctx, interview_id)
    with reading(ctx.engine) as session:
        said = load(session, ctx.org, interview_id).transcript
    quotes = [(e["turn"], e["quote"]) for c in card(ctx).document["competencies"] for e in c["evidence"]]
    assert quotes
    for turn, quote in quotes:
        assert quote in (said.turns[turn - 1].answer or "")
