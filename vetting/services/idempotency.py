"""Remembers what an API request was answered with, so that a retry changes nothing.

The answer is kept sealed: it may hold an invite link, and neither that nor personal data may be read from a stolen
database. It is encrypted with AES-256-GCM (NIST SP 800-38D) under a key that HKDF-SHA256 (RFC 5869) derives from the
service's secret and the client's key, of which only a hash is stored; the row it stands in is authenticated with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, update
from sqlmodel import col, select

from vetting.db.engine import writing
from vetting.db.models import IdempotencyKey
from vetting.domain.tongue import _
from vetting.errors import AnsweredBefore, BadInput, InProgress
from vetting.services.context import Context

KEEP = timedelta(days=1)
LONGEST_KEY = 200
SEAL, NONCE = "A256GCM", 12
"""How answers are sealed, by its name in RFC 7518, so that another way can take its place; bytes of a nonce."""
LONGEST_RUN = timedelta(minutes=5)
"""After this, a request that never answered died with its process, and its key may be used again."""


PATIENCE, LOOK_AGAIN = 20.0, 0.2
"""Seconds that a second click on a form waits for the first, and between two looks."""


class Answer(NamedTuple):
    """A remembered answer."""

    status: int
    body: dict[str, Any]


def begin(ctx: Context, key: str, request: bytes) -> Answer | None:
    """Claim a key for a request; the answer where this request was already answered, else None: go ahead.

    Raises BadInput when the key came with another request before, InProgress while that one is still being answered,
    AnsweredBefore when it was and its answer can no longer be read.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise BadInput(_("Idempotency-Key must have 1 to {longest_key} characters.").format(longest_key=LONGEST_KEY))
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
            raise BadInput(_("This Idempotency-Key was used for another request; use a new one for a new request."))
        if row.status is not None:
            return Answer(row.status, _unseal(ctx, key, row.body))
        if row.created_at > now - LONGEST_RUN:
            raise InProgress(_("A request with this Idempotency-Key is still being answered; ask again in a moment."))
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


def once(ctx: Context, key: str, request: bytes, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `act` gives, or gave to the same key and request before; a second call meanwhile waits for the first.

    Raises what `act` raises, and InProgress when the first takes longer than PATIENCE.
    """
    known = _begin_patiently(ctx, key, request)
    if known is not None:
        return known.body
    try:
        body = act()
    except BaseException:
        release(ctx, key)
        raise
    finish(ctx, key, Answer(200, body))
    return body


def _begin_patiently(ctx: Context, key: str, request: bytes) -> Answer | None:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return begin(ctx, key, request)
        except InProgress:
            if time.monotonic() > give_up:
                raise
            time.sleep(LOOK_AGAIN)


def once_per_form(
    ctx: Context, form: str, sent: Mapping[str, str], act: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """`once` for a form in a browser: per copy of the form that was shown, and per what was sent in it.

    So a second click changes nothing, and a form that was gone back to and changed does. Without `form` always acts.
    """
    if not form:
        return act()
    request = json.dumps(dict(sent), sort_keys=True).encode()
    return once(ctx, f"form:{_sha(form.encode())}:{_sha(request)}", request, act)


def name_of(key: str) -> str:
    """How a key is kept."""
    return _sha(key.encode())


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
    nonce, plain = secrets.token_bytes(NONCE), json.dumps(body, ensure_ascii=False).encode()
    sealed = _cipher(ctx, key).encrypt(nonce, plain, _row(ctx, key))
    return {"seal": SEAL, "nonce": base64.b64encode(nonce).decode(), "sealed": base64.b64encode(sealed).decode()}


def _unseal(ctx: Context, key: str, body: dict[str, Any] | None) -> dict[str, Any]:
    if body is None or body.get("seal") != SEAL:  # an update took it away, or another version sealed it
        raise AnsweredBefore
    nonce, sealed = base64.b64decode(body["nonce"]), base64.b64decode(body["sealed"])
    try:
        opened: dict[str, Any] = json.loads(_cipher(ctx, key).decrypt(nonce, sealed, _row(ctx, key)))
    except InvalidTag:  # the service has another secret now, or somebody changed the row
        raise AnsweredBefore from None
    return opened


def _cipher(ctx: Context, key: str) -> AESGCM:
    """A key of its own per key of a client, so that no nonce can come twice under one."""
    derive = HKDF(SHA256(), length=32, salt=None, info=b"vetting idempotency answer\0" + key.encode())
    return AESGCM(derive.derive(ctx.settings.secret().encode()))


def _row(ctx: Context, key: str) -> bytes:
    """Where an answer stands: moved into another row it does not open."""
    return f"{ctx.org} {name_of(key)}".encode()
