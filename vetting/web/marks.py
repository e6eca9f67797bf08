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
    """A piece of an answer; `names` are the quotes it belongs to, `begins` those that begin with it."""

    text: str
    names: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


def pieces(text: str, quotes: Iterable[Quoted]) -> tuple[Piece, ...]:
    """The text in order, cut so that each piece lies wholly inside or outside of every quote; nothing is lost.

    Quotes outside the text, empty or reversed, are left out: what cannot be shown in place is not marked.
    """
    inside = [q for q in quotes if 0 <= q.start < q.end <= len(text)]
    edges = sorted({0, len(text), *(q.start for q in inside), *(q.end for q in inside)})
    return tuple(
        Piece(
            text[start:end],
            tuple(q.name for q in inside if q.start <= start and end <= q.end),
            tuple(q.name for q in inside if q.start == start),
        )
        for start, end in pairwise(edges)
    )
