"""Facts that a line of a brief states: languages, hours, the rate, degrees, licences, places, the start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from pydantic import ValidationError

from vetting.domain.brief_dates import starting_date
from vetting.domain.brief_team import NUMBER, number
from vetting.domain.facts import Op
from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.places import PEOPLES, countries, zone
from vetting.domain.profile import HOURS_IN
from vetting.domain.project import Kind, Requirement

_NAMES = "|".join(name.title() for name in LANGUAGE_CODES)
_LANGUAGE = re.compile(rf"\b({_NAMES})\b")
_CEFR = re.compile(r"\b([ABC][12])\b")
_FLUENCY: Mapping[str, str] = {
    "native": "C2", "mother tongue": "C2", "bilingual": "C2", "fluent": "C1", "excellent": "C1", "near-native": "C1",
    "advanced": "C1", "business": "C1", "very good": "C1", "good": "B2", "upper intermediate": "B2",
    "intermediate": "B1", "conversational": "B1", "basic": "A2",
}  # fmt: skip
_FLUENT = re.compile(rf"\b(?:{'|'.join(sorted(_FLUENCY, key=len, reverse=True))})", re.IGNORECASE)
_SPOKEN = re.compile(
    r"\b(?:speak\w*|fluen\w*|native|mother tongue|bilingual|written|spoken|languages?|excellent|good|[ABC][12])\b", re.I
)
_PARTS = re.compile(r"[,;/|()]|\band\b|\bor\b|\bplus\b|&", re.IGNORECASE)
_SMALL = frozenset(
    """a an the is are be to at in of with also or better above level levels minimum min max as well working work
    language languages please ideally preferably preferred must required require requires needed need mandatory
    essential nice would have good plus bonus welcome optional desirable desired advantage great useful not only
    fluently skills knowledge proficiency ideal helpful appreciated written spoken both speak speaks speaking""".split()
)
_PER_WEEK = r"(?:(?:a|per|/|p\.?|each|every|in a)\s*(?:week|wk|w)\b|weekly|pw\b)"
_HOURS = re.compile(
    rf"(?<![\d.,])(?P<least>{NUMBER})\+?(?:\s*(?:-|–|to)\s*{NUMBER})?\s*(?:h|hrs?|hours?)\s*{_PER_WEEK}", re.IGNORECASE
)
_WEEKLY = re.compile(
    r"\b(?:hours?|hrs?|h)\s*(?:per|a|/|each)\s*week\s*[:|=]\s*\|?\s*(?:min\.?\s*|at least\s*|about\s*|ca\.?\s*)?"
    rf"(?P<least>{NUMBER})\b",
    re.IGNORECASE,
)
_MONEY = r"EUR(?:OS?)?\b|USD|US\$|GBP|CHF|[€$£]|dollars?|pounds?"
_AMOUNT = r"\d{1,3}(?:[ ,.]\d{3})+(?!\d)|\d{1,5}(?:[.,]\d{1,2})?"
_PER = r"(?:(?:/|per|an|a|p\.?)\s*(?P<per>hour|hr|h|day|d|week)\b|(?P<hourly>hourly)\b)"
_RATE = re.compile(
    rf"(?:(?P<before>{_MONEY})\s*)?(?:(?:{_AMOUNT})\s*(?:-|–|to)\s*(?:{_MONEY})?\s*)?(?P<amount>{_AMOUNT})"
    rf"\s*(?P<after>{_MONEY})?\s*(?:max(?:imum)?\.?\s*)?{_PER}",
    re.IGNORECASE,
)
_HOURLY = re.compile(
    rf"\b(?:hourly|rate|budget)\b[^.\n\d€$£]{{0,30}}(?:(?P<before>{_MONEY})\s*(?P<one>{_AMOUNT})|(?P<two>{_AMOUNT})\s*(?P<after>{_MONEY}))"
    r"(?!\s*(?:/|per|a|an|-|–|to|\d))",
    re.IGNORECASE,
)
_SIGNS: Mapping[str, str] = {
    "€": "EUR", "$": "USD", "£": "GBP", "us$": "USD", "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD",
    "pound": "GBP", "pounds": "GBP",
}  # fmt: skip
_PERIODS: Mapping[str, str] = {"hr": "hour", "h": "hour", "d": "day"}
_DEGREE = re.compile(
    r"\b(PhD|Ph\.D\.|MD|MBBS|MBChB|MSc|M\.Sc\.|MA|MBA|MPH|BSc|B\.Sc\.|BEng|BTech|MEng|PharmD|LL\.?M\.?|LL\.?B\.?|JD|"
    r"doctorate|[Mm]aster[’']?s(?: degree)?|[Bb]achelor[’']?s(?: degree)?)(?!\w)"
)
_DEGREES: Mapping[str, str] = {"doctorate": "PhD", "master": "Master", "bachelor": "Bachelor"}
_LICENSED = re.compile(
    r"\b(?P<how>licen[cs]ed|licen[cs]e|registered|registration|board[- ]certified|admitted|qualified)\b", re.IGNORECASE
)
PROFESSIONS: Mapping[str, str] = {
    "physician": "medical", "doctor": "medical", "cardiologist": "medical", "surgeon": "medical", "medical": "medical",
    "radiologist": "medical", "oncologist": "medical", "dermatologist": "medical", "psychiatrist": "medical",
    "neurologist": "medical", "paediatrician": "medical", "pediatrician": "medical", "anaesthetist": "medical",
    "clinician": "medical", "pharmacist": "pharmacist", "nurse": "nursing", "nursing": "nursing", "lawyer": "lawyer",
    "attorney": "attorney", "solicitor": "solicitor", "barrister": "barrister", "engineer": "engineer",
    "dentist": "dental", "psychologist": "psychologist", "veterinarian": "veterinary",
}  # fmt: skip
"""Words for people who need a licence, and the word that their licence's name holds."""

_WHERE = re.compile(
    r"\b(?P<before>[A-Z][\w.]*)[- ](?:licen[cs]ed|qualified|registered|board[- ]certified|admitted)\b"
    r"|\b(?i:licen[cs]ed|qualified|registered|admitted|licen[cs]e|registration)\s+"
    r"(?:to practi[sc]e\s+|[a-z]+\s+){0,2}?(?:in|from|of)\s+(?:the\s+)?"
    r"(?P<after>[A-Z][\w.]*(?:(?:,\s*|\s+(?:or|and)\s+|\s)(?:the\s+)?[A-Z][\w.]*)*)"
)
_PLACE = re.compile(
    r"\b(?:(?:based|located|resident|residing|reside|living|live|lives)\s+(?:in|within)|location\s*[:|]|based\s*[:|])"
    r"\s*(?:the\s+)?(?P<where>[^,.;:()|]+)",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?P<where>[A-Z][\w.]*)-based\b")
_ZONE = re.compile(r"\b(?:time ?zones?|tz|working hours|overlap\w*|hours? of|core hours)\b", re.IGNORECASE)
_SHARED = re.compile(rf"\b(\d)\s*(?:working\s+)?(?:hours?|hrs?|h)\b(?!\s*(?:{_PER_WEEK}))", re.IGNORECASE)
_WITHIN = re.compile(r"(?:\+\s?/\s?[-–−]|±)\s*(\d)\b")
MUST = re.compile(
    r"\b(?:must|required?|requires?|need(?:s|ed)?|essential|mandatory|only|at least|minimum|min\.?|obligatory)(?!\w)",
    re.I,
)
SOFT = re.compile(
    r"\b(?:would be (?:good|nice|great|welcome|useful|ideal|an? (?:plus|bonus|advantage))|(?:nice|good|great) to have"
    r"|a plus|a bonus|welcome|(?:is|are) (?:an? )?bonus|ideal(?:ly)?|preferabl[ey]|preferred|desirable|desired|optional"
    r"|nice|an? advantage|advantageous|appreciated|would help|not a must)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:](?=\s)|,(?=\s+\D)|\b(?:but|while|though|although)\b|\band\b(?!\s+\d)|\s\|\s|\(|\)")
"""Between parts of a sentence; not within "May 3, 2027", "80,50" or "10 and 20"."""

_Fact = tuple[str, Op, object, bool]
"""Fact, operator, value, and whether it is a must however the sentence puts it."""


def facts_in(sentence: str, today: date | None = None, stands: Kind | None = None) -> list[Requirement]:
    """What a sentence states; where a part of it is only wished for, each part is read by itself.

    `stands`: what the heading above it says of the lines below.
    """
    spoken = _SPOKEN.search(sentence) is not None
    parts = _CLAUSE.split(sentence) if SOFT.search(sentence) else [sentence]
    behind: Kind | None = None
    found: list[Requirement] = []
    for part in reversed(parts):  # "(nice)" and "a plus" stand behind what they are said of
        kind = _said(part) or behind or stands
        stated = [*_languages(part, spoken or stands is not None), *_facts_of(part, today)]
        if _LICENSED.search(part):  # of whom it is said may stand in another part
            stated += _licences(sentence)
        behind = _said(part) if part.strip() and not stated else None
        found = [*_made(stated, kind or Kind.NICE), *found]
    return found


def _said(part: str) -> Kind | None:
    return Kind.NICE if SOFT.search(part) else Kind.MUST if MUST.search(part) else None


def _facts_of(part: str, today: date | None) -> Iterator[_Fact]:
    yield from _numbers(part)
    yield from _degrees(part)
    yield from _places(part)
    yield from _starts(part, today)


def _made(stated: Iterable[_Fact], kind: Kind) -> list[Requirement]:
    made = (
        made_of(kind=Kind.MUST if always_must else kind, fact=fact, op=op, value=value)
        for fact, op, value, always_must in stated
    )
    return [requirement for requirement in made if requirement]


def made_of(**parts: object) -> Requirement | None:
    """The requirement, or None where the words give a value that none can have."""
    try:
        return Requirement.model_validate(parts)
    except ValidationError:
        return None


def _languages(sentence: str, spoken: bool) -> Iterator[_Fact]:
    """A language counts beside a word about speaking it or alone in its part; 'French hospitals' is no requirement."""
    if not (spoken or SOFT.search(sentence) or MUST.search(sentence)):
        return
    level: str | None = None
    at = 0
    for part in _edges(sentence):
        names = list(_LANGUAGE.finditer(part))
        own = _level(part)
        level = own or (level if not names or _bare(part) else None)
        if own is None and names and (behind := _CEFR.match(sentence[at + len(part) :].lstrip(" (,"))):
            level = behind[1]  # "German (C1)": the sign parts them
        at += len(part) + 1
        if not names or not (_SPOKEN.search(part) or _bare(part)):
            continue
        for name in names:
            yield "languages", Op.GE, {LANGUAGE_CODES[name[1].lower()]: level or "B2"}, False


def _edges(sentence: str) -> Iterator[str]:
    """The parts of an enumeration, each once and with the sign behind it left out."""
    start = 0
    for sign in _PARTS.finditer(sentence):
        yield sentence[start : sign.start()]
        start = sign.end()
    yield sentence[start:]


def _level(part: str) -> str | None:
    if stated := _CEFR.search(part):
        return stated[1]
    said = _FLUENT.search(part)
    return _FLUENCY[said[0].lower()] if said else None


def _bare(part: str) -> bool:
    """Whether a part holds nothing but a language and words that say how much it is wanted."""
    rest = _FLUENT.sub(" ", _CEFR.sub(" ", _LANGUAGE.sub(" ", part)))
    return all(word in _SMALL for word in re.findall(r"[^\W\d_]+", rest.lower()))


def _numbers(sentence: str) -> Iterator[_Fact]:
    if match := _HOURS.search(sentence) or _WEEKLY.search(sentence):
        hours = float(number(match["least"])) if match["least"].isascii() else 0.0
        if 0 < hours <= 168:
            yield "hours_per_week", Op.GE, hours, True
    for match in _RATE.finditer(sentence):
        currency = match["before"] or match["after"]
        per = "hour" if match["hourly"] else (match["per"] or "").lower()
        if currency:
            yield "rate", Op.LE, _rate(match["amount"], currency, _PERIODS.get(per, per)), True
            return
    if match := _HOURLY.search(sentence):
        yield "rate", Op.LE, _rate(match["one"] or match["two"], match["before"] or match["after"], "hour"), True


def _rate(amount: str, currency: str, per: str) -> Mapping[str, object]:
    plain = re.sub(r"[ ,.](?=\d{3}(?!\d))", "", amount).replace(",", ".")
    code = _SIGNS.get(currency.lower(), currency.upper())
    return {"amount": float(plain), "currency": code, "per": per if per in HOURS_IN else "hour"}


def _degrees(sentence: str) -> Iterator[_Fact]:
    found = []
    for match in _DEGREE.finditer(sentence):
        plain = match[1].replace(".", "")
        lower = plain.lower()
        found.append(next((name for word, name in _DEGREES.items() if lower.startswith(word)), plain))
    if found:
        yield "degrees", Op.OVERLAPS, list(dict.fromkeys(found)), False


def _licences(sentence: str) -> Iterator[_Fact]:
    """A licence of each profession that is named, where the sentence says where with its jurisdiction."""
    said = _LICENSED.search(sentence)
    codes = tuple(dict.fromkeys(code for m in _WHERE.finditer(sentence) for code in _codes(m["before"] or m["after"])))
    if not said or (said["how"].lower() in ("qualified", "admitted") and not codes):
        return
    words = (word.removesuffix("s") for word in re.findall(r"[a-z]+", sentence.lower()))
    for name in dict.fromkeys(PROFESSIONS[word] for word in words if word in PROFESSIONS):
        yield "licences", Op.OVERLAPS, [{"name": name, "jurisdiction": c} for c in codes] or [name], False


def _codes(where: str) -> tuple[str, ...]:
    people = PEOPLES.get(where.lower().strip("."))
    return (people,) if people else countries(where)


def _starts(sentence: str, today: date | None) -> Iterator[_Fact]:
    if start := starting_date(sentence, today):
        yield "available_from", Op.LE, start, False


def _places(sentence: str) -> Iterator[_Fact]:
    for match in (*_PLACE.finditer(sentence), *_FROM.finditer(sentence)):
        if codes := _codes(match["where"].strip()):
            yield "country", Op.IN, list(codes), False
    if (_ZONE.search(sentence) or _WITHIN.search(sentence)) and (name := zone(sentence)):
        shared, within = _SHARED.search(sentence), _WITHIN.search(sentence)
        count = 8 - int(within[1]) if within else int(shared[1]) if shared and shared[1].isascii() else 0
        hours = {"hours": float(count)} if 1 <= count <= 8 else {}
        yield "timezone", Op.OVERLAPS, {"zone": name, **hours}, False


def strange_places(sentence: str) -> list[str]:
    """Places to live in that no fact can say, as they stand in the sentence."""
    return [m[0].strip() for m in _PLACE.finditer(sentence) if not countries(m["where"]) and not zone(m["where"])]
