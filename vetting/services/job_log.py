"""Jobs as an administrator sees them: those about rows of their own organisation, and one that failed once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from vetting.db.engine import reading, writing
from vetting.domain.tongue import N_, _
from vetting.errors import Conflict, NotFound
from vetting.ports import JobLine, JobState
from vetting.services import audit
from vetting.services.context import Context
from vetting.services.jobs import OWNERS

LOOKED_AT = 400
SHOWN = 100
WORDS = {
    "rate_answer": N_("Rate an answer"),
    "score_interview": N_("Make a scorecard"),
    "reword_feedback": N_("Reword feedback"),
    "settle_version": N_("Work out again after a question was withdrawn"),
    "rate_model_answers": N_("Rate model answers"),
    "read_facts": N_("Read facts in a CV"),
    "compare_people": N_("Compare with other people"),
    "write_pack": N_("Write a draft pack"),
    "solve_plan": N_("Find a staffing plan"),
    "send_mail": N_("Send a letter"),
    "deliver_event": N_("Deliver an event"),
}


TABLES = {
    "interview": N_("interview {ids}"),
    "candidate": N_("candidate {ids}"),
    "document": N_("document {ids}"),
    "rubric_version": N_("rubric version {ids}"),
    "pack_draft": N_("pack draft {ids}"),
    "staffing_plan": N_("staffing plan {ids}"),
    "mail": N_("mail {ids}"),
    "webhook_delivery": N_("webhook delivery {ids}"),
}
"""What a job is about, by the table of its rows."""


class Shown(NamedTuple):
    """A job of this organisation. `about` names its rows; `again` is the job that tried it once more, if any."""

    line: JobLine
    what: str
    about: str
    again: str | None

    @property
    def retry(self) -> bool:
        """Whether it can be tried once more."""
        return self.line.state is JobState.FAILED and self.again is None


def listed(ctx: Context, states: Sequence[JobState] = tuple(JobState)) -> list[Shown]:
    """The newest jobs in these states, newest first; looks at the last LOOKED_AT of the installation."""
    lines = ctx.jobs.listed(tuple(states), LOOKED_AT)
    with reading(ctx.engine) as session:
        own = _own_rows(session, ctx.org, lines)
    mine = [line for line in lines if line.ids and (line.name, line.ids[0]) in own]
    return [_shown(ctx, line) for line in mine[:SHOWN]]


def retry(ctx: Context, job_id: str, *, by: str) -> None:
    """Have a job that failed run once more. Raises NotFound, Conflict for one that did not fail or is being tried."""
    line = ctx.jobs.found(job_id)
    with reading(ctx.engine) as session:
        if line is None or not line.ids or not _own_rows(session, ctx.org, [line]):
            raise NotFound(_("There is no such job."))
    if line.state is not JobState.FAILED or ctx.jobs.found(_again(job_id)) is not None:
        raise Conflict(_("This job did not fail, or is being tried again already."))
    with writing(ctx.engine) as session:
        audit.record(ctx, session, "job.retry", f"job:{line.name}", by=by, key=line.ids[0])
        ctx.jobs.enqueue(session, line.name, _again(job_id), *line.ids)


def counts(lines: Iterable[Shown]) -> dict[JobState, int]:
    """How many there are in each state."""
    found = dict.fromkeys(JobState, 0)
    for one in lines:
        found[one.line.state] += 1
    return found


def _shown(ctx: Context, line: JobLine) -> Shown:
    again = ctx.jobs.found(_again(line.id)) if line.state is JobState.FAILED else None
    about = _(TABLES[str(OWNERS[line.name].__tablename__)]).format(ids=", ".join(map(str, line.ids)))
    return Shown(
        line, _(WORDS.get(line.name, line.name.replace("_", " "))), about, again.state.value if again else None
    )


def _again(job_id: str) -> str:
    """The same name for the same failed job, so that two clicks are one retry."""
    return f"again:{job_id}"


def _own_rows(session: Session, org: int, lines: Iterable[JobLine]) -> set[tuple[str, int]]:
    """(job, key) of the jobs that are about rows of this organisation; one query for each kind of job."""
    keys: dict[str, set[int]] = {}
    for line in lines:
        if line.ids and line.name in OWNERS:
            keys.setdefault(line.name, set()).add(line.ids[0])
    found: set[tuple[str, int]] = set()
    for name, wanted in keys.items():
        table = OWNERS[name]
        mine = select(table.id).where(table.organisation_id == org, col(table.id).in_(wanted))
        found |= {(name, key) for key in session.exec(mine) if key is not None}
    return found
