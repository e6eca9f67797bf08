"""Two columns of a page, told from a table whose one side holds the dates or labels of the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from vetting.documents.pdf_state import Box, Show

GUTTER = 9.0
"""Points between two columns, at least; also what parts two pieces of one line."""

FEWEST_LINES = 6
"""Lines that a column has at least."""

GLYPH_GAP = 0.15
"""Share of an em: pieces of text nearer than that are one word."""

_DATE = re.compile(r"\b(19|20)\d\d\b")


class Segment(NamedTuple):
    """A piece of a line without a wide gap in it."""

    height: int
    left: float
    right: float
    bottom: float
    text: str


def apart(shows: Sequence[Show], frame: Box) -> list[list[Show]]:
    """The texts of a page as they are read: what stands over the columns, the left one, the right one.

    One list of all where there are no two columns; texts keep their order.
    """
    pieces = segments([s for s in shows if s.text.strip()])
    at = _gutter(pieces, frame)
    if at is None:
        return [list(shows)]
    lowest = min((p.bottom for p in pieces if p.left < at - 1 and p.right > at + 1), default=frame.top)
    over = [s for s in shows if s.box.bottom >= lowest]
    rest = [s for s in shows if s.box.bottom < lowest]
    return [over, [s for s in rest if s.box.left < at], [s for s in rest if s.box.left >= at]]


def segments(shows: Sequence[Show]) -> list[Segment]:
    """The pieces of the lines of a page; many programs draw every letter by itself."""
    lines: dict[int, list[Show]] = {}
    for show in shows:
        lines.setdefault(round(show.matrix[5] / 2), []).append(show)
    found: list[Segment] = []
    for height, line in lines.items():
        line.sort(key=lambda show: show.box.left)
        for show in line:
            left, bottom, right, _ = show.box
            last = found[-1] if found else None
            if last and last.height == height and left - last.right < GUTTER:
                text = last.text + joint(show, last.right) + show.text
                right, bottom = max(last.right, right), min(last.bottom, bottom)
                found[-1] = Segment(height, last.left, right, bottom, text)
            else:
                found.append(Segment(height, left, right, bottom, show.text))
    return found


def joint(show: Show, end: float) -> str:
    """What stands between a text that ends there and this one on the same line: nothing within a word."""
    return "" if show.box.left - end < GLYPH_GAP * max(show.width, 1.0) else " "


def _gutter(pieces: Sequence[Segment], frame: Box) -> float | None:
    """Where a gutter runs from under the heading to the bottom, with running text on its two sides."""
    wide = frame.right - frame.left
    first, last = frame.left + 0.2 * wide, frame.left + 0.75 * wide
    best: tuple[int, float] | None = None
    for edge in sorted({round(p.left) for p in pieces if first < p.left < last}):
        at = edge - GUTTER / 2
        crossing = [p for p in pieces if p.left < edge - 1 and p.right > at]
        lowest = min((p.bottom for p in crossing), default=frame.top + 1)
        under = [p for p in pieces if p.bottom < lowest]
        left, right = [p for p in under if p.left < at], [p for p in under if p.left >= at]
        if _columns(left, right) and (best is None or len(under) > best[0]):
            best = (len(under), at)
    return best[1] if best else None


def _columns(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether both sides have enough lines and neither labels the other: by dates, or by one word a line."""
    heights = [{p.height for p in side} for side in (left, right)]
    fewer = min(map(len, heights))
    if fewer < FEWEST_LINES:
        return False
    shared = len(heights[0] & heights[1]) / fewer
    dates = [sum(bool(_DATE.search(p.text)) for p in side) / len(side) for side in (left, right)]
    return max(dates) < 0.5 and shared < 0.9
