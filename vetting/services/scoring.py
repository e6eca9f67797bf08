"""Rating by the panel, answer by answer, and the scorecard that comes of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from vetting.db.engine import reading, writing
from vetting.db.item_models import ScorecardChange
from vetting.db.log import Log, load
from vetting.db.mapping import assessment_of, rater_key, verdict_row
from vetting.db.models import AssessmentRow, Interview, ScorecardRow, VerdictRow
from vetting.domain import second_look
from vetting.domain.integrity import Standing
from vetting.domain.interview import InterviewState
from vetting.domain.interview_events import Finish, Phase
from vetting.domain.letter import LetterKind
from vetting.domain.planner import remaining_questions
from vetting.domain.rubric import Question
from vetting.domain.scoring import Evidence, Scorecard, aggregate
from vetting.domain.transcript import Transcript, TurnStatus
from vetting.domain.verdict import Assessment, RaterId, accept
from vetting.domain.work_sample import is_work_sample
from vetting.errors import ModelFailed, Unavailable
from vetting.ports import JobState, ModelCall, Rater, RatingRequest
from vetting.services import outbox
from vetting.services.context import Context
from vetting.services.defences import defended, rate_defences
from vetting.services.model_calls import record_calls
from vetting.services.spending import on_account
from vetting.services.work_samples import panel

RETRY_PROVISIONAL = timedelta(minutes=1)
WAIT_FOR_MODEL = timedelta(hours=24)
"""So long after its end an interview waits for a rater that failed; then the rating stands as it is, provisional."""
MOST_JOBS = 20_000
"""Of so many waiting jobs it is known what they are about."""
DRAIN = 10
"""Provisional scorecards taken up again per sweep: a server that has just come back is not asked for all at once."""

logger = logging.getLogger(__name__)


def rate_answer(ctx: Context, interview_id: int, turn: int) -> None:
    """Have every rater of the panel rate the question of a turn, unless it has rated these answers already.

    Raises Unavailable when a rater cannot be reached, so that the job is tried again.
    """
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
    asked = log.transcript.turn(turn)
    if asked is not None and asked.answer is not None:
        question = log.rubric.question(asked.question_id)
        for rater in panel(ctx, question):
            _rate(ctx, log, question, rater)
        rate_defences(ctx, log, only=turn)


def score_interview(ctx: Context, interview_id: int) -> None:
    """Rate what is still unrated, then write the scorecard. A rater that fails leaves it provisional.

    Raises Unavailable when not even the embedded rater can rate.
    """
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
    if log.state.phase is not Phase.COMPLETED:
        return
    provisional = False
    for question in _answered(log):
        for rater in panel(ctx, question):
            try:
                _rate(ctx, log, question, rater)
            except ModelFailed as error:
                provisional = True
                logger.warning("scorecard of %s stays provisional: %s", log.row.public_id, error.message)
    try:
        rate_defences(ctx, log)
    except ModelFailed as error:
        provisional = True
        logger.warning("scorecard of %s stays provisional: %s", log.row.public_id, error.message)
    with writing(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        if log.state.phase is not Phase.COMPLETED:
            return  # erased while it was rated
        card = aggregate(_evidence(session, log, provisional=provisional))
        _store(ctx, session, log, card)
        _tell(ctx, session, log, provisional=card.provisional)
        if ctx.rewriter is not None:
            content = hashlib.sha256(card.model_dump_json().encode()).hexdigest()[:12]
            ctx.jobs.enqueue(session, "reword_feedback", f"reword:{log.id}:{content}", log.id)


def recompute(ctx: Context, interview_id: int, *, voided: frozenset[str] | None = None) -> Scorecard:
    """The scorecard from the stored verdicts alone; no rater and no model is asked.

    `voided` says what it would be if these questions, and no others, were withdrawn.
    """
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        log = log if voided is None else log._replace(voided=voided)
        stored = session.exec(select(ScorecardRow).where(ScorecardRow.interview_id == interview_id)).first()
        return aggregate(_evidence(session, log, provisional=bool(stored and stored.provisional)))


def rescore(ctx: Context, interview_id: int) -> None:
    """Replace a scorecard that leaves out other questions than those withdrawn now, and record what that changed.

    Does nothing where it leaves out the right ones, or there is none. No rater is asked.
    """
    with writing(ctx.engine) as session:
        stored = session.exec(
            select(ScorecardRow).where(
                ScorecardRow.interview_id == interview_id, ScorecardRow.organisation_id == ctx.org
            )
        ).first()
        if stored is None:
            return
        log = load(session, ctx.org, interview_id)
        card = aggregate(_evidence(session, log, provisional=stored.provisional))
        before = Scorecard.model_validate(stored.document)
        if before.voided == card.voided:
            return
        session.add(
            ScorecardChange(
                organisation_id=ctx.org,
                interview_id=interview_id,
                candidate_id=stored.candidate_id,
                voided=list(card.voided),
                before=figures(before),
                after=figures(card),
                at=ctx.now(),
            )
        )
        _store(ctx, session, log, card)


def figures(card: Scorecard) -> dict[str, Any]:
    """A scorecard without anybody's words: what a record of a change keeps of it."""
    return {
        "recommendation": card.recommendation.value,
        "why": card.why,
        "level": card.composite.level,
        "interval": card.composite.interval,
        "competencies": {c.id: c.level for c in card.competencies},
    }


def sweep(ctx: Context) -> int:
    """Enqueue scoring of what a crash left without a scorecard, and of some provisional ones; returns how many.

    Of these, the ones tried longest ago come first, and none that ended more than WAIT_FOR_MODEL ago. What waits or
    runs already is not asked for again: a backlog must not grow by being looked at.
    """
    now = ctx.now()
    completed = (
        select(Interview.id, Interview.organisation_id)
        .join(ScorecardRow, col(ScorecardRow.interview_id) == Interview.id, isouter=True)
        .where(Interview.phase == Phase.COMPLETED.value)
    )
    waiting = (
        completed.where(col(ScorecardRow.provisional), col(ScorecardRow.rated_at) < now - RETRY_PROVISIONAL)
        .where(col(Interview.completed_at) > now - WAIT_FOR_MODEL)
        .order_by(col(ScorecardRow.rated_at))
        .limit(DRAIN)
    )
    minute = f"{now:%Y%m%d%H%M}"
    with reading(ctx.engine) as session:
        unscored = session.exec(completed.where(col(ScorecardRow.id).is_(None))).all()
        provisional = session.exec(waiting).all()
    # One that fails is asked for again after ten minutes, not every minute.
    found = [(minute[:-1], key, org) for key, org in unscored] + [(minute, key, org) for key, org in provisional]
    asked = _asked_for(ctx) if found else frozenset()
    left = [one for one in found if one[1] not in asked]
    with writing(ctx.engine) as session:
        for stamp, interview_id, organisation_id in left:
            assert interview_id is not None
            jobs = ctx.for_organisation(organisation_id).jobs
            jobs.enqueue(session, "score_interview", f"score:{interview_id}:{stamp}", interview_id)
    return len(left)


def _asked_for(ctx: Context) -> frozenset[int]:
    """Interviews whose scoring waits or runs."""
    lines = ctx.jobs.listed((JobState.WAITING, JobState.RUNNING), MOST_JOBS)
    return frozenset(line.ids[0] for line in lines if line.name == "score_interview" and line.ids)


def _tell(ctx: Context, session: Session, log: Log, *, provisional: bool) -> None:
    """Write to the candidate once: when the rating is whole, else when it is waited for no longer."""
    waits = log.row.completed_at + WAIT_FOR_MODEL if provisional and log.row.completed_at else None
    to = outbox.To(log.row.candidate_id, log.id)
    outbox.post(ctx, session, LetterKind.FEEDBACK_READY, f"feedback:{log.row.public_id}", to, due=waits)


def _answered(log: Log) -> list[Question]:
    ids = dict.fromkeys(t.question_id for t in log.transcript.turns if t.answer is not None)
    return [log.rubric.question(question_id) for question_id in ids]


def _rate(ctx: Context, log: Log, question: Question, rater: Rater) -> None:
    """One rater on one question, kept with provenance; nothing is asked of it when it has seen these turns, unless by
    other rules than today's: an interview is rated by the same throughout."""
    said = log.transcript
    turns = tuple(t.number for t in said.of_question(question.id) if t.answer is not None)
    key = rater_key(rater.id)
    with reading(ctx.engine) as session:
        seen = session.exec(_assessments(log.id).where(AssessmentRow.question_id == question.id)).all()
    if any(RaterId.model_validate(row.provenance["rater"]) == rater.id and tuple(row.turns) == turns for row in seen):
        return
    assessment = _from_log(log.state, question, rater, turns)
    calls: tuple[ModelCall, ...] = ()
    if assessment is None:
        assessment, calls = _ask(ctx, log, question, rater, said)
    with writing(ctx.engine, interview=log.id) as session:
        _replace(ctx, session, log.id, key, assessment)
        record_calls(session, ctx, log.id, calls)


def _ask(
    ctx: Context, log: Log, question: Question, rater: Rater, said: Transcript
) -> tuple[Assessment, tuple[ModelCall, ...]]:
    """Ask a rater; its calls are kept even when it fails."""
    try:
        with on_account(ctx, log.id):
            reply = rater.rate(RatingRequest(question=question, transcript=said, language=log.rubric.language))
    except Unavailable as error:
        calls: tuple[ModelCall, ...] = getattr(error, "calls", ())
        if calls:
            with writing(ctx.engine, interview=log.id) as session:
                record_calls(session, ctx, log.id, calls)
        raise
    return accept(reply.assessment, question, said, rater.id, log.rubric.sha256), reply.calls


def _from_log(state: InterviewState, question: Question, rater: Rater, turns: tuple[int, ...]) -> Assessment | None:
    """The steering verdicts, when this rater gave them on these very turns: it is deterministic, so asking it again
    would say the same."""
    steering = state.assessments.get(question.id)
    same = steering is not None and steering.rater == rater.id and steering.turns == turns
    # Steering on a work sample holds the claims of code and of words together; each is kept under its own name.
    return steering if same and not is_work_sample(question) else None


def _replace(ctx: Context, session: Session, interview_id: int, key: str, assessment: Assessment) -> None:
    own = (col(VerdictRow.interview_id) == interview_id) & (col(VerdictRow.rater) == key)
    session.exec(delete(VerdictRow).where(own, col(VerdictRow.question_id) == assessment.question_id))
    session.exec(
        delete(AssessmentRow).where(
            col(AssessmentRow.interview_id) == interview_id,
            col(AssessmentRow.rater) == key,
            col(AssessmentRow.question_id) == assessment.question_id,
        )
    )
    session.add(
        AssessmentRow(
            organisation_id=ctx.org,
            interview_id=interview_id,
            question_id=assessment.question_id,
            rater=key,
            last_turn=max(assessment.turns, default=0),
            provenance={"rater": assessment.rater.model_dump(), "rubric_sha": assessment.rubric_sha},
            turns=list(assessment.turns),
            flags=[f.value for f in assessment.flags],
            dropped=[d.model_dump() for d in assessment.dropped],
            at=ctx.now(),
        )
    )
    session.add_all(
        verdict_row(v, key, organisation_id=ctx.org, interview_id=interview_id) for v in assessment.verdicts
    )


def _evidence(session: Session, log: Log, *, provisional: bool) -> Evidence:
    state = log.state
    disputed = {t.asked.question_id for t in state.turns if t.disputed}
    skipped = {q for q in disputed if all(t.status is TurnStatus.SKIPPED for t in state.of_question(q))}
    return Evidence(
        rubric=log.rubric,
        transcript=log.transcript,
        assessments=by_rater(session, log.id),
        disputed=frozenset(skipped),
        unasked=remaining_questions(log.rubric, state),
        finished_early=state.finish is Finish.CANDIDATE,
        provisional=provisional,
        voided=log.voided,
        standing=Standing(
            form=state.started.form if state.started else None,
            defences=defended(session, log.row.organisation_id, log.id),
        ),
    )


def by_rater(session: Session, interview_id: int) -> Mapping[str, Mapping[str, Assessment]]:
    """What each rater of the panel made of each question, as a scorecard is worked out from it."""
    verdicts: dict[tuple[str, str], list[VerdictRow]] = {}
    for verdict in session.exec(
        select(VerdictRow).where(VerdictRow.interview_id == interview_id).order_by(col(VerdictRow.id))
    ):
        verdicts.setdefault((verdict.rater, verdict.question_id), []).append(verdict)
    by_rater: dict[str, dict[str, Assessment]] = {}
    for row in session.exec(_assessments(interview_id).order_by(col(AssessmentRow.rater), AssessmentRow.question_id)):
        own = verdicts.get((row.rater, row.question_id), [])
        by_rater.setdefault(row.rater, {})[row.question_id] = assessment_of(row, own)
    return by_rater


def _assessments(interview_id: int) -> Any:
    return select(AssessmentRow).where(AssessmentRow.interview_id == interview_id)


def _store(ctx: Context, session: Session, log: Log, card: Scorecard) -> None:
    row = session.exec(select(ScorecardRow).where(ScorecardRow.interview_id == log.id)).first() or ScorecardRow(
        organisation_id=ctx.org,
        interview_id=log.id,
        candidate_id=log.row.candidate_id,
        rubric_id=log.rubric.id,
        recommendation="",
        document={},
        rated_at=ctx.now(),
    )
    row.recommendation = card.recommendation.value
    row.level, row.cut = card.composite.level, card.cut
    row.low, row.high = card.composite.interval or (None, None)
    row.concern, row.worth = second_look.concern(card), second_look.worth(card)
    row.provisional = card.provisional
    row.document = card.model_dump(mode="json")
    row.rated_at = ctx.now()
    session.add(row)
