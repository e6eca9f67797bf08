"""What keeps an index or a cache of profiles true: what changed since a revision, and items with their vectors.

Each is scoped by organisation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session, col

from vetting.db.matching_queries import chunks
from vetting.db.models import ProfileItem
from vetting.db.profile_models import ProfileChange
from vetting.db.queries import columns

ROWS_AT_ONCE = 4_096


class ItemKey(NamedTuple):
    """An item with a vector: its id, whose it is, and the hash of its content."""

    id: int
    candidate_id: int
    sha256: str


class StoredVector(NamedTuple):
    """An item with its vector, float32 bytes."""

    id: int
    candidate_id: int
    sha256: str
    vector: bytes


def changed_since(session: Session, org: int, revision: int, now: int) -> list[int] | None:
    """The experts whose profile changed after `revision` and up to `now`, by key; None where that is not known."""
    query = columns(ProfileChange.revision, ProfileChange.candidate_id).where(
        col(ProfileChange.organisation_id) == org, col(ProfileChange.revision) > revision
    )
    rows = session.connection().execute(query).all()
    whole = len({row[0] for row in rows}) == now - revision and all(row[1] is not None for row in rows)
    return sorted({row[1] for row in rows}) if whole else None


def item_keys(session: Session, org: int, embedder: str) -> list[ItemKey]:
    """Every item with a vector of this embedder, by id."""
    return [ItemKey(*row) for row in session.connection().execute(_held(org, embedder, *_KEY))]


def all_vectors(session: Session, org: int, embedder: str) -> Iterator[list[tuple[int, bytes]]]:
    """(item id, vector) of every item with a vector of this embedder, by id, a few thousand at a time."""
    query = _held(org, embedder, ProfileItem.id, ProfileItem.vector)
    found = session.connection().execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    for rows in found.partitions():
        yield [(row[0], row[1]) for row in rows]


def vectors_of(session: Session, org: int, embedder: str, experts: Sequence[int]) -> list[StoredVector]:
    """The items of these experts that have a vector of this embedder."""
    # Of the items of a few people SQLite, which knows no numbers, would look through everybody's for the embedder's
    # name: so that is compared here, and the organisation by an expression that no index has.
    ours = (col(ProfileItem.organisation_id) + 0 == org, col(ProfileItem.vector).is_not(None))
    query = columns(*_KEY, ProfileItem.vector, ProfileItem.embedder).where(*ours)
    return [
        StoredVector(*row[:4])
        for part in chunks(experts)
        for row in session.connection().execute(query.where(col(ProfileItem.candidate_id).in_(part)))
        if row[4] == embedder
    ]


def stored_dimension(session: Session, org: int, embedder: str) -> int:
    """Numbers per vector of this embedder, as the first of its vectors has them; 0 before there is one."""
    row = session.connection().execute(_held(org, embedder, ProfileItem.vector).limit(1)).first()
    return 0 if row is None else len(row[0]) // 4


_KEY = (ProfileItem.id, ProfileItem.candidate_id, ProfileItem.sha256)


def _held(org: int, embedder: str, *wanted: Any) -> Any:
    return (
        columns(*wanted)
        .where(col(ProfileItem.organisation_id) == org, col(ProfileItem.embedder) == embedder)
        .where(col(ProfileItem.vector).is_not(None))
        .order_by(col(ProfileItem.id))
    )
