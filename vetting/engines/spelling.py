"""Words misspelt or cut short in an answer, read as the one word of the pack that they can stand for.

Who writes in a second language or in telegraph style is rated by what is meant. Only words that are no English are
touched, and only words of the pack are put in their place: no general corrector, which would turn terms into words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

from vetting.domain.text import Normalised, content_words, stem

LEAST = 4
"""Letters below which a word may be anything."""
LONG = 8
"""Letters from which on two slips are read over."""
_WORD = re.compile(r"[A-Za-z]{4,}")


@dataclass(frozen=True)
class Vocabulary:
    """Words of a pack's texts, by their first letter: slips rarely touch it."""

    words: frozenset[str]
    by_letter: dict[str, tuple[str, ...]]


@lru_cache(maxsize=64)
def vocabulary(texts: tuple[str, ...]) -> Vocabulary:
    """The words of four letters or more of some texts."""
    found = frozenset(w for text in texts for w in content_words(text) if len(w) >= LEAST and w.isalpha())
    by_letter: dict[str, list[str]] = {}
    for word in sorted(found):
        by_letter.setdefault(word[0], []).append(word)
    return Vocabulary(found, {letter: tuple(words) for letter, words in by_letter.items()})


def respelt(answer: Normalised, own: Vocabulary) -> Normalised:
    """The answer with slips mended, each character keeping its place in the original."""
    text, starts, ends = answer.text, list(answer.starts), list(answer.ends)
    for found in reversed(list(_WORD.finditer(text))):
        meant = _meant(found.group().lower(), own)
        if meant is None:
            continue
        start, end = found.span()
        place = answer.original(start, end)
        text = text[:start] + meant + text[end:]
        starts[start:end] = [place.start] * len(meant)
        ends[start:end] = [place.end] * len(meant)
    return answer if text == answer.text else Normalised(text, tuple(starts), tuple(ends))


def _meant(word: str, own: Vocabulary) -> str | None:
    """The word of the pack meant by one that is neither English nor the pack's; None where none or several could be."""
    if word in own.words or word in _english():
        return None
    near = own.by_letter.get(word[0], ())
    slips = 2 if len(word) >= LONG else 1
    by_distance = sorted(
        (distance, w) for w in near if (distance := OSA.distance(word, w, score_cutoff=slips)) <= slips
    )
    closest = [w for distance, w in by_distance if distance == by_distance[0][0]]
    return _only(closest) or _only([w for w in near if w.startswith(word)])


def _only(words: Sequence[str]) -> str | None:
    """The shortest of forms of one word."""
    return min(words, key=lambda w: (len(w), w)) if len({stem(w) for w in words}) == 1 else None


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """English words, from the frequency list that pyspellchecker ships; read once, a sixth of a second."""
    return frozenset(SpellChecker().word_frequency.words())
