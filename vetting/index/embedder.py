"""Embedders behind one port: in this process, over a socket or http, and hashed words for tests and drills."""

import base64
import binascii
import json
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray

from vetting.config import Settings
from vetting.domain.text import WordVectors, stem, words
from vetting.errors import BadInput, TooLarge, Unavailable
from vetting.index.bundled import MODEL_DIMENSION, MODEL_NAME
from vetting.index.sentence_model import InProcessEmbedder, model_source

Vectors = NDArray[np.float32]
BATCH = 64
"""Texts per request."""

__all__ = ["BATCH", "HashEmbedder", "InProcessEmbedder", "RemoteEmbedder", "local_embedder", "make"]


def make(settings: Settings, *, in_process: bool) -> "InProcessEmbedder | RemoteEmbedder | HashEmbedder":
    """The embedder that `VETTING_EMBEDDER` names. Raises BadInput for a value it does not know.

    For a local model: a client of the embedder process in the data folder; with `in_process`, when no such process
    answers, the model in this process (loaded on first use).
    """
    setting = settings.embedder
    kind, _, model = setting.partition(":")
    if setting == "hash":
        return HashEmbedder()
    if kind == "openai":
        return _openai(model, settings)
    source = model_source(setting)
    client = local_embedder(settings.embedder_socket, source.name)
    if not in_process or client.serves():
        return client
    client.close()
    return InProcessEmbedder(setting)


def _openai(model: str, settings: Settings) -> "RemoteEmbedder":
    if not model or not settings.openai_base_url:
        raise BadInput("VETTING_EMBEDDER=openai:MODEL needs the model's name and OPENAI_BASE_URL.")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return RemoteEmbedder(model, base_url=settings.openai_base_url, api_key=key)


def local_embedder(socket: Path, name: str = MODEL_NAME, deadline: float = 30.0) -> "RemoteEmbedder":
    """Client of `vetting embedder` listening on that Unix socket."""
    dimension = MODEL_DIMENSION if name == MODEL_NAME else 0
    return RemoteEmbedder(name, socket=socket, deadline=deadline, dimension=dimension)


class RemoteEmbedder:
    """Embedder over the OpenAI-compatible `/v1/embeddings` of a server, on a Unix socket or under a base URL.

    `deadline` is the seconds one request of at most 64 texts may take in all, however slowly bytes drip in.
    `dimension` is 0 until the first reply where it is not given. Our own server's bytes arrive unchanged, so the
    promise of `InProcessEmbedder` holds; for another server it holds as far as that server keeps it.
    """

    def __init__(
        self,
        name: str,
        *,
        socket: Path | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        deadline: float = 30.0,
        dimension: int = 0,
    ) -> None:
        if (socket is None) == (base_url is None):
            raise BadInput("An embedding server is given either by a socket or by a base URL.")
        self.name, self.dimension = name, dimension
        self._place = str(socket) if socket else str(base_url).rstrip("/")
        self._root = "http://embedder/v1" if socket else self._place
        self._own = socket is not None
        self._deadline = deadline
        self._has_words: bool | None = None if socket else False
        transport = httpx2.HTTPTransport(uds=str(socket)) if socket else None
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx2.Client(transport=transport, headers=headers, trust_env=not socket)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ready(self, timeout: float) -> bool:
        """Whether the server would answer now: `/readyz` of our own, one short text elsewhere."""
        try:
            if self._own:
                return self._state(timeout)["ready"] is True
            self._batch(["ready"], timeout)
        except (Unavailable, BadInput, KeyError, ValueError):
            return False
        return True

    def serves(self, timeout: float = 1.0) -> bool:
        """Whether our own server is there with this model, loaded or still loading."""
        try:
            return bool(self._state(timeout)["model"] == self.name)
        except (Unavailable, BadInput, KeyError, ValueError):
            return False

    def _state(self, timeout: float) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._send("GET", "/readyz", None, timeout))
        return state

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension), rows of length 1. Raises Unavailable, TooLarge."""
        parts = [self._batch(batch, self._deadline) for batch in _batches(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)

    def word_vectors(self, texts: Sequence[str]) -> list[WordVectors] | None:
        """Per text its words in context; None where the server cannot give them (any but `vetting embedder`)."""
        if self._has_words is False:
            return None
        found: list[WordVectors] = []
        for batch in _batches(texts):
            body = self._send("POST", "/v1/word_vectors", {"model": self.name, "input": batch}, self._deadline)
            found += _read_words(body, len(batch), self._place)
        return found

    def _batch(self, texts: list[str], deadline: float) -> Vectors:
        # A blank input is refused by many servers; a space stands for it.
        payload = {"model": self.name, "input": [t if t.strip() else " " for t in texts], "encoding_format": "base64"}
        body = self._send("POST", "/v1/embeddings", payload, deadline)
        vectors = _read_vectors(body, len(texts), self._place)
        if self.dimension and vectors.shape[1] != self.dimension:
            raise Unavailable(
                f"The embedding server at {self._place} gave vectors of {vectors.shape[1]} numbers "
                f"where {self.dimension} are expected: is it running another model?"
            )
        self.dimension = vectors.shape[1]
        return vectors

    def _send(self, method: str, path: str, payload: dict[str, Any] | None, deadline: float) -> bytes:
        url = f"{self._root.removesuffix('/v1')}{path}"
        limit = time.monotonic() + deadline
        try:
            with self._client.stream(method, url, json=payload, timeout=max(deadline, 0.001)) as reply:
                body = b"".join(_until(reply.iter_raw(), limit, self._place, deadline))
                status = reply.status_code
        except httpx2.TimeoutException as error:
            raise _too_slow(self._place, deadline) from error
        except (httpx2.TransportError, httpx2.InvalidURL, OSError) as error:
            raise Unavailable(f"The embedding server at {self._place} does not answer.") from error
        return _accepted(status, body, self._place)


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    return (list(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH))


def _too_slow(place: str, deadline: float) -> Unavailable:
    return Unavailable(f"The embedding server at {place} did not answer within {deadline:g} s.")


def _until(chunks: Iterator[bytes], limit: float, place: str, deadline: float) -> Iterator[bytes]:
    """The chunks, as long as the wall clock allows: a read timeout alone never ends a slow drip."""
    for chunk in chunks:
        if time.monotonic() > limit:
            raise _too_slow(place, deadline)
        yield chunk


def _accepted(status: int, body: bytes, place: str) -> bytes:
    if status < 300:
        return body
    try:
        said = str(json.loads(body)["error"]["message"])[:200]
    except (ValueError, KeyError, TypeError):
        said = f"status {status}"
    if status == 413:
        raise TooLarge(said)
    if status in (401, 403):
        raise Unavailable(f"The embedding server at {place} refused the key (OPENAI_API_KEY).")
    raise Unavailable(f"The embedding server at {place} refused the request: {said}")


def _read_vectors(body: bytes, count: int, place: str) -> Vectors:
    try:
        data = sorted(json.loads(body)["data"], key=lambda entry: entry["index"])
        vectors = np.array([_vector(entry["embedding"]) for entry in data], np.float32)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Unavailable(f"The embedding server at {place} gave a reply that cannot be read.") from error
    if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
        # NaN would win every comparison in silence.
        raise Unavailable(f"The embedding server at {place} gave {len(vectors)} usable vectors for {count} texts.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if (lengths == 0).any():
        raise Unavailable(f"The embedding server at {place} gave a vector of zeros.")
    exact = np.abs(lengths - 1) < 1e-4  # already of length 1: dividing again would change its last bits
    return np.where(exact, vectors, vectors / lengths).astype(np.float32)


def _vector(value: str | list[float]) -> Vectors:
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value, validate=True), "<f4")
    return np.array(value, np.float32)


def _read_words(body: bytes, count: int, place: str) -> list[WordVectors]:
    try:
        reply = json.loads(body)
        found = [_words(entry, int(reply["dimension"])) for entry in reply["data"]]
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Unavailable(f"The embedding server at {place} gave a reply that cannot be read.") from error
    if len(found) != count:
        raise Unavailable(f"The embedding server at {place} gave {len(found)} replies for {count} texts.")
    return found


def _words(entry: dict[str, Any], dimension: int) -> WordVectors:
    spans = np.array(entry["spans"], np.int32).reshape(-1, 2)
    flat = np.frombuffer(base64.b64decode(entry["vectors"], validate=True), "<f2")
    return WordVectors(spans, flat.astype(np.float32).reshape(len(spans), dimension))


class HashEmbedder:
    """Embedder without a model: hashed stems and letter groups. For tests and bulk drills only.

    Knows spelling, not meaning. A pure function of the text: the same bytes on every machine.
    """

    name = "hash-256"
    dimension = 256
    loaded = True

    def ready(self, timeout: float) -> bool:
        """Always."""
        return True

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), 256), rows of length 1."""
        rows = [_unit(sum((_hashed(stem(w)) for w in words(t)), np.zeros(self.dimension, np.float32))) for t in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def word_vectors(self, texts: Sequence[str]) -> list[WordVectors]:
        """Per text its words, each with the vector of its stem, whatever the context."""
        return [self._words(text) for text in texts]

    def _words(self, text: str) -> WordVectors:
        spans, rows, at = [], [], 0
        lowered = text.lower() if len(text.lower()) == len(text) else text
        for word in words(lowered):
            at = lowered.index(word, at)
            spans.append((at, at + len(word)))
            rows.append(_unit(_hashed(stem(word))))
            at += len(word)
        vectors = np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)
        return WordVectors(np.array(spans, np.int32).reshape(-1, 2), vectors)


@lru_cache(maxsize=20000)
def _hashed(word: str) -> Vectors:
    """The word itself with weight 1 and each of its letter triples with a small one, at hashed places and signs."""
    vector = np.zeros(HashEmbedder.dimension, np.float32)
    marked = f"^{word}$"
    for part, weight in [(word, 1.0), *((marked[i : i + 3], 0.3) for i in range(len(marked) - 2))]:
        digest = int.from_bytes(blake2b(part.encode(), digest_size=8).digest(), "big")
        vector[digest % HashEmbedder.dimension] += weight if digest >> 63 else -weight
    return vector


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    if not length:
        vector = vector.copy()
        vector[0] = length = 1.0
    return (vector / np.float32(length)).astype(np.float32)
