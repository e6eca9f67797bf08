"""Where the vectors of an index lie: all in one matrix, or in lists of vectors near each other, of which some are read.

Vectors are addressed by their place, 0 to n - 1. Both are immutable once made, so threads share them freely.
FAISS computes each query with one thread: requests run side by side already.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vetting.index.snapshot_file import Lists
from vetting.ports import Vectors

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

EXACT_SHARE = 0.1
"""A filter that leaves less than this share is searched exactly, whatever the store."""

RECALL_WANTED = 0.995
TRIED = 100
"""Queries by which the recall is measured."""

PORTION = 50_000
SEED = 20261128


def faiss() -> Any:
    """FAISS, loaded with the first query: start-up needs no vectors. Untyped: its stubs lack its Python layer."""
    import faiss

    return faiss


class Store(Protocol):
    """Vectors that can be searched and read; `recall` is the share of the ten nearest that `top` finds."""

    kind: str
    recall: float

    def __len__(self) -> int: ...

    def top(self, query: Vectors, k: int, mask: Mask | None) -> tuple[Places, Vectors]:
        """Places and cosines of the k nearest of those that `mask` allows, nearest first."""
        ...

    def rows(self, places: Places) -> Vectors:
        """The vectors at these places."""
        ...

    def products(self, queries: Vectors) -> Vectors:
        """Cosines (n, q) of every vector with every query."""
        ...

    def lists(self) -> Lists | None:
        """How the vectors are grouped, to be kept; None for one matrix."""
        ...


class Matrix:
    """Every vector is compared with the query: exact."""

    kind, recall = "exact", 1.0

    def __init__(self, vectors: Vectors) -> None:
        self._flat = faiss().IndexFlatIP(max(int(vectors.shape[1]), 1))
        if len(vectors):
            self._flat.add(np.ascontiguousarray(vectors))
        self._vectors = _view(self._flat.get_xb(), vectors.shape) if len(vectors) else vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def top(self, query: Vectors, k: int, mask: Mask | None) -> tuple[Places, Vectors]:
        """As Store."""
        if mask is not None and mask.mean() < EXACT_SHARE:
            return best_of(np.flatnonzero(mask), self._vectors[mask] @ query, k)
        selector, _bits = _selector(mask)
        faiss().omp_set_num_threads(1)
        scores, places = self._flat.search(
            query.reshape(1, -1), min(k, len(self)), params=faiss().SearchParameters(sel=selector)
        )
        return _found(places[0], scores[0])

    def rows(self, places: Places) -> Vectors:
        """As Store."""
        found: Vectors = self._vectors[places]
        return found

    def products(self, queries: Vectors) -> Vectors:
        """As Store."""
        if not len(self):
            return np.zeros((0, len(queries)), np.float32)
        found: Vectors = self._vectors @ queries.T
        return found

    def lists(self) -> Lists | None:
        """As Store."""
        return None


class InvertedLists:
    """Vectors in lists around centres (FAISS IVF-Flat); the lists nearest to the query are compared with it.

    A filter widens the search by as much as it narrows the choice, and one below EXACT_SHARE is searched exactly.
    """

    kind = "ivf"

    def __init__(self, vectors: Vectors, lists: Lists) -> None:
        library = faiss()
        dimension = int(vectors.shape[1])
        self._centres = library.IndexFlatIP(dimension)
        self._centres.add(np.ascontiguousarray(lists.centres))
        self._ivf = library.IndexIVFFlat(self._centres, dimension, len(lists.centres), library.METRIC_INNER_PRODUCT)
        self._ivf.is_trained = True
        self._fill(vectors, lists.places)
        self._ivf.make_direct_map()
        self.probes, self.recall = lists.probes, lists.recall

    @classmethod
    def build(cls, vectors: Vectors) -> InvertedLists:
        """Group the vectors, and measure how many lists must be read for the ten nearest. A million take a minute."""
        centres = _centres(vectors)
        made = cls(vectors, Lists(centres, _nearest(vectors, centres), 1, 0.0))
        made._measure()
        return made

    def __len__(self) -> int:
        return int(self._ivf.ntotal)

    def top(self, query: Vectors, k: int, mask: Mask | None) -> tuple[Places, Vectors]:
        """As Store."""
        share = 1.0 if mask is None else float(mask.mean())
        probes = self._ivf.nlist if share < EXACT_SHARE else math.ceil(self.probes / share)
        return self._search(query.reshape(1, -1), k, probes, mask)

    def rows(self, places: Places) -> Vectors:
        """As Store."""
        found: Vectors = self._ivf.reconstruct_batch(places)
        return found

    def products(self, queries: Vectors) -> Vectors:
        """As Store."""
        out = np.empty((len(self), len(queries)), np.float32)
        wanted = np.ascontiguousarray(queries.T)
        for number in range(self._ivf.nlist):
            places, vectors = self._list(number)
            if len(places):
                out[places] = vectors @ wanted
        return out

    def lists(self) -> Lists | None:
        """As Store."""
        centres = _view(self._centres.get_xb(), (self._ivf.nlist, self._ivf.d))
        found = np.empty(len(self), np.int32)
        for number in range(self._ivf.nlist):
            found[self._list(number)[0]] = number
        return Lists(centres, found, self.probes, self.recall)

    def _search(self, queries: Vectors, k: int, probes: int, mask: Mask | None) -> tuple[Places, Vectors]:
        library = faiss()
        selector, _bits = _selector(mask)
        library.omp_set_num_threads(1)
        options = library.SearchParametersIVF(sel=selector, nprobe=min(probes, self._ivf.nlist))
        scores, places = self._ivf.search(queries, min(k, len(self)), params=options)
        return _found(places[0], scores[0]) if len(queries) == 1 else (places, scores)

    def _fill(self, vectors: Vectors, places: NDArray[np.int32]) -> None:
        """Put each vector where it belongs, without looking for the nearest centre again."""
        pointer = faiss().swig_ptr
        for at in range(0, len(vectors), PORTION):
            part = np.ascontiguousarray(vectors[at : at + PORTION])
            ids = np.arange(at, at + len(part), dtype=np.int64)
            known = np.ascontiguousarray(places[at : at + PORTION], dtype=np.int64)
            self._ivf.add_core(len(part), pointer(part), pointer(ids), pointer(known))

    def _list(self, number: int) -> tuple[Places, Vectors]:
        """Places and vectors of one list, as FAISS holds them."""
        lists = self._ivf.invlists
        count = int(lists.list_size(number))
        if not count:
            return np.zeros(0, np.int64), np.zeros((0, self._ivf.d), np.float32)
        places: Places = faiss().rev_swig_ptr(lists.get_ids(number), count)
        codes = faiss().rev_swig_ptr(lists.get_codes(number), count * lists.code_size)
        return places, codes.view(np.float32).reshape(count, self._ivf.d)

    def _measure(self) -> None:
        """Read ever more lists until RECALL_WANTED of the ten nearest are found.

        A query is a stored vector blended with as much noise: real queries are not that near to anything stored.
        """
        random = np.random.default_rng(SEED)
        some = self.rows(random.choice(len(self), min(TRIED, len(self)), replace=False))
        noise = random.normal(size=some.shape).astype(np.float32)
        queries = some + noise / np.linalg.norm(noise, axis=1, keepdims=True)
        queries /= np.linalg.norm(queries, axis=1, keepdims=True)
        exact, _ = self._search(queries, 10, self._ivf.nlist, None)
        while self.recall < RECALL_WANTED and self.probes < self._ivf.nlist:
            self.probes = min(2 * self.probes, self._ivf.nlist)
            found, _ = self._search(queries, 10, self.probes, None)
            same = sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True))
            self.recall = same / exact.size


def best_of(places: Places, cosines: Vectors, k: int) -> tuple[Places, Vectors]:
    """The k highest of these, highest first."""
    if len(cosines) > k:
        kept = np.argpartition(-cosines, k - 1)[:k]
        places, cosines = places[kept], cosines[kept]
    order = np.argsort(-cosines, kind="stable")
    return places[order], cosines[order]


def _centres(vectors: Vectors) -> Vectors:
    """About 2 sqrt(n) centres by spherical k-means on a sample."""
    count = 2 ** round(math.log2(2 * math.sqrt(len(vectors))))
    size = min(len(vectors), 40 * count)
    sample = np.random.default_rng(SEED).choice(len(vectors), size, replace=False)
    sample.sort()
    means = faiss().Kmeans(
        int(vectors.shape[1]), count, niter=8, spherical=True, seed=SEED, min_points_per_centroid=1,
        max_points_per_centroid=40,
    )  # fmt: skip
    means.train(np.ascontiguousarray(vectors[sample]))
    found: Vectors = means.centroids
    return found


def _nearest(vectors: Vectors, centres: Vectors) -> NDArray[np.int32]:
    """The centre nearest to each vector."""
    found = np.empty(len(vectors), np.int32)
    turned = np.ascontiguousarray(centres.T)
    for at in range(0, len(vectors), PORTION):
        found[at : at + PORTION] = (vectors[at : at + PORTION] @ turned).argmax(axis=1)
    return found


def _selector(mask: Mask | None) -> tuple[Any, Any]:
    """A FAISS selector of the places that a mask allows, and the bits it points at, to be held while it is used."""
    if mask is None:
        return None, None
    bits = np.packbits(mask, bitorder="little")
    return faiss().IDSelectorBitmap(len(bits), faiss().swig_ptr(bits)), bits


def _found(places: Places, scores: Vectors) -> tuple[Places, Vectors]:
    """FAISS fills up with -1 where there are fewer than k."""
    there = places >= 0
    return places[there], scores[there]


def _view(pointer: Any, shape: tuple[int, ...]) -> Vectors:
    """Numbers inside FAISS without a second copy; valid as long as the index lives."""
    view: Vectors = faiss().rev_swig_ptr(pointer, shape[0] * shape[1]).reshape(shape)
    view.flags.writeable = False
    return view
