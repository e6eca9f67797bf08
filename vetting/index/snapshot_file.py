"""One index on disk: a header line, arrays, and a checksum over both at the end; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 3
DIGEST_BYTES = 32
"""Characters kept of an item's hash, from its end: 128 bits."""

PORTION = 1 << 24


class Damaged(ValueError):
    """An index file that is not what was written."""


@dataclass(frozen=True)
class Lists:
    """How vectors are grouped for an approximate search: centres (m, dimension), each vector's list (n,) int32.

    In the lists a vector, turned by `turn` (dimension, dimension), is as many codes as it has parts: `book` (parts,
    codes, numbers) holds what each stands for, `codes` (n, bytes) the vectors. `probes` lists are searched; `recall` is
    the share of the ten nearest found so, measured against exact search.
    """

    centres: NDArray[np.float32]
    places: NDArray[np.int32]
    turn: NDArray[np.float32]
    book: NDArray[np.float32]
    codes: NDArray[np.uint8]
    probes: int
    recall: float


@dataclass(frozen=True)
class Items:
    """Profile items in the order of their vectors: ids and owners (n,) int64, ends of hashes (n,) 'S32'."""

    ids: NDArray[np.int64]
    owners: NDArray[np.int64]
    digests: NDArray[np.bytes_]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, which: NDArray[Any]) -> Items:
        """Those at these places, or where the mask is true."""
        return Items(self.ids[which], self.owners[which], self.digests[which])

    def joined(self, more: Items) -> Items:
        """These, then those."""
        pairs = zip((self.ids, self.owners, self.digests), (more.ids, more.owners, more.digests), strict=True)
        return Items(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class Stored:
    """What is kept: items by owner, their vectors (n, dimension) float32, and how these are grouped, if they are."""

    embedder: str
    revision: int
    items: Items
    vectors: NDArray[np.float32]
    lists: Lists | None = None


def write(path: Path, stored: Stored) -> None:
    """Replace the file at once: temporary file, fsync, rename, fsync of the folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            digest = hashlib.sha256()
            for part in _parts(stored):
                digest.update(part)
                file.write(part)
            file.write(digest.digest())
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
    """The stored arrays. Raises FileNotFoundError, or Damaged where header, length or checksum do not agree."""
    with path.open("rb") as file:
        line = file.readline(10_000)
        header = _header(path, line)
        shapes = _shapes(header)
        size = sum(int(np.prod(shape)) * np.dtype(kind).itemsize for _, kind, shape in shapes)
        if path.stat().st_size != len(line) + size + hashlib.sha256().digest_size:
            raise Damaged(f"{path} is damaged: its length does not agree.")
        digest = hashlib.sha256(line)
        arrays = {name: _array(file, kind, shape, digest) for name, kind, shape in shapes}
        if file.read() != digest.digest():
            raise Damaged(f"{path} is damaged: its checksum does not agree.")
    lists = None
    if header["lists"]:
        kept = {name: arrays[name] for name in ("centres", "places", "turn", "book", "codes")}
        lists = Lists(**kept, probes=int(header["probes"]), recall=float(header["recall"]))
    items = Items(arrays["ids"], arrays["owners"], arrays["digests"])
    return Stored(str(header["embedder"]), int(header["revision"]), items, arrays["vectors"], lists)


def _parts(stored: Stored) -> Iterator[bytes | memoryview]:
    lists = stored.lists
    header = {
        "format": FORMAT,
        "embedder": stored.embedder,
        "revision": stored.revision,
        "items": len(stored.items),
        "dimension": int(stored.vectors.shape[1]),
        "lists": len(lists.centres) if lists else 0,
        "book": lists.book.shape if lists else (0, 0, 0),
        "code": lists.codes.shape[1] if lists else 0,
        "probes": lists.probes if lists else 0,
        "recall": lists.recall if lists else 1.0,
    }
    yield json.dumps(header).encode() + b"\n"
    items = stored.items
    arrays = {"ids": items.ids, "owners": items.owners, "digests": items.digests, "vectors": stored.vectors}
    if lists:
        arrays |= {"centres": lists.centres, "places": lists.places, "turn": lists.turn}
        arrays |= {"book": lists.book, "codes": lists.codes}
    for name, kind, shape in _shapes(header):
        raw = np.ascontiguousarray(arrays[name], dtype=kind).reshape(shape)
        data = raw.reshape(-1).view(np.uint8).data
        yield from (data[at : at + PORTION] for at in range(0, len(data), PORTION))


def _header(path: Path, line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
        known = header["format"] == FORMAT
        numbers = [int(header[name]) for name in ("items", "dimension", "lists", "revision", "probes", "code")]
        numbers += map(int, header["book"])
    except (ValueError, KeyError, TypeError):
        raise Damaged(f"{path} is not an index file.") from None
    if not known:
        raise Damaged(f"{path} was written by another version.")
    if min(numbers) < 0:
        raise Damaged(f"{path} is damaged: its header holds a negative number.")
    return dict(header)


def _shapes(header: dict[str, Any]) -> list[tuple[str, str, tuple[int, ...]]]:
    """Name, kind and shape of the arrays, in the order they stand in the file."""
    count, dimension, lists = header["items"], header["dimension"], header["lists"]
    found: list[tuple[str, str, tuple[int, ...]]] = [
        ("ids", "<i8", (count,)),
        ("owners", "<i8", (count,)),
        ("digests", f"S{DIGEST_BYTES}", (count,)),
        ("vectors", "<f4", (count, dimension)),
    ]
    if lists:
        found += [("centres", "<f4", (lists, dimension)), ("places", "<i4", (count,))]
        found += [
            ("turn", "<f4", (dimension, dimension)),
            ("book", "<f4", tuple(header["book"])),
            ("codes", "|u1", (count, header["code"])),
        ]
    return found


def _array(file: IO[bytes], kind: str, shape: tuple[int, ...], digest: Any) -> NDArray[Any]:
    found = np.empty(shape, dtype=kind)
    data = found.reshape(-1).view(np.uint8).data
    for at in range(0, len(data), PORTION):
        part = data[at : at + PORTION]
        file.readinto(part)  # type: ignore[attr-defined]  # a file opened for reading bytes has it
        digest.update(part)
    return found
