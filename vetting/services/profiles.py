"""Vectors of profile items: made where they are missing or come from another embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sqlalchemy import ColumnElement, bindparam, delete, update
from sqlmodel import col

from vetting.db.engine import reading, writing
from vetting.db.matching_queries import (
    PendingItem,
    bump_revision,
    other_embedders,
    pending_count,
    pending_items,
    pending_organisations,
)
from vetting.db.models import ProfileItem
from vetting.db.profile_models import PreparedVector
from vetting.db.queries import columns
from vetting.domain.profile import embedding_text
from vetting.domain.tongue import _
from vetting.errors import Unavailable
from vetting.ports import Vectors
from vetting.services.context import Context

BATCH = 256
"""Items per call of the embedder and per transaction."""

Progress = Callable[[str, int, int], None]


def embed_pending(ctx: Context, progress: Progress | None = None) -> int:
    """Embed every item of the organisation that has no vector of the current embedder; returns how many.

    What was prepared for it is put in place first. Safe to repeat and to run twice at once. No transaction is open
    while the embedder works. Raises Unavailable, then what was done so far stays.
    """
    adopt(ctx)
    with reading(ctx.engine) as session:
        total = pending_count(session, ctx.org, ctx.embedder.name)
        held = other_embedders(session, ctx.org, ctx.embedder.name)
    done = 0
    for name in held:
        for items in _waiting(ctx, name):
            texts = [embedding_text(item.title, item.text) for item in items]
            _store(ctx, items, unit_rows(ctx.embedder.embed(texts), len(items)))
            done += len(items)
            if progress:
                progress("embedding", done, max(total, done))
    return done


def _waiting(ctx: Context, held: str | None) -> Iterator[list[PendingItem]]:
    """Items with a vector of the embedder `held`, or without one, by batches, read without keeping a transaction."""
    last = 0
    while True:
        with reading(ctx.engine) as session:
            items = pending_items(session, ctx.org, held, last, BATCH)
        if not items:
            return
        last = items[-1].id
        yield items


def sweep(ctx: Context) -> int:
    """Embed, in every organisation, what an import left while the embedder was away; returns how many items."""
    with reading(ctx.engine) as session:
        organisations = pending_organisations(session, ctx.embedder.name)
    return sum(embed_pending(ctx.for_organisation(org)) for org in organisations)


def adopt(ctx: Context) -> int:
    """Put the vectors that were prepared for the embedder that serves now in place, all at once; returns how many.

    Those of items that changed meanwhile are dropped. Vectors for another embedder stay.
    """
    ready = prepared(ctx) & (col(PreparedVector.embedder) == ctx.embedder.name)
    with writing(ctx.engine) as session:
        connection = session.connection()
        if connection.execute(columns(PreparedVector.item_id).where(ready).limit(1)).first() is None:
            return 0
        same = (col(PreparedVector.item_id) == col(ProfileItem.id)) & (
            col(PreparedVector.sha256) == col(ProfileItem.sha256)
        )
        moved = connection.execute(
            update(ProfileItem)
            .where(ready, same)
            .values(embedder=PreparedVector.embedder, vector=PreparedVector.vector)
            .execution_options(synchronize_session=False)
        ).rowcount
        connection.execute(delete(PreparedVector).where(ready))
        bump_revision(session, ctx.org)
    return moved


def prepared(ctx: Context) -> ColumnElement[bool]:
    """The condition for prepared vectors of the organisation."""
    return col(PreparedVector.organisation_id) == ctx.org


def _store(ctx: Context, items: Sequence[PendingItem], vectors: Vectors) -> None:
    """Write vectors, each only while the item still has the content that was embedded."""
    statement = (
        update(ProfileItem)
        .where(col(ProfileItem.id) == bindparam("item"), col(ProfileItem.sha256) == bindparam("digest"))
        .where(col(ProfileItem.organisation_id) == ctx.org)
        .values(embedder=ctx.embedder.name, vector=bindparam("bytes"))
    )
    rows = [
        {"item": item.id, "digest": item.sha256, "bytes": vector.tobytes()}
        for item, vector in zip(items, vectors, strict=True)
    ]
    with writing(ctx.engine) as session:
        session.connection().execute(statement, rows)
        bump_revision(session, ctx.org, {item.candidate_id for item in items})


def unit_rows(vectors: Vectors, count: int) -> Vectors:
    """The vectors as little-endian float32 rows of length 1. Raises Unavailable for anything else than that."""
    rows = np.asarray(vectors, dtype="<f4")
    if rows.ndim != 2 or len(rows) != count or not np.isfinite(rows).all():
        raise Unavailable(_("The embedder gave vectors that cannot be used (wrong count, or not finite)."))
    if count and not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3):
        raise Unavailable(_("The embedder gave vectors that cannot be used (their length is not 1)."))
    return rows
