"""Facts read from a CV by rules: each with the words it rests on. What is not said is not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from vetting.domain.cv_dates import first_day, periods
from vetting.domain.cv_sections import Line, Part, Section, of
from vetting.domain.cv_words import (
    AVAILABLE,
    HOMES,
    LANGUAGES,
    LEVELS,
    NOT_HOMES,
    PERIODS,
    RATE_LABELS,
    WEEKLY,
    countries_in,
)
from vetting.domain.facts import Fact
from vetting.domain.json_resume import FLUENCY
from vetting.domain.places import zone
from vetting.domain.profile import Facts
from vetting.domain.profile_values import Value

SAID_OF_ONESELF = (Section.HEAD, Section.SUMMARY, Section.AVAILABILITY, Section.OTHER)
"""Sections in which hours and rates are those of the person; under experience they are those of a job."""

_LANGUAGE = re.compile(rf"\b({'|'.join(sorted(map(re.escape, LANGUAGES), key=len, reverse=True))})\b", re.IGNORECASE)
_CEFR = re.compile(r"\b([ABC][12])\b")
_SPOKEN = re.compile(rf"\b({'|'.join(('native', 'bilingual', 'fluent'))})\s+(?:speaker\s+of\s+|in\s+)?", re.IGNORECASE)
_NOT_A_HOME = re.compile(rf"national|citizen|passport|visa|\bborn\b|work permit|birth|{NOT_HOMES}", re.IGNORECASE)
_HOME = re.compile(rf"^(?:location|address|residence|based in|country|lives in|{HOMES})\b\W*", re.I)
_HOURS = re.compile(
    r"(?P<least>\d{1,2}(?:\.\d)?)(?:\s*(?:-|–|to|bis|à|a)\s*\d{1,2})?\s*"
    rf"(?:(?:h|hrs?|hours?)\s*(?:/|per|a|each|every)\s*(?:week|wk)|h\s*/\s*(?:woche|semaine|semana)|{WEEKLY})\b",
    re.IGNORECASE,
)
_FROM = re.compile(rf"\b(?:available\b[^.\n]{{0,20}}?\b(?:from|as of|starting|after|on)|{AVAILABLE})\b", re.IGNORECASE)
SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "us$": "USD", "a$": "AUD", "c$": "CAD", "zł": "PLN"}
_CODES = "EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|JPY|INR|AUD|CAD|NZD|SGD|ZAR|BRL|MXN|ILS|KRW|TRY|HKD"
_MONEY = rf"(?:US\$|A\$|C\$|[€£¥₹]|zł|(?:{_CODES})\b)"
_PER = (
    r"(?:/|per|pro|je|par|por|alla?|an|a|de l['’])\s*"
    rf"(?P<per>hour|hr|h|day|week|month|year|annum|{'|'.join(PERIODS)})\b"
)
_AMOUNT = r"(?P<{}>\d{{1,3}}(?:[,. ]?\d{{3}})*(?:[.,]\d{{1,2}})?)"
_RATE = re.compile(
    rf"(?:(?P<before>{_MONEY})\s*{_AMOUNT.format('one')}|{_AMOUNT.format('two')}\s*(?P<after>{_MONEY}))\s*{_PER}",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    rf"\b(?P<label>{'|'.join(RATE_LABELS)})\b\W*(?:ab\s+|dès\s+)?"
    rf"(?:(?P<before>{_MONEY})\s*{_AMOUNT.format('one')}|{_AMOUNT.format('two')}\s*(?P<after>{_MONEY}))",
    re.IGNORECASE,
)
_PERIODS = {**PERIODS, "hr": "hour", "h": "hour", "annum": "year"}
_UTC = re.compile(r"\b(?:UTC|GMT)\s?([+-−])\s?(\d{1,2})(?::00)?\b")


class Found(Value):
    """A fact as a CV states it: `value` in the import format, and the words it rests on by their place."""

    fact: str
    value: Any
    at: int
    to: int
    by: str = "rules"


def languages_in(text: str) -> dict[str, str]:
    """The languages of a line with the level that is said of each."""
    found: dict[str, str] = {}
    for at, to in _pieces(text):
        named, level = _LANGUAGE.search(text, at, to), _level(text[at:to])
        if named and level:
            found.setdefault(LANGUAGES[named[1].lower()], level)
    for said in _SPOKEN.finditer(text):
        for named in _following(text, said.end()):
            found.setdefault(LANGUAGES[named[1].lower()], FLUENCY[said[1].lower()])
    return found


def read_facts(parts: Sequence[Part]) -> tuple[Found, ...]:
    """Country, time zone, languages, hours, rate and start date; the first mention of each counts."""
    readers = (_country, _zone, _languages, _hours, _rate, _available)
    found = [one for reader in readers for one in reader(tuple(parts))]
    return tuple(one for one in found if _valid(one))


def lines_of(parts: Sequence[Part], *sections: Section) -> list[Line]:
    """The written lines of these sections, in order."""
    return [line for part in of(tuple(parts), *sections) for line in part.written]


def _valid(found: Found) -> bool:
    try:
        Facts.model_validate({found.fact: found.value})
    except ValidationError:
        return False
    return True


def _country(parts: tuple[Part, ...]) -> Iterator[Found]:
    """One country in the address; a line that names several, or a nationality, says nothing of where one lives."""
    lines = [line for line in lines_of(parts, Section.HEAD) if not _NOT_A_HOME.search(line.text)]
    for line in sorted(lines, key=lambda line: _HOME.match(line.text) is None):
        named = countries_in(line.text)
        if len(named) == 1 and len(line.text.split()) <= 16:
            yield Found(fact=Fact.COUNTRY, value=named[0], at=line.at, to=line.to)
            return


def _zone(parts: tuple[Part, ...]) -> Iterator[Found]:
    for line in lines_of(parts, *SAID_OF_ONESELF):
        utc = _UTC.search(line.text)
        name = zone(line.text) if "/" in line.text or re.search(r"time\s?zone", line.text, re.I) else None
        if utc and not name:
            # the database names zones by what has to be added to local time: UTC+2 is Etc/GMT-2
            sign = "+" if utc[1] != "+" else "-"
            name = f"Etc/GMT{sign}{int(utc[2])}"
        if name:
            yield Found(fact=Fact.TIMEZONE, value=name, at=line.at, to=line.to)
            return


def _languages(parts: tuple[Part, ...]) -> Iterator[Found]:
    """Languages with a level that is said; a name alone says nothing of how well."""
    levels: dict[str, Found] = {}
    for line in lines_of(parts, Section.LANGUAGES):
        for at, to in _pieces(line.text):
            piece = line.text[at:to].strip(" ,;|•")
            at = line.text.index(piece, at)
            named, level = _LANGUAGE.search(piece), _level(piece)
            if named and level:
                code = LANGUAGES[named[1].lower()]
                levels.setdefault(code, _language(code, level, line.at + at, line.at + at + len(piece)))
    for line in lines_of(parts, Section.HEAD, Section.SUMMARY, Section.SKILLS, Section.OTHER):
        for said in _SPOKEN.finditer(line.text):
            for named in _following(line.text, said.end()):
                code = LANGUAGES[named[1].lower()]
                found = _language(code, FLUENCY[said[1].lower()], line.at + said.start(), line.at + named.end())
                levels.setdefault(code, found)
    yield from levels.values()


def _language(code: str, level: str, at: int, to: int) -> Found:
    return Found(fact=Fact.LANGUAGES, value={code: level}, at=at, to=to)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """A line of languages, one piece each: 'English (C2), German – native' or 'English  C2  German  B1'."""
    names = list(_LANGUAGE.finditer(text))
    for n, name in enumerate(names):
        before = names[n - 1].end() if n else 0
        start = max(
            [m.end() + before for m in re.finditer(r"[,;•|/]|\)\s|\s{2,}", text[before : name.start()])] + [before]
        )
        yield (start if n else 0), (names[n + 1].start() if n + 1 < len(names) else len(text))


def _level(piece: str) -> str | None:
    if match := _CEFR.search(piece):
        return match[1]
    lower = piece.lower()
    return next((level for word, level in LEVELS.items() if re.search(rf"\b{re.escape(word)}", lower)), None)


def _following(text: str, at: int) -> Iterator[re.Match[str]]:
    """The languages of 'fluent in German, French and Dutch'."""
    while named := _LANGUAGE.match(text, at):
        yield named
        joint = re.compile(r"\s*(?:,\s*(?:and\s+)?|and\s+|&\s*|/\s*)").match(text, named.end())
        if joint is None:
            return
        at = joint.end()


def _hours(parts: tuple[Part, ...]) -> Iterator[Found]:
    for line in lines_of(parts, *SAID_OF_ONESELF):
        if match := _HOURS.search(line.text):
            at, to = line.at + match.start(), line.at + match.end()
            yield Found(fact=Fact.HOURS, value=float(match["least"]), at=at, to=to)
            return


def _rate(parts: tuple[Part, ...]) -> Iterator[Found]:
    """A rate in a currency that is named; a bare dollar sign is the currency of more than twenty countries."""
    for line in lines_of(parts, *SAID_OF_ONESELF):
        if match := _RATE.search(line.text) or _LABELLED.search(line.text):
            currency = (match["before"] or match["after"]).lower()
            said = match.groupdict()
            per = said.get("per", "").lower() if "per" in said else RATE_LABELS[said["label"].lower()]
            value = {
                "amount": _amount(match["one"] or match["two"]),
                "currency": SIGNS.get(currency, currency.upper()),
                "per": _PERIODS.get(per, per),
            }
            yield Found(fact=Fact.RATE, value=value, at=line.at + match.start(), to=line.at + match.end())
            return


def _amount(written: str) -> float:
    """'1,200.50', '1.200,50' and '95,5' as numbers: a sign before three digits parts thousands."""
    whole = re.sub(r"[,. ](?=\d{3}(?!\d))", "", written)
    return float(whole.replace(",", ".").replace(" ", ""))


def _available(parts: tuple[Part, ...]) -> Iterator[Found]:
    for line in lines_of(parts, *SAID_OF_ONESELF):
        said = _FROM.search(line.text)
        named = [p for p in periods(line.text) if said and p.to > said.end()]
        day = first_day(named[0].start) if named else None
        if said and day:
            to = line.at + named[0].to
            yield Found(fact=Fact.AVAILABLE, value=day.isoformat(), at=line.at + said.start(), to=to)
            return
