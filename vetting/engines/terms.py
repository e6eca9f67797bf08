"""Claims, and how many of their own terms an answer has: stems, and groups of four letters for compounds and typing
errors; a term that many claims share counts less."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from vetting.domain.text import content_words, stems

AKIN_LETTERS, AKIN_SHARE, AKIN = 5, 0.7, 0.8
"""Stems that share their first 5 letters or more, 70 % of the longer one, count .8 of a word (transmiss, transmit)."""


class Claim(NamedTuple):
    """Something an answer may state: a sentence, and other wordings that count as stating it.

    `rivals` mark a wrong belief: the correction, which the claim must beat.
    """

    id: str
    statement: str
    phrases: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """The statement first."""
        return (self.statement, *self.phrases)


class Terms:
    """The claims' own terms (not the question's), each worth less the more claims share it, looked up in the answer."""

    def __init__(self, question: str, claims: Sequence[Claim], answer: str) -> None:
        self._said, self._said_letters = frozenset(stems(answer)), _letters(answer)
        self._alike: dict[str, list[str]] = {}
        for word in self._said:
            self._alike.setdefault(word[:AKIN_LETTERS], []).append(word)
        asked, asked_letters = frozenset(stems(question)), _letters(question)
        self._own = {c.id: (_stems(c.statement) - asked, _letters(c.statement) - asked_letters) for c in claims}
        self._shared = Counter(s for terms, _ in self._own.values() for s in terms)
        self._shared_letters = Counter(g for _, groups in self._own.values() for g in groups)

    def found(self, claim: Claim) -> tuple[float, float, float]:
        """(share of terms, share of letter groups, weight) of a claim."""
        terms, groups = self._own[claim.id]
        weight = sum(1 / self._shared[t] for t in sorted(terms))
        hit = sum(self._akin(t) / self._shared[t] for t in sorted(terms))
        return round(hit / weight, 4) if weight else 0.0, self._share(groups, self._said_letters), round(weight, 4)

    def letters_in(self, claim: Claim, text: str) -> float:
        """Share of a claim's letter groups in a part of the answer."""
        return self._share(self._own[claim.id][1], _letters(text))

    def _share(self, groups: frozenset[str], said: frozenset[str]) -> float:
        weight = sum(1 / self._shared_letters[g] for g in sorted(groups))
        hit = sum(1 / self._shared_letters[g] for g in sorted(groups & said))
        return round(hit / weight, 4) if weight else 0.0

    def _akin(self, term: str) -> float:
        if term in self._said:
            return 1.0
        return AKIN if any(_close(term, word) for word in self._alike.get(term[:AKIN_LETTERS], ())) else 0.0


def _close(a: str, b: str) -> bool:
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return same >= AKIN_LETTERS and same >= AKIN_SHARE * max(len(a), len(b))


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stems(text))


@lru_cache(maxsize=4096)
def _letters(text: str) -> frozenset[str]:
    joined = f" {' '.join(content_words(text))} "
    return frozenset(joined[i : i + 4] for i in range(len(joined) - 3))
