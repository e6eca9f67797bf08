"""Word against word: how much of a claim an answer says, beyond what the question had already given away.

Greedy matching of contextual word vectors, as in BERTScore (Zhang et al. 2020), with two changes: each word of the
claim counts from the floor that the question's own words reach, so that repeating the question gains nothing, and
the words must be found close together, inside a window of one to three sentences, which also gives the quote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

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


class Gain(NamedTuple):
    """What an answer gains on a claim: 1 a copy, 0 no more than the question itself; and the window it stands in."""

    value: float
    words: int
    window: Span | None


def content(text: str, found: WordVectors) -> ContentWords:
    """The content words of a text among its word vectors."""
    spelled = [text[a:b].lower() for a, b in found.spans]
    keep = [i for i, w in enumerate(spelled) if w not in CONTENT_STOP_WORDS and (w[0].isascii() or w[0].isalpha())]
    stems = tuple(stem(spelled[i]) for i in keep)
    return ContentWords(stems, found.spans[keep, 0] if keep else np.zeros(0, np.int32), found.vectors[keep])


def windows(parts: Sequence[Sentence]) -> list[Span]:
    """Runs of one to three neighbouring sentences, short ones first."""
    return [Span(parts[i].start, parts[i + n - 1].end) for n in range(1, WINDOW + 1) for i in range(len(parts) - n + 1)]


def best_gain(claim: ContentWords, answer: ContentWords, given: ContentWords, places: Sequence[Span]) -> Gain:
    """The largest gain over the windows; the earliest, shortest one unless a longer is clearly better."""
    fresh = claim.new(given)
    if not claim.stems or not answer.stems:
        return Gain(0.0, int(fresh.sum()), None)
    near = cosines(answer, claim)
    floor = cosines(given, claim).max(axis=0) if given.stems else np.zeros(len(claim.stems))
    best, where = -1.0, None
    for place in places:
        inside = (answer.starts >= place.start) & (answer.starts < place.end)
        if inside.any():
            value = float(_above(near[inside].max(axis=0), floor)[fresh].mean())
            if where is None or value > best + (0 if _size(place) <= _size(where) else CLEARLY):
                best, where = value, place
    return Gain(round(best, 4) if where else 0.0, int(fresh.sum()), where)


def focus(answer: ContentWords, reference: ContentWords, given: ContentWords) -> float:
    """Mean nearness of the answer's new words to the reference, 0-1: padding and strangers to the subject lower it."""
    fresh = np.array([s not in given.known for s in answer.stems], bool)
    if not fresh.any() or not reference.stems:
        return 0.0
    return round(float(cosines(answer, reference)[fresh].max(axis=1).mean()), 4)


def cosines(rows: ContentWords, columns: ContentWords) -> Numbers:
    """Cosines rounded to 4 decimals, so that the last bits of a processor's sums reach no threshold."""
    near: Numbers = (rows.vectors @ columns.vectors.T).astype(np.float64)
    return near.round(4)


def _above(near: Numbers, floor: Numbers) -> Numbers:
    return np.clip((near - floor) / (1 + _ROOM - floor), _LEAST, 1.0)


def _size(place: Span) -> int:
    return place.end - place.start
