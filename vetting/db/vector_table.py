"""The vectors of profile items as pgvector has them: a copy of `profile_item` that is searched inside PostgreSQL.

All statements are ours alone; numbers and names stand in them as literals, because PostgreSQL uses the graph of one
organisation and one embedder only where it reads both in the statement.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from vetting.errors import Unavailable

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
OLDEST = (0, 8)
"""The first version of pgvector that goes on searching where a filter leaves too few."""
MISSING = (
    "PostgreSQL has no extension vector of version 0.8 or newer: have its administrator run CREATE EXTENSION vector, "
    "or set VETTING_INDEX=faiss."
)
GRAPH_LINKS, GRAPH_EFFORT = 16, 128
MOST_WIDTH, MOST_VISITED = 1_000, 200_000
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)


class Held(NamedTuple):
    """What the table holds for one organisation and embedder: at which revision, how much, and how well it is searched.

    `width` is how many are looked at for one that is wanted when the graph answers; None while there is no graph.
    """

    revision: int
    items: int
    people: int
    width: int | None
    recall: float


class Part(NamedTuple):
    """The part of the table that one index is about."""

    org: int
    embedder: str
    dimension: int

    @property
    def where(self) -> str:
        """The condition, word for word that of the graph."""
        return f"organisation_id = {int(self.org)} AND embedder = {_quoted(self.embedder)}"

    @property
    def graph(self) -> str:
        """The name of its graph."""
        return f"profile_vector_{int(self.org)}_{hashlib.sha256(self.embedder.encode()).hexdigest()[:12]}"

    @property
    def half(self) -> str:
        """The vectors in half precision, which is what the graph holds."""
        return f"(embedding::halfvec({int(self.dimension)}))"


def make_tables(connection: Connection) -> None:
    """The extension and its tables, where they are not there yet. Raises Unavailable."""
    from importlib import import_module

    if connection.exec_driver_sql("SELECT to_regclass('profile_vector_state')").scalar() is None:
        migration = import_module("vetting.db.migrations.versions.0012_pgvector")
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(migration.TABLES)
        except DBAPIError as error:
            raise Unavailable(MISSING) from error
    found = connection.exec_driver_sql("SELECT extversion FROM pg_extension WHERE extname = 'vector'").scalar() or "0"
    if tuple(int(number) for number in str(found).split(".")[:2]) < OLDEST:
        raise Unavailable(MISSING)


def held(connection: Connection, part: Part) -> Held | None:
    """What the table says it holds."""
    query = "SELECT revision, items, people, width, recall FROM profile_vector_state"
    row = connection.exec_driver_sql(f"{query} WHERE {part.where}").first()
    return None if row is None else Held(row[0], row[1], row[2], row[3], row[4] or 1.0)


def mark(connection: Connection, part: Part, revision: int) -> None:
    """Write down that the table is that of this revision, and how much it holds."""
    counted = f"SELECT count(*), count(DISTINCT candidate_id) FROM profile_vector WHERE {part.where}"
    items, people = connection.exec_driver_sql(counted).one()
    values = f"({int(part.org)}, {_quoted(part.embedder)}, {int(revision)}, {items}, {people})"
    connection.exec_driver_sql(
        f"INSERT INTO profile_vector_state (organisation_id, embedder, revision, items, people) VALUES {values} ON "
        "CONFLICT (organisation_id, embedder) DO UPDATE SET revision = excluded.revision, items = excluded.items, "
        "people = excluded.people"
    )


def remove(connection: Connection, part: Part, experts: Sequence[int]) -> None:
    """Take out everything of these experts."""
    theirs = f"candidate_id = ANY({_array(experts)})"
    connection.exec_driver_sql(f"DELETE FROM profile_vector WHERE {part.where} AND {theirs}")


def remove_stale(connection: Connection, part: Part) -> None:
    """Take out what is no longer in `profile_item` as it is here."""
    connection.exec_driver_sql(
        f"DELETE FROM profile_vector v WHERE {part.where} AND NOT EXISTS (SELECT FROM profile_item i WHERE "
        "i.id = v.item_id AND i.organisation_id = v.organisation_id AND i.candidate_id = v.candidate_id "
        "AND i.sha256 = v.sha256 AND i.embedder = v.embedder AND i.vector IS NOT NULL)"
    )


def clear(connection: Connection, part: Part) -> None:
    """Take out everything."""
    connection.exec_driver_sql(f"DELETE FROM profile_vector WHERE {part.where}")


def missing_owners(connection: Connection, part: Part) -> list[int]:
    """Experts with an item that is not in the table."""
    return list(
        connection.exec_driver_sql(
            f"SELECT DISTINCT i.candidate_id FROM profile_item i WHERE {part.where} AND vector IS NOT NULL "
            "AND NOT EXISTS (SELECT FROM profile_vector v WHERE v.item_id = i.id AND v.embedder = i.embedder) "
            "ORDER BY 1"
        ).scalars()
    )


def add(connection: Connection, part: Part, rows: Sequence[tuple[int, int, str]], vectors: Floats) -> None:
    """Put in items (id, whose, hash) that are not there under this embedder, with their vectors."""
    if not len(rows):
        return
    ids = [row[0] for row in rows]
    connection.exec_driver_sql(f"DELETE FROM profile_vector WHERE item_id = ANY({_array(ids, 'bigint')})")
    name, size = part.embedder.encode(), part.dimension
    fields = (("item_id", ">i8"), ("org", ">i4"), ("who", ">i4"), ("sha", "S64"), ("name", f"S{len(name)}"))
    kinds: list[Any] = [("n", ">i2")]
    for field, kind in fields:
        kinds += [(f"{field}_size", ">i4"), (field, kind)]
    kinds += [("vector_size", ">i4"), ("size", ">i2"), ("unused", ">i2"), ("vector", ">f4", (size,))]
    made = np.zeros(len(rows), np.dtype(kinds))
    made["n"], made["vector_size"], made["size"], made["vector"] = 6, 4 + 4 * size, size, vectors
    for field, kind in fields:
        made[f"{field}_size"] = np.dtype(kind).itemsize
    made["item_id"], made["who"] = ids, [row[1] for row in rows]
    made["sha"], made["org"], made["name"] = [row[2].encode() for row in rows], part.org, name
    columns = "item_id, organisation_id, candidate_id, sha256, embedder, embedding"
    with _raw(connection).cursor().copy(f"COPY profile_vector ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(COPY_HEADER)
        copy.write(made.tobytes())
        copy.write(b"\xff\xff")


def nearest(
    connection: Connection, part: Part, query: Floats, k: int, experts: Sequence[int] | None, width: int | None
) -> tuple[Ids, Ids, Floats]:
    """Items, whose they are and their cosines, highest first: exact without `width`, else by the graph.

    The graph nominates by half precision; what it nominates is compared again in full.
    """
    who = "" if experts is None else f" AND candidate_id = ANY({_array(experts)})"
    cosine = f"-(embedding <#> {_vector(query)})"
    source = "profile_vector"
    if width is not None:
        connection.exec_driver_sql(
            f"SELECT set_config('hnsw.ef_search', '{max(min(width, MOST_WIDTH), 1)}', true), "
            "set_config('hnsw.iterative_scan', 'relaxed_order', true), "
            f"set_config('hnsw.max_scan_tuples', '{MOST_VISITED}', true), set_config('enable_sort', 'off', true), "
            "set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)"
        )
        distance = f"{part.half} <#> {_vector(query)}::halfvec({part.dimension})"
        source = (
            f"(SELECT item_id, candidate_id, embedding FROM profile_vector WHERE {part.where}{who} "
            f"ORDER BY {distance} LIMIT {max(int(k), min(width, MOST_WIDTH))}) near"
        )
    where = f" WHERE {part.where}{who}" if width is None else ""
    rows = connection.exec_driver_sql(
        f"SELECT item_id, candidate_id, {cosine} AS cosine FROM {source}{where} "
        f"ORDER BY cosine DESC, item_id LIMIT {int(k)}"
    ).all()
    ids, owners, cosines = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(ids, np.int64), np.array(owners, np.int64), np.array(cosines, np.float32)


def cosines(
    connection: Connection, part: Part, queries: Floats, experts: Sequence[int] | None
) -> tuple[Ids, Ids, Floats]:
    """Every item, or those of experts, whose they are, and their cosines with each query (n, q)."""
    who = "" if experts is None else f" AND candidate_id = ANY({_array(experts)})"
    wanted = ", ".join(f"-(embedding <#> {_vector(query)})" for query in queries)
    kinds = [("item", ">i8"), ("who", ">i4"), *((f"c{n}", ">f8") for n in range(len(queries)))]
    found = _copied(
        connection, f"SELECT item_id, candidate_id, {wanted} FROM profile_vector WHERE {part.where}{who}", kinds
    )
    columns = [found[f"c{n}"].astype(np.float32) for n in range(len(queries))]
    table = np.stack(columns, axis=1) if columns else np.zeros((len(found), 0), np.float32)
    return found["item"].astype(np.int64), found["who"].astype(np.int64), table


def stored(connection: Connection, part: Part, first: int, last: int) -> tuple[Ids, Floats]:
    """The items whose ids are from `first` to `last`, with their vectors as they are here."""
    kinds = [("item", ">i8"), ("vector", [("head", ">i4"), ("numbers", ">f4", (part.dimension,))])]
    query = f"SELECT item_id, embedding FROM profile_vector WHERE {part.where}"
    found = _copied(connection, f"{query} AND item_id BETWEEN {int(first)} AND {int(last)} ORDER BY item_id", kinds)
    return found["item"].astype(np.int64), found["vector"]["numbers"].astype(np.float32)


def ids(connection: Connection, part: Part) -> Ids:
    """The ids of all items, rising."""
    query = f"SELECT item_id FROM profile_vector WHERE {part.where} ORDER BY item_id"
    return _copied(connection, query, [("item", ">i8")])["item"].astype(np.int64)


def has_graph(connection: Connection, part: Part) -> bool:
    """Whether the graph is there and whole."""
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass"
    return bool(connection.exec_driver_sql(f"{query}({_quoted(part.graph)})").scalar())


def make_graph(connection: Connection, part: Part, *, anew: bool) -> None:
    """Make the graph beside searches and changes; needs a connection without a transaction."""
    if anew or not has_graph(connection, part):  # one that is not whole was left by a crash
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {part.graph}")
    options = f"m = {GRAPH_LINKS}, ef_construction = {GRAPH_EFFORT}"
    connection.exec_driver_sql(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {part.graph} ON profile_vector "
        f"USING hnsw ({part.half} halfvec_ip_ops) WITH ({options}) WHERE {part.where}"
    )
    connection.exec_driver_sql("ANALYZE profile_vector")


def drop_graph(connection: Connection, part: Part) -> None:
    """Let go of the graph."""
    connection.exec_driver_sql(f"DROP INDEX IF EXISTS {part.graph}")
    note_width(connection, part, None, 1.0)


def note_width(connection: Connection, part: Part, width: int | None, recall: float) -> None:
    """Write down how widely the graph is to be searched, and what that finds."""
    values = f"width = {'NULL' if width is None else int(width)}, recall = {float(recall)}"
    connection.exec_driver_sql(f"UPDATE profile_vector_state SET {values} WHERE {part.where}")


def _copied(connection: Connection, query: str, kinds: list[Any]) -> NDArray[Any]:
    """Rows of a query without nulls, each field of a fixed size, read in one piece."""
    wire: list[Any] = [("n", ">i2")]
    for name, *kind in kinds:
        wire += [(f"{name}_size", ">i4"), (name, *kind)]
    with _raw(connection).cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        data = b"".join(copy)
    return np.frombuffer(data[len(COPY_HEADER) : -2], np.dtype(wire))


def _raw(connection: Connection) -> Any:
    """The connection as psycopg has it."""
    return connection.connection.driver_connection


def _vector(numbers: Floats) -> str:
    values = numbers.tolist()
    if not all(map(math.isfinite, values)):
        raise ValueError("a query vector is not finite")
    return f"'[{','.join(map(repr, values))}]'::vector"


def _array(numbers: Iterable[int], kind: str = "integer") -> str:
    return f"'{{{','.join(str(int(number)) for number in numbers)}}}'::{kind}[]"


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    if "\\" in escaped or "\x00" in escaped:
        raise ValueError("the name of an embedder has neither a backslash nor a zero in it")
    return f"'{escaped}'"
