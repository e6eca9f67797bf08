"""What is committed together with events of an interview: jobs that rate it, and letters that tell of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from vetting.db.log import Log
from vetting.domain.interview_events import AnswerAssessed, Completed, Entry, Paused
from vetting.domain.letter import LetterKind
from vetting.domain.webhook import EventKind
from vetting.services import events, outbox
from vetting.services.context import Context


def follow_up(ctx: Context, session: Session, log: Log, entries: Sequence[Entry]) -> None:
    """Rating jobs are committed with what calls for them: each answer once it is assessed, the scorecard at the end.

    After the assessment and not before, so that the embedded rater of the panel finds its own verdicts in the log.
    Who takes a break is sent a link back, once a day at most.
    """
    for event in (entry.event for entry in entries):
        if isinstance(event, AnswerAssessed):
            ctx.jobs.enqueue(session, "rate_answer", f"rate:{log.id}:{event.turn}", log.id, event.turn)
        elif isinstance(event, Completed):
            ctx.jobs.enqueue(session, "score_interview", f"score:{log.id}", log.id)
            ctx.jobs.enqueue(session, "compare_people", f"compare:{log.id}", log.id)
            interview = {"id": log.row.public_id, "rubric": log.rubric.id, "rubric_version": log.rubric.version}
            key, person = f"completed:{log.row.public_id}", events.candidate_of(session, log.row)
            events.emit(ctx, session, EventKind.INTERVIEW_COMPLETED, key, {"interview": interview}, person)
        elif isinstance(event, Paused):
            key = f"resume:{log.row.public_id}:{event.at:%Y%m%d}"
            outbox.post(ctx, session, LetterKind.RESUME, key, outbox.To(log.row.candidate_id, log.id))
