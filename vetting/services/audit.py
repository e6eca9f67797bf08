"""The audit chain: `record` writes what was changed in the very transaction that changes it, `check` reads it whole.

    with writing(ctx.engine) as session:
        project.status = "closed"
        audit.record(ctx, session, "project.close", f"project:{project.public_id}", by=account.email, seats=3)

Any use case may write here. Who acts is a user, an expert or a program; what stands in an entry are ids, names of
closed sets, numbers, and of texts only an HMAC (`fingerprint`): erasing a person leaves the chain whole.
"""

from __future__ import annotations

import hmac
import re

from sqlalchemy import text
from sqlmodel import Session

from vetting.db import audit_queries
from vetting.db.audit_models import AuditEntry, AuditHead
from vetting.db.engine import reading
from vetting.domain.audit import START, Plain, Verified, head_of, seal, verify
from vetting.domain.audit import fingerprint as text_fingerprint
from vetting.services.context import Context

SYSTEM = "system"
"""Who acts where no person and no program asked for it by name."""

_NAME = re.compile(r"[\w.:@-]{0,80}", re.ASCII)


def record(ctx: Context, session: Session, action: str, subject: str, /, *, by: str, **detail: Plain) -> AuditEntry:
    """Append one change to the organisation's chain, in the transaction of `session` (one that writes).

    `action` is like `entry.approve`, `subject` like `entry:PUBLIC_ID`; `by` is the e-mail of a user, else the name of
    an actor such as `expert:PUBLIC_ID` or `api key`. A detail that is a text must be an id or a word of a closed set:
    raises ValueError for anything that reads like prose.
    """
    for name, value in detail.items():
        if isinstance(value, str) and not _NAME.fullmatch(value):
            raise ValueError(f"{name} of {action}: the chain holds no text; record its fingerprint")
    _lock(session, ctx.org)
    head = audit_queries.head(session, ctx.org)
    seq, previous = (head.seq + 1, head.digest) if head else (1, START)
    actor = _actor(ctx, session, by)
    row = AuditEntry(
        organisation_id=ctx.org, seq=seq, at=ctx.now(), actor=actor, action=action, subject=subject, detail=detail,
        previous=previous, digest="",
    )  # fmt: skip
    row.digest = seal(_key(ctx), previous, audit_queries.link_of(row))
    session.add(row)
    _move_head(ctx, session, seq, row.digest)
    session.flush()
    return row


def check(ctx: Context, noted: str | None = None) -> Verified:
    """Walk the organisation's chain; `noted` is the mark of an earlier check, as somebody wrote it down elsewhere."""
    with reading(ctx.engine) as session:
        head = audit_queries.head(session, ctx.org)
        return verify(_key(ctx), ctx.org, audit_queries.chain(session, ctx.org), head, noted)


def fingerprint(ctx: Context, words: str) -> str:
    """What stands in the chain for a text that is kept, and may be erased, elsewhere."""
    return text_fingerprint(_key(ctx), words)


def _key(ctx: Context) -> bytes:
    """A key of its own, so that nothing else the service signs can be taken for a link."""
    return hmac.digest(ctx.settings.secret().encode(), b"vetting audit chain", "sha256")


def _actor(ctx: Context, session: Session, by: str) -> str:
    if "@" not in by:
        return by
    known = audit_queries.user_public_id(session, ctx.org, by)
    return f"user:{known}" if known else f"unknown:{fingerprint(ctx, by.lower())}"


def _lock(session: Session, org: int) -> None:
    """On SQLite the transaction already holds the one write lock; PostgreSQL takes one per chain."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:space, :org)"), {"space": 7501, "org": org})


def _move_head(ctx: Context, session: Session, seq: int, digest: str) -> None:
    head = head_of(_key(ctx), ctx.org, seq, digest)
    row = session.get(AuditHead, ctx.org) or AuditHead(organisation_id=ctx.org, seq=0, digest="", seal="")
    row.seq, row.digest, row.seal = head
    session.add(row)
