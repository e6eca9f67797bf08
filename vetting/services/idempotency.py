"""Remembers what an API request was answered with, so that a retry changes nothing.

The answer is kept sealed: it may hold an invite link, and neither that nor personal data may be read from a stolen
database. The seal needs the service's secret and the client's key, of which only a hash is stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, update
from sqlmodel import col, select

from vetting.db.engine import writing
from vetting.db.models import IdempotencyKey
from vetting.errors import BadInput, Conflict
from vetting.services.context import Context

KEEP = timedelta(days=1)
LONGEST_KEY = 200
LONGEST_RUN = timedelta(minutes=5)
"""After this, a request that never answered died with its process, and its key may be used again."""


class Answer(NamedTuple):
    """A remembered answer."""

    status: int
    body: dict[str, Any]


def begin(ctx: Context, key: str, request: bytes) -> Answer | None:
    """Claim a key for a request; the answer where this request was already answered, else None: go ahead.

    Raises BadInput when the key came with another request before, Conflict while that one is still being answered.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise BadInput(f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
    now, name, sha = ctx.now(), _sha(key.encode()), _sha(request)
    with writing(ctx.engine) as session:
        session.connection().execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now - KEEP))
        row = session.exec(
            select(IdempotencyKey).where(IdempotencyKey.organisation_id == ctx.org, IdempotencyKey.key == name)
        ).first()
        if row is None:
            row = IdempotencyKey(organisation_id=ctx.org, key=name, request_sha256=sha, created_at=now)
            session.add(row)
            return None
        if row.request_sha256 != sha:
            raise BadInput("This Idempotency-Key was used for another request; use a new one for a new request.")
        if row.status is not None and row.body is not None:
            return Answer(row.status, _unseal(ctx, key, row.body))
        if row.created_at > now - LONGEST_RUN:
            raise Conflict("A request with this Idempotency-Key is still being answered; ask again in a moment.")
        row.created_at = now
        session.add(row)
        return None


def finish(ctx: Context, key: str, answer: Answer) -> None:
    """Remember the answer to the request that claimed the key."""
    with writing(ctx.engine) as session:
        session.connection().execute(
            update(IdempotencyKey)
            .where(col(IdempotencyKey.organisation_id) == ctx.org, col(IdempotencyKey.key) == _sha(key.encode()))
            .values(status=answer.status, body=_seal(ctx, key, answer.body))
        )


def release(ctx: Context, key: str) -> None:
    """Give the key back after a request that failed and changed nothing, so that it can be tried again."""
    with writing(ctx.engine) as session:
        session.connection().execute(
            delete(IdempotencyKey).where(
                col(IdempotencyKey.organisation_id) == ctx.org,
                col(IdempotencyKey.key) == _sha(key.encode()),
                col(IdempotencyKey.status).is_(None),
            )
        )


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _seal(ctx: Context, key: str, body: dict[str, Any]) -> dict[str, str]:
    nonce = secrets.token_bytes(16)
    sealed = _mask(ctx, key, nonce, json.dumps(body, ensure_ascii=False).encode())
    return {"nonce": base64.b64encode(nonce).decode(), "sealed": base64.b64encode(sealed).decode()}


def _unseal(ctx: Context, key: str, body: dict[str, Any]) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(
        _mask(ctx, key, base64.b64decode(body["nonce"]), base64.b64decode(body["sealed"]))
    )
    return opened


def _mask(ctx: Context, key: str, nonce: bytes, content: bytes) -> bytes:
    """XOR with a stream that only the secret and the client's key give; each nonce is used once."""
    seed = hmac.digest(ctx.settings.secret().encode(), nonce + key.encode(), "sha256")
    stream = hashlib.shake_256(seed).digest(len(content))
    return bytes(a ^ b for a, b in zip(content, stream, strict=True))
