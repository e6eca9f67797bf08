"""A change of the embedding model without a gap: the next model's vectors are made while the present ones serve.

`prepare` works beside a running service; once that is started with the next model, `profiles.adopt` puts the vectors in
place at once, and what came in between is embedded as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert
from sqlmodel import Session, col

from vetting.db.engine import reading, writing
from vetting.db.matching_queries import PendingItem, pending_organisations
from vetting.db.models import ProfileItem
from vetting.db.profile_models import PreparedVector
from vetting.db.queries import columns
from vetting.domain.profile import embedding_text
from vetting.errors import BadInput
from vetting.ports import Embedder, Vectors
from vetting.services.context import Context
from vetting.services.profiles import BATCH, Progress, prepared, unit_rows


def prepare(ctx: Context, embedder: Embedder, progress: Progress | None = None) -> int:
    """Make the vectors of another embedder for every item of the organisation that has none yet; returns how many.

    Safe to repeat: it goes on where it was stopped. Vectors for a third embedder are dropped. Raises BadInput where it
    is the embedder that serves, Unavailable where it does not answer, then what was done so far stays.
    """
    if embedder.name == ctx.embedder.name:
        raise BadInput(f"{embedder.name} is the embedder that the service works with; there is nothing to prepare.")
    with writing(ctx.engine) as session:
        others = prepared(ctx) & (col(PreparedVector.embedder) != embedder.name)
        session.connection().execute(delete(PreparedVector).where(others))
    with reading(ctx.engine) as session:
        total = _count(session, ctx)
    done = last = 0
    while items := _waiting(ctx, last):
        vectors = unit_rows(embedder.embed([embedding_text(item.title, item.text) for item in items]), len(items))
        _store(ctx, embedder.name, items, vectors)
        done, last = done + len(items), items[-1].id
        if progress:
            progress("embedding", done, max(total, done))
    return done


def prepare_everywhere(ctx: Context, embedder: Embedder, progress: Progress | None = None) -> int:
    """`prepare` in every organisation; returns how many vectors of this embedder are ready then."""
    with reading(ctx.engine) as session:
        organisations = pending_organisations(session, embedder.name)
    for org in organisations:
        prepare(ctx.for_organisation(org), embedder, progress)
    ready = columns(func.count()).where(col(PreparedVector.embedder) == embedder.name)
    with reading(ctx.engine) as session:
        return session.connection().execute(ready).scalar() or 0


def discard(ctx: Context) -> int:
    """Drop what was prepared in any organisation; returns how many vectors."""
    with writing(ctx.engine) as session:
        return session.connection().execute(delete(PreparedVector)).rowcount


def _waiting(ctx: Context, after: int) -> Sequence[PendingItem]:
    """The next items, by id, without a prepared vector of what they say now."""
    item = ProfileItem
    query = (
        _unprepared(columns(item.id, item.candidate_id, item.title, item.text, item.sha256), ctx)
        .where(col(item.id) > after)
        .order_by(col(item.id))
        .limit(BATCH)
    )
    with reading(ctx.engine) as session:
        return [PendingItem(*row) for row in session.connection().execute(query)]


def _count(session: Session, ctx: Context) -> int:
    return session.connection().execute(_unprepared(columns(func.count(col(ProfileItem.id))), ctx)).scalar() or 0


def _unprepared(query: Any, ctx: Context) -> Any:
    item, held = ProfileItem, PreparedVector
    same = (col(held.item_id) == col(item.id)) & (col(held.sha256) == col(item.sha256))
    return query.join(held, same, isouter=True).where(col(item.organisation_id) == ctx.org, col(held.item_id).is_(None))


def _store(ctx: Context, embedder: str, items: Sequence[PendingItem], vectors: Vectors) -> None:
    """Write vectors of items that are still there with the content that was embedded."""
    digests = {item.id: item.sha256 for item in items}
    rows = {
        item.id: {"item_id": item.id, "organisation_id": ctx.org, "embedder": embedder, "sha256": item.sha256,
                  "vector": vector.tobytes()}
        for item, vector in zip(items, vectors, strict=True)
    }  # fmt: skip
    with writing(ctx.engine) as session:
        connection = session.connection()
        there = connection.execute(columns(ProfileItem.id, ProfileItem.sha256).where(col(ProfileItem.id).in_(digests)))
        kept = [rows[key] for key, digest in there if digests[key] == digest]
        connection.execute(delete(PreparedVector).where(col(PreparedVector.item_id).in_(digests)))
        if kept:
            connection.execute(insert(PreparedVector), kept)
