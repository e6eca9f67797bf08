"""Keeps the record of every call to a language model, whatever came of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from vetting.db.models import ModelCallRow
from vetting.ports import ModelCall
from vetting.services.context import Context


def record_calls(session: Session, ctx: Context, interview_id: int | None, calls: Iterable[ModelCall]) -> None:
    """Store the records of calls within the caller's transaction."""
    session.add_all(
        ModelCallRow(organisation_id=ctx.org, interview_id=interview_id, at=ctx.now(), **vars(call)) for call in calls
    )
