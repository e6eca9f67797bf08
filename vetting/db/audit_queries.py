"""Named reads of the audit chain, scoped by organisation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.audit_models import AuditEntry, AuditHead
from vetting.db.models import Candidate, User
from vetting.db.queries import columns
from vetting.domain.audit import Head, Link, Sealed

AT_ONCE = 1000
PAGE = 50


class AuditLine(NamedTuple):
    """An entry as the page shows it; `who` is a person's e-mail or name, where there still is one."""

    entry: AuditEntry
    who: str


def head(session: Session, org: int) -> Head | None:
    """The recorded end of the chain; None before the first entry."""
    row = session.get(AuditHead, org, populate_existing=True)
    return None if row is None else Head(row.seq, row.digest, row.seal)


def chain(session: Session, org: int) -> Iterator[Sealed]:
    """Every link in order, read in portions."""
    query = columns(AuditEntry).where(col(AuditEntry.organisation_id) == org).order_by(col(AuditEntry.seq))
    for row in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        yield Sealed(link_of(row), row.previous, row.digest)
        session.expunge(row)


def link_of(row: AuditEntry) -> Link:
    """The link of a row; the time as it is sealed, to the microsecond."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return Link(row.organisation_id, row.seq, at, row.actor, row.action, row.subject, row.detail)


def newest(session: Session, org: int, *, offset: int = 0, subject: str = "") -> tuple[list[AuditLine], int]:
    """One page of entries, newest first, with who did it, and how many there are in all."""
    where = [col(AuditEntry.organisation_id) == org, *([col(AuditEntry.subject) == subject] if subject else [])]
    total = session.scalar(columns(func.count()).select_from(AuditEntry).where(*where)) or 0
    query = columns(AuditEntry).where(*where).order_by(col(AuditEntry.seq).desc()).offset(offset).limit(PAGE)
    rows = list(session.scalars(query))
    names = _names(session, org, {row.actor for row in rows})
    return [AuditLine(row, names.get(row.actor, row.actor)) for row in rows], total


def user_public_id(session: Session, org: int, email: str) -> str | None:
    """The public id of the user with this e-mail."""
    query = columns(User.public_id).where(col(User.organisation_id) == org, col(User.email) == email.strip().lower())
    found: str | None = session.scalar(query)
    return found


def _names(session: Session, org: int, actors: set[str]) -> dict[str, str]:
    ids = {kind: [a.partition(":")[2] for a in actors if a.startswith(f"{kind}:")] for kind in ("user", "expert")}
    users = columns(User.public_id, User.email).where(col(User.organisation_id) == org)
    experts = columns(Candidate.public_id, Candidate.name).where(col(Candidate.organisation_id) == org)
    of_users = session.connection().execute(users.where(col(User.public_id).in_(ids["user"])))
    of_experts = session.connection().execute(experts.where(col(Candidate.public_id).in_(ids["expert"])))
    return {f"user:{row[0]}": row[1] for row in of_users} | {f"expert:{row[0]}": row[1] for row in of_experts}
