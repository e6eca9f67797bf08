"""Where the vectors of an index lie: in a matrix, and beside it, where they are many, in lists of which some are read.

Vectors are addressed by their place, 0 to n - 1. Both are immutable once made, so threads share them freely.
FAISS computes each query with one thread: requests run side by side already.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vetting.index.snapshot_file import Lists
from vetting.ports import Vectors

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

EXACT_SHARE = 0.1
"""For a filter that leaves less than this share every list is read."""

FEW = 4_096
"""So many vectors or fewer are compared one by one: lists would only be in the way."""

WIDENING = 0.25
"""A filter that leaves a share s has s ** -WIDENING as many lists read. At 50, 25 and 12 % left, at random or by a
direction of their own, recall@10 stayed at .99 or more even without it (800,000 items)."""

RECALL_WANTED = 0.995
MORE = 1.25
"""Growth of the number of lists that are tried: doubling would read up to twice as many as are needed."""

TRIED, TEN = 50, 10
"""Queries by which the recall is measured, and how many of the nearest."""

NOISE = 1.5
"""Length of the noise in such a query, beside the vector's 1."""

SPARE = 256
"""Of few wanted items four times as many are nominated, up to this many: a byte per number can swap near ones."""

RANGED, EACH_CENTRE = 100_000, 40
"""Vectors from which the range of a byte is taken, and those from which each centre is."""

PORTION = 50_000
SEED = 20261128


def faiss() -> Any:
    """FAISS, loaded with the first query: start-up needs no vectors. Untyped: its stubs lack its Python layer."""
    import faiss

    return faiss


class Store(Protocol):
    """Vectors that can be searched and read."""

    @property
    def kind(self) -> str:
        """Exact, or the name of an approximate kind."""
        ...

    @property
    def recall(self) -> float:
        """The share of the ten nearest that `top` finds."""
        ...

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
    """A matrix, and beside it a byte per number in lists around centres (FAISS IVF): lists near the query nominate.

    What is found is compared again with the matrix, so cosines are exact and only who is found is approximate. A
    filter widens the search a little; below EXACT_SHARE every list is read.
    """

    kind = "ivf"

    def __init__(self, vectors: Vectors, lists: Lists) -> None:
        library = faiss()
        dimension = int(vectors.shape[1])
        self._vectors, self._lists = vectors, lists
        self._centres = library.IndexFlatIP(dimension)
        self._centres.add(np.ascontiguousarray(lists.centres))
        self._ivf = library.IndexIVFScalarQuantizer(
            self._centres, dimension, len(lists.centres), library.ScalarQuantizer.QT_8bit,
            library.METRIC_INNER_PRODUCT, False,
        )  # fmt: skip
        self._ivf.train(np.ascontiguousarray(vectors[sample(len(vectors), RANGED)]))
        self._fill(lists.places)

    @classmethod
    def build(cls, vectors: Vectors) -> InvertedLists:
        """Group the vectors, and measure how many lists must be read for the ten nearest. A million take a minute."""
        centres = _centres(vectors)
        made = cls(vectors, Lists(centres, _nearest(vectors, centres), 1, 0.0))
        made._lists = made._measured()
        return made

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def recall(self) -> float:
        """As Store, measured when it was built."""
        return self._lists.recall

    def top(self, query: Vectors, k: int, mask: Mask | None) -> tuple[Places, Vectors]:
        """As Store."""
        count = len(self) if mask is None else int(np.count_nonzero(mask))
        if mask is not None and count <= FEW:
            places = np.flatnonzero(mask)
            return best_of(places, self._vectors[places] @ query, k)
        share = count / len(self)
        probes = len(self._lists.centres) if share < EXACT_SHARE else math.ceil(self._lists.probes * share**-WIDENING)
        places = self._nominated(query, max(k, min(4 * k, SPARE)), probes, mask)
        return best_of(places, self._vectors[places] @ query, k)

    def rows(self, places: Places) -> Vectors:
        """As Store."""
        found: Vectors = self._vectors[places]
        return found

    def products(self, queries: Vectors) -> Vectors:
        """As Store."""
        found: Vectors = self._vectors @ queries.T
        return found

    def lists(self) -> Lists | None:
        """As Store."""
        return self._lists

    def _nominated(self, query: Vectors, k: int, probes: int, mask: Mask | None) -> Places:
        library = faiss()
        selector, _bits = _selector(mask)
        library.omp_set_num_threads(1)
        options = library.SearchParametersIVF(sel=selector, nprobe=min(probes, self._ivf.nlist))
        _, places = self._ivf.search(query.reshape(1, -1), min(k, len(self)), params=options)
        found: Places = places[0][places[0] >= 0]
        return found

    def _fill(self, places: NDArray[np.int32]) -> None:
        """Put each vector where it belongs, without looking for the nearest centre again."""
        pointer = faiss().swig_ptr
        for at in range(0, len(self._vectors), PORTION):
            part = np.ascontiguousarray(self._vectors[at : at + PORTION])
            ids = np.arange(at, at + len(part), dtype=np.int64)
            known = np.ascontiguousarray(places[at : at + PORTION], dtype=np.int64)
            self._ivf.add_core(len(part), pointer(part), pointer(ids), pointer(known))

    def _measured(self) -> Lists:
        """As many lists are read as it takes to find RECALL_WANTED of the ten nearest, and how many these are.

        A query is a stored vector blended with more noise than there is of it (their cosine is about .55): what people
        search for in a few words is not nearer to what is written in many.
        """
        queries = noisy(self._vectors[sample(len(self), TRIED)])
        exact = [np.argpartition(-(self._vectors @ query), TEN)[:TEN] for query in queries]
        probes, recall = 4, 0.0
        while recall < RECALL_WANTED and probes < self._ivf.nlist:
            probes = min(math.ceil(MORE * probes), self._ivf.nlist)
            found = [best_of(p, self._vectors[p] @ q, TEN)[0] for q in queries for p in [
                self._nominated(q, 4 * TEN, probes, None)
            ]]  # fmt: skip
            recall = sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True)) / (TEN * len(exact))
        return replace(self._lists, probes=probes, recall=recall)


def best_of(places: Places, cosines: Vectors, k: int) -> tuple[Places, Vectors]:
    """The k highest of these, highest first."""
    if len(cosines) > k:
        kept = np.argpartition(-cosines, k - 1)[:k]
        places, cosines = places[kept], cosines[kept]
    order = np.argsort(-cosines, kind="stable")
    return places[order], cosines[order]


def usable(rows: Sequence[tuple[int, bytes]], dimension: int) -> tuple[Mask, Vectors]:
    """Which rows have a finite vector of the right length, and these: NaN would win every search in silence."""
    right = np.array([len(data) == 4 * dimension for _, data in rows], dtype=np.bool_)
    data = b"".join(data for (_, data), is_right in zip(rows, right, strict=True) if is_right)
    vectors = np.frombuffer(data, dtype="<f4").reshape(int(right.sum()), dimension)
    finite = np.isfinite(vectors).all(axis=1)
    right[right] = finite
    return right, np.ascontiguousarray(vectors[finite], np.float32)


def sample(count: int, size: int) -> Places:
    """So many places of `count`, spread at random, the same ones each time; all where there are not so many."""
    found: Places = np.sort(np.random.default_rng(SEED).choice(count, min(count, size), replace=False))
    return found


def noisy(vectors: Vectors) -> Vectors:
    """Queries to measure a recall with: stored vectors blended with more noise than there is of them."""
    noise = np.random.default_rng(SEED).normal(size=vectors.shape).astype(np.float32)
    queries = vectors + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    found: Vectors = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    return found


def _centres(vectors: Vectors) -> Vectors:
    """About sqrt(n) centres by spherical k-means on a sample."""
    count = 2 ** round(math.log2(math.sqrt(len(vectors))))
    chosen = sample(len(vectors), EACH_CENTRE * count)
    means = faiss().Kmeans(
        int(vectors.shape[1]), count, niter=8, spherical=True, seed=SEED, min_points_per_centroid=1,
        max_points_per_centroid=EACH_CENTRE,
    )  # fmt: skip
    means.train(np.ascontiguousarray(vectors[chosen]))
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
