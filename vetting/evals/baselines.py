"""The pinned baselines every figure of ours stands beside: length, key-term recall, cosine, cosine + recall.

Their definitions are fixed; `tests/evals/test_baselines.py` checks the published figures.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vetting.domain.text import baseline_words

Numbers = NDArray[np.float64]


def length(answer: str) -> float:
    """log(1 + words), stop words left out."""
    return float(np.log1p(len(baseline_words(answer))))


def recall(question: str, reference: str, answer: str) -> float:
    """Share of the reference's distinct words, less the question's, that the answer has; 0 where none is left."""
    wanted = set(baseline_words(reference)) - set(baseline_words(question))
    return len(wanted & set(baseline_words(answer))) / len(wanted) if wanted else 0.0


def cosines(answers: NDArray[np.float32], references: NDArray[np.float32]) -> Numbers:
    """Cosine of each whole answer with its whole reference; unit rows (n, d) each."""
    found: Numbers = np.einsum("ij,ij->i", answers.astype(np.float64), references.astype(np.float64))
    return found


def standardised(values: Sequence[float] | Numbers) -> Numbers:
    """z-scores over the file; zeros where all values are equal."""
    x = np.asarray(values, np.float64)
    spread = x.std()
    return (x - x.mean()) / spread if spread > 0 else np.zeros_like(x)


def cosine_plus_recall(cosine: Sequence[float] | Numbers, recalled: Sequence[float] | Numbers) -> Numbers:
    """Sum of the two z-scores over the file."""
    return standardised(cosine) + standardised(recalled)
