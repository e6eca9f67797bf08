"""One index on disk: a header line with a checksum, then arrays; written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FORMAT = 1


class Damaged(ValueError):
    """An index file that is not what was written."""


@dataclass(frozen=True)
class Stored:
    """What is kept: item ids (n,) int64, hashes of their content (n,) 'S64', vectors (n, dimension) float32."""

    embedder: str
    revision: int
    ids: NDArray[np.int64]
    digests: NDArray[np.bytes_]
    vectors: NDArray[np.float32]


def write(path: Path, stored: Stored) -> None:
    """Replace the file at once: temporary file, fsync, rename, fsync of the folder. Raises OSError."""
    buffer = io.BytesIO()
    np.savez(buffer, ids=stored.ids, digests=stored.digests, vectors=stored.vectors)
    payload = buffer.getvalue()
    header = {
        "format": FORMAT,
        "embedder": stored.embedder,
        "revision": stored.revision,
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(header).encode() + b"\n" + payload)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> Stored:
    """The stored arrays. Raises FileNotFoundError, or Damaged where header, checksum or shapes do not agree."""
    head, _, payload = path.read_bytes().partition(b"\n")
    try:
        header = json.loads(head)
        known, digest = header["format"] == FORMAT, str(header["sha256"])
        embedder, revision = str(header["embedder"]), int(header["revision"])
    except (ValueError, KeyError, TypeError):
        raise Damaged(f"{path} is not an index file.") from None
    if not known:
        raise Damaged(f"{path} was written by another version.")
    if hashlib.sha256(payload).hexdigest() != digest:
        raise Damaged(f"{path} is damaged: its checksum does not agree.")
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        stored = Stored(embedder, revision, arrays["ids"], arrays["digests"], arrays["vectors"])
    if stored.vectors.ndim != 2 or not len(stored.ids) == len(stored.digests) == len(stored.vectors):
        raise Damaged(f"{path} is damaged: its parts differ in length.")
    return stored
