"""Where quotes stand in an answer: the text cut at the edges of all spans, which may overlap."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple


class Quoted(NamedTuple):
    """A span of an answer that a verdict rests on, with the name it is linked by."""

    name: str
    start: int
    end: int


class Piece(NamedTuple):
    """A piece of an answer; `names` are the quotes it belongs to, `begins` those that begin with it.

    `suspect`: it reads like an instruction to the rater.
    """

    text: str
    names: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    suspect: bool = False


def pieces(text: str, quotes: Iterable[Quoted], suspects: Iterable[tuple[int, int]] = ()) -> tuple[Piece, ...]:
    """The text in order, cut so that each piece lies wholly inside or outside of every quote; nothing is lost.

    `suspects`: half-open ranges of the text that read like an instruction. Quotes outside the text, empty or reversed,
    are left out: what cannot be shown in place is not marked.
    """
    inside = [q for q in quotes if 0 <= q.start < q.end <= len(text)]
    doubtful = [(start, end) for start, end in suspects if 0 <= start < end <= len(text)]
    edges = sorted(
        {0, len(text), *(at for q in inside for at in (q.start, q.end)), *(at for d in doubtful for at in d)}
    )
    return tuple(
        Piece(
            text[start:end],
            tuple(q.name for q in inside if q.start <= start and end <= q.end),
            tuple(q.name for q in inside if q.start == start),
            any(first <= start and end <= last for first, last in doubtful),
        )
        for start, end in pairwise(edges)
    )
