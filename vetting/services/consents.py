"""Consents that can be given and taken back after the interview has begun."""

from __future__ import annotations

from sqlmodel import select

from vetting.db.engine import writing
from vetting.db.models import Consent
from vetting.errors import Conflict
from vetting.services.context import Context


def allow_profile(ctx: Context, interview_id: int, granted: bool) -> None:
    """Say whether the result may propose its candidate for other projects. Raises Conflict before the interview."""
    with writing(ctx.engine) as session:
        query = select(Consent).where(
            Consent.organisation_id == ctx.org, Consent.interview_id == interview_id, Consent.purpose == "profile"
        )
        row = session.exec(query).first()
        if row is None:
            raise Conflict("There is no consent yet that could be changed: the interview has not begun.")
        row.granted, row.at = granted, ctx.now()
        session.add(row)
