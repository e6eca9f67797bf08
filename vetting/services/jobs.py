"""The durable jobs by name. Each is given row keys only, acts for the organisation the row belongs to, and is
harmless when repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlmodel import select

from vetting.db.document_models import DocumentRow
from vetting.db.engine import reading
from vetting.db.jobs import InlineQueue, Job
from vetting.db.models import Interview, RubricVersion
from vetting.services import cvs, feedback, items, likenesses, model_answers, profiles, scoring
from vetting.services.context import Context


def _of_interview(run: Callable[..., object]) -> Callable[..., None]:
    """The job within the organisation of its interview; nothing to do for one that is gone."""

    def job(ctx: Context, interview_id: int, *more: int) -> None:
        with reading(ctx.engine) as session:
            org = session.exec(select(Interview.organisation_id).where(Interview.id == interview_id)).first()
        if org is not None:
            run(ctx.for_organisation(org), interview_id, *more)

    return job


def _of_version(run: Callable[[Context, int], object]) -> Callable[..., None]:
    """The job within the organisation of its version of a pack; nothing to do for one that is gone."""

    def job(ctx: Context, version_id: int) -> None:
        with reading(ctx.engine) as session:
            mine = select(RubricVersion.organisation_id).where(RubricVersion.id == version_id)
            org = session.exec(mine).first()
        if org is not None:
            run(ctx.for_organisation(org), version_id)

    return job


def _of_document(run: Callable[[Context, int], object]) -> Callable[..., None]:
    """The job within the organisation of its document; nothing to do for one that is gone."""

    def job(ctx: Context, document_id: int) -> None:
        with reading(ctx.engine) as session:
            org = session.exec(select(DocumentRow.organisation_id).where(DocumentRow.id == document_id)).first()
        if org is not None:
            run(ctx.for_organisation(org), document_id)

    return job


JOBS: Mapping[str, Callable[..., object]] = {
    "rate_answer": _of_interview(scoring.rate_answer),
    "score_interview": _of_interview(scoring.score_interview),
    "reword_feedback": _of_interview(feedback.reword_feedback),
    "settle_version": _of_version(items.settle_version),
    "rate_model_answers": _of_version(model_answers.rate_version),
    "read_facts": _of_document(cvs.read_facts),
    "compare_people": _of_interview(likenesses.compare_people),
}
SWEEPS: tuple[Callable[[Context], object], ...] = (scoring.sweep, profiles.sweep, items.sweep)


def with_own_queue(ctx: Context) -> Context:
    """The same service with an inline queue of its own, so that two threads do not run each other's jobs."""
    return with_inline_jobs(lambda queue: replace(ctx, jobs=queue))


def with_inline_jobs(make: Callable[[InlineQueue], Context]) -> Context:
    """A context whose jobs run in this process right after each commit: for commands that do one thing and end."""
    made: list[Context] = []

    def run(job: Job) -> None:
        JOBS[job.name](made[0], *job.ids)

    made.append(make(InlineQueue(run)))
    return made[0]
