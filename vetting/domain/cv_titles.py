"""What was earned: degrees that are finished and licences with who granted them, read from a CV by rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vetting.domain.cv_dates import PRESENT, last_day, periods
from vetting.domain.cv_facts import Found, lines_of
from vetting.domain.cv_sections import Line, Part, Section, joined
from vetting.domain.cv_words import (
    DEGREE_WORDS,
    EXPIRES_WORDS,
    FIELD_WORDS,
    LICENCE_WORDS,
    REGISTERS,
    UNFINISHED_WORDS,
    countries_in,
)
from vetting.domain.facts import Fact
from vetting.domain.places import US_STATES

_SCHOOL = r"(?!\w*(?:[Uu]niv|[Cc]olleg|[Ss]chool|[Ii]nstitut|[Hh]ochschule|[Aa]cademy|[Pp]olytech|[Ff]acult))"
_WORD = rf"(?:{_SCHOOL}[A-Z][\w&'/-]*|and|of|the|in|&|for|with)"
_WORDS = rf"{_WORD}(?:[ ]{_WORD})*"
_FIELD = rf"(?:\s*(?:\bin\b|\bof\b|:|–|-)?\s+{_WORDS}|,\s+{_WORDS}(?=,\s*[^\W\d]))?"
"""A field of study: right behind the degree, or behind a comma with more to come, which is then the school."""

_ABBREVIATED = (
    r"Ph\.?\s?D\.?|D\.?Phil\.?|Dr\.\s?(?:rer\.\s?nat|med|phil|iur|jur|ing|rer\.\s?pol)\.?|M\.?D\.?|MB\s?BS|MB\s?ChB|"
    r"MBBCh|J\.?D\.?|LL\.?\s?[BMD]\.?|M\.?Sc\.?|M\.?S\.|MS|M\.?A\.?|M\.?Eng\.?|M\.?B\.?A\.?|M\.?P\.?H\.?|M\.?Phil\.?|"
    r"M\.?Ed\.?|MPharm|B\.?Sc\.?|B\.?S\.|BS|B\.?A\.?|B\.?Eng\.?|B\.?Com\.?|B\.?Tech\.?|M\.?Tech\.?|BPharm|Pharm\.?\s?D\.?|"
    r"Mag\.(?:\s?(?:phil|iur|rer\.\s?nat)\.?)?|Dipl\.-\w+\.?|D\.?D\.?S\.?|DVM|DNP|BSN|MSN|Ed\.?D\.?|Psy\.?D\.?"
)
_WRITTEN = (
    r"(?:Doctor|Master|Bachelor|Licentiate|Magister|Associate)(?:'s|’s)?(?:\s+(?:degree|of\s+[A-Z]\w+(?:\s+[A-Z]\w+)?))?|"
    r"Doctorate|Juris Doctor|Habilitation"
)
_DEGREE = re.compile(
    rf"(?<![\w.])(?:(?P<own>{DEGREE_WORDS})(?!\w)(?P<of>{FIELD_WORDS}|\s+[A-ZÄÖÜ][\w-]+)?"
    rf"|(?P<degree>(?:{_ABBREVIATED})(?![\w])|(?:{_WRITTEN})\b)(?P<field>{_FIELD}))"
)
_UNFINISHED = re.compile(
    r"\b(?:candidate|expected|in progress|ongoing|anticipated|incomplete|not completed|withdrawn|abandoned|student|"
    rf"pursuing|all but dissertation|ABD|{UNFINISHED_WORDS})(?!\w)|\b(?:present|current|heute)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"\b(?:licen[cs]ed?|licensure|registered|registration|admitted|admission|bar|board[- ]certified|chartered|"
    rf"{LICENCE_WORDS}|practising certificate|practicing certificate|right to practise|fit to practise|"
    r"GMC|NMC|GPhC|SRA|HCPC)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:\b(?:no|nr|num|number|reg|registration|licen[cs]e|certificate|id|rpps|colegiad[oa])\b\.?\s*"
    r"(?:(?:no|nr|number|id)?\b|n\.?[º°])\.?\s*[:#]?\s*|#\s*|\bn\.?[º°]\s*)"
    r"(?P<number>(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{2,})",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[\s,;:(#]*(?:\b(?:no|nr|num|number|n)\b\.?\s*[º°]?\s*[:#]?\s*)?$", re.IGNORECASE)
"""What stands between a licence and its number."""

_EXPIRES = re.compile(
    r"\b(?:expir(?:es|y|ing|ation)(?:\s+date)?|valid\s+(?:until|to|through|thru|till)|renewal(?:\s+due)?|"
    rf"{EXPIRES_WORDS})\b"
    r"\s*(?:on|:)?\s*",
    re.IGNORECASE,
)
_PARTS = (
    f"{'|'.join(US_STATES)}|England and Wales|England & Wales|England|Wales|Scotland|Northern Ireland|Ontario|Quebec|"
    "British Columbia|Alberta|New South Wales|Victoria|Queensland|Bavaria|Hong Kong"
)
_PLACE = re.compile(rf"\b({_PARTS})\b")


def read_degrees(parts: Sequence[Part]) -> Iterator[Found]:
    """Degrees under education that are not marked as still going on."""
    for line in lines_of(parts, Section.EDUCATION):
        match = _DEGREE.search(line.text)
        if match is None or _UNFINISHED.search(line.text) or any(p.end == PRESENT for p in periods(line.text)):
            continue
        name = _trimmed(match[0])
        yield Found(fact=Fact.DEGREES, value=[name], at=line.at + match.start(), to=line.at + match.start() + len(name))


def read_licences(parts: Sequence[Part]) -> Iterator[Found]:
    """Licences whose line names the country or state that granted them; others are items of the profile only."""
    own = joined(lines_of(parts, Section.LICENCES))
    for line in [*own, *lines_of(parts, Section.HEAD, Section.SUMMARY, Section.EDUCATION)]:
        if _LICENCE.search(line.text) and len(line.text.split()) <= 40 and (place := _jurisdiction(line.text)):
            yield _licence(line, place)


def _trimmed(name: str) -> str:
    """The degree without the joint that led to nothing: 'B.A. in ' or 'MSc,'."""
    return re.sub(r"(?:[\s,:–-]+|\b(?:in|of|and|the|for|with|&)\s*)+$", "", name).strip()[:300]


def _licence(line: Line, place: str) -> Found:
    text = line.text
    number, expires = _NUMBER.search(text), _EXPIRES.search(text)
    day = None
    if expires and (named := [p for p in periods(text) if p.at >= expires.end() - 1]):
        day = last_day(named[0].start)
    value = {"name": _name(text), "jurisdiction": place}
    value |= {"number": number["number"]} if number else {}
    value |= {"expires": day.isoformat()} if day else {}
    return Found(fact=Fact.LICENCES, value=[value], at=line.at, to=line.to)


def _name(text: str) -> str:
    """What the licence is, without number, dates and place: the words up to the first of them."""
    number, expires = _NUMBER.search(text), _EXPIRES.search(text)
    cuts = [m.start() for m in (number and _LABEL.search(text[: number.start("number")]), expires) if m]
    cuts += [p.at for p in periods(text)]
    kept = text[: min((cut for cut in cuts if cut > 5), default=len(text))]
    first = re.split(r"\s{2,}|\s[–—|-]\s|[,;(]", kept)[0] or kept
    chosen = first if _LICENCE.search(first) else kept
    return chosen.strip(" ,;:(–—|-")[:300] or text[:300]


def _jurisdiction(text: str) -> str | None:
    """The state or country that a line names; None where it names none or several countries."""
    if match := _PLACE.search(text):
        return match[1]
    named = countries_in(text)
    if len(named) == 1:
        return named[0]
    found = {code for register, code in REGISTERS.items() if re.search(rf"\b{register}\b", text)}
    return found.pop() if len(found) == 1 and not named else None
