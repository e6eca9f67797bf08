"""Defences rated on their own: raters see the one turn in which an answer was defended, and nothing said before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from vetting.db.engine import reading, writing
from vetting.db.integrity_models import DefenceRow
from vetting.db.log import Log
from vetting.db.mapping import rater_key
from vetting.domain.integrity import alone, defence_turns
from vetting.domain.rubric import Question
from vetting.domain.transcript import Turn
from vetting.domain.verdict import Assessment, accept
from vetting.errors import Unavailable
from vetting.ports import ModelCall, Rater, RatingRequest
from vetting.services.context import Context
from vetting.services.model_calls import record_calls
from vetting.services.spending import on_account


def rate_defences(ctx: Context, log: Log, only: int | None = None) -> None:
    """Have every rater of the panel rate the defences of an interview (or the one in turn `only`) it has not seen yet.

    Raises ModelFailed or Unavailable; what was rated until then is kept.
    """
    for turn in defence_turns(log.transcript):
        if turn.answer and turn.answer.strip() and only in (None, turn.number):
            _rate(ctx, log, turn)


def defended(session: Session, org: int, interview_id: int) -> Mapping[int, Mapping[str, Assessment]]:
    """What each rater made of the defences of an interview, by turn and rater."""
    rows = session.exec(
        select(DefenceRow)
        .where(DefenceRow.organisation_id == org, DefenceRow.interview_id == interview_id)
        .order_by(col(DefenceRow.turn))
    )
    return {
        row.turn: {rater: Assessment.model_validate(found) for rater, found in sorted(row.ratings.items())}
        for row in rows
    }


def _rate(ctx: Context, log: Log, turn: Turn) -> None:
    with reading(ctx.engine) as session:
        row = session.exec(_of_turn(ctx, log.id, turn.number)).first()
    known = set(row.ratings) if row else set()
    question = log.rubric.question(turn.question_id)
    for rater in ctx.panel:
        if rater_key(rater.id) not in known:
            assessment, calls = _ask(ctx, log, question, turn, rater)
            _keep(ctx, log, turn, assessment, calls)


def _ask(
    ctx: Context, log: Log, question: Question, turn: Turn, rater: Rater
) -> tuple[Assessment, tuple[ModelCall, ...]]:
    """A rater on the defence alone; its calls are kept even when it fails."""
    said = alone(log.transcript, turn.number)
    try:
        with on_account(ctx, log.id):
            reply = rater.rate(RatingRequest(question=question, transcript=said, language=log.rubric.language))
    except Unavailable as error:
        with writing(ctx.engine, interview=log.id) as session:
            record_calls(session, ctx, log.id, getattr(error, "calls", ()))
        raise
    return accept(reply.assessment, question, said, rater.id, log.rubric.sha256), reply.calls


def _keep(ctx: Context, log: Log, turn: Turn, assessment: Assessment, calls: Sequence[ModelCall]) -> None:
    with writing(ctx.engine, interview=log.id) as session:
        row = session.exec(_of_turn(ctx, log.id, turn.number)).first() or DefenceRow(
            organisation_id=ctx.org,
            interview_id=log.id,
            turn=turn.number,
            question_id=turn.question_id,
            ratings={},
            at=ctx.now(),
        )
        row.ratings = {**row.ratings, rater_key(assessment.rater): assessment.model_dump(mode="json")}
        row.at = ctx.now()
        session.add(row)
        record_calls(session, ctx, log.id, calls)


def _of_turn(ctx: Context, interview_id: int, turn: int) -> SelectOfScalar[DefenceRow]:
    return select(DefenceRow).where(
        DefenceRow.organisation_id == ctx.org, DefenceRow.interview_id == interview_id, DefenceRow.turn == turn
    )
