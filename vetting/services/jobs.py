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
from vetting.db.pack_models import PackDraft
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
    pack_drafts,
    pack_writing,
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
    | type[PackDraft]
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


OWNERS: Mapping[str, Owned] = {
    "rate_answer": Interview,
    "score_interview": Interview,
    "reword_feedback": Interview,
    "settle_version": RubricVersion,
    "rate_model_answers": RubricVersion,
    "read_facts": DocumentRow,
    "compare_people": Interview,
    outbox.JOB: Mail,
    events.JOB: WebhookDelivery,
    pack_drafts.JOB: PackDraft,
    staffing_plans.JOB: StaffingPlan,
}
"""Whose row the first key of a job names: the job acts for the organisation of that row."""
_RUN: Mapping[str, Callable[..., object]] = {
    "rate_answer": scoring.rate_answer,
    "score_interview": scoring.score_interview,
    "reword_feedback": feedback.reword_feedback,
    "settle_version": items.settle_version,
    "rate_model_answers": model_answers.rate_version,
    "read_facts": cvs.read_facts,
    "compare_people": likenesses.compare_people,
    outbox.JOB: mail.send,
    events.JOB: deliveries.deliver,
    pack_drafts.JOB: pack_writing.write_pack,
    staffing_plans.JOB: staffing_plans.solve_plan,
}
JOBS: Mapping[str, Callable[..., object]] = {
    **{name: _of(OWNERS[name], run) for name, run in _RUN.items()},
    retention.JOB: retention.run,
}
SWEEPS: tuple[Callable[[Context], object], ...] = (
    scoring.sweep,
    profiles.sweep,
    items.sweep,
    staffing_plans.sweep,
    mail.sweep,
    deliveries.sweep,
    retention.sweep,
    pack_writing.sweep,
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
