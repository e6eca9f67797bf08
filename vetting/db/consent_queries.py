"""Which scorecards may speak for their candidates: conditions that queries of matching and of dossiers share."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from vetting.db.models import Consent, ScorecardRow
from vetting.db.shortlist_models import Inquiry

PROPOSED = "profile"
"""The purpose of the consent to be proposed for other projects."""


def released(project: int | None = None) -> ColumnElement[bool]:
    """Of a scorecard: its candidate lets it speak for them anywhere, or this project asked for the interview (which
    then needs no leave there)."""
    allowed = select(Consent.id).where(
        col(Consent.interview_id) == ScorecardRow.interview_id,
        col(Consent.purpose) == PROPOSED,
        col(Consent.granted).is_(True),
    )
    if project is None:
        return allowed.exists()
    asked = select(Inquiry.id).where(
        col(Inquiry.interview_id) == ScorecardRow.interview_id, col(Inquiry.project_id) == project
    )
    return or_(allowed.exists(), asked.exists())
