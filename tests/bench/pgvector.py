"""Our index inside PostgreSQL, for the comparison in `vectors`: a server of its own with the service's tables."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, insert, make_url

from tests import databases
from vetting.db.engine import make_engine, writing
from vetting.db.matching_queries import bump_revision
from vetting.db.migrate import upgrade
from vetting.db.models import Candidate, ProfileItem
from vetting.index.pgvector_index import PgvectorIndex

PORTION = 5_000
SERVER = "shared_buffers=1GB\nmaintenance_work_mem=1GB\nmax_wal_size=8GB\n"
Search = Callable[[NDArray[np.float32], NDArray[np.bool_] | None], NDArray[np.int64]]


class _Embedder:
    name = "bench"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension


class InPostgres:
    """A database that holds vectors of experts, and the index over it."""

    def __init__(self, vectors: NDArray[np.float32], owners: NDArray[np.int64]) -> None:
        server = databases.start(Path(tempfile.mkdtemp(prefix="vetting-bench-pg-")), SERVER)
        self._server = server
        self.engine: Engine = make_engine(make_url(server.get_uri()).render_as_string(hide_password=False))
        atexit.register(self.engine.dispose)
        upgrade(self.engine)
        _fill(self.engine, vectors, owners)
        self.index = PgvectorIndex(self.engine, 1, _Embedder(vectors.shape[1]))  # type: ignore[arg-type]  # embeds nothing
        self.owners = owners

    def searcher(self, ten: int) -> Search:
        """Searches as the service does, from the revision to the answer; places of the items."""
        allowed: dict[int, Any] = {}

        def search(query: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> NDArray[np.int64]:
            if mask is not None and id(mask) not in allowed:
                allowed[id(mask)] = np.unique(self.owners[mask]) + 1
            return self.index.now().search(query, ten, None if mask is None else allowed[id(mask)]).items - 1

        return search

    def megabytes(self) -> float:
        """The table and its indexes on disk."""
        with self.engine.connect() as connection:
            size = connection.exec_driver_sql("SELECT pg_total_relation_size('profile_vector')").scalar_one()
        return float(size) / 2**20

    def close(self) -> None:
        """End the server and delete its data."""
        self.engine.dispose()
        self._server.cleanup()


def _fill(engine: Engine, vectors: NDArray[np.float32], owners: NDArray[np.int64]) -> None:
    now = datetime.now(UTC)
    with writing(engine) as session:
        connection = session.connection()
        for at in range(0, int(owners[-1]) + 1, PORTION):
            people = [
                {"id": n + 1, "organisation_id": 1, "public_id": f"c{n}", "imported_id": f"x-{n}", "name": f"X {n}",
                 "headline": "", "summary": "", "facts": {}, "conflicts": [], "created_at": now, "updated_at": now}
                for n in range(at, min(at + PORTION, int(owners[-1]) + 1))
            ]  # fmt: skip
            connection.execute(insert(Candidate), people)
        for at in range(0, len(vectors), PORTION):
            items = [
                {"id": n + 1, "organisation_id": 1, "candidate_id": int(owners[n]) + 1, "position": n, "kind": "role",
                 "title": "t", "text": "", "sha256": f"{n:064d}", "embedder": "bench", "vector": vectors[n].tobytes()}
                for n in range(at, min(at + PORTION, len(vectors)))
            ]  # fmt: skip
            connection.execute(insert(ProfileItem), items)
        bump_revision(session, 1)
