"""Erasing a person: words, drafts, profile, vectors, ratings and contact data are deleted, not hidden.

What stays is the log of events without a word of anybody, marked erased, so that counts keep adding up, and the row
of `erasure` that says when. A table that points at a person is emptied of them without being named anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col

from vetting.db.engine import scrub, writing
from vetting.db.log import append, load
from vetting.db.mail_models import Mail
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, Interview, InterviewEvent, InterviewText, new_public_id
from vetting.db.own_models import Erasure
from vetting.db.own_rows import rows_of
from vetting.db.queries import columns
from vetting.domain.interview import decide
from vetting.domain.interview_events import Erase
from vetting.domain.webhook import EventKind
from vetting.errors import NotFound
from vetting.services import audit, events
from vetting.services.context import Context

UNLINKED = frozenset({"model_call"})
"""Hold figures; they forget whose interview it was, and what the machine said went wrong."""
NAME = "Erased person"
LOOSE_WORDS: dict[str, dict[str, Any]] = {
    "answer_assessed": {"assessment": None},
    "question_asked": {"quoted": None, "fallback": None, "target": None},
}
"""What of an event's payload could tell of what was said, and what stands there afterwards."""


@dataclass(frozen=True)
class Erased:
    """What was erased: rows by table, and interviews whose events stay without words."""

    rows: dict[str, int]
    interviews: int


def erase(ctx: Context, candidate_id: int, asked_by: str) -> Erased:
    """Erase everything about a person for good; a running interview ends. Raises NotFound, also the second time."""
    with writing(ctx.engine) as session:
        person = session.get(Candidate, candidate_id)
        erased = session.get(Erasure, candidate_id) is not None
        if person is None or person.organisation_id != ctx.org or erased:
            raise NotFound
        interviews = _interviews(session, candidate_id)
        for key in interviews:
            log = load(session, ctx.org, key)
            append(session, log, decide(log.state, Erase(), ctx.now()))
        _silence(session, interviews)
        letters = _letters(session, candidate_id)
        told = list(session.scalars(_public_ids(interviews)))
        gone = _delete(session, candidate_id, interviews)
        _forget_person(person, ctx)
        session.add_all(
            [person, Erasure(candidate_id=candidate_id, organisation_id=ctx.org, asked_by=asked_by, at=ctx.now())]
        )
        bump_revision(session, ctx.org, [candidate_id])
        # the imported id went with the person: other systems know them by the ids that were sent along before
        data = {"candidate": {"public_id": person.public_id}, "interviews": told}
        events.emit(ctx, session, EventKind.CANDIDATE_ERASED, f"erased:{person.public_id}", data)
        audit.record(ctx, session, "candidate.erase", f"candidate:{person.public_id}", by=asked_by)
    ctx.mailer.forget(letters)
    ctx.index.forget()
    scrub(ctx.engine)
    return Erased(gone, len(interviews))


def _interviews(session: Session, candidate_id: int) -> list[int]:
    return list(session.scalars(columns(Interview.id).where(col(Interview.candidate_id) == candidate_id)))


def _public_ids(interviews: list[int]) -> Any:
    return columns(Interview.public_id).where(col(Interview.id).in_(interviews))


def _letters(session: Session, candidate_id: int) -> list[str]:
    """The letters written to the person; those that lie in the outbox are deleted after the rows."""
    return list(session.scalars(columns(Mail.public_id).where(col(Mail.candidate_id) == candidate_id)))


def _silence(session: Session, interviews: list[int]) -> None:
    """Take the words out of the events, and out of what an interview says of itself."""
    theirs = col(InterviewEvent.interview_id).in_(interviews)
    written = col(InterviewText.event_id).in_(columns(InterviewEvent.id).where(theirs))
    session.execute(delete(InterviewText).where(written))
    for row in session.scalars(columns(InterviewEvent).where(theirs)):
        row.payload = row.payload | LOOSE_WORDS.get(row.type, {})
        row.erased = True
    session.flush()
    blank = {"purpose": "", "offer": "", "invited_by": "", "request_key": None}
    session.execute(update(Interview).where(col(Interview.id).in_(interviews)).values(**blank))


def _forget_person(person: Candidate, ctx: Context) -> None:
    person.imported_id = f"erased-{new_public_id()}"
    person.name, person.email, person.headline, person.summary = NAME, None, "", ""
    person.facts, person.conflicts = {}, []
    person.updated_at = ctx.now()


def _delete(session: Session, candidate_id: int, interviews: list[int]) -> dict[str, int]:
    """Delete whatever points at the person, and what points at that; returns how many rows of which table."""
    gone: dict[str, int] = {}
    for table, mine in reversed(rows_of(session, candidate_id, interviews).items()):
        if table.name in UNLINKED:
            session.execute(update(table).where(mine).values(interview_id=None, error=""))
            continue
        result: Any = session.execute(delete(table).where(mine))
        if result.rowcount:
            gone[table.name] = result.rowcount
    return gone
