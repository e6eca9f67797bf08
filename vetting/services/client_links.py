"""Links by which a client sees whom a project stands behind, without names, until they expire or are ended."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from vetting.db import project_queries, shortlist_queries
from vetting.db.engine import reading, writing
from vetting.db.project_models import Shortlist
from vetting.db.queries import owned
from vetting.db.shortlist_models import ClientLink
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Expired, NotFound
from vetting.services import audit
from vetting.services.context import Context
from vetting.services.interviews import token_sha256

DAYS = 14
MOST_DAYS = 90
GONE = N_("This link has run out or was ended. Whoever sent it to you can make a new one.")


class Made(NamedTuple):
    """A new link; the token is shown once and never stored."""

    token: str
    expires_at: datetime


class Opened(NamedTuple):
    """What a link leads to."""

    organisation: int
    shortlist: str
    expires_at: datetime


def make(ctx: Context, shortlist_id: str, *, days: int = DAYS, by: str) -> Made:
    """A link to a shortlist for a client. Raises NotFound, BadInput."""
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(_("days: a link can be open for 1 to {most_days} days.").format(most_days=MOST_DAYS))
    token, now = secrets.token_urlsafe(32), ctx.now()
    with writing(ctx.engine) as session:
        shortlist, _project = project_queries.shortlist(session, ctx.org, shortlist_id)
        assert shortlist.id is not None
        row = ClientLink(
            organisation_id=ctx.org, shortlist_id=shortlist.id, token_sha256=token_sha256(token), made_by=by,
            created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        session.add(row)
        audit.record(
            ctx, session, "client_link.make", f"shortlist:{shortlist_id}", by=by, link=row.public_id, days=days
        )
    return Made(token, row.expires_at)


def end(ctx: Context, shortlist_id: str, link_id: str, *, by: str) -> None:
    """End a link of this very shortlist now; ending it again changes nothing. Raises NotFound."""
    with writing(ctx.engine) as session:
        shortlist, _project = project_queries.shortlist(session, ctx.org, shortlist_id)
        row = owned(session, ClientLink, ctx.org, link_id)
        if row.shortlist_id != shortlist.id:
            raise NotFound
        if row.ended_at is None:
            row.ended_at = ctx.now()
            session.add(row)
            audit.record(ctx, session, "client_link.end", f"shortlist:{shortlist_id}", by=by, link=row.public_id)


def open_link(ctx: Context, token: str) -> Opened:
    """Where a link leads; looking changes nothing. Raises Expired."""
    with reading(ctx.engine) as session:
        row = shortlist_queries.client_link_of_token(session, token_sha256(token))
        if row is None or row.ended_at is not None or row.expires_at < ctx.now():
            raise Expired(_(GONE))
        shortlist = session.get(Shortlist, row.shortlist_id)
    assert shortlist is not None
    return Opened(row.organisation_id, shortlist.public_id, row.expires_at)
