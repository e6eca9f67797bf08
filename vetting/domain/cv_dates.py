"""Dates as CVs write them: 'Jan 2019 – present', '03/2019 - 05/2021', '2015–18', 'since 2020'."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

from vetting.domain.cv_words import JOINTS, MONTHS, OPEN, SINCE

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_YEAR = r"(?:19[5-9]|20[0-4])\d"
_POINT = (
    rf"(?:(?P<{{0}}d>\d{{{{1,2}}}})(?:\.|er|º)?\s+(?:de\s+)?)?(?P<{{0}}n>{_MONTH})\b\.?,?\s+(?:del?\s+)?(?P<{{0}}y1>{_YEAR})"
    rf"|(?P<{{0}}y2>{_YEAR})-(?P<{{0}}m2>0[1-9]|1[0-2])(?:-(?P<{{0}}d2>\d\d))?(?!\d)"
    rf"|(?:(?P<{{0}}d3>\d{{{{1,2}}}})[./])?(?P<{{0}}m3>0?[1-9]|1[0-2])[./](?P<{{0}}y3>{_YEAR})"
    rf"|(?P<{{0}}y4>{_YEAR})"
)
_OPEN = rf"(?P<open>{OPEN})"
_RANGE = re.compile(
    rf"(?<![\w/.-])(?:{_POINT.format('a')})\s*(?:-|–|—|−|\b(?:{JOINTS})\b)\s*"
    rf"(?:{_OPEN}\b|(?:{_POINT.format('b')})(?!\d)|(?P<short>\d\d)(?![\d/.]))",
    re.IGNORECASE,
)
_SINCE = re.compile(rf"\b(?:{SINCE})\s+(?:{_POINT.format('a')})(?!\d)", re.IGNORECASE)
_SINGLE = re.compile(rf"(?<![\w/.-])(?:{_POINT.format('a')})(?![\d/])", re.IGNORECASE)
PRESENT = "present"


class Period(NamedTuple):
    """A time in a text: `start` and `end` are '2019', '2019-03' or '2019-03-01', `end` also 'present' or None."""

    start: str
    end: str | None
    at: int
    to: int

    @property
    def words(self) -> str:
        """'2019-03 to present', '2019'."""
        return f"{self.start} to {self.end}" if self.end else self.start


def periods(text: str) -> list[Period]:
    """Every time that is named, in order; a range counts once."""
    found: list[Period] = []
    taken = bytearray(len(text))
    for pattern in (_RANGE, _SINCE, _SINGLE):
        for match in pattern.finditer(text):
            period = _period(match)
            if period and not any(taken[period.at : period.to]):
                taken[period.at : period.to] = b"\1" * (period.to - period.at)
                found.append(period)
    return sorted(found, key=lambda p: p.at)


def ranges(text: str) -> list[Period]:
    """Those that have a beginning and an end."""
    return [period for period in periods(text) if period.end]


def without(text: str, found: list[Period]) -> str:
    """The text without these times and without what held them in place."""
    for period in sorted(found, key=lambda p: -p.at):
        text = f"{text[: period.at]}\x00{text[period.to :]}"
    text = re.sub(r"\(([^()\x00]*)\x00[^()]*\)", r"  \1  ", text)
    text = re.sub(r"[\s|,;(\[–—-]*\x00[\s|,;)\]–—:-]*", "  ", text)
    return re.sub(r"\s{2,}", "  ", text).strip(" ,;|–—-")


def last_day(written: str) -> date | None:
    """The last day of '2027', '2027-03' or '2027-03-31'; None for a day that no calendar has."""
    parts = [int(part) for part in written.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    try:
        return date(year, month, parts[2] if len(parts) > 2 else monthrange(year, month)[1])
    except ValueError:
        return None


def first_day(written: str) -> date | None:
    """The first day of it."""
    parts = [int(part) for part in written.split("-")]
    try:
        return date(parts[0], *[*parts[1:], 1, 1][:2])
    except ValueError:
        return None


def _period(match: re.Match[str]) -> Period | None:
    start = _point(match, "a")
    if start is None:
        return None
    groups = match.groupdict()
    end: str | None = None
    if match.re is _SINCE or groups.get("open"):
        end = PRESENT
    elif groups.get("short"):
        end = start[:2] + groups["short"]
        if len(start) > 4 or end < start:  # 2028-03-31 is a day
            return None
    elif match.re is _RANGE:
        end = _point(match, "b")
        if end is None or end[:4] < start[:4]:
            return None
    return Period(start, end, match.start(), match.end())


def _point(match: re.Match[str], side: str) -> str | None:
    part = {key: value for key, value in match.groupdict().items() if key.startswith(side) and value}
    year = next((part[f"{side}y{n}"] for n in range(1, 5) if f"{side}y{n}" in part), None)
    if year is None:
        return None
    name = part.get(f"{side}n", "").lower()
    month = MONTHS.get(name) or int(part.get(f"{side}m2") or part.get(f"{side}m3") or 0)
    day = int(part.get(f"{side}d") or part.get(f"{side}d2") or part.get(f"{side}d3") or 0)
    return "-".join(piece for piece in (year, f"{month:02d}" if month else "", f"{day:02d}" if day else "") if piece)
