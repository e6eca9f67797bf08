"""Embeddings, and the index of profiles that is searched by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    name: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 of shape (len(texts), dimension), rows of length 1. Raises Unavailable."""
        ...

    def ready(self, timeout: float) -> bool:
        """Whether `embed` would answer now; waits at most `timeout` seconds."""
        ...


@dataclass(frozen=True)
class Near:
    """Profile items: their ids (n,), whose they are (n,), and their cosines (n,), or (n, q) with q queries."""

    items: NDArray[np.int64]
    experts: NDArray[np.int64]
    cosines: Vectors

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class IndexState:
    """What answers: `exact` or the name of an approximate kind, with the share of the ten nearest that it finds."""

    kind: str
    items: int
    revision: int
    recall: float = 1.0

    def __str__(self) -> str:
        how = "exact search" if self.kind == "exact" else f"{self.kind} search, recall@10 {self.recall:.3f}"
        return f"{how} over {self.items:,} profile items"


class IndexView(Protocol):
    """An index at one moment; experts are named by their keys in the database.

    Raises ValueError for a query that is not finite or has another dimension.
    """

    @property
    def state(self) -> IndexState:
        """What answers."""
        ...

    def search(self, vector: Vectors, k: int, experts: NDArray[np.int64] | None = None) -> Near:
        """The k items of highest cosine, highest first; `experts` limits the search to theirs, before and not after."""
        ...

    def cosines(self, vectors: Vectors, experts: NDArray[np.int64] | None = None) -> Near:
        """Every item, or those of `experts`, with its exact cosine with each of the vectors (q, dimension)."""
        ...


class ProfileIndex(Protocol):
    """Nearest profile items of one organisation; a cache of the `profile_item` table."""

    name: str

    def now(self, revision: int | None = None) -> IndexView:
        """The index as the database is at this moment.

        `revision` is that of the profiles as the caller has just read it: an index of that one is not asked for anew.
        """
        ...

    def rebuild(self) -> object:
        """Build anew from the database; what comes back says in one sentence (`str`) what was built."""
        ...

    def forget(self) -> None:
        """Keep nothing of what is no longer in the database; for people who were erased."""
        ...

    def verify(self) -> list[str]:
        """What differs from the database, one sentence each; empty where all agrees."""
        ...
