"""Tells other systems what was decided about the entries of a shortlist, and that a list has all it needs."""

from __future__ import annotations

from sqlmodel import Session, func, select

from vetting.db.models import Candidate
from vetting.db.project_models import Project, Shortlist, ShortlistEntry
from vetting.db.shortlist_models import EntryStep
from vetting.domain.webhook import EventKind
from vetting.services import events
from vetting.services.context import Context


def decided(ctx: Context, session: Session, entry: ShortlistEntry, step: EntryStep) -> None:
    """An entry was approved, declined, or neither again; and, once, that as many are approved as there are seats."""
    session.flush()
    shortlist = session.get_one(Shortlist, entry.shortlist_id)
    project = session.get_one(Project, shortlist.project_id)
    where = {"shortlist": {"id": shortlist.public_id}, "project": {"id": project.imported_id}}
    person = session.get_one(Candidate, entry.candidate_id)
    told = {"entry": {"id": entry.public_id, "state": entry.state, "decision": entry.decision}}
    events.emit(ctx, session, EventKind.ENTRY_DECIDED, f"step:{step.id}", {**told, **where}, person)
    approved = _approved(session, entry.shortlist_id)
    if entry.decision == "approved" and approved >= (project.seats or 1):
        key = f"approved:{shortlist.public_id}"
        counts = {"approved": approved, "seats": project.seats}
        events.emit(ctx, session, EventKind.SHORTLIST_APPROVED, key, {**counts, **where})


def _approved(session: Session, shortlist_id: int) -> int:
    query = select(func.count()).where(
        ShortlistEntry.shortlist_id == shortlist_id, ShortlistEntry.decision == "approved"
    )
    return session.exec(query).one()
