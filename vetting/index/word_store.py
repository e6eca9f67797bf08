"""Word vectors of the texts of packs, kept on disk between runs, so that they are computed once per installation.

A cache that can be deleted at any time: whatever goes wrong with it is treated as having nothing. Only texts of packs
may go in (never what a candidate wrote or a model worded from it), so that erasing a person need not look here.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from vetting.domain.text import WordVectors

_TABLE = "CREATE TABLE IF NOT EXISTS words (key BLOB PRIMARY KEY, spans BLOB NOT NULL, vectors BLOB NOT NULL)"
BUSY_SECONDS = 2

logger = logging.getLogger(__name__)


class WordStore:
    """Vectors by model and text in one SQLite file; float16, which is what the embedder gives."""

    def __init__(self, path: Path, model: str, dimension: int) -> None:
        self._path, self._model, self._dimension = path, model, dimension
        self._lock = threading.Lock()

    def get(self, texts: Sequence[str]) -> dict[str, WordVectors]:
        """Those of the texts that are here."""
        if not self._path.exists():
            return {}
        found = {}
        try:
            with self._lock, closing(self._open()) as connection:
                for text in texts:
                    row = connection.execute("SELECT spans, vectors FROM words WHERE key = ?", [self._key(text)])
                    if (blobs := row.fetchone()) is not None:
                        found[text] = self._read(*blobs)
        except (sqlite3.Error, ValueError) as error:
            logger.warning("the cache %s is of no use and can be deleted: %s", self._path, error)
        return found

    def put(self, words: Mapping[str, WordVectors]) -> None:
        """Keep vectors; what is here already stays."""
        rows = [
            (self._key(text), w.spans.astype("<i4").tobytes(), w.vectors.astype("<f2").tobytes())
            for text, w in words.items()
        ]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, closing(self._open()) as connection, connection:
                connection.execute(_TABLE)
                connection.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            logger.warning("the cache %s cannot be written: %s", self._path, error)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=BUSY_SECONDS)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model}\0{text}".encode()).digest()

    def _read(self, spans: bytes, vectors: bytes) -> WordVectors:
        return WordVectors(
            np.frombuffer(spans, "<i4").reshape(-1, 2).astype(np.int32),
            np.frombuffer(vectors, "<f2").reshape(-1, self._dimension).astype(np.float32),
        )
