"""The profile index on FAISS over one organisation's items, a disposable cache of `profile_item`.

Every query compares the revision in the database; when it moved, the experts who changed since are read again. Up to
EXACT_ITEMS all vectors are compared; beyond, an approximate store is made in the background while the exact one
answers. Whatever is wrong with the file on disk, it is built anew. The caller filters results by SQL again, so that
even a stale index shows nobody who was erased.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from vetting.db import index_queries as reads
from vetting.db.engine import reading
from vetting.db.matching_queries import index_revision, pending_count
from vetting.errors import Unavailable
from vetting.index.snapshot import Ids, Snapshot
from vetting.index.snapshot_file import DIGEST_BYTES, Damaged, Items, Stored, read, write
from vetting.index.stores import InvertedLists, usable
from vetting.ports import Embedder, IndexState

EXACT_ITEMS = 200_000
"""From this many items on the index is approximate; its recall is measured when it is made."""

ANEW_SHARE, FEW_CHANGES = 0.3, 100
"""Where more experts changed than this share (and this number), reading everything is cheaper than reading each."""

TENDED_SHARE, TENDED_ITEMS = 0.1, 2_000
"""Once so many items (the share, and at least the number) came or went, a new store is made of what there is."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """What a build made, for a person to read."""

    state: IndexState
    embedder: str
    unusable: int
    seconds: float

    def __str__(self) -> str:
        left_out = f"; {self.unusable} vectors cannot be used and were left out" if self.unusable else ""
        how = "" if self.state.kind == "exact" else f"; {self.state}"
        return f"Indexed {self.state.items} profile items of {self.embedder} in {self.seconds:.1f} s{left_out}{how}."


class FaissIndex:
    """ProfileIndex of one organisation; safe to share between threads, one per process."""

    name = "faiss"

    def __init__(
        self, engine: Engine, organisation_id: int, embedder: Embedder, folder: Path, exact_items: int = EXACT_ITEMS
    ) -> None:
        self._engine, self._org, self._embedder = engine, organisation_id, embedder
        self.path = folder / f"profiles-{organisation_id}.index"
        self._exact_items = exact_items
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._tending: threading.Thread | None = None

    def now(self, revision: int | None = None) -> Snapshot:
        """As ProfileIndex."""
        if revision is None:
            with reading(self._engine) as session:
                revision = index_revision(session, self._org)
        snapshot = self._snapshot
        if snapshot is not None and self._fits(snapshot, revision):
            return snapshot
        # A transaction that begins once the lock is held sees at least what the last holder saw.
        with self._lock, reading(self._engine) as session:
            revision = index_revision(session, self._org)
            snapshot = self._snapshot
            if snapshot is None or not self._fits(snapshot, revision):
                snapshot = self._snapshot = self._refreshed(session, snapshot, revision)
        self._tend(snapshot)
        return snapshot

    def rebuild(self) -> Built:
        """Build anew from the database and write the file; an approximate index is made at once.

        Raises Unavailable when the file cannot be written; searches of this process use what was built all the same.
        """
        began = time.monotonic()
        with reading(self._engine) as session:
            stored, unusable = self._from_database(session, index_revision(session, self._org))
        stored = self._grouped(stored)
        with self._lock:
            self._snapshot = Snapshot.of(stored)
        try:
            write(self.path, stored)
        except OSError as error:
            raise Unavailable(f"The index file {self.path} could not be written: {error.strerror}.") from None
        return Built(self.now().state, stored.embedder, unusable, time.monotonic() - began)

    def forget(self) -> None:
        """As ProfileIndex: the file is written anew."""
        self.rebuild()

    def verify(self) -> list[str]:
        """What is damaged in the file, then what differs between index and database; empty where all agrees.

        A missing file is no fault: like a stale one it is made good here, as by any query.
        """
        faults: list[str] = []
        try:
            read(self.path)
        except FileNotFoundError:
            logger.info("There is no index file yet; it is built now.")
        except (Damaged, OSError) as error:
            faults.append(str(error))
        snapshot = self.now()
        with reading(self._engine) as session:
            wanted, unusable = self._from_database(session, 0)
            pending = pending_count(session, self._org, self._embedder.name)
        return faults + _differences(snapshot.whole(), wanted) + told_leftovers(unusable, pending)

    def settle(self) -> None:
        """Wait for what is made in the background, if anything is."""
        thread = self._tending
        if thread is not None:
            thread.join()

    def _fits(self, snapshot: Snapshot, revision: int) -> bool:
        return snapshot.revision == revision and snapshot.embedder == self._embedder.name

    def _refreshed(self, session: Session, held: Snapshot | None, revision: int) -> Snapshot:
        """What is held, or else the file, with what changed since; everything anew where neither will do."""
        base = held or self._from_file()
        if base is not None and base.embedder == self._embedder.name:
            fresh = self._advanced(session, base, revision, compare=held is None)
            if fresh is not None and (held is not None or not fresh.changed or len(fresh) > self._exact_items):
                return fresh
            if fresh is not None:
                return self._kept(fresh.whole())
        stored, unusable = self._from_database(session, revision)
        if unusable:
            logger.warning("%d vectors of organisation %d cannot be used", unusable, self._org)
        return self._kept(stored)

    def _kept(self, stored: Stored) -> Snapshot:
        """The state of what is stored, written to the file."""
        self._save(stored)
        return Snapshot.of(stored)

    def _from_file(self) -> Snapshot | None:
        try:
            stored = read(self.path)
        except FileNotFoundError:
            return None
        except (Damaged, OSError) as error:
            logger.warning("%s It is built anew.", error)
            return None
        usable = not self._embedder.dimension or stored.vectors.shape[1] == self._embedder.dimension
        finite = bool(np.isfinite(stored.vectors).all())
        return Snapshot.of(stored) if usable and finite else None

    def _advanced(self, session: Session, base: Snapshot, revision: int, *, compare: bool) -> Snapshot | None:
        """The base with what changed since; None where too much did.

        `compare` looks at every item's content: a file may be of another history, such as one before a restored
        backup, and SQLite gives the id of a deleted last row to the next one.
        """
        changed = None if compare else reads.changed_since(session, self._org, base.revision, revision)
        if changed is None:
            keys = reads.item_keys(session, self._org, self._embedder.name)
            changed = _changed_owners(base.held(), _items(keys)).tolist()
        if len(changed) > max(ANEW_SHARE * base.people, FEW_CHANGES):
            return None
        rows = reads.vectors_of(session, self._org, self._embedder.name, changed)
        good, vectors = usable([(r.id, r.vector) for r in rows], base.dimension)
        return base.advanced(changed, _items(rows).take(good), vectors, revision)

    def _from_database(self, session: Session, revision: int) -> tuple[Stored, int]:
        """Everything by owner, and how many vectors cannot be used. Vectors are read once, into their places."""
        name = self._embedder.name
        items = _items(reads.item_keys(session, self._org, name))
        order = np.lexsort((items.ids, items.owners))
        place = np.empty(len(items), np.int64)
        place[order] = np.arange(len(items))
        found = np.zeros((len(items), self._embedder.dimension), np.float32)
        good = np.zeros(len(items), dtype=np.bool_)
        at = 0
        for rows in reads.all_vectors(session, self._org, name):
            if not found.shape[1]:
                found = np.zeros((len(items), len(rows[0][1]) // 4), np.float32)
            fine, vectors = usable(rows, found.shape[1])
            places = place[at : at + len(rows)][fine]
            found[places], good[places] = vectors, True
            at += len(rows)
        items = items.take(order)
        if not good.all():
            items, found = items.take(good), found[good]
        return Stored(name, revision, items, found), int((~good).sum())

    def _tend(self, snapshot: Snapshot) -> None:
        """In the background, make a new store where much has changed or an approximate one is due; one at a time."""
        due = snapshot.changed > max(TENDED_SHARE * len(snapshot), TENDED_ITEMS)
        if not due and (snapshot.store.kind != "exact" or len(snapshot) <= self._exact_items):
            return
        with self._lock:
            if self._tending is not None and self._tending.is_alive():
                return
            self._tending = threading.Thread(target=self._renew, args=(snapshot,), name="index", daemon=True)
            self._tending.start()

    def _renew(self, snapshot: Snapshot) -> None:
        """Make a new store of a state; it takes the old one's place once what changed meanwhile is in it."""
        began = time.monotonic()
        stored = self._grouped(snapshot.whole())
        fresh = Snapshot.of(stored)
        with self._lock, reading(self._engine) as session:
            revision = index_revision(session, self._org)
            advanced = self._advanced(session, fresh, revision, compare=False)
            if advanced is None or self._snapshot is None or self._snapshot.embedder != fresh.embedder:
                return
            self._snapshot = advanced
        self._save(stored)
        logger.info("The index was renewed in %.0f s: %s.", time.monotonic() - began, fresh.state)

    def _grouped(self, stored: Stored) -> Stored:
        """With the lists of an approximate index where there are many items."""
        if len(stored.items) <= self._exact_items:
            return stored
        return replace(stored, lists=InvertedLists.build(stored.vectors).lists())

    def _save(self, stored: Stored) -> None:
        """Write the file; a disk that is full costs the next start some time, nothing else."""
        try:
            write(self.path, stored)
        except OSError as error:
            logger.warning("The index file %s could not be written: %s", self.path, error.strerror)


def _items(rows: Sequence[reads.ItemKey] | Sequence[reads.StoredVector]) -> Items:
    count = len(rows)
    return Items(
        np.fromiter((row.id for row in rows), np.int64, count),
        np.fromiter((row.candidate_id for row in rows), np.int64, count),
        np.array([row.sha256[-DIGEST_BYTES:].encode() for row in rows], dtype=f"S{DIGEST_BYTES}"),
    )


def _changed_owners(held: Items, wanted: Items) -> Ids:
    """Owners of whom an item is new, gone or of another content."""
    pairs = []
    for items, other in ((held, wanted), (wanted, held)):
        order = np.argsort(other.ids)
        at = np.searchsorted(other.ids, items.ids, sorter=order)
        known = at < len(other)
        same = np.zeros(len(items), dtype=np.bool_)
        there = order[at[known]]
        same[known] = (
            (other.ids[there] == items.ids[known])
            & (other.digests[there] == items.digests[known])
            & (other.owners[there] == items.owners[known])
        )
        pairs.append(items.owners[~same])
    return np.unique(np.concatenate(pairs))


def _differences(held: Stored, wanted: Stored) -> list[str]:
    order_held, order_wanted = np.argsort(held.items.ids), np.argsort(wanted.items.ids)
    missing = np.setdiff1d(wanted.items.ids, held.items.ids)
    extra = np.setdiff1d(held.items.ids, wanted.items.ids)
    both = np.intersect1d(held.items.ids, wanted.items.ids)
    a = held.vectors[order_held[np.searchsorted(held.items.ids, both, sorter=order_held)]]
    b = wanted.vectors[order_wanted[np.searchsorted(wanted.items.ids, both, sorter=order_wanted)]]
    changed = int((a != b).any(axis=1).sum()) if len(both) else 0
    return told_differences(len(missing), len(extra), changed)


def told_differences(missing: int, extra: int, changed: int) -> list[str]:
    """How an index differs from the database, one sentence each."""
    said = [
        (missing, "profile items are missing from the index"),
        (extra, "entries of the index are no longer in the database"),
        (changed, "vectors in the index differ from the database"),
    ]
    return [f"{count} {words}." for count, words in said if count]


def told_leftovers(unusable: int, pending: int) -> list[str]:
    """What the database holds that no index can, one sentence each."""
    said = [
        (unusable, "vectors in the database cannot be used (wrong length or not finite)"),
        (pending, "profile items have no vector of the current embedder yet"),
    ]
    return [f"{count} {words}." for count, words in said if count]
