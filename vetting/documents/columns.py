"""Two columns of a page, told from a table whose left side holds the dates of its right side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vetting.documents.pdf_state import Box, Show

GUTTER = 9.0
"""Points between two columns, at least."""

FEWEST_LINES = 6
"""Lines that a column has at least."""

_SHORT = re.compile(r"\b(19|20)\d\d\b|^\W*\w*\W*$")


def apart(shows: Sequence[Show], frame: Box) -> list[list[Show]]:
    """The texts of a page as they are read: what stands over the columns, the left one, the right one.

    One list of all where there are no two columns; texts keep their order.
    """
    written = [s for s in shows if s.text.strip()]
    at = _gutter(written, frame)
    if at is None:
        return [list(shows)]
    across = {id(s) for s in written if s.box.left < at - 1 and s.box.right > at + 1}
    lowest = min((s.box.bottom for s in written if id(s) in across), default=frame.top)
    over = [s for s in shows if s.box.bottom >= lowest]
    rest = [s for s in shows if s.box.bottom < lowest]
    return [over, [s for s in rest if s.box.left < at], [s for s in rest if s.box.left >= at]]


def _gutter(shows: Sequence[Show], frame: Box) -> float | None:
    """Where a gutter runs from under the heading to the bottom, with different lines on its two sides."""
    wide = frame.right - frame.left
    edges = sorted(
        {round(s.box.left) for s in shows if frame.left + 0.2 * wide < s.box.left < frame.left + 0.75 * wide}
    )
    best: tuple[int, float] | None = None
    for edge in edges:
        at = edge - GUTTER / 2
        crossing = [s for s in shows if s.box.left < edge - GUTTER and s.box.right > at]
        lowest = min((s.box.bottom for s in crossing), default=frame.top + 1)
        under = [s for s in shows if s.box.bottom < lowest]
        left, right = [s for s in under if s.box.left < at], [s for s in under if s.box.left >= at]
        if _columns(left, right) and (best is None or len(under) > best[0]):
            best = (len(under), at)
    return best[1] if best else None


def _columns(left: Sequence[Show], right: Sequence[Show]) -> bool:
    """Whether both sides are running text: enough lines each, and neither a list of dates to the other."""
    lines = [_lines(side) for side in (left, right)]
    if min(map(len, lines)) < FEWEST_LINES:
        return False
    shared = len(set(lines[0]) & set(lines[1])) / min(map(len, lines))
    labels = [sum(bool(_SHORT.search(text.strip())) for text in side.values()) / len(side) for side in lines]
    return max(labels) < 0.5 and shared < 0.9


def _lines(side: Sequence[Show]) -> dict[int, str]:
    """Text by the height it stands at."""
    found: dict[int, str] = {}
    for show in side:
        height = round(show.matrix[5] / 2)
        found[height] = f"{found.get(height, '')}{show.text}"
    return found
