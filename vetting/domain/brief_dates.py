"""From when on somebody is wanted, as briefs and searches say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_PART = r"(?:(?P<part>mid|end of|late|middle of|early|beginning of|start of)[\s-]+)?"
_START = re.compile(
    r"\b(?:start\w*|begin\w*|from|available|as of|availability|kick[- ]?off|on ?boarding|by)\b", re.IGNORECASE
)
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    re.compile(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})\b"),
    re.compile(r"\b(?P<d>1[3-9]|2\d|3[01])/(?P<m>\d{1,2})/(?P<y>\d{4})\b"),
    re.compile(r"\b(?P<m>\d{1,2})/(?P<d>1[3-9]|2\d|3[01])/(?P<y>\d{4})\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},? (?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b{_PART}{_MONTH},? (?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(r"\b(?P<m>\d{1,2})/(?P<y>\d{4})\b"),
    re.compile(r"\bQ(?P<q>[1-4])[ /-](?P<y>\d{4})\b", re.IGNORECASE),
)
_WITHOUT_YEAR = (
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?! \d)", re.IGNORECASE),
    re.compile(rf"\b{_MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)", re.IGNORECASE),
    re.compile(rf"\b{_PART}{_MONTH}(?! \d)", re.IGNORECASE),
)
_DAYS: Mapping[str, int] = {"mid": 15, "middle of": 15, "end of": 28, "late": 28}
NEAR = 45


def starting_date(sentence: str, today: date | None = None) -> str | None:
    """The first date soon after a word about beginning; a month without a day is its first.

    A day or month without a year is the next one, where it is known which day it is.
    """
    for word in _START.finditer(sentence):
        near = sentence[word.end() : word.end() + NEAR].partition(". ")[0]
        for pattern in _DATES:
            if (match := pattern.search(near)) and (day := _day(match.groupdict())):
                return day.isoformat()
        if today is None:
            continue
        for pattern in _WITHOUT_YEAR:
            if (match := pattern.search(near)) and (day := _next(match.groupdict(), today)):
                return day.isoformat()
    return None


def _next(parts: Mapping[str, str | None], today: date) -> date | None:
    found = (_day({**parts, "y": str(year)}) for year in (today.year, today.year + 1))
    return next((day for day in found if day and (day.year, day.month) >= (today.year, today.month)), None)


def _day(parts: Mapping[str, str | None]) -> date | None:
    part = (parts.get("part") or "").lower()
    if quarter := parts.get("q"):
        number = 3 * int(quarter) - 2
    else:
        month = (parts.get("m") or "").lower()[:3]
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    try:
        return date(int(parts["y"] or 0), number, int(parts.get("d") or _DAYS.get(part, 1)))
    except ValueError:
        return None
