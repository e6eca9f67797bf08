"""What the ranking stands beside: BM25, one vector per expert, and best-3 cosines without facts or requirements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from vetting.domain.lexicon import K1, B
from vetting.domain.pool import Floats, Ints, best_three
from vetting.domain.text import stems
from vetting.ports import Vectors


class Bm25:
    """Okapi BM25 of whole profiles; words are stems of content words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = [Counter(stems(text)) for text in texts]
        lengths = np.array([sum(counts.values()) for counts in self._counts], dtype=np.float64)
        self._norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1.0)) if len(texts) else lengths
        self._found: Mapping[str, int] = Counter(word for counts in self._counts for word in counts)

    def scores(self, query: str) -> Floats:
        """The score of each profile, 0 where no word is shared."""
        total = np.zeros(len(self._counts))
        for word in dict.fromkeys(stems(query)):
            found = self._found.get(word, 0)
            idf = np.log(1 + (len(total) - found + 0.5) / (found + 0.5))
            times = np.array([counts[word] for counts in self._counts], dtype=np.float64)
            total += idf * times * (K1 + 1) / (times + self._norm)
        return total


def one_vector(vectors: Vectors, owners: Ints, experts: int, query: Vectors) -> Floats:
    """Cosine of each expert's mean vector with the query; 0 for who has none."""
    sums = np.zeros((experts, vectors.shape[1]))
    np.add.at(sums, owners, vectors)
    lengths = np.linalg.norm(sums, axis=1)
    cosines: Floats = (sums @ query) / np.where(lengths > 0, lengths, 1)
    return cosines


def best_three_cosine(vectors: Vectors, owners: Ints, experts: int, query: Vectors) -> Floats:
    """The score of a topic, for the whole text of the project as one."""
    return best_three(vectors @ query, owners, experts).score
