"""Withdrawing a question re-scores everybody, exactly once, whatever happens in between; restoring takes it back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.cast import GOOD, Clock, begun, invited, service, with_clock
from tests.domain.packs import rubric as small_rubric
from tests.web.site import site
from tests.web.staff import second_organisation
from vetting.db.engine import reading
from vetting.db.item_models import ModelAnswerRating, ScorecardChange, VoidedQuestion
from vetting.db.log import load
from vetting.db.models import ScorecardRow
from vetting.domain.interview_events import Dispute, FinishNow, Pause, Resume, SkipTurn, SubmitAnswer
from vetting.domain.item_concerns import Kind
from vetting.domain.item_statistics import ItemStatistics
from vetting.domain.transcript import PromptKind
from vetting.errors import BadInput, Conflict, NotFound
from vetting.ports import Proposal, ProposalRequest, Spoken
from vetting.services import interviews, items, model_answers, rubrics, scoring
from vetting.services.context import Context

NAME = small_rubric().sha256[: items.SHORT]
VAGUE = "It depends on many things in practice."


def version(ctx: Context) -> int:
    return rubrics.install(ctx, small_rubric())


def taken(ctx: Context, vague: str = "alpha-a", *, seed: int = 1, turns: int = 40, through: str = "") -> int:
    """An interview answered well but for one question, up to so many turns or the first answer to a question."""
    interview_id = begun(ctx, seed=seed)
    for _ in range(turns):
        current = log(ctx, interview_id).state.current
        if current is None:
            break
        text = VAGUE if current.asked.question_id == vague else GOOD
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=text))
        if current.asked.question_id == through:
            break
    return interview_id


def log(ctx: Context, interview_id: int):  # type: ignore[no-untyped-def]  # Log, read only
    with reading(ctx.engine) as session:
        return load(session, ctx.org, interview_id)


def cards(ctx: Context) -> dict[int, str]:
    """Interview -> its stored scorecard as text."""
    with reading(ctx.engine) as session:
        return {
            row.interview_id: json.dumps(row.document, sort_keys=True) for row in session.exec(select(ScorecardRow))
        }


def changes(ctx: Context) -> list[ScorecardChange]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(ScorecardChange).order_by(col(ScorecardChange.id))))


def item(ctx: Context, question: str) -> ItemStatistics:
    return next(i for i in items.report(ctx, NAME).items if i.question_id == question)


class NoJobs:
    """A queue whose worker never comes."""

    def enqueue(self, session: object, job: str, workflow_id: str, *ids: int) -> None:
        return None

    def warm(self) -> None:
        return None


def test_withdrawing_a_question_scores_everybody_as_if_it_had_not_been_asked_and_restoring_takes_it_back(
    tmp_path: Path,
) -> None:
    ctx = site(tmp_path)
    first, second = taken(ctx), taken(ctx, "none", seed=2)
    before = cards(ctx)
    items.void_question(ctx, version(ctx), "alpha-a", "Two answers are right.", "owner@example.org")
    after = {key: json.loads(text) for key, text in cards(ctx).items()}
    assert all(card["voided"] == ["alpha-a"] for card in after.values())
    assert not any(
        "alpha-a" in e["indicator"] for card in after.values() for c in card["competencies"] for e in c["evidence"]
    )
    alpha = json.loads(before[first])["competencies"][0]["level"], after[first]["competencies"][0]["level"]
    assert alpha[0] < alpha[1]  # the vague answer no longer counts against them
    assert {c.interview_id for c in changes(ctx)} == {first, second}
    change = changes(ctx)[0]
    assert change.before["competencies"]["alpha"] == alpha[0] and change.after["competencies"]["alpha"] == alpha[1]
    assert GOOD not in json.dumps([change.before, change.after]) and "evidence" not in change.before
    assert json.dumps(scoring.recompute(ctx, first).model_dump(mode="json"), sort_keys=True) == cards(ctx)[first]
    items.restore(ctx, version(ctx), "alpha-a", "owner@example.org")
    assert cards(ctx) == before
    assert items.report(ctx, NAME).settled and items.report(ctx, NAME).voided == {}


def test_an_interview_in_which_it_was_not_asked_keeps_its_scorecard(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    taken(ctx)
    before = cards(ctx)
    items.void_question(ctx, version(ctx), "alpha-b", "The other form's core.", "o")
    assert cards(ctx) == before and changes(ctx) == []


def test_a_job_killed_half_way_is_finished_by_the_sweep_and_nothing_is_done_twice(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    for seed in (1, 2, 3):
        taken(ctx, seed=seed)
    dead = replace(ctx, jobs=NoJobs())
    items.void_question(dead, version(ctx), "alpha-a", "Wrong.", "o")
    scoring.rescore(ctx, min(cards(ctx)))  # then the worker died
    assert len(changes(ctx)) == 1 and not items.report(ctx, NAME).settled
    assert items.sweep(ctx) == 1
    assert len(changes(ctx)) == 3 and items.report(ctx, NAME).settled
    assert items.sweep(ctx) == 0
    items.settle_version(ctx, version(ctx))
    assert len(changes(ctx)) == 3


def test_two_withdrawn_before_any_worker_came_are_worked_out_in_one_go(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    taken(ctx)
    dead = replace(ctx, jobs=NoJobs())
    for question in ("alpha-a", "beta-a"):
        items.void_question(dead, version(ctx), question, "Wrong.", "o")
    items.sweep(ctx)
    assert [c.voided for c in changes(ctx)] == [["alpha-a", "beta-a"]]


def test_an_interview_under_way_goes_on_without_the_question_and_is_rated_without_it(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    interview_id = taken(ctx, turns=2)
    asked = {t.asked.question_id for t in log(ctx, interview_id).state.turns}
    assert asked == {"alpha-a", "beta-a"}
    for question in ("alpha-a", "alpha-c"):  # one behind them, one ahead
        items.void_question(ctx, version(ctx), question, "Wrong.", "o")
    while (current := log(ctx, interview_id).state.current) is not None:
        assert current.asked.question_id != "alpha-c"
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=GOOD))
    card = json.loads(cards(ctx)[interview_id])
    assert card["voided"] == ["alpha-a"] and changes(ctx) == []
    assert card["competencies"][0]["status"] == "rated"  # another question of it was asked instead


def test_an_open_question_that_is_withdrawn_can_still_be_skipped_or_answered(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    first, second = begun(ctx, seed=1), begun(ctx, seed=2)
    items.void_question(ctx, version(ctx), "alpha-a", "Wrong.", "o")
    interviews.skip_turn(ctx, first, 1)
    interviews.submit_answer(ctx, second, SubmitAnswer(turn=1, text=VAGUE))
    for interview_id in (first, second):
        current = log(ctx, interview_id).state.current
        assert current is not None and current.asked.question_id == "beta-a"


class Withdrawing:
    """An interviewer during whose thinking the question it is about to ask is withdrawn."""

    engine, model = "embedded", "structured"

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.seen = ctx, list[str]()

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        if not self.seen:
            items.void_question(self.ctx, version(self.ctx), request.question.id, "Wrong.", "o")
        self.seen.append(request.question.id)
        return self.ctx.interviewer.propose(request, deadline=deadline, spoken=spoken)


def test_a_question_withdrawn_while_it_is_being_worded_is_not_asked(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    interview_id = invited(ctx).interview_id
    slow = Withdrawing(ctx)
    interviews.begin(replace(ctx, interviewer=slow), interview_id, {"interview": True})
    assert slow.seen == ["alpha-a", "beta-a"]
    assert [t.asked.question_id for t in log(ctx, interview_id).state.turns] == ["beta-a"]


def test_a_competency_left_without_any_counting_answer_is_not_rated_rather_than_low(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    interview_id = taken(ctx, through="beta-a")
    interviews.do(ctx, interview_id, FinishNow())
    items.void_question(ctx, version(ctx), "beta-a", "Wrong.", "o")
    card = json.loads(cards(ctx)[interview_id])
    assert card["competencies"][1]["status"] == "not_rated" and card["composite"]["level"] is None
    assert card["recommendation"] in ("more_evidence", "needs_person")


def test_what_cannot_be_withdrawn_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    key = version(ctx)
    with pytest.raises(BadInput, match="Say why"):
        items.void_question(ctx, key, "alpha-a", "  ", "o")
    with pytest.raises(BadInput, match="at most 500"):
        items.void_question(ctx, key, "alpha-a", "x" * 501, "o")
    with pytest.raises(NotFound, match="no question 'gamma'"):
        items.void_question(ctx, key, "gamma", "Wrong.", "o")
    with pytest.raises(Conflict):
        items.restore(ctx, key, "alpha-a", "o")
    items.void_question(ctx, key, "alpha-a", "Wrong.", "o")
    with pytest.raises(Conflict):
        items.void_question(ctx, key, "alpha-a", "Wrong again.", "o")
    with pytest.raises(NotFound):
        items.void_question(second_organisation(ctx), key, "alpha-c", "Not theirs.", "o")


def test_another_organisation_with_the_same_pack_is_not_touched_nor_seen(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    other = second_organisation(ctx)
    taken(ctx)
    theirs = taken(other)
    items.void_question(ctx, version(ctx), "alpha-a", "Wrong.", "o")
    assert "voided" not in json.loads(cards(ctx)[theirs])
    assert log(other, theirs).voided == frozenset() and items.report(other, NAME).voided == {}
    assert items.report(other, NAME).interviews == 1 and items.report(ctx, NAME).interviews == 1


def test_a_preview_says_what_then_happens_and_changes_nothing(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    interview_id = taken(ctx, "beta-a", through="beta-a")
    interviews.do(ctx, interview_id, FinishNow())
    before = cards(ctx)
    told = items.preview(ctx, NAME, "beta-a")
    assert cards(ctx) == before
    assert (told.interviews, told.cards, told.looked, told.left) == (1, 1, 1, 3)
    items.void_question(ctx, version(ctx), "beta-a", "Wrong.", "o")
    (change,) = changes(ctx)
    moved = (change.before["recommendation"], change.after["recommendation"])
    assert told.changed == ({moved: 1} if moved[0] != moved[1] else {})
    assert told.furthest > 0
    assert items.preview(ctx, NAME, "beta-c").cards == 0


def test_the_report_reads_marks_skips_breaks_and_words_from_the_log(tmp_path: Path) -> None:
    clock = Clock()
    ctx = with_clock(site(tmp_path), clock)
    interview_id = begun(ctx)
    clock.pass_minutes(2)
    interviews.do(ctx, interview_id, Pause())
    clock.pass_minutes(60)
    interviews.do(ctx, interview_id, Resume())
    clock.pass_minutes(3)
    interviews.do(ctx, interview_id, Dispute(turn=1, reason="Two <b>questions</b> in one."))
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    interviews.skip_turn(ctx, interview_id, 2)  # the defence of that answer
    current = log(ctx, interview_id).state.current
    assert current is not None and current.asked.kind is PromptKind.LEAD
    interviews.do(ctx, interview_id, SkipTurn(turn=current.asked.turn))
    first, second = item(ctx, "alpha-a"), item(ctx, current.asked.question_id)
    assert (first.asked, first.answered, first.minutes, first.words) == (1, 1, 5.0, len(GOOD.split()))
    assert (first.disputes, first.reasons) == (1, ("Two <b>questions</b> in one.",))
    assert (second.asked, second.answered, second.disputes) == (1, 0, 0)
    assert item(ctx, "alpha-d").asked == 0


def test_from_ten_interviews_on_the_report_knows_credit_and_levels_of_the_panel(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    for seed in range(10):
        taken(ctx, seed=seed)
    vague, good = item(ctx, "alpha-a"), item(ctx, "beta-a")
    assert vague.difficulty and vague.difficulty.value == pytest.approx(0.05) and vague.difficulty.n == 10
    assert good.difficulty and good.difficulty.value == pytest.approx(0.95)
    assert vague.exposure and vague.exposure.value == 1.0
    assert [i.shown.value for i in good.indicators if i.shown] == [1.0, 1.0, 1.0]
    assert good.copies == 10 and vague.copies == 0  # all wrote the same, but seven words are nobody's copy
    leaks = [c.question_id for c in items.report(ctx, NAME).concerns if c.kind is Kind.LEAKS]
    assert "beta-a" in leaks and "alpha-a" not in leaks


def test_a_pack_is_found_by_its_id_or_a_versions_hash_and_earlier_versions_are_told_apart(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    taken(ctx)
    newer = rubrics.install(ctx, small_rubric(version="1.1.0"))
    assert items.find(ctx, "test.pack").key == newer and items.find(ctx, NAME).key == version(ctx)
    report = items.report(ctx, "test.pack")
    assert (report.interviews, report.earlier) == (0, 1)
    assert items.find(ctx, "software.networking").key is None
    for unknown in ("nothing.here", "0" * 12, "%%%%%%%%%%%%"):
        with pytest.raises(NotFound):
            items.find(ctx, unknown)
    names = {(row.rubric_id, row.version): row.used for row in items.listed(ctx)}
    used = names["test.pack", "1.0.0"]
    assert used is not None and used.interviews == 1
    assert names["software.networking", items.find(ctx, "software.networking").rubric.version] is None


def test_model_written_answers_are_rated_once_and_kept(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    rubric = items.find(ctx, "software.networking").rubric
    written = model_answers.answers(rubric)
    assert len(written) >= 20
    assert model_answers.rate(ctx, rubric) == len(written)
    assert model_answers.rate(ctx, rubric) == 0
    with reading(ctx.engine) as session:
        rows = session.exec(select(ModelAnswerRating)).all()
    assert {row.question_id for row in rows} == set(written) and all(0 <= r.shown <= r.indicators for r in rows)
    rated = {i.question_id for i in items.report(ctx, "software.networking").items if i.model_answer is not None}
    assert rated == set(written)
    key = items.stored(ctx, "software.networking")
    model_answers.ask(ctx, key)  # the job finds nothing left to do
    assert model_answers.answers(small_rubric()) == {}


def test_a_question_can_be_withdrawn_again_after_it_was_restored_and_the_history_stays(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    for reason in ("First.", "Second."):
        items.void_question(ctx, version(ctx), "alpha-a", reason, "a@example.org")
        items.restore(ctx, version(ctx), "alpha-a", "b@example.org")
    with reading(ctx.engine) as session:
        rows = session.exec(select(VoidedQuestion)).all()
    assert [(r.reason, r.voided_by, r.restored_by) for r in rows] == [
        ("First.", "a@example.org", "b@example.org"),
        ("Second.", "a@example.org", "b@example.org"),
    ]
