"""Counts for the reports: one query each, scoped by organisation, no personal data."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from vetting.db.models import Candidate, Interview, InterviewEvent, ModelCallRow, RubricVersion, ScorecardRow
from vetting.db.queries import columns


class PhaseCount(NamedTuple):
    """Interviews of a rubric in a phase."""

    rubric_id: str
    phase: str
    n: int


class RecommendationCount(NamedTuple):
    """Scorecards of a rubric with a recommendation."""

    rubric_id: str
    recommendation: str
    n: int


class CallCount(NamedTuple):
    """Calls of a prompt to a model."""

    prompt: str
    model: str
    calls: int
    failures: int
    milliseconds: float
    tokens: int


class Dispute(NamedTuple):
    """A question that candidates called wrong or unclear: how often, of how many times it was asked."""

    rubric_id: str
    question_id: str
    disputed: int
    asked: int


def people(session: Session, org: int) -> int:
    """How many candidates there are."""
    return session.scalar(columns(func.count()).where(col(Candidate.organisation_id) == org)) or 0


def by_phase(session: Session, org: int) -> list[PhaseCount]:
    """Interviews by rubric and phase."""
    rows = session.connection().execute(
        columns(RubricVersion.rubric_id, Interview.phase, func.count())
        .select_from(Interview)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(col(Interview.organisation_id) == org)
        .group_by(col(RubricVersion.rubric_id), col(Interview.phase))
        .order_by(col(RubricVersion.rubric_id))
    )
    return [PhaseCount(*row) for row in rows]


def by_recommendation(session: Session, org: int) -> list[RecommendationCount]:
    """Scorecards by rubric and recommendation."""
    rows = session.connection().execute(
        columns(ScorecardRow.rubric_id, ScorecardRow.recommendation, func.count())
        .where(col(ScorecardRow.organisation_id) == org)
        .group_by(col(ScorecardRow.rubric_id), col(ScorecardRow.recommendation))
        .order_by(col(ScorecardRow.rubric_id))
    )
    return [RecommendationCount(*row) for row in rows]


def calls(session: Session, org: int) -> list[CallCount]:
    """Model calls by prompt and model, with failures, mean time and tokens."""
    failed = func.count().filter(col(ModelCallRow.status) != "ok")
    mean = func.avg(col(ModelCallRow.milliseconds))
    tokens = func.sum(col(ModelCallRow.input_tokens) + col(ModelCallRow.output_tokens))
    rows = session.connection().execute(
        columns(ModelCallRow.prompt, ModelCallRow.model, func.count(), failed, mean, tokens)
        .where(col(ModelCallRow.organisation_id) == org)
        .group_by(col(ModelCallRow.prompt), col(ModelCallRow.model))
        .order_by(col(ModelCallRow.prompt), col(ModelCallRow.model))
    )
    return [CallCount(*row) for row in rows]


def fallbacks(session: Session, org: int) -> int:
    """How many prompts the embedded engine asked because a model failed."""
    reason = col(InterviewEvent.payload)["fallback"].as_string()
    query = columns(func.count()).where(
        col(InterviewEvent.organisation_id) == org,
        col(InterviewEvent.type) == "question_asked",
        reason.is_not(None),
    )
    return session.scalar(query) or 0


def disputes(session: Session, org: int) -> list[Dispute]:
    """Questions that were called wrong or unclear, those most often first."""
    asked, said = aliased(InterviewEvent), aliased(InterviewEvent)
    question = col(asked.payload)["question_id"].as_string()
    turn = col(asked.payload)["turn"].as_integer()
    marked = func.count(col(said.id).distinct())
    rows = session.connection().execute(
        columns(RubricVersion.rubric_id, question, marked, func.count(col(asked.id).distinct()))
        .select_from(asked)
        .join(Interview, col(Interview.id) == asked.interview_id)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .outerjoin(
            said,
            (col(said.interview_id) == asked.interview_id)
            & (col(said.type) == "turn_disputed")
            & (col(said.payload)["turn"].as_integer() == turn),
        )
        .where(col(asked.organisation_id) == org, col(asked.type) == "question_asked")
        .group_by(col(RubricVersion.rubric_id), question)
        .having(marked > 0)
        .order_by(marked.desc(), question)
    )
    return [Dispute(*row) for row in rows]
