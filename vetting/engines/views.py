"""What an embedder sees of one answer: by its words where it can, else by its sentences."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from vetting.domain.text import Sentence, Span, WordVectors, sentences, words
from vetting.engines.alignment import (
    ContentWords,
    Gains,
    Numbers,
    Wordings,
    above,
    among,
    content,
    focus,
    gains,
    side_by_side,
    windows,
)
from vetting.ports import Embedder

KEPT = 2500
"""Texts of packs (questions, references, statements, examples) whose vectors are kept; answers are not."""
KEPT_SETS = 48
"""Questions whose wordings are kept side by side (about 1 MB each)."""
KEPT_AMONG = 512
"""Prompts for which it is kept what the wordings of their claims gain on each other (about 20 kB each)."""
T = TypeVar("T")


class View(Protocol):
    """One answer to one question, ready to be compared with claims."""

    words: bool
    """Whether words were compared; False means the weaker comparison by sentences."""
    focus: float
    """How close the answer as a whole is to the reference, 0-1."""

    parts: tuple[Sentence, ...]
    """The answer's sentences."""

    def gains(self, texts: Sequence[str]) -> Gains:
        """What each window of the answer gains on each text."""
        ...

    def among(self, texts: Sequence[str]) -> Numbers:
        """What each of the texts (rows) would gain on each, as an answer to the same question."""
        ...

    windows: list[Span]
    """Where the windows stand, in the order of the gains."""

    def text(self, window: Span) -> str:
        """The words of the answer in a window."""
        ...


class Memory(Generic[T]):
    """Values by text, shared by threads; the oldest are forgotten beyond `kept`."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of the texts that are not here, each once."""
        with self._lock:
            return [t for t in dict.fromkeys(texts) if t not in self._values]

    def keep(self, values: Mapping[str, T]) -> None:
        """Remember values."""
        with self._lock:
            self._values.update(values)
            while len(self._values) > self._kept:
                self._values.popitem(last=False)

    def through(self, texts: Sequence[str], read: Callable[[list[str]], list[T]]) -> list[T]:
        """The value of each text, the missing ones read in one call and then remembered."""
        with self._lock:
            known = {t: self._values[t] for t in texts if t in self._values}
        new = [t for t in dict.fromkeys(texts) if t not in known]
        if new:
            fresh = dict(zip(new, read(new), strict=True))
            self.keep(fresh)
            known |= fresh
        return [known[t] for t in texts]


class WordStore(Protocol):
    """Vectors of texts of packs that outlive this process."""

    def get(self, texts: Sequence[str]) -> dict[str, WordVectors]:
        """Those of the texts that are there."""
        ...

    def put(self, words: Mapping[str, WordVectors]) -> None:
        """Keep vectors of texts of packs."""
        ...


class Vision:
    """An embedder with a memory for the texts of packs, which come again with every answer. May be shared by threads,
    but for `read_ahead`."""

    def __init__(self, embedder: Embedder, store: WordStore | None = None) -> None:
        self._embedder, self._store = embedder, store
        self._words: Memory[ContentWords] = Memory()
        self._vectors: Memory[Numbers] = Memory()
        self._sets: Memory[Wordings] = Memory(KEPT_SETS)
        self._among: Memory[Numbers] = Memory(KEPT_AMONG)
        self._ahead: dict[str, ContentWords] = {}

    def view(self, question: str, reference: str, answer: str) -> View:
        """The answer as this embedder sees it best. Raises Unavailable."""
        seen = [self._ahead[answer]] if answer in self._ahead else self._read([answer])
        if seen is None:
            return _SentenceView(self, question, reference, answer)
        return _WordView(self, question, reference, answer, seen[0])

    def learn(self, texts: Sequence[str]) -> None:
        """Have the words of a pack's own texts at hand, from the store where it has them. Raises Unavailable.

        Never for what a candidate wrote, or a model worded from it: the store outlives the person's erasure.
        """
        new = self._words.missing(texts)
        if self._store is None or not new:
            return
        known = self._store.get(new)
        self._words.keep({text: content(text, words) for text, words in known.items()})
        missing = [t for t in new if t not in known]
        read = getattr(self._embedder, "word_vectors", None) if missing else None
        found = read(missing) if read else None
        if found is not None:
            fresh = dict(zip(missing, found, strict=True))
            self._store.put(fresh)
            self._words.keep({text: content(text, words) for text, words in fresh.items()})

    def remember(self, texts: Sequence[str]) -> None:
        """Read texts of packs ahead in one call, so that `gain` asks for none of them singly. Raises Unavailable."""
        if self._read_words(texts) is None:
            self.vectors(texts)

    def read_ahead(self, answers: Sequence[str]) -> None:
        """Read many (normalised) answers in one call and forget the ones read before. Raises Unavailable."""
        found = self._read(list(dict.fromkeys(answers)))
        self._ahead = dict(zip(dict.fromkeys(answers), found, strict=True)) if found else {}

    def wordings(self, texts: Sequence[str]) -> Wordings:
        """Texts of a pack side by side; remembered, since every answer to a question is compared with the same ones."""
        key = "\0".join(texts)
        return self._sets.through([key], lambda _: [side_by_side([self.words_of(text) for text in texts])])[0]

    def among(self, question: str, texts: Sequence[str]) -> Numbers:
        """What each text of a pack gains on each, as answers to a question of it; remembered likewise."""
        key = "\0".join((question, *texts))
        return self._among.through([key], lambda _: [among(self.wordings(texts), self.words_of(question))])[0]

    def words_of(self, text: str) -> ContentWords:
        """Content words of a text of a pack."""
        found = self._read_words([text])
        assert found is not None
        return found[0]

    def vectors(self, texts: Sequence[str]) -> list[Numbers]:
        """Unit vectors of texts of packs."""
        return self._vectors.through(texts, lambda new: [v.astype(np.float64) for v in self._embedder.embed(new)])

    def vectors_once(self, texts: Sequence[str]) -> Numbers:
        """Unit vectors (n, d) of texts that will not come again."""
        return self._embedder.embed(texts).astype(np.float64)

    def _read_words(self, texts: Sequence[str]) -> list[ContentWords] | None:
        try:
            return self._words.through(texts, lambda new: _given(self._read(new)))
        except _NoWords:
            return None

    def _read(self, texts: Sequence[str]) -> list[ContentWords] | None:
        read: Callable[[Sequence[str]], list[WordVectors] | None] | None
        read = getattr(self._embedder, "word_vectors", None)
        found = read(texts) if read else None
        return None if found is None else [content(t, w) for t, w in zip(texts, found, strict=True)]


class _NoWords(Exception):
    """The embedder has no word vectors."""


def _given(found: list[ContentWords] | None) -> list[ContentWords]:
    if found is None:
        raise _NoWords
    return found


class _AnswerView:
    """The places in an answer; what is common to both ways of seeing it."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.parts = sentences(answer)
        self.windows = windows(self.parts)

    def text(self, window: Span) -> str:
        return self._answer[window.start : window.end]


class _WordView(_AnswerView):
    words = True

    def __init__(self, vision: Vision, question: str, reference: str, answer: str, seen: ContentWords) -> None:
        super().__init__(answer)
        self._vision, self._question, self._seen = vision, question, seen
        self._given = vision.words_of(question)
        self.focus = focus(seen, vision.words_of(reference), self._given)

    def gains(self, texts: Sequence[str]) -> Gains:
        return gains(self._vision.wordings(texts), self._seen, self._given, self.parts)

    def among(self, texts: Sequence[str]) -> Numbers:
        return self._vision.among(self._question, texts)


class _SentenceView(_AnswerView):
    words = False

    def __init__(self, vision: Vision, question: str, reference: str, answer: str) -> None:
        super().__init__(answer)
        self._vision, self._question = vision, question
        vectors = vision.vectors_once([*map(self.text, self.windows), answer])
        self._near = vectors[:-1]
        self.focus = max(0.0, _cosine(vectors[-1], vision.vectors([reference])[0]))

    def gains(self, texts: Sequence[str]) -> Gains:
        found = self._gained(self._near, texts)
        return Gains(found, found, np.array([float(len(words(t))) for t in texts]))

    def among(self, texts: Sequence[str]) -> Numbers:
        return self._gained(np.stack(self._vision.vectors(texts)), texts)

    def _gained(self, said: Numbers, texts: Sequence[str]) -> Numbers:
        """Gains of vectors (rows) on texts."""
        aims = np.stack(self._vision.vectors(texts))
        floor = (aims @ self._vision.vectors([self._question])[0]).round(4)
        return above((said @ aims.T).round(4), floor).round(4)


def _cosine(a: Numbers, b: Numbers) -> float:
    return round(float(a @ b), 4)
