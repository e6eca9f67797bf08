"""A search in plain words: the facts it states, each as a chip that a person can take off or correct, and the rest.

Rules read what is said the way recruiters say it: "EU-qualified pharmacist, speaks German, 10 h a week".
A chip has a form in writing (`hours_per_week >= 10`), the same in addresses, forms and commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from vetting.domain.brief_dates import starting_date
from vetting.domain.brief_facts import PROFESSIONS
from vetting.domain.facts import Fact, Op
from vetting.domain.faults import first_fault
from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.places import COUNTRIES, REGIONS, ZONES, countries, zone
from vetting.domain.project import Kind, Requirement

TOPIC = "topic"

Said = tuple[str, Op, object]
"""Fact, operator and value, as a requirement takes them."""


@dataclass(frozen=True)
class Chip:
    """A fact asked for; `said` is where it stands in the text (None: a person added it)."""

    requirement: Requirement
    said: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """Its form in writing, which `read_chip` reads: 'rate <= 120 EUR'."""
        return chip_text(self.requirement)


@dataclass(frozen=True)
class Query:
    """What was understood: facts, and a topic for what they leave (empty where nothing is left)."""

    chips: tuple[Chip, ...]
    topic: str

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All of it as requirements: facts are musts, the topic is what people are ordered by."""
        facts = tuple(chip.requirement for chip in self.chips)
        return (*facts, Requirement(id=TOPIC, kind=Kind.NICE, topic=self.topic)) if self.topic else facts


def read_query(text: str, chosen: Sequence[str] | None = None) -> Query:
    """The search as it is understood; `chosen` are the written chips to use instead of those read from the text.

    The words of a chip that was not chosen go back to the topic. Raises ValueError, one sentence, for a chosen chip
    that cannot be read.
    """
    found = _chips(text)
    if chosen is not None:
        wanted = {chip_text(read_chip(one)): one for one in chosen}
        found = [chip for chip in found if chip.text in wanted]
        known = {chip.text for chip in found}
        found += [Chip(read_chip(one)) for written, one in wanted.items() if written not in known]
    return Query(tuple(found), _rest(text, [chip.said for chip in found if chip.said]))


def chip_text(requirement: Requirement) -> str:
    """A fact requirement in writing."""
    return f"{requirement.fact} {requirement.op.value if requirement.op else ''} {_written(requirement.value)}"


def read_chip(text: str) -> Requirement:
    """The must that a written chip stands for. Raises ValueError, one sentence."""
    match = _WRITTEN.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text[:80]!r} is not a fact like 'hours_per_week >= 10' or 'languages.de >= C1'")
    value = match["value"].strip()
    base = match["fact"].partition(".")[0]
    read = _READ.get(base, _plain)
    try:
        parts = {"kind": Kind.MUST, "fact": match["fact"], "op": match["op"], "value": read(value)}
        return Requirement.model_validate(parts)
    except ValidationError as error:
        raise ValueError(f"{text[:80]!r}: {first_fault(error)}") from None


def _chips(text: str) -> list[Chip]:
    """Facts that the text states, in its order; words that stand in two are in the first."""
    taken: list[Chip] = []
    for find in _FINDERS:
        for span, (fact, op, value) in find(text):
            free = all(chip.said is None or span[1] <= chip.said[0] or chip.said[1] <= span[0] for chip in taken)
            if not free or _NEGATED.search(text[: span[0]]):
                continue
            requirement = _made(fact, op, value)
            if requirement and requirement.id not in {chip.requirement.id for chip in taken}:
                taken.append(Chip(requirement, span))
    return sorted(taken, key=lambda chip: chip.said or (0, 0))


def _made(fact: str, op: Op, value: object) -> Requirement | None:
    """None where the words give a value that none can have."""
    try:
        return Requirement.model_validate({"kind": Kind.MUST, "fact": fact, "op": op, "value": value})
    except ValidationError:
        return None


def _rest(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without these spans and without the small words they leave hanging."""
    parts, at = [], 0
    for start, end in sorted(spans):
        parts.append(text[at:start])
        at = max(at, end)
    rest = " , ".join([*parts, text[at:]]) if spans else text
    clauses = [_HANGING.sub("", clause.strip()) for clause in re.split(r"[,;]", rest)] if spans else [rest.strip()]
    return ", ".join(clause.strip(" .") if spans else clause for clause in clauses if re.search(r"\w", clause))


_WRITTEN = re.compile(
    r"(?P<fact>[a-z_]+(?:\.[a-zA-Z-]+)?)\s*(?P<op>>=|<=|==|!=|\bin\b|\boverlaps\b)\s*(?P<value>.+)", re.S
)
_SMALL_WORDS = "with and or for at who that which has have having is are a an the in of must be can do does".split()
_SMALL = rf"(?:{'|'.join(_SMALL_WORDS)})"
_HANGING = re.compile(rf"^(?:{_SMALL}\s+)*{_SMALL}$|^(?:(?:with|and|or|for|at|in|of)\s+)+|(?:\s+{_SMALL})+$", re.I)
_NEGATED = re.compile(r"\b(?:no|not|non|never|without|need not be|regardless of)[\s-]*(?:a|an|the|be|in)?\s*$", re.I)


# what is said

_MONEY = r"EUR|USD|GBP|CHF|€|\$|£"
_SIGNS: Mapping[str, str] = {"€": "EUR", "$": "USD", "£": "GBP"}
_HOURS = re.compile(
    r"(?:\b(?:at least|min(?:imum)?(?: of)?|about|around|for)\s+)?\b(\d{1,3})\s*\+?\s*(?:h|hrs?|hours?)\s*"
    r"(?:a|per|/|each|every)\s*(?:week|wk)\b(?:\s+or more)?",
    re.I,
)
_RATE = re.compile(
    r"(?:\b(?:for\s+)?(?:under|below|up to|at most|max(?:imum)?(?: of)?|less than|no more than|not above|for|at)\s+)?"
    rf"(?:(?P<before>{_MONEY})\s*)?\b(?P<amount>\d{{1,5}}(?:[.,]\d{{1,2}})?)\s*(?P<after>{_MONEY})?"
    r"\s*(?:/|per|an|a)\s*(?:h|hr|hour)\b",
    re.I,
)
_LANGUAGE = "|".join(LANGUAGE_CODES)
_LEVELS: Mapping[str, str] = {
    "native": "C2", "bilingual": "C2", "fluent": "C1", "excellent": "C1", "good": "B2", "basic": "A2"
}  # fmt: skip
_SPEAKS = re.compile(
    rf"\b(?:(?:speak\w*|writ(?:es|ing)|reads?)\s+)?(?P<how>{'|'.join(_LEVELS)})\s+(?:in\s+)?(?P<a>{_LANGUAGE})\b"
    rf"(?:[- ]speak(?:er|ers|ing))?"
    rf"|\bspeak\w*\s+(?P<b>{_LANGUAGE})\b(?:\s+(?P<how_b>fluently|natively))?(?:\s*\(?(?:at\s+)?(?P<level_b>[ABC][12])\)?)?"
    rf"|\b(?P<c>{_LANGUAGE})[- ]speak(?:er|ers|ing)\b"
    rf"|\b(?P<d>{_LANGUAGE})\s*\(?(?:at\s+)?(?P<level_d>[ABC][12])\b\)?"
    rf"|\b(?P<level_e>[ABC][12])\s+(?:in\s+)?(?P<e>{_LANGUAGE})\b",
    re.I,
)
_DEGREE = re.compile(
    r"(?:\bwith\s+)?(?:\b(?:an?|the)\s+)?\b(?P<name>PhD|Ph\.D\.|MD|MBBS|MBChB|MSc|M\.Sc\.|MBA|MPH|BSc|BEng|MEng|PharmD)(?!\w)"
)
_PLACES = "|".join(sorted((re.escape(name) for name in (*COUNTRIES, *REGIONS)), key=len, reverse=True)) + r"|u\.?s\.?"
_BASED = re.compile(
    rf"\b(?:(?:who|and)\s+)?(?:is\s+|are\s+)?(?:based|located|living|lives?|resid\w+)\s+in\s+(?:the\s+)?"
    rf"(?P<where>(?:{_PLACES})\b(?:(?:,\s*|\s+(?:or|and)\s+)(?:the\s+)?(?:{_PLACES})\b)*)"
    rf"|\b(?P<before>{_PLACES})[- ]based\b",
    re.I,
)
_JOBS = "|".join(PROFESSIONS)
_LICENSED = re.compile(
    rf"(?P<said>\b(?:(?P<where>{_PLACES})[- ])?(?P<how>qualified|licen[cs]ed|registered|board[- ]certified|admitted))"
    rf"\s+(?P<job>{_JOBS})s?\b(?P<after>\s+in\s+(?:the\s+)?(?P<place>{_PLACES})\b)?",
    re.I,
)
_ZONES = "|".join(sorted(map(re.escape, ZONES), key=len, reverse=True)) + r"|[A-Z][a-z]+/[A-Z]\w+"
_ZONE = re.compile(
    rf"(?:\b(?P<hours>[1-8])\s*(?:h|hours?)\s+(?:of\s+)?)?\boverlap\w*\s+with\s+(?P<a>{_ZONES})\b(?:\s+hours)?"
    rf"|\b(?:in|on)\s+(?P<b>{_ZONES})(?:\s+(?:time ?zone|working hours|hours))?\b",
    re.I,
)
_DAY = r"\d{4}-\d{2}-\d{2}|(?:\d{1,2}\s+)?[A-Z][a-z]{2,8}\.?(?:\s+\d{1,2},?)?\s+\d{4}"
_START = re.compile(
    rf"\b(?:available|free|can (?:start|begin)|start(?:s|ing)?)\s+(?:(?:from|by|in|on|before)\s+)?(?P<day>{_DAY})\b"
)
_Found = Iterator[tuple[tuple[int, int], Said]]


def _hours(text: str) -> _Found:
    for match in _HOURS.finditer(text):
        if 0 < (hours := float(match[1])) <= 168:
            yield match.span(), (Fact.HOURS, Op.GE, hours)


def _rates(text: str) -> _Found:
    for match in _RATE.finditer(text):
        if currency := match["before"] or match["after"]:
            amount = float(match["amount"].replace(",", "."))
            code = _SIGNS.get(currency, currency.upper())
            yield match.span(), (Fact.RATE, Op.LE, {"amount": amount, "currency": code, "per": "hour"})


def _languages(text: str) -> _Found:
    for match in _SPEAKS.finditer(text):
        name = next(match[group] for group in "abcde" if match[group])
        stated = match["level_b"] or match["level_d"] or match["level_e"]
        how = (match["how"] or match["how_b"] or "").lower()
        word = next((level for word, level in _LEVELS.items() if how.startswith(word)), "B2")
        yield match.span(), (f"languages.{LANGUAGE_CODES[name.lower()]}", Op.GE, (stated or word).upper())


def _degrees(text: str) -> _Found:
    for match in _DEGREE.finditer(text):
        yield match.span(), (Fact.DEGREES, Op.OVERLAPS, [match["name"].replace(".", "")])


def _licences(text: str) -> _Found:
    """The profession's name stays in the topic: only what is said of the licence is taken out."""
    for match in _LICENSED.finditer(text):
        where = match["where"] or match["place"]
        if match["how"].lower() == "qualified" and not where:
            continue
        name = PROFESSIONS[match["job"].lower()]
        codes = _codes(where) if where else ()
        wanted = [{"name": name, "jurisdiction": code} for code in codes] or [{"name": name}]
        yield match.span("said"), (Fact.LICENCES, Op.OVERLAPS, wanted)


def _homes(text: str) -> _Found:
    for match in _BASED.finditer(text):
        if codes := _codes(match["where"] or match["before"]):
            yield match.span(), (Fact.COUNTRY, Op.IN, list(codes))


def _codes(where: str) -> tuple[str, ...]:
    return countries(where.upper() if where.lower().replace(".", "") == "us" else where)


def _zones(text: str) -> _Found:
    for match in _ZONE.finditer(text):
        if name := zone(match["a"] or match["b"]):
            hours = {"hours": float(match["hours"])} if match["hours"] else {}
            yield match.span(), (Fact.TIMEZONE, Op.OVERLAPS, {"zone": name, **hours})


def _starts(text: str) -> _Found:
    for match in _START.finditer(text):
        if day := starting_date(f"from {match['day']}"):
            yield match.span(), (Fact.AVAILABLE, Op.LE, day)


_FINDERS = (_hours, _rates, _languages, _degrees, _licences, _homes, _zones, _starts)


# in writing


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        if "zone" in value:
            hours = f" ({value['hours']:g} h)" if "hours" in value else ""
            return f"{_written(value['zone'])}{hours}"
        if "amount" in value:
            return f"{value['amount']:g} {value['currency']}"
        if "name" in value:
            return f"{value['name']} ({value['jurisdiction']})" if value.get("jurisdiction") else str(value["name"])
        return ", ".join(f"{code} {level}" for code, level in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_written, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _plain(value: str) -> object:
    return value


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _number(value: str) -> object:
    return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else value


def _rate(value: str) -> object:
    amount, _, currency = value.partition(" ")
    return {"amount": _number(amount), "currency": currency.strip().partition("/")[0] or "?", "per": "hour"}


def _zone_value(value: str) -> object:
    match = re.fullmatch(r"(?P<zones>[^()]+?)\s*(?:\((?P<hours>[\d.]+)\s*h\))?", value)
    if not match:
        return value
    zones = _list(match["zones"])
    return {"zone": zones, "hours": float(match["hours"])} if match["hours"] else {"zone": zones}


def _licence_list(value: str) -> list[dict[str, str]]:
    found = []
    for part in _list(value):
        match = re.fullmatch(r"(?P<name>.+?)\s*\((?P<where>[^()]+)\)", part)
        found.append({"name": match["name"], "jurisdiction": match["where"]} if match else {"name": part})
    return found


def _language_value(value: str) -> object:
    """A level, for one language named by the fact; else languages, each with a level or without."""
    if re.fullmatch(r"[abc][12]|native", value, re.I):
        return value
    pairs = [part.split() for part in _list(value)]
    if all(len(pair) == 2 for pair in pairs):
        return {code: level for code, level in pairs}
    return _list(value)


_READ: Mapping[str, Callable[[str], object]] = {
    Fact.HOURS: _number,
    Fact.RATE: _rate,
    Fact.COUNTRY: _list,
    Fact.DEGREES: _list,
    Fact.TIMEZONE: _zone_value,
    Fact.LICENCES: _licence_list,
    Fact.LANGUAGES: _language_value,
}
