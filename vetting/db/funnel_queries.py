"""Counts for the funnel: how far invited people come, and the question at which they stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col

from vetting.db.models import Consent, Interview, InterviewEvent
from vetting.db.queries import RUNNING, columns
from vetting.db.review_models import Decision, InviteStep
from vetting.domain.funnel import Step
from vetting.domain.interview_events import Phase


@dataclass(frozen=True)
class Period:
    """Which interviews are counted: those invited since then, by these versions of a rubric (None: by any)."""

    since: datetime
    versions: Sequence[int] | None = None


class Stop(NamedTuple):
    """A question that was the last one asked to people who then stopped, of all who were asked it."""

    version: int
    question_id: str
    stopped: int
    asked: int


def counts(session: Session, org: int, period: Period) -> dict[Step, int]:
    """How many interviews came to each step; each step is counted with all that follow from it."""
    completed = col(Interview.phase) == Phase.COMPLETED.value
    consented = _has(Consent, col(Consent.purpose) == "interview", col(Consent.granted))
    opened = _has(InviteStep, col(InviteStep.step) == "opened")
    began = _has(InterviewEvent, col(InterviewEvent.type).in_(("answer_submitted", "turn_skipped")))
    wanted = {
        Step.OPENED: opened | consented,
        Step.CONSENTED: consented,
        Step.BEGAN: began | completed,
        Step.FINISHED: completed,
        Step.REVIEWED: completed & col(Decision.id).is_not(None),
        Step.ADVANCED: completed & (col(Decision.choice) == "advance"),
    }
    query = columns(func.count(), *(func.count().filter(condition) for condition in wanted.values()))
    query = query.select_from(Interview)
    query = query.outerjoin(Decision, (col(Decision.interview_id) == Interview.id) & col(Decision.current))
    row = session.connection().execute(query.where(*_counted(org, period))).one()
    return dict(zip((Step.INVITED, *wanted), row, strict=True))


def stops(session: Session, org: int, period: Period, before: datetime, *, limit: int) -> list[Stop]:
    """Questions at which people stopped: withdrew, or were last seen `before` and have not finished; most first."""
    last = (
        columns(col(InterviewEvent.interview_id).label("interview"), func.max(col(InterviewEvent.id)).label("event"))
        .join(Interview, col(Interview.id) == InterviewEvent.interview_id)
        .where(col(InterviewEvent.type) == "question_asked", *_counted(org, period))
        .where((col(Interview.phase) == Phase.WITHDRAWN.value) | _silent(before))
        .group_by(col(InterviewEvent.interview_id))
        .subquery()
    )
    question = col(InterviewEvent.payload)["question_id"].as_string()
    rows = (
        session.connection()
        .execute(
            columns(Interview.rubric_version_id, question, func.count().label("n"))
            .select_from(last)
            .join(InterviewEvent, col(InterviewEvent.id) == last.c.event)
            .join(Interview, col(Interview.id) == InterviewEvent.interview_id)
            .group_by(col(Interview.rubric_version_id), question)
            .order_by(func.count().desc(), question)
            .limit(limit)
        )
        .all()
    )
    asked = _asked(session, org, period) if rows else {}
    return [Stop(version, name, n, asked.get((version, name), n)) for version, name, n in rows]


def _asked(session: Session, org: int, period: Period) -> dict[tuple[int, str], int]:
    """How many interviews were asked each question, once each however often it was followed up."""
    question = col(InterviewEvent.payload)["question_id"].as_string().label("question")
    once = (
        columns(col(Interview.rubric_version_id).label("version"), question, InterviewEvent.interview_id)
        .select_from(InterviewEvent)
        .join(Interview, col(Interview.id) == InterviewEvent.interview_id)
        .where(col(InterviewEvent.type) == "question_asked", *_counted(org, period))
        .distinct()
        .subquery()
    )
    rows = session.connection().execute(
        columns(once.c.version, once.c.question, func.count()).group_by(once.c.version, once.c.question)
    )
    return {(version, name): n for version, name, n in rows}


def _silent(before: datetime) -> ColumnElement[bool]:
    later = _has(InterviewEvent, col(InterviewEvent.at) >= before)
    return col(Interview.phase).in_(RUNNING) & ~later


def _has(table: Any, *conditions: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (
        columns(table.id).where(table.interview_id == Interview.id, *conditions).correlate(Interview).exists()
    )
    return found


def _counted(org: int, period: Period) -> tuple[ColumnElement[bool], ...]:
    mine = (col(Interview.organisation_id) == org, col(Interview.created_at) >= period.since)
    if period.versions is None:
        return mine
    return (*mine, col(Interview.rubric_version_id).in_(period.versions))
