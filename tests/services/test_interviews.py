"""An interview through the real service, on a real database."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from tests.cast import GOOD, begun, invited, service
from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import Consent, Draft, InterviewEvent, InterviewText, Invite, Organisation, ScorecardRow
from vetting.domain.interview_events import AnswerAssessed, AnswerSubmitted, Dispute, FinishNow, SubmitAnswer
from vetting.errors import BadInput, NotFound, StaleTurn, Unavailable
from vetting.ports import Vectors
from vetting.services import interviews
from vetting.services.context import Context


def log(ctx: Context, interview_id: int):  # type: ignore[no-untyped-def]  # a Log
    with reading(ctx.engine) as session:
        return load(session, ctx.org, interview_id)


def answer(ctx: Context, interview_id: int, turn: int, text: str = GOOD) -> None:
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=text))


@pytest.mark.asvs("V6.5.2")
def test_an_invite_keeps_only_the_hash_of_its_token(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    made = invited(ctx)
    with reading(ctx.engine) as session:
        stored = session.exec(select(Invite)).one()
    assert stored.token_sha256 == interviews.token_sha256(made.token) and made.token not in repr(stored)


def test_an_interview_needs_consent_and_records_it_per_purpose(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = invited(ctx).interview_id
    with pytest.raises(BadInput, match="consent"):
        interviews.begin(ctx, interview_id, {"profile": True})
    interviews.begin(ctx, interview_id, {"interview": True})
    with reading(ctx.engine) as session:
        consents = {c.purpose: c.granted for c in session.exec(select(Consent))}
    assert consents == {"interview": True, "profile": False}
    assert log(ctx, interview_id).transcript.turns[0].prompt


def test_an_answer_leads_to_verdicts_and_the_next_question(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    answer(ctx, interview_id, 1)
    entries = log(ctx, interview_id).entries
    assert [e.event.type for e in entries] == [
        "started",
        "question_asked",
        "answer_submitted",
        "answer_assessed",
        "question_asked",
    ]
    assessed = entries[3].event
    assert isinstance(assessed, AnswerAssessed) and assessed.assessment is not None
    said = log(ctx, interview_id).transcript
    for verdict in assessed.assessment.verdicts:
        assert verdict.span is None or said.quote(verdict.span) in GOOD


def test_a_second_submit_of_the_same_turn_changes_nothing(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    answer(ctx, interview_id, 1)
    before = log(ctx, interview_id).entries
    answer(ctx, interview_id, 1)
    assert log(ctx, interview_id).entries == before
    with pytest.raises(StaleTurn):
        answer(ctx, interview_id, 1, "other words for the same turn")
    assert log(ctx, interview_id).entries == before


@pytest.mark.asvs("V2.3.3")
def test_ten_submits_at_once_are_one_answer_and_one_next_question(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    threads = [threading.Thread(target=answer, args=(ctx, interview_id, 1)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    types = [e.event.type for e in log(ctx, interview_id).entries]
    assert types.count("answer_submitted") == 1 and types.count("question_asked") == 2


def test_a_crash_between_the_two_transactions_is_mended_by_the_next_read(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    interviews.do(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))  # the process dies here
    assert isinstance(log(ctx, interview_id).entries[-1].event, AnswerSubmitted)
    interviews.ensure_question(ctx, interview_id)
    interviews.ensure_question(ctx, interview_id)
    state = log(ctx, interview_id).state
    assert state.turns[0].assessed and state.current is not None and state.current.asked.turn == 2


class AwayEmbedder:
    """An embedder process that is not there yet."""

    name, dimension = "away", 384

    def ready(self, timeout: float) -> bool:
        return False

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise Unavailable


def test_without_the_embedder_coverage_steers_and_the_log_says_so(tmp_path: Path) -> None:
    from dataclasses import replace

    ctx = service(tmp_path)
    interview_id = begun(ctx)
    away = replace(ctx, embedder=AwayEmbedder())
    interviews.do(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    interviews.ensure_question(away, interview_id)
    assessed, asked = (e.event for e in log(ctx, interview_id).entries[-2:])
    assert assessed.assessment is None and asked.belief == "coverage"


def test_a_draft_is_kept_for_the_open_turn_only_and_gone_once_submitted(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    interviews.save_draft(ctx, interview_id, 1, "Loss me")
    interviews.save_draft(ctx, interview_id, 1, "Loss means")
    with reading(ctx.engine) as session:
        assert session.exec(select(Draft.text)).all() == ["Loss means"]
    with pytest.raises(StaleTurn):
        interviews.save_draft(ctx, interview_id, 2, "too early")
    answer(ctx, interview_id, 1)
    with reading(ctx.engine) as session:
        assert session.exec(select(Draft)).all() == []


def test_an_interview_runs_to_its_end_and_has_a_scorecard_at_once(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    while (current := log(ctx, interview_id).state.current) is not None:
        answer(ctx, interview_id, current.asked.turn)
    with reading(ctx.engine) as session:
        row = session.exec(select(ScorecardRow)).one()
    assert row.document["rubric"] == "test.pack" and row.recommendation == row.document["recommendation"]
    assert [r["engine"] for r in row.document["raters"]] == ["embedded"]


def test_a_disputed_question_stays_in_the_record_with_its_reason(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    interviews.do(ctx, interview_id, Dispute(turn=1, reason="two queues are possible"))
    assert log(ctx, interview_id).entries[-1].text == "two queues are possible"
    assert log(ctx, interview_id).state.turns[0].disputed


def test_finishing_early_ends_it_and_scores_what_there_is(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    answer(ctx, interview_id, 1)
    interviews.do(ctx, interview_id, FinishNow())
    with reading(ctx.engine) as session:
        assert session.exec(select(ScorecardRow.recommendation)).one() in {"more_evidence", "needs_person"}


def test_another_organisation_finds_nothing(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    with writing(ctx.engine) as session:
        other = Organisation(slug="other", name="Other", created_at=ctx.now())
        session.add(other)
        session.flush()
        stranger = ctx.for_organisation(other.id or 0)
    for attempt in (
        lambda: answer(stranger, interview_id, 1),
        lambda: interviews.ensure_question(stranger, interview_id),
        lambda: interviews.save_draft(stranger, interview_id, 1, "x"),
        lambda: interviews.new_link(stranger, interview_id),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_deleting_the_texts_leaves_events_whole_and_no_words_behind(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    answer(ctx, interview_id, 1, "Xylophone words that can be found again.")
    with writing(ctx.engine) as session:
        for row in session.exec(select(InterviewText)):
            session.delete(row)
    with reading(ctx.engine) as session:
        payloads = repr([e.payload for e in session.exec(select(InterviewEvent))])
    assert "Xylophone" not in payloads
    assert len(log(ctx, interview_id).state.turns) == 2
