"""The entries of a section - roles, studies, projects, papers - each with title, dates and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vetting.domain.cv_dates import PRESENT, Period, periods, ranges, without
from vetting.domain.cv_sections import Line, Part

LONGEST_TITLE_LINE = 14
"""Words of a line that can be a title; a longer one is a sentence."""

TITLE_LINES = 2
"""Lines above the one with the dates that can belong to the title."""


@dataclass(frozen=True)
class Entry:
    """One entry: `head` are the lines of its title, `body` the others; the dates are those of the head."""

    head: tuple[Line, ...]
    body: tuple[Line, ...]
    period: Period | None = None

    @property
    def title(self) -> str:
        """The head in one line without its dates: 'Senior analyst, Example Ltd'."""
        parts = [without(line.text, periods(line.text)) for line in self.head]
        joined = ", ".join(part.strip(" ,") for part in parts if part.strip(" ,"))
        return re.sub(r"(?:,\s*)+(?=,)|\s+$", "", re.sub(r"\s{2,}|\t+", ", ", joined))

    @property
    def text(self) -> str:
        """What is said of it, line by line."""
        return "\n".join(re.sub(r"\s+", " ", line.text) for line in self.body if line.text)

    @property
    def current(self) -> bool:
        """Whether it goes on."""
        return self.period is not None and self.period.end == PRESENT

    @property
    def at(self) -> int:
        """Where it begins in the text."""
        return (self.head or self.body)[0].at

    @property
    def to(self) -> int:
        """Where it ends in the text."""
        return max(line.to for line in (*self.head, *self.body))


def read_entries(part: Part) -> tuple[Entry, ...]:
    """The entries of a section in order. Where no line has dates, blank lines part them."""
    lines = _whole(part.lines)
    dated = [n for n, line in enumerate(lines) if _dates_a_title(line)]
    if not dated:
        return tuple(_undated(block) for block in _blocks(lines))
    starts = [_start(lines, n) for n in dated]
    found = [_undated(block) for block in _blocks(lines[: starts[0]])]
    for n, start, end in zip(dated, starts, [*starts[1:], len(lines)], strict=True):
        if start < end:
            found.append(_dated(lines[start:end], n - start))
    return tuple(found)


def read_list(part: Part) -> tuple[Entry, ...]:
    """The entries of a section in which each paragraph or bullet is one, like publications."""
    groups: list[list[Line]] = []
    for line in part.lines:
        if not line.text:
            groups.append([])
        elif line.bullet or not groups or not groups[-1] or _numbered(line) or _ends(groups[-1][-1]):
            groups.append([line])
        else:
            groups[-1].append(line)
    found = []
    for group in (group for group in groups if group):
        times = [p for line in group for p in periods(line.text)]
        found.append(Entry((), tuple(group), times[-1] if times else None))
    return tuple(found)


def _whole(lines: Sequence[Line]) -> list[Line]:
    """The lines, with a time that was wrapped at its dash in one: '2021 –' and 'present'."""
    found: list[Line] = []
    for line in lines:
        before = found[-1] if found else None
        if before and line.text and re.search(r"\d\s*[–—-]$", before.text):
            found[-1] = Line(f"{before.text} {line.text}", before.at, before.bullet, line.to)
        else:
            found.append(line)
    return found


def _dates_a_title(line: Line) -> bool:
    if line.bullet or not line.text or len(line.text.split()) > LONGEST_TITLE_LINE + 6:
        return False
    found = ranges(line.text) or periods(line.text)
    rest = without(line.text, found)
    return bool(found) and not rest.endswith((".", ";")) and len(rest.split()) <= LONGEST_TITLE_LINE


def _can_be_title(line: Line) -> bool:
    short = 0 < len(line.text.split()) <= LONGEST_TITLE_LINE
    return short and not line.bullet and not line.text.endswith((".", ";", ":")) and not _dates_a_title(line)


def _start(lines: Sequence[Line], dated: int) -> int:
    """Where the entry of a dated line begins: titles above it belong to it, unless it has one of its own."""
    if len(without(lines[dated].text, periods(lines[dated].text)).split()) > 3 and dated and not _opens(lines, dated):
        return dated
    at = dated
    while at and dated - at < TITLE_LINES and _can_be_title(lines[at - 1]):
        at -= 1
    return at if _opens(lines, at) else dated


def _opens(lines: Sequence[Line], at: int) -> bool:
    """Whether a new entry can begin here: after nothing, a blank line, a bullet, or the end of a sentence."""
    return at == 0 or not lines[at - 1].text or lines[at - 1].bullet or _ends(lines[at - 1])


def _ends(line: Line) -> bool:
    return line.text.endswith((".", "!", "?", ";"))


def _numbered(line: Line) -> bool:
    return re.match(r"[\[(]?\d{1,3}[\].)]\s", line.text) is not None


def _dated(lines: Sequence[Line], dated: int) -> Entry:
    """An entry whose line number `dated` has the dates; a date alone takes its title from below."""
    end = dated + 1
    alone = not any(without(line.text, periods(line.text)) for line in lines[:end])
    while end < len(lines) and end - dated <= (2 if alone else 1) and _belongs(lines, end):
        end += 1
    written = tuple(line for line in lines[:end] if line.text)
    found = ranges(lines[dated].text) or periods(lines[dated].text)
    body = tuple(line for line in lines[end:] if line.text)
    return Entry(written, body, found[0])


def _belongs(lines: Sequence[Line], at: int) -> bool:
    """Whether a line under the dates is the other half of a title: short, and not the beginning of a text."""
    line = lines[at]
    return _can_be_title(line) and len(line.text.split()) <= 8 and line.text[:1].isupper()


def _undated(block: Sequence[Line]) -> Entry:
    head = block[:1] if _can_be_title(block[0]) or len(block) == 1 else ()
    times = [p for line in head for p in periods(line.text)]
    return Entry(tuple(head), tuple(block[len(head) :]), times[0] if times else None)


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines between blank lines."""
    found: list[list[Line]] = [[]]
    for line in lines:
        if line.text:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]
