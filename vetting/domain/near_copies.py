"""Texts of different people that are nearly the same: a question to a person, never a finding.

Two honest people share terms and short phrases, hardly ever five words in a row again and again, so texts are compared
by their runs of five words (shingles, Broder 1997), those left out that everybody was shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy

from vetting.domain.rubric import Question
from vetting.domain.text import invisible
from vetting.domain.work_sample import is_work_sample, material

RUN = 5
FEWEST_RUNS = 12
"""Runs from which on a text is long enough to be compared: two people may well say one short sentence alike."""
NEAR_COPY = 0.15
"""Share of common runs in the shorter text from which on a person is asked. Measured on the demo: the highest of 1,197
pairs of answers to the same question by different people is .06, .05 with a model's answer as the other one; a copy
with every tenth word changed keeps .51. A text rewritten throughout keeps nothing and is not found here."""
NEARLY_ALL = 0.5
"""The same share from which on a text is called nearly word for word the other: one with every tenth word changed."""
_ROWS = 256
_WORD = re.compile(r"\w+")


class Answer(NamedTuple):
    """What somebody wrote; `person` tells a second attempt from a copy."""

    person: int
    text: str


def runs(text: str, known: str = "") -> frozenset[str]:
    """Runs of five words of a text, without those that stand in `known` (what was shown, which anybody may repeat)."""
    return frozenset(_runs(text)) - frozenset(_runs(known))


def shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the runs of the shorter text that the longer one has, 0-1; 0 where one is too short to tell."""
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter >= FEWEST_RUNS else 0.0


def shown_text(question: Question) -> str:
    """What everybody who is asked a question has before them."""
    sample = material(question) if is_work_sample(question) else ""
    return " ".join((question.text, question.rephrase or "", sample))


def near_copies(answers: Sequence[Answer], known: str = "") -> frozenset[int]:
    """Places of the answers that are nearly word for word an answer of somebody else: `shared` is NEARLY_ALL or more.

    Runs of words that stand in `known`, the text everybody was shown, say nothing. Answers of fewer than about sixteen
    words of their own are never copies.
    """
    shown = runs(known)
    found_runs = [runs(answer.text) - shown for answer in answers]
    long = [at for at, own in enumerate(found_runs) if len(own) >= FEWEST_RUNS]
    if len(long) < 2:
        return frozenset()
    people = np.array([answers[at].person for at in long])
    sizes = np.array([len(found_runs[at]) for at in long])
    table = _table([found_runs[at] for at in long])
    found: set[int] = set()
    for start in range(0, len(long), _ROWS):
        common = (table[start : start + _ROWS] @ table.T).tocoo()
        row, column = common.row + start, common.col
        alike = common.data >= NEARLY_ALL * np.minimum(sizes[row], sizes[column])
        found.update(long[at] for at in row[alike & (people[row] != people[column])])
    return frozenset(found)


def _runs(text: str) -> list[str]:
    plain = text if text.isascii() else "".join(c for c in unicodedata.normalize("NFKC", text) if not invisible(c))
    words = _WORD.findall(plain.casefold())
    return [" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]


def _table(found_runs: Sequence[frozenset[str]]) -> scipy.sparse.csr_array:
    """Which answer (row) holds which run of words (column)."""
    column: dict[str, int] = {}
    places = [column.setdefault(run, len(column)) for own in found_runs for run in sorted(own)]
    ends = np.cumsum([0, *(len(own) for own in found_runs)])
    ones = np.ones(len(places), dtype=np.int32)
    return scipy.sparse.csr_array((ones, np.array(places), ends), shape=(len(found_runs), len(column)))
