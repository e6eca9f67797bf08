"""Named reads of calls to language models, scoped by organisation."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.models import Candidate, Interview, ModelCallRow
from vetting.db.queries import columns


class Used(NamedTuple):
    """What one model took in one day, or for one interview."""

    key: str
    model: str
    calls: int
    failed: int
    input_tokens: int
    output_tokens: int


class InterviewSpend(NamedTuple):
    """An interview in the list of what they took."""

    public_id: str
    name: str
    completed_at: datetime | None


def by_day(session: Session, org: int, since: datetime) -> list[Used]:
    """Each model on each day (UTC), the newest day first."""
    day = func.date(col(ModelCallRow.at))
    rows = session.connection().execute(
        columns(day, *_SUMS)
        .where(col(ModelCallRow.organisation_id) == org, col(ModelCallRow.at) >= since)
        .group_by(day, col(ModelCallRow.model))
        .order_by(day.desc(), col(ModelCallRow.model))
    )
    return [Used(row[0].isoformat() if isinstance(row[0], date) else str(row[0]), *row[1:]) for row in rows]


def newest_interviews(session: Session, org: int, limit: int) -> dict[int, InterviewSpend]:
    """The interviews that a model was last called for, the newest first, by key."""
    last = func.max(col(ModelCallRow.id))
    rows = session.connection().execute(
        columns(Interview.id, Interview.public_id, Candidate.name, Interview.completed_at, last)
        .join(ModelCallRow, col(ModelCallRow.interview_id) == Interview.id)
        .join(Candidate, col(Candidate.id) == Interview.candidate_id)
        .where(col(Interview.organisation_id) == org)
        .group_by(Interview.id, Interview.public_id, Candidate.name, Interview.completed_at)
        .order_by(last.desc())
        .limit(limit)
    )
    return {row[0]: InterviewSpend(*row[1:4]) for row in rows}


def by_interview(session: Session, org: int, keys: list[int]) -> list[Used]:
    """Each model for each of these interviews; `key` is the interview's."""
    rows = session.connection().execute(
        columns(ModelCallRow.interview_id, *_SUMS)
        .where(col(ModelCallRow.organisation_id) == org, col(ModelCallRow.interview_id).in_(keys))
        .group_by(col(ModelCallRow.interview_id), col(ModelCallRow.model))
    )
    return [Used(str(row[0]), *row[1:]) for row in rows]


_SUMS = (
    ModelCallRow.model,
    func.count(),
    func.count().filter(col(ModelCallRow.status) != "ok"),
    func.coalesce(func.sum(col(ModelCallRow.input_tokens)), 0),
    func.coalesce(func.sum(col(ModelCallRow.output_tokens)), 0),
)
