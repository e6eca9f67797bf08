"""How many indicators a fluent model-written answer to a question shows: what a candidate could paste.

The answers ship in `data/eval/model_answers/`, one file per pack. Rated on demand by the embedded rater, and kept.
"""

from __future__ import annotations

import hashlib

from sqlmodel import col, delete, select

from vetting import packs
from vetting.db.engine import reading, writing
from vetting.db.item_models import ModelAnswerRating
from vetting.domain.rubric import Question, Rubric
from vetting.domain.transcript import one_answer
from vetting.domain.verdict import accept
from vetting.errors import NotFound
from vetting.ports import RatingRequest
from vetting.services.context import Context
from vetting.services.items import version_rubric
from vetting.services.work_samples import steering

FOLDER = "data/eval"
ANSWERS = "model_answers"
SHOWN = 0.5


def answers(rubric: Rubric) -> dict[str, str]:
    """Question id -> the shipped model-written answer, for questions of the pack; empty where none are shipped."""
    try:
        path = packs.shipped(FOLDER) / ANSWERS / f"{rubric.id}.yaml"
    except NotFound:
        return {}
    if not path.is_file():
        return {}
    data, _, _ = packs.read_yaml(path)
    written = data.get("answers") if isinstance(data, dict) else None
    own = {q.id for q in rubric.questions()}
    return {q: text for q, text in (written or {}).items() if q in own and isinstance(text, str)}


def ask(ctx: Context, version_id: int) -> None:
    """Have the model-written answers of a stored version rated by a job; a second click in a minute changes nothing."""
    with writing(ctx.engine) as session:
        minute = f"{ctx.now():%Y%m%d%H%M}"
        ctx.jobs.enqueue(session, "rate_model_answers", f"model:{version_id}:{minute}", version_id)


def rate_version(ctx: Context, version_id: int) -> int:
    """`rate` for a stored version of this organisation. Raises NotFound, Unavailable."""
    with reading(ctx.engine) as session:
        rubric = version_rubric(ctx, session, version_id)
    return rate(ctx, rubric)


def rate(ctx: Context, rubric: Rubric) -> int:
    """Rate what is not rated yet of the model-written answers to a pack; returns how many were.

    Raises Unavailable when the embedder cannot be reached; what was rated until then is kept.
    """
    rater = ctx.steering.id.label
    with reading(ctx.engine) as session:
        rows = session.exec(
            select(ModelAnswerRating).where(
                ModelAnswerRating.rubric_sha256 == rubric.sha256, ModelAnswerRating.rater == rater
            )
        ).all()
    known = {(row.question_id, row.answer_sha256) for row in rows}
    new = [(q, text) for q, text in answers(rubric).items() if (q, _sha(text)) not in known]
    for question_id, text in new:
        _keep(ctx, rubric, rubric.question(question_id), text, rater)
    return len(new)


def _keep(ctx: Context, rubric: Rubric, question: Question, text: str, rater: str) -> None:
    shown = _shown(ctx, rubric, question, text)
    with writing(ctx.engine) as session:
        session.exec(
            delete(ModelAnswerRating).where(
                col(ModelAnswerRating.rubric_sha256) == rubric.sha256,
                col(ModelAnswerRating.question_id) == question.id,
                col(ModelAnswerRating.rater) == rater,
            )
        )
        session.add(
            ModelAnswerRating(
                rubric_sha256=rubric.sha256,
                question_id=question.id,
                rater=rater,
                answer_sha256=_sha(text),
                shown=shown,
                indicators=len(question.indicators),
                at=ctx.now(),
            )
        )


def _shown(ctx: Context, rubric: Rubric, question: Question, text: str) -> int:
    """How many indicators the answer shows, by the rules an answer in an interview is rated by."""
    said = one_answer(question.id, question.text, text)
    rater = steering(ctx, question)
    reply = rater.rate(RatingRequest(question=question, transcript=said, language=rubric.language))
    verdicts = accept(reply.assessment, question, said, rater.id, rubric.sha256).verdicts
    indicators = {i.id for i in question.indicators}
    return sum(v.p >= SHOWN for v in verdicts if v.target in indicators)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
