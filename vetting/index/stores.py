"""Where the vectors of an index lie: in a matrix, and beside it, where they are many, in lists of which some are read.

Vectors are addressed by their place, 0 to n - 1. Both are immutable once made, so threads share them freely.
FAISS computes each query with one thread: requests run side by side already.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vetting.index.snapshot_file import Lists
from vetting.ports import Vectors

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

EXACT_SHARE = 0.1
"""For a filter that leaves less than this share every list is read."""

FEW = 65_536
"""So many vectors or fewer are compared one by one, which is exact: of a million, 50,000 in 4 ms instead of 13."""

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

SPARE, SPARE_SHARE = 8_192, 2
"""At least so many items, and so many times as many as are wanted, are nominated: codes this short swap near ones. Of
the 512 nearest of 800,000 in the lists that are read they hold .9995, half as many .996."""

LEARNT, ROUNDS, EACH_CENTRE = 20_000, 8, 40
"""Vectors and rounds from which the codes are learnt, and vectors from which each centre is."""

CODE_BITS, CODED = 4, 2
"""Bits of a code, and how many numbers of a vector it stands for: FAISS reads 32 vectors of 4-bit codes at once."""

ONE_BY_ONE = 11
"""The way in which FAISS reads lists for one query and many wanted items: a fifth sooner than the one it would take."""

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

    def products(self, queries: Vectors, places: Places | None = None) -> Vectors:
        """Cosines (n, q) of every vector, or of those at these places, with every query."""
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

    def products(self, queries: Vectors, places: Places | None = None) -> Vectors:
        """As Store."""
        return products(self._vectors, queries, places)

    def lists(self) -> Lists | None:
        """As Store."""
        return None


class InvertedLists:
    """A matrix, and beside it two bits per number in lists around centres (FAISS IVF): lists near the query nominate.

    Product quantisation (Jegou et al. 2011) read by shuffles within registers (Andre et al. 2015). What is found is
    compared again with the matrix, so cosines are exact and only who is found is approximate. A filter widens the
    search a little; below EXACT_SHARE every list is read.
    """

    kind = "ivf"

    def __init__(self, vectors: Vectors, lists: Lists) -> None:
        self._vectors, self._lists = np.ascontiguousarray(vectors), lists
        self._centres = faiss().IndexFlatIP(int(vectors.shape[1]))
        self._centres.add(np.ascontiguousarray(lists.centres @ lists.turn))
        self._ivf = self._filled(lists)

    @classmethod
    def build(cls, vectors: Vectors) -> InvertedLists:
        """Group the vectors, and measure how many lists must be read for the ten nearest. A million take a minute."""
        centres = _centres(vectors)
        made = cls(vectors, Lists(centres, _nearest(vectors, centres), *_coded(vectors), 1, 0.0))
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
            return best_of(places, compared(self._vectors, places, query), k)
        share = count / len(self)
        probes = len(self._lists.centres) if share < EXACT_SHARE else math.ceil(self._lists.probes * share**-WIDENING)
        places = self._nominated(query, max(SPARE_SHARE * k, SPARE), probes, mask)
        return best_of(places, compared(self._vectors, places, query), k)

    def rows(self, places: Places) -> Vectors:
        """As Store."""
        found: Vectors = self._vectors[places]
        return found

    def products(self, queries: Vectors, places: Places | None = None) -> Vectors:
        """As Store."""
        return products(self._vectors, queries, places)

    def lists(self) -> Lists | None:
        """As Store."""
        return self._lists

    def _nominated(self, query: Vectors, k: int, probes: int, mask: Mask | None) -> Places:
        library = faiss()
        selector, _bits = _selector(mask)
        library.omp_set_num_threads(1)
        options = library.SearchParametersIVF(sel=selector, nprobe=min(probes, self._ivf.nlist))
        _, places = self._ivf.search(query.reshape(1, -1) @ self._lists.turn, min(k, len(self)), params=options)
        found: Places = places[0][places[0] >= 0]
        return found

    def _filled(self, lists: Lists) -> Any:
        """The lists with the codes where they belong, in the order in which they are read."""
        library, dimension = faiss(), int(lists.centres.shape[1])
        plain = library.IndexIVFPQ(
            self._centres, dimension, len(lists.centres), len(lists.book), CODE_BITS, library.METRIC_INNER_PRODUCT, True
        )
        plain.by_residual, plain.is_trained = False, True
        library.copy_array_to_vector(np.ascontiguousarray(lists.book, np.float32).reshape(-1), plain.pq.centroids)
        order = np.argsort(lists.places, kind="stable")
        ends = np.searchsorted(lists.places[order], np.arange(len(lists.centres) + 1))
        for number, (start, end) in enumerate(pairwise(ends.tolist())):
            ids = np.ascontiguousarray(order[start:end])
            codes = np.ascontiguousarray(lists.codes[ids])
            plain.invlists.add_entries(number, len(ids), library.swig_ptr(ids), library.swig_ptr(codes))
        plain.ntotal = len(order)
        packed = library.IndexIVFPQFastScan(plain)
        packed.implem = ONE_BY_ONE
        return packed

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
            nominated = [self._nominated(query, SPARE, probes, None) for query in queries]
            found = [
                best_of(places, compared(self._vectors, places, query), TEN)[0]
                for query, places in zip(queries, nominated, strict=True)
            ]
            recall = sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True)) / (TEN * len(exact))
        return replace(self._lists, probes=probes, recall=recall)


def compared(vectors: Vectors, places: Places, query: Vectors) -> Vectors:
    """Cosines of the vectors at these places with one query, without a copy of them: half the time of `products`."""
    found, places = np.empty(len(places), np.float32), np.ascontiguousarray(places, np.int64)
    query, pointer = np.ascontiguousarray(query, np.float32), faiss().swig_ptr
    if len(places):
        faiss().fvec_inner_products_by_idx(
            pointer(found), pointer(query), pointer(vectors), pointer(places), vectors.shape[1], 1, len(places)
        )
    return found


def products(vectors: Vectors, queries: Vectors, places: Places | None) -> Vectors:
    """As Store; by the same kernel for some as for all, so that a score has the same last digit either way."""
    found: Vectors = (vectors if places is None else vectors[places]) @ queries.T
    return found


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


def _coded(vectors: Vectors) -> tuple[Vectors, Vectors, NDArray[np.uint8]]:
    """Turn, book and codes as `Lists` has them.

    Turned at random (Jegou et al. 2010), every number tells as much as any other. As they are, many numbers are nearly
    always 0, and of the ten nearest to words that are rare 5 in 100 were lost.
    """
    dimension = int(vectors.shape[1])
    each = CODED if dimension % CODED == 0 else 1
    coder = faiss().ProductQuantizer(dimension, dimension // each, CODE_BITS)
    coder.cp.niter, coder.cp.seed, coder.cp.min_points_per_centroid = ROUNDS, SEED, 1
    coder.cp.max_points_per_centroid = LEARNT // 2**CODE_BITS
    turn = np.linalg.qr(np.random.default_rng(SEED).normal(size=(dimension, dimension)))[0].astype(np.float32)
    coder.train(np.ascontiguousarray(vectors[sample(len(vectors), LEARNT)] @ turn))
    book = faiss().vector_to_array(coder.centroids).reshape(coder.M, coder.ksub, coder.dsub)
    parts = range(0, len(vectors), PORTION)
    codes = [coder.compute_codes(np.ascontiguousarray(vectors[at : at + PORTION] @ turn)) for at in parts]
    return turn, book, np.concatenate(codes)


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
