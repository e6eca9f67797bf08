"""sentence-transformers in this process: one text at a time, so that a text has the same vector in any company."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vetting.domain.text import Sentence, WordVectors
from vetting.errors import BadInput, Unavailable
from vetting.index.bundled import MODEL_NAME, verified_model_folder
from vetting.index.chunks import pieces_for_model

Vectors = NDArray[np.float32]
_NO_SPANS = np.zeros((0, 2), np.int32)


class Source(NamedTuple):
    """A model to load: its public name, what sentence-transformers is given, and whether it may use the network."""

    name: str
    location: str
    offline: bool


def model_source(setting: str) -> Source:
    """What `bundled`, `path:DIR` or `hub:NAME` stands for. Raises BadInput, and Unavailable for damaged weights."""
    kind, _, rest = setting.partition(":")
    if setting == "bundled":
        return Source(MODEL_NAME, str(verified_model_folder()), True)
    if kind == "path" and rest:
        if not (Path(rest) / "modules.json").is_file():
            raise BadInput(f"VETTING_EMBEDDER: no sentence-transformers model in the folder {rest} (no modules.json).")
        return Source(Path(rest).resolve().name, rest, True)
    if kind == "hub" and rest:
        return Source(rest, rest, os.environ.get("HF_HUB_OFFLINE") == "1")
    raise BadInput(f"VETTING_EMBEDDER: '{setting}' is not one of bundled, path:DIR, hub:NAME, openai:MODEL, hash.")


class InProcessEmbedder:
    """Embedder that runs the model here; loads it on first use (seconds, about 600 MB).

    Holds: the bytes of a text's vectors depend on the text, the model and the machine alone, not on the other texts
    of a call, nor on their order or number, nor on how many threads work: each text is its own batch, computed by
    one thread. Between processors or torch builds the last bits may differ; thresholds are applied after rounding.
    A text longer than the model reads is cut into pieces; its vector is the mean of theirs, weighted by length.
    """

    def __init__(self, setting: str = "bundled", workers: int | None = None) -> None:
        self._source = model_source(setting)
        self._workers = workers or max(1, min(4, os.cpu_count() or 1))
        self._lock = threading.Lock()
        self._tokenizing = threading.Lock()
        self._model: Any = None
        self._threads: ThreadPoolExecutor | None = None
        self.name = self._source.name
        self.dimension = 384 if setting == "bundled" else 0

    def load(self) -> None:
        """Load the model unless it is there; sets `dimension`. Raises Unavailable in one plain sentence."""
        with self._lock:
            if self._model is not None:
                return
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # standard error is for our own progress
            try:
                model = SentenceTransformer(self._source.location, device="cpu", local_files_only=self._source.offline)
            except (OSError, ValueError, RuntimeError) as error:
                raise Unavailable(f"The sentence model {self._source.name} cannot be loaded: {error}") from error
            model.eval()
            # One computing thread per text: the number of threads changes the last bits of a sum.
            torch.set_num_threads(1)
            self._threads = ThreadPoolExecutor(self._workers, "embed", initializer=lambda: torch.set_num_threads(1))
            self.dimension = int(model.get_embedding_dimension() or 0)
            self._model = model

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._model is not None

    def ready(self, timeout: float) -> bool:
        """Loads the model if need be, however long that takes: a one-shot command has nobody else to ask.

        False when it cannot be loaded. A process that must not wait asks `loaded`.
        """
        try:
            self.load()
        except Unavailable:
            return False
        return True

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension), rows of length 1; a blank text gets the vector of an empty one."""
        rows = self._each(texts, self._sentence_vector)
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, self.dimension), np.float32)

    def word_vectors(self, texts: Sequence[str]) -> list[WordVectors]:
        """Per text its words in context, vectors rounded to float16 as they travel between processes."""
        return self._each(texts, self._words)

    def _each(self, texts: Sequence[str], work: Callable[[str], Any]) -> list[Any]:
        self.load()
        assert self._threads is not None
        distinct = list(dict.fromkeys(texts))
        done = dict(zip(distinct, self._threads.map(work, distinct), strict=True))
        return [done[text] for text in texts]

    def _sentence_vector(self, text: str) -> Vectors:
        pieces = pieces_for_model(text, self._limit()) or (Sentence(0, 0, ""),)
        total = sum(max(1, len(p.text)) * _unit(self._forward(p.text)[0]) for p in pieces)
        return _unit(np.asarray(total, np.float32))

    def _words(self, text: str) -> WordVectors:
        parts = [self._piece_words(piece) for piece in pieces_for_model(text, self._limit())]
        if not parts:
            return WordVectors(_NO_SPANS, np.zeros((0, self.dimension), np.float32))
        return WordVectors(np.concatenate([p.spans for p in parts]), np.concatenate([p.vectors for p in parts]))

    def _piece_words(self, piece: Sentence) -> WordVectors:
        _, tokens, encoding = self._forward(piece.text)
        members: dict[int, list[int]] = {}
        for at, word in enumerate(encoding.word_ids(0)):
            if word is not None:
                members.setdefault(word, []).append(at)
        offsets = encoding["offset_mapping"][0]
        spans, rows = [], []
        for group in members.values():
            start, end = int(offsets[group[0]][0]), int(offsets[group[-1]][1])
            if any(c.isalnum() for c in piece.text[start:end]):
                spans.append((piece.start + start, piece.start + end))
                rows.append(_unit(tokens[group].mean(axis=0)))
        vectors = np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)
        compact = vectors.astype(np.float16).astype(np.float32)
        return WordVectors(np.array(spans, np.int32).reshape(-1, 2), compact)

    def _limit(self) -> int:
        return int(self._model.max_seq_length or 256)

    def _forward(self, text: str) -> tuple[Vectors, Vectors, Any]:
        """Sentence vector, token vectors (tokens, d) and the tokenizer's encoding of one text."""
        import torch

        with self._tokenizing:  # the tokenizer keeps its truncation in shared state
            encoding = self._model.tokenizer(
                [text], truncation=True, max_length=self._limit(), return_offsets_mapping=True, return_tensors="pt"
            )
        features = {key: value for key, value in encoding.items() if key != "offset_mapping"}
        with torch.inference_mode():
            out = self._model(features)
        return out["sentence_embedding"][0].numpy(), out["token_embeddings"][0].numpy(), encoding


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length):
        raise Unavailable("The sentence model gave a vector that is not finite; nothing was stored.")
    return vector / np.float32(length) if length else vector
