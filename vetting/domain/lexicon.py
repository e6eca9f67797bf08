"""Words that a topic and a profile share: a minority vote beside the cosines, over the profiles of a whole pool.

Names and abbreviations that a sentence model blurs (BGP, GAAP, CRISPR) count here for what they are. Okapi BM25
(Robertson and Zaragoza, 2009) over each expert's items together, as a share of the most that a text could reach, so
that long briefs and short topics vote alike.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vetting.domain.pool import Floats, Ints, TopicScores
from vetting.domain.text import CONTENT_STOP_WORDS, stem

K1, B = 1.5, 0.75
"""Usual constants of BM25."""

MOST_VOTE = 0.15
"""What the words can add to a topic's score at most: the cosines keep the say."""

PORTION = 2_000
"""Experts whose words are counted at a time."""

NO_WORD = 0
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
Codes = NDArray[np.uint32]


class Words(dict[str, int]):
    """The code of each word's stem; NO_WORD for a word without content. Remembers the words that it met."""

    def __missing__(self, word: str) -> int:
        dropped = word in CONTENT_STOP_WORDS or (len(word) == 1 and not word.isdigit())
        self[word] = code = NO_WORD if dropped else zlib.crc32(stem(word).encode()) or 1
        return code

    def codes(self, text: str) -> list[int]:
        """The codes of a text's words, in order, repeated as they are."""
        return [code for word in _WORD.findall(text.lower()) if (code := self[word])]


@dataclass(frozen=True, eq=False)
class Postings:
    """Who uses which word how often: entry k says that `experts[places[k]]` does so `times[k]` times.

    The entries of `terms[t]` (rising codes) are those from `starts[t]` to `starts[t + 1]`.
    """

    experts: Ints
    lengths: NDArray[np.int64]
    terms: Codes
    starts: Ints
    places: NDArray[np.int32]
    times: NDArray[np.uint8]

    @classmethod
    def of(cls, experts: Sequence[int] | Ints, texts: Iterable[tuple[int, str]]) -> Postings:
        """Of the texts (expert, text) of these experts (rising keys), grouped by expert in the same order."""
        keys, known = np.asarray(experts, np.int64), Words()
        lengths = np.zeros(len(keys), np.int64)
        packed: list[NDArray[np.uint64]] = []
        counts: list[NDArray[np.uint8]] = []
        for owners, found in _portions(texts, known):
            rows, codes = np.searchsorted(keys, owners), np.asarray(found, np.int64)
            lengths += np.bincount(rows, minlength=len(keys))
            once, often = np.unique(
                codes.astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64), return_counts=True
            )
            packed.append(once)
            counts.append(np.minimum(often, 255).astype(np.uint8))
        whole = np.concatenate(packed) if packed else np.zeros(0, np.uint64)
        order = np.argsort(whole, kind="stable")
        whole = whole[order]
        times = np.concatenate(counts)[order] if counts else np.zeros(0, np.uint8)
        terms, starts = np.unique((whole >> np.uint64(32)).astype(np.uint32), return_index=True)
        return cls(keys, lengths, terms, np.append(starts, len(whole)), whole.astype(np.uint32).astype(np.int32), times)

    def of_word(self, code: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The places of the experts who use a word, and how often each does."""
        at = int(np.searchsorted(self.terms, np.uint32(code)))
        if at == len(self.terms) or int(self.terms[at]) != code:
            return self.places[:0], self.times[:0]
        part = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.places[part], self.times[part]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The words of a pool: those of most experts, and those of who changed since, with their rows in the pool.

    A row of -1 is of somebody whose words are in the later part or who is gone. What it finds depends on the pool
    alone, not on how its words came together.
    """

    base: Postings
    fresh: Postings
    rows: tuple[Ints, Ints]
    size: int
    """Rows of the pool."""
    _norm: Floats = field(init=False, repr=False)
    _count: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lengths, known = np.zeros(self.size), 0
        for part, rows in self._parts():
            here = rows >= 0
            lengths[rows[here]] = part.lengths[here]
            known += int(here.sum())
        mean = max(float(lengths.sum()) / max(known, 1), 1.0)
        object.__setattr__(self, "_norm", K1 * (1 - B + B * lengths / mean))
        object.__setattr__(self, "_count", known)

    @classmethod
    def of(cls, postings: Postings, pool: Ints) -> Lexicon:
        """Of a pool with these keys."""
        return cls(postings, _NOBODY, (_rows(postings, pool), _NO_ROWS), len(pool))

    def replaced(self, gone: Ints, new: Postings, pool: Ints) -> Lexicon:
        """With the words of `new` for who is in it, none for the others of `gone`, over a pool with these keys."""
        fresh = _joined(self.fresh, new, gone)
        base = _rows(self.base, pool)
        base[np.isin(self.base.experts, gone) | (self.rows[0] < 0)] = -1
        return Lexicon(self.base, fresh, (base, _rows(fresh, pool)), len(pool))

    def shares(self, text: str) -> Floats:
        """Per row BM25 of the text as a share (0-1) of the most it could be; 0 where no word is shared."""
        total, ceiling = np.zeros(self.size), 0.0
        for code in dict.fromkeys(Words().codes(text)):
            users = [self._users(part, rows, code) for part, rows in self._parts()]
            found = sum(len(rows) for rows, _ in users)
            rarity = float(np.log(1 + (self._count - found + 0.5) / (found + 0.5)))
            ceiling += rarity * (K1 + 1)
            for rows, times in users:
                total[rows] += rarity * (K1 + 1) * times / (times + self._norm[rows])
        return total / ceiling if ceiling else total

    def votes(self, text: str, weight: float) -> Floats:
        """Per row what the words add to the score of a topic."""
        votes: Floats = np.minimum(weight * self.shares(text), MOST_VOTE)
        return votes

    @staticmethod
    def _users(part: Postings, rows: Ints, code: int) -> tuple[Ints, NDArray[np.uint8]]:
        """The rows of those who use a word and whose words this part has, and how often each does."""
        places, times = part.of_word(code)
        found = rows[places]
        here = found >= 0
        return (found, times) if here.all() else (found[here], times[here])

    def _parts(self) -> tuple[tuple[Postings, Ints], tuple[Postings, Ints]]:
        return (self.base, self.rows[0]), (self.fresh, self.rows[1])


def voted(scores: TopicScores, votes: Floats) -> TopicScores:
    """The scores with the votes of the words; who has no item has nothing to vote on."""
    return TopicScores(np.minimum(scores.score + np.where(scores.best >= 0, votes, 0), 1.0), scores.se, scores.best)


def _portions(texts: Iterable[tuple[int, str]], known: Words) -> Iterable[tuple[list[int], list[int]]]:
    """Owners and codes of the words, so many experts at a time and none of them in two portions."""
    owners: list[int] = []
    codes: list[int] = []
    last, people = -1, 0
    for expert, text in texts:
        if expert != last:
            last, people = expert, people + 1
            if people > PORTION:
                yield owners, codes
                owners, codes, people = [], [], 1
        found = known.codes(text)
        owners += [expert] * len(found)
        codes += found
    yield owners, codes


def _rows(postings: Postings, pool: Ints) -> Ints:
    """The row in the pool (rising keys) of each expert; -1 for one that is not there."""
    if not len(pool):
        return np.full(len(postings.experts), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(pool, postings.experts), len(pool) - 1)
    return np.where(pool[at] == postings.experts, at, -1)


def _joined(old: Postings, new: Postings, gone: Ints) -> Postings:
    """Few postings and fewer new ones as one, without what `gone` said before."""
    kept = ~np.isin(old.experts, gone)
    experts = np.concatenate([old.experts[kept], new.experts])
    order = np.argsort(experts, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    moved = np.full(len(old.experts), -1, np.int64)
    moved[kept] = place[: int(kept.sum())]
    parts = [(old, moved), (new, place[int(kept.sum()) :])]
    places = np.concatenate([to[part.places] for part, to in parts])
    codes = np.concatenate([np.repeat(part.terms, np.diff(part.starts)) for part, _ in parts])
    times = np.concatenate([part.times for part, _ in parts])
    there = places >= 0
    places, codes, times = places[there], codes[there], times[there]
    by_word = np.lexsort((places, codes))
    terms, starts = np.unique(codes[by_word], return_index=True)
    lengths = np.concatenate([old.lengths[kept], new.lengths])[order]
    return Postings(
        experts[order],
        lengths,
        terms,
        np.append(starts, len(by_word)),
        places[by_word].astype(np.int32),
        times[by_word],
    )


_NO_ROWS: Ints = np.zeros(0, np.int64)
_NOBODY = Postings.of([], [])
