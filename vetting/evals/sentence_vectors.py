"""Word vectors of simulated answers put together from those of their sentences, each computed once and kept on disk.

Simulated candidates draw on a few thousand sentences; reading every answer whole would take hours. The price is that
a word sees its own sentence only, not its neighbours; `reliability` measures what that changes on whole answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from vetting.domain.text import WordVectors, sentences
from vetting.engines.views import WordStore
from vetting.ports import Embedder, Vectors

BATCH = 64
Progress = Callable[[str, int, int], None]
WordReader = Callable[[Sequence[str]], "list[WordVectors] | None"]


class SentenceVectors:
    """An `Embedder` with word vectors, for simulated texts and the texts of packs; kept in memory as float16.

    What was not learnt (a follow-up built from an answer, an answer with its quote taken out) is read when it comes.
    """

    def __init__(self, embedder: Embedder, store: WordStore | None = None) -> None:
        self._embedder, self._store = embedder, store
        self._reader: WordReader | None = getattr(embedder, "word_vectors", None)
        self._known: dict[str, WordVectors] = {}
        self._whole: frozenset[str] = frozenset()
        self.name, self.dimension = embedder.name, embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the embedder behind it. Raises Unavailable."""
        return self._embedder.embed(texts)

    def ready(self, timeout: float) -> bool:
        """As the embedder behind it."""
        return self._embedder.ready(timeout)

    def learn(self, whole: Iterable[str], said: Iterable[str], progress: Progress) -> None:
        """Have texts of a pack at hand, read whole as the product does, and the sentences of what may be said.

        From the store where it has them. Raises Unavailable.
        """
        if self._reader is None:
            return
        self._whole |= set(whole)
        new = self._unknown((*sorted(self._whole), *(s.text for text in said for s in sentences(text))))
        for text, words in (self._store.get(new) if self._store else {}).items():
            self._keep(text, words)
        new = self._unknown(new)
        for at in range(0, len(new), BATCH):
            progress("sentences", at, len(new))
            read = self._read(new[at : at + BATCH])
            if self._store is not None:
                self._store.put(read)
        progress("sentences", len(new), len(new))

    def word_vectors(self, texts: Sequence[str]) -> list[WordVectors] | None:
        """Per text the words of its sentences; None where the embedder gives no words. Raises Unavailable."""
        return None if self._reader is None else [self._joined(text) for text in texts]

    def _joined(self, text: str) -> WordVectors:
        if text in self._whole:
            known = self._known[text]
            return WordVectors(known.spans, known.vectors.astype(np.float32))
        parts = sentences(text)
        if new := self._unknown(s.text for s in parts):
            self._read(new)
        if not parts:
            return WordVectors(np.zeros((0, 2), np.int32), np.zeros((0, self.dimension), np.float32))
        found = [self._known[s.text] for s in parts]
        spans = np.concatenate([words.spans + s.start for s, words in zip(parts, found, strict=True)])
        vectors = np.concatenate([words.vectors for words in found])
        return WordVectors(spans.astype(np.int32), vectors.astype(np.float32))

    def _unknown(self, texts: Iterable[str]) -> list[str]:
        return [text for text in dict.fromkeys(texts) if text not in self._known]

    def _read(self, texts: Sequence[str]) -> dict[str, WordVectors]:
        assert self._reader is not None
        read = dict(zip(texts, self._reader(texts) or (), strict=True))
        for text, words in read.items():
            self._keep(text, words)
        return read

    def _keep(self, text: str, words: WordVectors) -> None:
        self._known[text] = WordVectors(words.spans, words.vectors.astype(np.float16))
