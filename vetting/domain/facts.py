"""Typed comparison of facts, three-valued: met, not met, or no evidence.

A fact that is not stated is no evidence. A list that is stated counts as complete: who lists languages without
German is taken not to speak it. An expired licence and a rate in a currency without a known rate are no evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError, model_validator

from vetting.domain.faults import first_fault
from vetting.domain.profile import (
    Cefr,
    Country,
    Currency,
    Facts,
    Licence,
    Line,
    Rate,
    Standing,
    Timezone,
    Value,
    language_code,
    parse_cefr,
)

WORKING_HOURS = 8
"""Hours of a working day; two zones h hours apart share 8 - h of them."""

ZONE_OVERLAP = 4.0
"""Shared working hours asked for when a requirement on the time zone names none."""


class Status(StrEnum):
    """What is known of a requirement. Only `not_met` excludes."""

    MET = "met"
    NOT_MET = "not_met"
    NO_EVIDENCE = "no_evidence"


class Op(StrEnum):
    """How a fact is compared with the wanted value."""

    EQ = "=="
    NE = "!="
    GE = ">="
    LE = "<="
    IN = "in"
    OVERLAPS = "overlaps"


class Fact(StrEnum):
    """The facts that can be compared."""

    COUNTRY = "country"
    TIMEZONE = "timezone"
    LANGUAGES = "languages"
    HOURS = "hours_per_week"
    RATE = "rate"
    AVAILABLE = "available_from"
    DEGREES = "degrees"
    LICENCES = "licences"


class Rates(Value):
    """Currencies on a date: units of each for one unit of the common base."""

    date: date
    rates: Mapping[Currency, float]

    @model_validator(mode="before")
    @classmethod
    def _flat_or_nested(cls, data: Any) -> Any:
        """Reads {"date", "base"?, "rates": {...}} and the flat {"date", "EUR": 1, "USD": 1.1}."""
        if not isinstance(data, dict) or "date" not in data:
            raise ValueError('currency rates need a date, like {"date": "2026-11-02", "EUR": 1, "USD": 1.1}')
        rates = dict(data["rates"]) if "rates" in data else {k: v for k, v in data.items() if k not in ("date", "base")}
        if data.get("base"):
            rates.setdefault(data["base"], 1.0)
        if not all(isinstance(v, int | float) and v > 0 for v in rates.values()):
            raise ValueError("currency rates must be numbers above 0")
        return {"date": data["date"], "rates": rates}

    def convert(self, amount: float, currency: str, to: str) -> float | None:
        """The amount in the other currency, or None where either is unknown."""
        if currency not in self.rates or to not in self.rates:
            return None
        return amount / self.rates[currency] * self.rates[to]


@dataclass(frozen=True)
class Circumstances:
    """What a comparison needs beside the fact: today's date and, if set, currency rates."""

    today: date
    rates: Rates | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a comparison; `source` is the fact as stated, `note` says what a reader should know."""

    status: Status
    source: str | None = None
    note: str = ""


@dataclass(frozen=True)
class FactTest:
    """A comparison to make: `wanted` is parsed (a Rate, a date, a tuple of codes ...)."""

    fact: Fact
    op: Op
    wanted: Any
    standing: Standing = Standing.CLAIMED


@dataclass(frozen=True)
class _Kind:
    """What is particular to one fact: which operators it has, how its value is read and compared."""

    ops: tuple[Op, ...]
    read: Callable[[Any], Any]
    judge: Callable[[FactTest, Any, Circumstances], Outcome]


def parse_test(name: str, op: str, value: object, standing: Standing | None = None) -> FactTest:
    """A comparison from its parts in a file; `languages.en` asks for one language. Raises ValueError, one sentence."""
    base, _, part = name.partition(".")
    if base not in list(Fact) or (part and base != Fact.LANGUAGES):
        raise ValueError(f"{name!r} is not a fact; known are {', '.join(Fact)}")
    fact, kind = Fact(base), _KINDS[Fact(base)]
    if op not in kind.ops:
        raise ValueError(f"{name} can be compared by {', '.join(kind.ops)}, not by {str(op)!r}")
    if value is None:
        raise ValueError(f"{name} {op} needs a value")
    try:
        wanted = kind.read({part: value} if part else value)
    except ValidationError as error:
        raise ValueError(f"value of {name}: {first_fault(error)}") from None
    except ValueError as error:
        raise ValueError(f"value of {name}: {error}") from None
    return FactTest(fact, Op(op), wanted, standing or Standing.CLAIMED)


def fact_value(facts: Facts, fact: Fact) -> Any:
    """The stated value of a fact, hashable; None where nothing is stated."""
    value = getattr(facts, fact.value)
    return None if value == () else value


def compare(test: FactTest, value: Any, now: Circumstances) -> Outcome:
    """The stated value of a fact (None: not stated) against what is wanted."""
    if value is None:
        return Outcome(Status.NO_EVIDENCE, None, "not stated")
    if test.fact is not Fact.LICENCES and not Standing.CLAIMED.covers(test.standing):
        return Outcome(Status.NO_EVIDENCE, said(test.fact, value), "only claimed")
    return _KINDS[test.fact].judge(test, value, now)


def said(fact: Fact, value: Any) -> str:
    """A stated fact as one line: 'rate: 110 EUR/h'."""
    name = fact.value.replace("_", " ")
    if fact is Fact.LANGUAGES:
        return f"{name}: {', '.join(f'{code} {level}' for code, level in value)}"
    if isinstance(value, tuple):
        return f"{name}: {', '.join(map(str, value))}"
    return f"{name}: {value:g}" if isinstance(value, float) else f"{name}: {value}"


def _known(met: bool, test: FactTest, value: Any, note: str = "") -> Outcome:
    return Outcome(Status.MET if met else Status.NOT_MET, said(test.fact, value), note)


def _several(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    adapter: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[kind, ...])

    def read(value: Any) -> tuple[Any, ...]:
        found = adapter.validate_python([value] if isinstance(value, str | dict) else value)
        if not found:
            raise ValueError("is an empty list")
        return found

    return read


def _ordered(op: Op, stated: Any, wanted: Any) -> bool:
    match op:
        case Op.GE:
            return bool(stated >= wanted)
        case Op.LE:
            return bool(stated <= wanted)
    return bool(stated == wanted) != (op is Op.NE)


def _judge_ordered(test: FactTest, value: Any, _: Circumstances) -> Outcome:
    return _known(_ordered(test.op, value, test.wanted), test, value)


def _judge_member(test: FactTest, value: str, _: Circumstances) -> Outcome:
    return _known((value in test.wanted) != (test.op is Op.NE), test, value)


# time zone

_zones = _several(Timezone)


def _read_zone(value: Any) -> tuple[tuple[str, ...], float]:
    """Zones and the shared working hours asked for; hours count for `overlaps` only."""
    if isinstance(value, dict):
        return _zones(value.get("zone")), _read_hours(value.get("hours", ZONE_OVERLAP))
    return _zones(value), ZONE_OVERLAP


def _judge_zone(test: FactTest, value: str, now: Circumstances) -> Outcome:
    zones, hours = test.wanted
    if test.op is not Op.OVERLAPS:
        return _known((value in zones) != (test.op is Op.NE), test, value)
    shared = max(WORKING_HOURS - _apart(value, zone, now.today) for zone in zones)
    return _known(shared >= hours, test, value, f"{max(shared, 0):g} working hours shared")


@lru_cache(maxsize=4096)
def _apart(one: str, other: str, day: date) -> float:
    """Hours between two zones at noon of a day, the short way round the clock."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    offsets = [noon.astimezone(ZoneInfo(zone)).utcoffset() for zone in (one, other)]
    hours = [o.total_seconds() / 3600 for o in offsets if o is not None]
    apart = abs(hours[0] - hours[1])
    return min(apart, 24 - apart)


# languages


def _read_languages(value: Any) -> tuple[tuple[str, Cefr], ...]:
    if isinstance(value, dict):
        pairs = tuple((language_code(code), parse_cefr(level)) for code, level in value.items())
    else:
        codes = [value] if isinstance(value, str) else value
        if not isinstance(codes, list | tuple):
            raise ValueError('is neither a map like {"en": "C1"} nor a list like ["en", "de"]')
        pairs = tuple((language_code(code), Cefr.A1) for code in codes)
    if not pairs:
        raise ValueError("names no language")
    return pairs


def _judge_languages(test: FactTest, value: tuple[tuple[str, Cefr], ...], _: Circumstances) -> Outcome:
    spoken = dict(value)
    held = [code in spoken and spoken[code].rank >= level.rank for code, level in test.wanted]
    return _known(all(held) if test.op is Op.GE else any(held), test, value)


# rate


def _read_rate(value: Any) -> Rate:
    if not isinstance(value, dict):
        raise ValueError('needs an amount and a currency, like {"amount": 120, "currency": "EUR", "per": "hour"}')
    return Rate.model_validate(value)


def _judge_rate(test: FactTest, value: Rate, now: Circumstances) -> Outcome:
    if value.currency == test.wanted.currency:
        return _known(_ordered(test.op, value.amount, test.wanted.amount), test, value)
    amount = now.rates.convert(value.amount, value.currency, test.wanted.currency) if now.rates else None
    if now.rates is None or amount is None:
        missing = f"no exchange rate from {value.currency} to {test.wanted.currency}"
        return Outcome(Status.NO_EVIDENCE, said(test.fact, value), missing)
    note = f"{amount:.0f} {test.wanted.currency}/h at the rates of {now.rates.date}"
    return _known(_ordered(test.op, amount, test.wanted.amount), test, value, note)


# degrees and licences


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.replace(".", "").casefold()))


def _judge_degrees(test: FactTest, value: tuple[str, ...], _: Circumstances) -> Outcome:
    """A degree is held when named so, or when a longer entry begins with its words ('MSc, computer science')."""
    held = [_plain(v) for v in value]
    met = any(h == w or h.startswith(w + " ") for w in map(_plain, test.wanted) for h in held)
    return _known(met, test, value)


class WantedLicence(Value):
    """A licence asked for: words that its name must hold and, if given, the jurisdiction."""

    name: Line
    jurisdiction: Line | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.jurisdiction})" if self.jurisdiction else self.name

    def fits(self, licence: Licence) -> bool:
        """Whether every word asked for stands in the licence's name, and the jurisdiction is the same."""
        named = set(_plain(self.name).split()) <= set(_plain(licence.name).split())
        return named and (self.jurisdiction is None or _plain(self.jurisdiction) == _plain(licence.jurisdiction))


def _read_licences(value: Any) -> tuple[WantedLicence, ...]:
    entries = value if isinstance(value, list | tuple) else [value]
    wanted = [WantedLicence(name=e) if isinstance(e, str) else WantedLicence.model_validate(e) for e in entries]
    if not wanted:
        raise ValueError("names no licence")
    return tuple(wanted)


def _judge_licences(test: FactTest, value: tuple[Licence, ...], now: Circumstances) -> Outcome:
    fitting = [held for held in value if any(w.fits(held) for w in test.wanted)]
    if not fitting:
        return _known(False, test, value)
    valid = [held for held in fitting if held.expires is None or held.expires >= now.today]
    if not valid:
        return Outcome(Status.NO_EVIDENCE, said(test.fact, tuple(fitting)), "expired")
    proven = [held for held in valid if held.standing.covers(test.standing)]
    if not proven:
        return Outcome(Status.NO_EVIDENCE, said(test.fact, tuple(valid)), f"only {valid[0].standing.replace('_', ' ')}")
    return _known(True, test, tuple(proven))


def _read_hours(value: Any) -> float:
    return _NUMBER.validate_python(value)


def _read_date(value: Any) -> date:
    return _DATE.validate_python(value)


_NUMBER, _DATE = TypeAdapter(float), TypeAdapter(date)
_MEMBER = (Op.IN, Op.EQ, Op.NE)
_ORDER = (Op.GE, Op.LE, Op.EQ, Op.NE)
_HELD = (Op.OVERLAPS, Op.IN, Op.EQ)
_KINDS: Mapping[Fact, _Kind] = {
    Fact.COUNTRY: _Kind(_MEMBER, _several(Country), _judge_member),
    Fact.TIMEZONE: _Kind((*_MEMBER, Op.OVERLAPS), _read_zone, _judge_zone),
    Fact.LANGUAGES: _Kind((Op.GE, Op.OVERLAPS, Op.IN), _read_languages, _judge_languages),
    Fact.HOURS: _Kind(_ORDER, _read_hours, _judge_ordered),
    Fact.RATE: _Kind((Op.LE, Op.GE, Op.EQ), _read_rate, _judge_rate),
    Fact.AVAILABLE: _Kind((Op.LE, Op.GE, Op.EQ), _read_date, _judge_ordered),
    Fact.DEGREES: _Kind(_HELD, _several(Line), _judge_degrees),
    Fact.LICENCES: _Kind(_HELD, _read_licences, _judge_licences),
}
