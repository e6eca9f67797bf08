"""Answers of different people that are nearly the same text: a question to a person, never a finding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from vetting.domain.text import invisible

RUN = 4  # words that stand in a row
LEAST_RUNS = 12  # about fifteen words: two people may well say one short sentence alike
NEARLY_ALL = 0.6  # share of the shorter answer's runs that also stand in the other
_ROWS = 256
_WORD = re.compile(r"\w+")


class Answer(NamedTuple):
    """What somebody wrote; `person` tells a second attempt from a copy."""

    person: int
    text: str


def near_copies(answers: Sequence[Answer], known: str = "") -> frozenset[int]:
    """Places of the answers of which most stands word for word in an answer of somebody else.

    Runs of words that stand in `known`, the text everybody was shown, say nothing. Answers of fewer than about fifteen
    words of their own are never copies.
    """
    shown = set(_runs(known))
    runs = [set(_runs(answer.text)) - shown for answer in answers]
    long = [at for at, own in enumerate(runs) if len(own) >= LEAST_RUNS]
    if len(long) < 2:
        return frozenset()
    people = np.array([answers[at].person for at in long])
    sizes = np.array([len(runs[at]) for at in long])
    table = _table([runs[at] for at in long])
    found: set[int] = set()
    for start in range(0, len(long), _ROWS):
        shared = (table[start : start + _ROWS] @ table.T).tocoo()
        row, column = shared.row + start, shared.col
        alike = shared.data >= NEARLY_ALL * np.minimum(sizes[row], sizes[column])
        found.update(long[at] for at in row[alike & (people[row] != people[column])])
    return frozenset(found)


def _runs(text: str) -> list[str]:
    plain = text if text.isascii() else "".join(c for c in unicodedata.normalize("NFKC", text) if not invisible(c))
    words = _WORD.findall(plain.casefold())
    return [" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]


def _table(runs: Sequence[set[str]]) -> sparse.csr_array:
    """Which answer (row) holds which run of words (column)."""
    column: dict[str, int] = {}
    places = [column.setdefault(run, len(column)) for own in runs for run in sorted(own)]
    ends = np.cumsum([0, *(len(own) for own in runs)])
    ones = np.ones(len(places), dtype=np.int32)
    return sparse.csr_array((ones, np.array(places), ends), shape=(len(runs), len(column)))
