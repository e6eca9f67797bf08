"""The feedback in a language model's words: asked for once per scorecard, kept only where code finds nothing added."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import ScorecardRow
from vetting.domain.feedback import Feedback, feedback
from vetting.domain.reworded import faults, fingerprint
from vetting.domain.scoring import Scorecard
from vetting.errors import Unavailable
from vetting.ports import ModelCall, Rewording
from vetting.services.context import Context
from vetting.services.model_calls import record_calls
from vetting.services.spending import on_account

DEADLINE = 60.0


def reword_feedback(ctx: Context, interview_id: int) -> None:
    """Have the feedback of a scorecard reworded. Where that fails or does not pass, the plain text simply stands."""
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        row = session.exec(_scorecard(ctx, interview_id)).first()
    if ctx.rewriter is None or row is None:
        return
    plain = feedback(log.rubric, log.transcript, Scorecard.model_validate(row.document))
    calls: tuple[ModelCall, ...]
    try:
        with on_account(ctx, log.id):
            reply = ctx.rewriter.reword([c.text for c in plain.competencies], log.rubric.language, deadline=DEADLINE)
        calls, kept = reply.calls, _kept(plain, reply)
    except Unavailable as error:
        calls, kept = getattr(error, "calls", ()), None
    with writing(ctx.engine) as session:
        record_calls(session, ctx, interview_id, calls)
        current = session.exec(_scorecard(ctx, interview_id)).first()
        if current is not None and kept is not None:
            current.reworded = kept
            session.add(current)


def _scorecard(ctx: Context, interview_id: int) -> Any:
    return select(ScorecardRow).where(
        col(ScorecardRow.organisation_id) == ctx.org, col(ScorecardRow.interview_id) == interview_id
    )


def _kept(plain: Feedback, reply: Rewording) -> dict[str, object]:
    """The texts that pass, each with the plain text it was made from, and who wrote them."""
    texts = {
        part.id: {"of": fingerprint(part.sentences), "text": text}
        for part, text in zip(plain.competencies, reply.texts, strict=True)
        if text != part.text and not faults(part.sentences, text)
    }
    return {"model": reply.model, "prompt": reply.prompt, "prompt_sha": reply.prompt_sha, "texts": texts}
