"""Consents that can be given and taken back after the interview has begun."""

from __future__ import annotations

from sqlmodel import select

from vetting.db.consent_queries import PROPOSED
from vetting.db.engine import writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Consent, Interview
from vetting.domain.tongue import _
from vetting.errors import Conflict
from vetting.services.context import Context


def allow_profile(ctx: Context, interview_id: int, granted: bool) -> None:
    """Say whether the result may propose its candidate for other projects. Raises Conflict before the interview."""
    with writing(ctx.engine) as session:
        query = select(Consent).where(
            Consent.organisation_id == ctx.org, Consent.interview_id == interview_id, Consent.purpose == PROPOSED
        )
        row = session.exec(query).first()
        if row is None:
            raise Conflict(_("There is no consent yet that could be changed: the interview has not begun."))
        row.granted, row.at = granted, ctx.now()
        session.add(row)
        person = session.exec(select(Interview.candidate_id).where(Interview.id == interview_id)).one()
        bump_revision(session, ctx.org, {person})  # shortlists and searches from now on know of it
