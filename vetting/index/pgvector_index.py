"""The profile index inside PostgreSQL: a table beside `profile_item` that all processes share, searched by pgvector.

Every query compares the revision in the database with the table's; when it moved, who asks first brings the table on.
Up to EXACT_ITEMS every vector is compared. Beyond, a graph (HNSW) is made beside the searches, and answers once it
is whole; how widely it is searched is measured then. Where a filter leaves few, every one of these is compared.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from vetting.db import index_queries as reads
from vetting.db import vector_table as table
from vetting.db.engine import caching, reading
from vetting.db.matching_queries import chunks, index_revision, pending_count
from vetting.db.postgres import Space, hold, holding
from vetting.db.vector_table import MOST_WIDTH, Held, Part
from vetting.errors import VettingError
from vetting.index.faiss_index import ANEW_SHARE, FEW_CHANGES, Built, told_differences, told_leftovers
from vetting.index.snapshot import checked
from vetting.index.stores import RECALL_WANTED, TEN, TRIED, noisy, sample, usable
from vetting.ports import Embedder, IndexState, Near, Vectors

EXACT_ITEMS = 20_000
"""From this many items on there is a graph: PostgreSQL compares more slowly than FAISS does."""

EXACT_SHARE = 0.1
"""A filter that leaves less than this share of the experts has every one of theirs compared."""

FIRST_WIDTH = 64

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """IndexView of the table as it was brought on for one query."""

    engine: Engine
    part: Part
    held: Held

    @property
    def state(self) -> IndexState:
        """As IndexView."""
        kind = "exact" if self.held.width is None else "hnsw"
        return IndexState(kind, self.held.items, self.held.revision, self.held.recall)

    def __len__(self) -> int:
        return self.held.items

    def search(self, vector: Vectors, k: int, experts: NDArray[np.int64] | None = None) -> Near:
        """As IndexView."""
        query = checked(np.asarray(vector, np.float32).reshape(1, -1), self.part.dimension)[0]
        if k <= 0 or not self.held.items or (experts is not None and not len(experts)):
            return _nothing()
        wanted = None if experts is None else experts.tolist()
        with reading(self.engine) as session:
            connection = session.connection()
            width = self._width(k, 1.0 if wanted is None else len(wanted) / max(self.held.people, 1))
            found = table.nearest(connection, self.part, query, k, wanted, width)
            if width is not None and len(found[0]) < min(k, self.held.items):
                # the graph may give up where few pass the filter; nobody may be missing who is there
                found = table.nearest(connection, self.part, query, k, wanted, None)
        return Near(*found)

    def cosines(self, vectors: Vectors, experts: NDArray[np.int64] | None = None) -> Near:
        """As IndexView."""
        queries = checked(np.asarray(vectors, np.float32), self.part.dimension)
        wanted = None if experts is None else experts.tolist()
        with reading(self.engine) as session:
            return Near(*table.cosines(session.connection(), self.part, queries, wanted))

    def _width(self, k: int, share: float) -> int | None:
        """How many the graph nominates; None where every item is compared. A filter widens the search."""
        if self.held.width is None or share < EXACT_SHARE or 2 * k > MOST_WIDTH:
            return None
        return math.ceil(max(self.held.width, 2 * k) / min(share, 1.0))


class PgvectorIndex:
    """ProfileIndex of one organisation; safe to share between threads and processes."""

    name = "pgvector"

    def __init__(
        self, engine: Engine, organisation_id: int, embedder: Embedder, exact_items: int = EXACT_ITEMS
    ) -> None:
        self._engine, self._org, self._embedder = engine, organisation_id, embedder
        self._exact_items = exact_items
        self._ready = False
        self._tending: threading.Thread | None = None

    def now(self, revision: int | None = None) -> View:
        """As ProfileIndex; the revision is asked for in any case, together with the state of the table."""
        self._have_tables()
        with reading(self._engine) as session:
            part = self._part(session)
            held = table.held(session.connection(), part)
            fits = held is not None and held.revision == index_revision(session, self._org)
        if held is None or not fits:
            held = self._brought_on(part)
        self._tend(part, held)
        return View(self._engine, part, held)

    def rebuild(self) -> Built:
        """Build anew from the database; the graph of a large index is made anew at once."""
        self._have_tables()
        began = time.monotonic()
        with caching(self._engine) as connection, Session(connection) as session:
            hold(connection, Space.INDEX, self._org)
            part = self._part(session)
            table.clear(connection, part)
            table.drop_graph(connection, part)
            unusable = self._anew(session, part)
        held = self._held(part)
        if held.items > self._exact_items:
            self._make_graph(part, anew=True)
        state = View(self._engine, part, self._held(part)).state
        return Built(state, part.embedder, unusable, time.monotonic() - began)

    def forget(self) -> None:
        """As ProfileIndex: rows of who is gone are deleted as for any change."""
        self.now()

    def verify(self) -> list[str]:
        """As ProfileIndex."""
        view = self.now()
        missing = changed = matched = unusable = 0
        with reading(self._engine) as session:
            for rows in reads.all_vectors(session, self._org, self._embedder.name):
                good, vectors = usable(rows, view.part.dimension)
                ids = np.array([row[0] for row in rows], np.int64)[good]
                unusable += int((~good).sum())
                there, held = table.stored(session.connection(), view.part, rows[0][0], rows[-1][0])
                _, ours, theirs = np.intersect1d(ids, there, return_indices=True)
                missing, matched = missing + len(ids) - len(ours), matched + len(ours)
                changed += int((vectors[ours] != held[theirs]).any(axis=1).sum())
            pending = pending_count(session, self._org, self._embedder.name)
        return told_differences(missing, view.held.items - matched, changed) + told_leftovers(unusable, pending)

    def settle(self) -> None:
        """Wait for what is made in the background, if anything is."""
        if self._tending is not None:
            self._tending.join()

    def _have_tables(self) -> None:
        if not self._ready:
            with caching(self._engine) as connection:
                table.make_tables(connection)
            self._ready = True

    def _part(self, session: Session) -> Part:
        dimension = self._embedder.dimension or reads.stored_dimension(session, self._org, self._embedder.name)
        return Part(self._org, self._embedder.name, dimension)

    def _held(self, part: Part) -> Held:
        with reading(self._engine) as session:
            held = table.held(session.connection(), part)
        assert held is not None
        return held

    def _brought_on(self, part: Part) -> Held:
        """Bring the table to the revision of the database; of several who want to, one does it and the rest wait."""
        with caching(self._engine) as connection, Session(connection) as session:
            hold(connection, Space.INDEX, self._org)
            revision, held = index_revision(session, self._org), table.held(connection, part)
            if held is not None and held.revision == revision:
                return held
            changed = None if held is None else reads.changed_since(session, self._org, held.revision, revision)
            if changed is None or (held is not None and len(changed) > max(ANEW_SHARE * held.people, FEW_CHANGES)):
                table.remove_stale(connection, part)
                changed = table.missing_owners(connection, part)
            unusable = self._read_again(session, part, changed)
            if unusable:
                logger.warning("%d vectors of organisation %d cannot be used", unusable, self._org)
            table.mark(connection, part, revision)
            found = table.held(connection, part)
        assert found is not None
        return found

    def _anew(self, session: Session, part: Part) -> int:
        connection = session.connection()
        revision = index_revision(session, self._org)
        unusable = self._read_again(session, part, table.missing_owners(connection, part))
        table.mark(connection, part, revision)
        return unusable

    def _read_again(self, session: Session, part: Part, experts: Sequence[int]) -> int:
        """Have the table hold what these experts have now; returns how many vectors cannot be used."""
        connection, unusable = session.connection(), 0
        for some in chunks(experts):
            table.remove(connection, part, some)
            rows = reads.vectors_of(session, self._org, part.embedder, some)
            good, vectors = usable([(row.id, row.vector) for row in rows], part.dimension)
            kept = [(row.id, row.candidate_id, row.sha256) for row, fine in zip(rows, good, strict=True) if fine]
            table.add(connection, part, kept, vectors)
            unusable += len(rows) - len(kept)
        return unusable

    def _tend(self, part: Part, held: Held) -> None:
        """Where there are many and no graph, have one made in the background; one process at a time does."""
        if held.width is not None or held.items <= self._exact_items:
            return
        if self._tending is None or not self._tending.is_alive():
            self._tending = threading.Thread(target=self._tended, args=(part,), name="index", daemon=True)
            self._tending.start()

    def _tended(self, part: Part) -> None:
        try:
            self._make_graph(part, anew=False)
        except (VettingError, DBAPIError) as error:
            logger.warning("Organisation %d has no graph, every item is compared: %s", self._org, error)

    def _make_graph(self, part: Part, *, anew: bool) -> None:
        began = time.monotonic()
        with holding(self._engine, Space.GRAPH, self._org) as mine:
            if not mine:
                return
            with self._engine.connect() as connection:
                table.make_graph(connection.execution_options(isolation_level="AUTOCOMMIT"), part, anew=anew)
            with reading(self._engine) as session:
                width, recall = _measured(session.connection(), part)
            with caching(self._engine) as connection:
                table.note_width(connection, part, width, recall)
        logger.info("The graph was made in %.0f s: width %d, recall %.3f.", time.monotonic() - began, width, recall)


def _measured(connection: Connection, part: Part) -> tuple[int, float]:
    """As widely as it takes to find RECALL_WANTED of the ten nearest, and how many these are."""
    ids = table.ids(connection, part)
    some = [table.stored(connection, part, int(ids[place]), int(ids[place]))[1] for place in sample(len(ids), TRIED)]
    queries = noisy(np.concatenate(some))
    exact = [table.nearest(connection, part, query, TEN, None, None)[0] for query in queries]
    width, recall = FIRST_WIDTH // 2, 0.0
    while recall < RECALL_WANTED and width < MOST_WIDTH:
        width = min(2 * width, MOST_WIDTH)
        found = [table.nearest(connection, part, query, TEN, None, width)[0] for query in queries]
        recall = sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True)) / (TEN * len(queries))
    return width, recall


def _nothing() -> Near:
    return Near(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
