"""Which scorecards may speak for their candidates: conditions that queries of matching and of dossiers share."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from vetting.db.models import Consent, ScorecardRow
from vetting.db.shortlist_models import Inquiry

PROPOSED = "profile"
"""The purpose of the consent to be proposed for other projects."""


def released(project: int | None = None) -> ColumnElement[bool]:
    """Of a scorecard: its candidate lets it speak for them anywhere, or this project asked for the interview."""
    allowed = select(Consent.id).where(
        col(Consent.interview_id) == ScorecardRow.interview_id,
        col(Consent.purpose) == PROPOSED,
        col(Consent.granted).is_(True),
    )
    return allowed.exists() if project is None else or_(allowed.exists(), asked_by(project))


def asked_by(project: int) -> ColumnElement[bool]:
    """Of a scorecard: this project asked the candidate for the interview, so it needs no leave there."""
    asked = select(Inquiry.id).where(
        col(Inquiry.interview_id) == ScorecardRow.interview_id, col(Inquiry.project_id) == project
    )
    return asked.exists()
