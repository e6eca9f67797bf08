"""Word against word: how much of a claim an answer says, beyond what the question had already given away.

Greedy matching of contextual word vectors, as in BERTScore (Zhang et al. 2020), with two changes: each word of the
claim counts from the floor that the question's own words reach, so that repeating the question gains nothing, and
the words must be found close together, inside a window of one to three sentences, which also gives the quote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vetting.domain.text import CONTENT_STOP_WORDS, Sentence, Span, WordVectors, stem

Numbers = NDArray[np.float64]
WINDOW = 3
"""Most sentences a claim may be spread over."""
CLEARLY = 0.02
"""Gain by which a longer window must beat a shorter one: quotes stay short."""
_ROOM = 0.05  # keeps a word that the question itself contains from dividing by nothing
_LEAST = -0.5


@dataclass(frozen=True)
class ContentWords:
    """The words of a text that carry content: stems, where they start, unit vectors (n, d)."""

    stems: tuple[str, ...]
    starts: NDArray[np.int32]
    vectors: NDArray[np.float32]

    @cached_property
    def known(self) -> frozenset[str]:
        """The distinct stems."""
        return frozenset(self.stems)

    def new(self, given: "ContentWords") -> NDArray[np.bool_]:
        """Which words the question did not have; all of them when it had every one."""
        fresh = np.array([s not in given.known for s in self.stems], bool)
        return fresh if fresh.any() else np.ones(len(self.stems), bool)


@dataclass(frozen=True)
class Wordings:
    """Texts side by side: the vectors of all their words in one matrix (n, d).

    Text i has the words from bounds[i] to bounds[i + 1]; `middles` (texts, d) are the directions of their means.
    """

    texts: tuple[ContentWords, ...]
    vectors: NDArray[np.float32]
    bounds: tuple[int, ...]
    middles: NDArray[np.float32]

    @cached_property
    def nearest(self) -> Numbers:
        """The best cosine of each text's words (rows) with each word of all the texts, of which one must have words."""
        best = np.full((len(self.texts), self.bounds[-1]), _LEAST * 2)
        worded = [at for at, text in enumerate(self.texts) if text.stems]
        near = _cosines(self.vectors, self.vectors)
        best[worded] = np.maximum.reduceat(near, [self.bounds[at] for at in worded])
        return best


class Gains(NamedTuple):
    """What each window of an answer gains on each text: 1 a copy, 0 no more than the question itself.

    `said` (windows, texts) word by word; `near` likewise, of the window as a whole; `words` counts each text's words
    that the question did not have.
    """

    said: Numbers
    near: Numbers
    words: Numbers


def content(text: str, found: WordVectors) -> ContentWords:
    """The content words of a text among its word vectors."""
    spelled = [text[a:b].lower() for a, b in found.spans]
    keep = [i for i, w in enumerate(spelled) if w not in CONTENT_STOP_WORDS and (w[0].isascii() or w[0].isalpha())]
    stems = tuple(stem(spelled[i]) for i in keep)
    return ContentWords(stems, found.spans[keep, 0] if keep else np.zeros(0, np.int32), found.vectors[keep])


def windows(parts: Sequence[Sentence]) -> list[Span]:
    """Runs of one to three neighbouring sentences, short ones first."""
    return [Span(parts[i].start, parts[i + n - 1].end) for n in range(1, WINDOW + 1) for i in range(len(parts) - n + 1)]


def side_by_side(texts: Sequence[ContentWords]) -> Wordings:
    """The texts as one matrix, so that an answer is compared with all of them at once."""
    bounds = (0, *accumulate(len(t.stems) for t in texts))
    vectors = np.concatenate([t.vectors for t in texts]) if bounds[-1] else np.zeros((0, 0), np.float32)
    return Wordings(tuple(texts), vectors, bounds, np.stack([_middle(t.vectors) for t in texts]))


def gains(wordings: Wordings, answer: ContentWords, given: ContentWords, parts: Sequence[Sentence]) -> Gains:
    """Gains of every window (in the order of `windows`) on every text."""
    size = len(windows(parts)), len(wordings.texts)
    fresh = [t.new(given) for t in wordings.texts]
    words = np.array([float(f.sum()) for f in fresh])
    if not answer.stems or not wordings.bounds[-1]:
        return Gains(np.zeros(size), np.zeros(size), words)
    owner = np.maximum(np.searchsorted([p.start for p in parts], answer.starts, side="right") - 1, 0)
    near = _cosines(answer.vectors, wordings.vectors)
    floor = _floor(wordings, given)
    best = np.full((len(parts), near.shape[1]), _LEAST * 2)
    spoken, firsts = np.unique(owner, return_index=True)  # words come in the order of their sentences
    best[spoken] = np.maximum.reduceat(near, firsts)
    said = _means(above(_over_windows(best, np.maximum), floor), wordings, fresh)
    return Gains(said, _near(wordings, answer, given, owner, len(parts)), words)


def among(wordings: Wordings, given: ContentWords) -> Numbers:
    """Gains (texts, texts) of each text, as if it were an answer, on each of them: what kin have in common."""
    if not wordings.bounds[-1]:
        return np.zeros((len(wordings.texts), len(wordings.texts)))
    gained = above(wordings.nearest, _floor(wordings, given))
    return _means(gained, wordings, [t.new(given) for t in wordings.texts])


def _floor(wordings: Wordings, given: ContentWords) -> Numbers:
    """How near the question's own words come to each word of the texts."""
    return _cosines(given.vectors, wordings.vectors).max(axis=0) if given.stems else np.zeros(wordings.bounds[-1])


def _means(gained: Numbers, wordings: Wordings, fresh: Sequence[NDArray[np.bool_]]) -> Numbers:
    """Values per word (columns) as means over each text's words that the question did not have."""
    used = np.concatenate(fresh).astype(float)
    sums = np.cumsum(np.concatenate([np.zeros((len(gained), 1)), gained * used], axis=1), axis=1)
    bounds = np.array(wordings.bounds)
    words = np.array([float(f.sum()) for f in fresh])
    means: Numbers = (sums[:, bounds[1:]] - sums[:, bounds[:-1]]) / np.maximum(words, 1)
    return means.round(4)


def best_window(values: Numbers, parts: int) -> int:
    """Which window to quote: the best one, the earliest and shortest unless a longer one is clearly better."""
    longer = np.repeat(np.arange(WINDOW), [max(parts - n, 0) for n in range(WINDOW)])
    return int(np.argmax(values - CLEARLY * longer))


def _near(
    wordings: Wordings, answer: ContentWords, given: ContentWords, owner: NDArray[np.intp], parts: int
) -> Numbers:
    """Cosine of the middle of a window's words and of a text's, above that of the question's."""
    sums = np.zeros((parts, answer.vectors.shape[1]), np.float32)
    spoken, firsts = np.unique(owner, return_index=True)
    sums[spoken] = np.add.reduceat(answer.vectors, firsts)
    seen = _over_windows(sums, np.add)
    length = np.linalg.norm(seen, axis=1, keepdims=True)
    floor = _cosines(wordings.middles, _middle(given.vectors)[None])[:, 0] if given.stems else 0.0
    near: Numbers = (_cosines(seen / np.maximum(length, 1e-9), wordings.middles) - floor) / (1 + _ROOM - floor)
    return near.round(4)


def _over_windows(rows: NDArray[Any], join: np.ufunc) -> NDArray[Any]:
    """Values per sentence joined over the windows, in their order."""
    found = [rows]
    for n in range(1, WINDOW):
        if len(rows) > n:
            found.append(join(found[-1][:-1], rows[n:]))
    return np.concatenate(found)


def _middle(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], np.float32)
    length = float(np.linalg.norm(mean))
    middle: NDArray[np.float32] = mean / np.float32(length) if length else mean
    return middle


def focus(answer: ContentWords, reference: ContentWords, given: ContentWords) -> float:
    """Mean nearness of the answer's new words to the reference, 0-1: padding and strangers to the subject lower it."""
    fresh = np.array([s not in given.known for s in answer.stems], bool)
    if not fresh.any() or not reference.stems:
        return 0.0
    return round(float(_cosines(answer.vectors, reference.vectors)[fresh].max(axis=1).mean()), 4)


def _cosines(rows: NDArray[np.float32], columns: NDArray[np.float32]) -> Numbers:
    """Cosines rounded to 4 decimals, so that the last bits of a processor's sums reach no threshold."""
    near: Numbers = (rows @ columns.T).astype(np.float64)
    return near.round(4)


def above(near: Numbers, floor: Numbers) -> Numbers:
    """Cosines on the scale of gains: 0 at the floor that the question reaches, 1 for a copy."""
    return np.clip((near - floor) / (1 + _ROOM - floor), _LEAST, 1.0)
