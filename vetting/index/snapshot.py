"""One state of an index, never changed: a large store, the places in it that are out of date, and what came since.

A change makes a new state that shares the store, so that one corrected profile among millions costs milliseconds and
searches never wait. Once much has changed, `whole` gives the items for a new store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vetting.index.snapshot_file import Items, Stored
from vetting.index.stores import InvertedLists, Mask, Matrix, Places, Store, best_of
from vetting.ports import IndexState, Near, Vectors

Ids = NDArray[np.int64]
GATHERED_SHARE = 0.25
"""Up to this share of the items, vectors are gathered one by one instead of all being multiplied."""

NO_ITEMS = Items(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, "S32"))


@dataclass(frozen=True)
class Snapshot:
    """`items` are those of `store`, by owner; `alive` is false where they are out of date (None: nowhere).

    `fresh` are newer items with their vectors; of an owner who has any of these, nothing in the store is alive.
    """

    embedder: str
    revision: int
    items: Items
    store: Store
    alive: Mask | None
    fresh: Items
    fresh_vectors: Vectors

    @classmethod
    def of(cls, stored: Stored) -> Snapshot:
        """The state that was kept."""
        vectors, lists = stored.vectors, stored.lists
        store = InvertedLists(vectors, lists) if lists else Matrix(vectors)
        nothing = np.zeros((0, vectors.shape[1]), np.float32)
        return cls(stored.embedder, stored.revision, stored.items, store, None, NO_ITEMS, nothing)

    def __len__(self) -> int:
        dead = 0 if self.alive is None else len(self.items) - int(np.count_nonzero(self.alive))
        return len(self.items) - dead + len(self.fresh)

    @property
    def people(self) -> int:
        """How many experts have items in the store."""
        return len(self._starts[0])

    @property
    def dimension(self) -> int:
        """Numbers per vector."""
        return int(self.fresh_vectors.shape[1])

    @property
    def state(self) -> IndexState:
        """As IndexView."""
        return IndexState(self.store.kind, len(self), self.revision, self.store.recall)

    @property
    def changed(self) -> int:
        """How many items came or went since the store was made."""
        return len(self.fresh) + (0 if self.alive is None else len(self.alive) - int(np.count_nonzero(self.alive)))

    def search(self, vector: Vectors, k: int, experts: Ids | None = None) -> Near:
        """As IndexView."""
        query = checked(np.asarray(vector, np.float32).reshape(1, -1), self.dimension)[0]
        places, scores = np.zeros(0, np.int64), np.zeros(0, np.float32)
        mask = self._mask(experts)
        if len(self.items) and k > 0 and (mask is None or mask.any()):
            places, scores = self.store.top(query, k, mask)
        ids, owners = self.items.ids[places], self.items.owners[places]
        if len(self.fresh):
            new = self._of_fresh(experts)
            ids = np.concatenate([ids, self.fresh.ids[new]])
            owners = np.concatenate([owners, self.fresh.owners[new]])
            all_scores = np.concatenate([scores, self.fresh_vectors[new] @ query])
            order, scores = best_of(np.arange(len(ids)), all_scores, k)
            ids, owners = ids[order], owners[order]
        return Near(ids, owners, scores)

    def cosines(self, vectors: Vectors, experts: Ids | None = None) -> Near:
        """As IndexView; for most of the experts all products are taken and some dropped."""
        queries = checked(np.asarray(vectors, np.float32), self.dimension)
        places = None if experts is None else self._places_of(np.asarray(experts, np.int64))
        if places is None or len(places) > GATHERED_SHARE * len(self.items):
            mask, found = self._mask(experts), self.store.products(queries)
            ids, owners = self.items.ids, self.items.owners
            if mask is not None:
                ids, owners, found = ids[mask], owners[mask], found[mask]
        else:
            ids, owners, found = self.items.ids[places], self.items.owners[places], self.store.products(queries, places)
        if len(self.fresh):
            new = self._of_fresh(experts)
            ids, owners = np.r_[ids, self.fresh.ids[new]], np.r_[owners, self.fresh.owners[new]]
            found = np.concatenate([found, self.fresh_vectors[new] @ queries.T])
        return Near(ids, owners, found)

    def advanced(self, experts: Sequence[int], items: Items, vectors: Vectors, revision: int) -> Snapshot:
        """The state in which these experts have these items, and no others."""
        if not len(experts):
            return replace(self, revision=revision)
        gone = np.asarray(experts, np.int64)
        alive = np.ones(len(self.items), dtype=np.bool_) if self.alive is None else self.alive.copy()
        alive[self._places_of(gone)] = False
        kept = ~np.isin(self.fresh.owners, gone)
        return replace(
            self,
            revision=revision,
            alive=alive,
            fresh=self.fresh.take(kept).joined(items),
            fresh_vectors=np.concatenate([self.fresh_vectors[kept], vectors]),
        )

    def held(self) -> Items:
        """Every item of this state."""
        old = self.items if self.alive is None else self.items.take(self.alive)
        return old.joined(self.fresh)

    def whole(self) -> Stored:
        """Every item with its vector, by owner: what a new store is made of."""
        places = np.arange(len(self.items)) if self.alive is None else np.flatnonzero(self.alive)
        items = self.items.take(places).joined(self.fresh)
        vectors = np.concatenate([self.store.rows(places), self.fresh_vectors]) if len(places) else self.fresh_vectors
        if len(self.fresh):
            order = np.lexsort((items.ids, items.owners))
            items, vectors = items.take(order), vectors[order]
        return Stored(self.embedder, self.revision, items, vectors)

    @cached_property
    def _starts(self) -> tuple[Ids, Ids]:
        """Owners in the store, rising, and where the items of each begin."""
        owners = self.items.owners
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else np.zeros(0, np.int64)
        return owners[starts], np.append(starts, len(owners))

    def _places_of(self, experts: Ids) -> Places:
        """Where the living items of these experts stand in the store."""
        owners, starts = self._starts
        at = np.searchsorted(owners, experts)
        known = at < len(owners)
        known[known] = owners[at[known]] == experts[known]
        first, last = starts[at[known]], starts[at[known] + 1]
        counts = last - first
        places = np.repeat(first - np.r_[0, np.cumsum(counts)[:-1]], counts) + np.arange(counts.sum())
        return places if self.alive is None else places[self.alive[places]]

    def _mask(self, experts: Ids | None) -> Mask | None:
        """The places in the store that a search may give; None for all of them."""
        if experts is None or not len(self.items):
            return self.alive
        wanted = np.zeros(int(self.items.owners[-1]) + 1, dtype=np.bool_)
        known = np.asarray(experts, np.int64)
        wanted[known[known < len(wanted)]] = True
        owners, starts = self._starts
        mask: Mask = np.repeat(wanted[owners], np.diff(starts))
        return mask if self.alive is None else mask & self.alive

    def _of_fresh(self, experts: Ids | None) -> Mask:
        if experts is None:
            return np.ones(len(self.fresh), dtype=np.bool_)
        return np.isin(self.fresh.owners, experts)


def checked(vectors: Vectors, dimension: int) -> Vectors:
    """The query vectors. Raises ValueError where they are not finite or of another length."""
    if dimension and (vectors.ndim != 2 or vectors.shape[1] != dimension):
        raise ValueError(f"a query has {vectors.shape[-1]} numbers where the index has {dimension}")
    if not np.isfinite(vectors).all():
        raise ValueError("a query vector is not finite")
    return vectors
