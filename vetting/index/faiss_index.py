"""The profile index on FAISS: exact cosines over one organisation's items, a disposable cache of `profile_item`.

Every query compares the revision in the database; when it moved, the difference is applied to a copy, which then
takes the old one's place, so that searches never wait for each other. Whatever is wrong with the file on disk, it is
built anew. The caller filters results by SQL again, so that even a stale index shows nobody who was erased.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session

from vetting.db import matching_queries as queries
from vetting.db.engine import reading
from vetting.errors import Unavailable
from vetting.index.snapshot_file import Damaged, Stored, read, write
from vetting.ports import Embedder, Hit, Vectors

REBUILD_SHARE = 0.3
"""From this share of changed items on, building anew is cheaper than adding and removing."""

Ids = NDArray[np.int64]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """What a build made, for a person to read."""

    items: int
    embedder: str
    unusable: int
    seconds: float

    def __str__(self) -> str:
        left_out = f"; {self.unusable} vectors cannot be used and were left out" if self.unusable else ""
        return f"Indexed {self.items} profile items of {self.embedder} in {self.seconds:.1f} s{left_out}."


def _faiss() -> Any:
    """FAISS, loaded with the first query: start-up needs no vectors. Untyped: its stubs lack its Python layer."""
    import faiss

    return faiss


class _Snapshot:
    """An immutable state of the index: a FAISS `IndexIDMap2(IndexFlatIP)` with the ids in storage order."""

    def __init__(self, stored: Stored, faiss_index: Any = None) -> None:
        faiss = _faiss()
        self.stored = stored
        dimension = max(int(stored.vectors.shape[1]), 1)
        self.faiss = faiss_index or faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        if faiss_index is None and len(stored.ids):
            self.faiss.add_with_ids(np.ascontiguousarray(stored.vectors), stored.ids)
        self.ids: Ids = stored.ids
        self.vectors = _view(self.faiss, len(stored.ids), dimension)


def _view(index: Any, count: int, dimension: int) -> Vectors:
    """The vectors inside FAISS without a second copy; valid as long as the index lives."""
    faiss = _faiss()
    if not count:
        return np.zeros((0, dimension), np.float32)
    flat = faiss.downcast_index(index.index)
    view: Vectors = faiss.rev_swig_ptr(flat.get_xb(), count * dimension).reshape(count, dimension)
    view.flags.writeable = False
    return view


class FaissIndex:
    """ProfileIndex of one organisation; safe to share between threads, one per process."""

    def __init__(self, engine: Engine, organisation_id: int, embedder: Embedder, folder: Path) -> None:
        self._engine, self._org, self._embedder = engine, organisation_id, embedder
        self.path = folder / f"profiles-{organisation_id}.index"
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None

    def search(self, vector: Vectors, k: int, only: Sequence[int] | None = None) -> list[Hit]:
        """The k items of highest cosine, highest first; `only` limits the search to those item ids.

        Raises ValueError for a vector that is not finite or has another dimension.
        """
        faiss = _faiss()
        snapshot = self._current()
        if not len(snapshot.ids) or k < 1 or (only is not None and not len(only)):
            return []
        query = _checked(np.asarray(vector, np.float32).reshape(1, -1), snapshot.vectors.shape[1])
        count = min(k, len(snapshot.ids))
        if only is None:
            scores, ids = snapshot.faiss.search(query, count)
        else:
            selector = faiss.IDSelectorBatch(np.asarray(only, np.int64))
            scores, ids = snapshot.faiss.search(query, count, params=faiss.SearchParameters(sel=selector))
        found = sorted(((-float(s), int(i)) for s, i in zip(scores[0], ids[0], strict=True) if i >= 0))
        return [Hit(item_id=i, score=-s) for s, i in found]

    def cosines(self, vectors: Vectors, only: Sequence[int] | None = None) -> tuple[Ids, Vectors]:
        """Item ids (n,) and their exact cosines (n, len(vectors)) with each vector; `only` limits the items."""
        snapshot = self._current()
        queries_ = np.asarray(vectors, np.float32)
        if not len(snapshot.ids):
            return snapshot.ids, np.zeros((0, len(queries_)), np.float32)
        _checked(queries_, snapshot.vectors.shape[1])
        if only is None:
            return snapshot.ids, snapshot.vectors @ queries_.T
        rows = np.flatnonzero(np.isin(snapshot.ids, np.asarray(only, np.int64)))
        return snapshot.ids[rows], snapshot.vectors[rows] @ queries_.T

    def rebuild(self) -> Built:
        """Build anew from the database and write the file.

        Raises Unavailable when the file cannot be written; searches of this process use what was built all the same.
        """
        began = time.monotonic()
        with self._lock, reading(self._engine) as session:
            stored, unusable = self._from_database(session, queries.index_revision(session, self._org))
            self._snapshot = _Snapshot(stored)
        try:
            write(self.path, stored)
        except OSError as error:
            raise Unavailable(f"The index file {self.path} could not be written: {error.strerror}.") from None
        return Built(len(stored.ids), stored.embedder, unusable, time.monotonic() - began)

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
        snapshot = self._current()
        with reading(self._engine) as session:
            wanted, unusable = self._from_database(session, 0)
            pending = queries.pending_count(session, self._org, self._embedder.name)
        return faults + _differences(snapshot.stored, wanted) + _leftovers(unusable, pending)

    def _current(self) -> _Snapshot:
        """The index at the database's revision."""
        with reading(self._engine) as session:
            revision = queries.index_revision(session, self._org)
            if self._fits(self._snapshot, revision):
                assert self._snapshot is not None
                return self._snapshot
            with self._lock:
                if not self._fits(self._snapshot, revision):
                    self._refresh(session, revision)
                assert self._snapshot is not None
                return self._snapshot

    def _fits(self, snapshot: _Snapshot | None, revision: int) -> bool:
        return snapshot is not None and (snapshot.stored.revision, snapshot.stored.embedder) == (
            revision,
            self._embedder.name,
        )

    def _refresh(self, session: Session, revision: int) -> None:
        base = self._snapshot or self._from_file()
        if base is not None and base.stored.embedder == self._embedder.name:
            fresh = self._updated(session, base, revision)
        else:
            fresh = None
        if fresh is None:
            stored, unusable = self._from_database(session, revision)
            if unusable:
                logger.warning("%d vectors of organisation %d cannot be used", unusable, self._org)
            fresh = _Snapshot(stored)
        unchanged = base is not None and fresh.stored.ids is base.stored.ids
        self._snapshot = fresh
        if not unchanged:
            self._save(fresh.stored)

    def _from_file(self) -> _Snapshot | None:
        try:
            stored = read(self.path)
        except FileNotFoundError:
            return None
        except (Damaged, OSError) as error:
            logger.warning("%s It is built anew.", error)
            return None
        usable = not self._embedder.dimension or stored.vectors.shape[1] == self._embedder.dimension
        finite = bool(np.isfinite(stored.vectors).all())
        return _Snapshot(stored) if usable and finite else None

    def _updated(self, session: Session, base: _Snapshot, revision: int) -> _Snapshot | None:
        """The base with what changed since; None where too much did. Content is compared, not ids alone: SQLite
        gives the id of a deleted last row to the next one."""
        rows = queries.item_digests(session, self._org, self._embedder.name)
        wanted = {item: digest.encode() for item, digest in rows}
        held = dict(zip(base.stored.ids.tolist(), base.stored.digests.tolist(), strict=True))
        gone = [item for item, digest in held.items() if wanted.get(item) != digest]
        new = [item for item, digest in wanted.items() if held.get(item) != digest]
        if not gone and not new:
            stored = base.stored
            return _Snapshot(Stored(stored.embedder, revision, stored.ids, stored.digests, stored.vectors), base.faiss)
        if len(gone) + len(new) > max(REBUILD_SHARE * len(held), 100):
            return None
        found = queries.item_vectors(session, self._org, self._embedder.name, new)
        ids, vectors, _ = _usable(found, base.vectors.shape[1])
        return self._patched(base, gone, ids, vectors, wanted, revision)

    def _patched(
        self, base: _Snapshot, gone: list[int], ids: Ids, vectors: Vectors, wanted: dict[int, bytes], revision: int
    ) -> _Snapshot:
        faiss = _faiss()
        index = faiss.clone_index(base.faiss)
        if gone:
            index.remove_ids(np.asarray(gone, np.int64))
        if len(ids):
            index.add_with_ids(np.ascontiguousarray(vectors), ids)
        order = faiss.vector_to_array(index.id_map).astype(np.int64)
        view = _view(index, len(order), base.vectors.shape[1])
        digests = np.array([wanted[i] for i in order.tolist()], dtype="S64")
        return _Snapshot(Stored(self._embedder.name, revision, order, digests, view), index)

    def _from_database(self, session: Session, revision: int) -> tuple[Stored, int]:
        name = self._embedder.name
        digests = dict(queries.item_digests(session, self._org, name))
        rows = queries.item_vectors(session, self._org, name)
        dimension = self._embedder.dimension or (len(rows[0][1]) // 4 if rows else 0)
        ids, vectors, unusable = _usable(rows, dimension)
        kept = np.array([digests[i].encode() for i in ids.tolist()], dtype="S64")
        return Stored(name, revision, ids, kept, vectors), unusable

    def _save(self, stored: Stored) -> None:
        """Write the file; a disk that is full costs the next start some time, nothing else."""
        try:
            write(self.path, stored)
        except OSError as error:
            logger.warning("The index file %s could not be written: %s", self.path, error.strerror)


def _usable(rows: Sequence[tuple[int, bytes]], dimension: int) -> tuple[Ids, Vectors, int]:
    """Rows whose vector has the right length and is finite: NaN would win every search in silence."""
    right = [(item, data) for item, data in rows if len(data) == 4 * dimension]
    vectors = np.frombuffer(b"".join(data for _, data in right), dtype="<f4").reshape(len(right), dimension)
    finite = np.isfinite(vectors).all(axis=1)
    ids = np.array([item for item, _ in right], dtype=np.int64)
    return ids[finite], np.ascontiguousarray(vectors[finite], np.float32), len(rows) - int(finite.sum())


def _checked(vectors: Vectors, dimension: int) -> Vectors:
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise ValueError(f"a query has {vectors.shape[-1]} numbers where the index has {dimension}")
    if not np.isfinite(vectors).all():
        raise ValueError("a query vector is not finite")
    return vectors


def _differences(held: Stored, wanted: Stored) -> list[str]:
    order_held, order_wanted = np.argsort(held.ids), np.argsort(wanted.ids)
    missing = np.setdiff1d(wanted.ids, held.ids)
    extra = np.setdiff1d(held.ids, wanted.ids)
    both = np.intersect1d(held.ids, wanted.ids)
    a = held.vectors[order_held[np.searchsorted(held.ids, both, sorter=order_held)]]
    b = wanted.vectors[order_wanted[np.searchsorted(wanted.ids, both, sorter=order_wanted)]]
    changed = int((a != b).any(axis=1).sum()) if len(both) else 0
    said = [
        (len(missing), "profile items are missing from the index"),
        (len(extra), "entries of the index are no longer in the database"),
        (changed, "vectors in the index differ from the database"),
    ]
    return [f"{count} {words}." for count, words in said if count]


def _leftovers(unusable: int, pending: int) -> list[str]:
    said = [
        (unusable, "vectors in the database cannot be used (wrong length or not finite)"),
        (pending, "profile items have no vector of the current embedder yet"),
    ]
    return [f"{count} {words}." for count, words in said if count]
