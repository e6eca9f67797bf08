"""The durable jobs by name. Each is given row keys only, acts for the organisation the row belongs to, and is
harmless when repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlmodel import select

from vetting.db.document_models import DocumentRow
from vetting.db.engine import reading
from vetting.db.jobs import InlineQueue, Job
from vetting.db.mail_models import Mail
from vetting.db.models import Interview, RubricVersion
from vetting.db.staffing_models import StaffingPlan
from vetting.db.webhook_models import WebhookDelivery
from vetting.services import (
    cvs,
    deliveries,
    events,
    feedback,
    items,
    likenesses,
    mail,
    model_answers,
    outbox,
    profiles,
    retention,
    scoring,
    staffing_plans,
)
from vetting.services.context import Context

Owned = (
    type[Interview]
    | type[RubricVersion]
    | type[StaffingPlan]
    | type[DocumentRow]
    | type[Mail]
    | type[WebhookDelivery]
)


def _of(table: Owned, run: Callable[..., object]) -> Callable[..., None]:
    """The job within the organisation of the row it is about; nothing to do for one that is gone."""

    def job(ctx: Context, key: int, *more: int) -> None:
        with reading(ctx.engine) as session:
            org = session.exec(select(table.organisation_id).where(table.id == key)).first()
        if org is not None:
            run(ctx.for_organisation(org), key, *more)

    return job


JOBS: Mapping[str, Callable[..., object]] = {
    "rate_answer": _of(Interview, scoring.rate_answer),
    "score_interview": _of(Interview, scoring.score_interview),
    "reword_feedback": _of(Interview, feedback.reword_feedback),
    "settle_version": _of(RubricVersion, items.settle_version),
    "rate_model_answers": _of(RubricVersion, model_answers.rate_version),
    "read_facts": _of(DocumentRow, cvs.read_facts),
    "compare_people": _of(Interview, likenesses.compare_people),
    outbox.JOB: _of(Mail, mail.send),
    retention.JOB: retention.run,
    events.JOB: _of(WebhookDelivery, deliveries.deliver),
    staffing_plans.JOB: _of(StaffingPlan, staffing_plans.solve_plan),
}
SWEEPS: tuple[Callable[[Context], object], ...] = (
    scoring.sweep,
    profiles.sweep,
    items.sweep,
    staffing_plans.sweep,
    mail.sweep,
    deliveries.sweep,
    retention.sweep,
)


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
