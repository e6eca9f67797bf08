"""Typed comparison of facts, three-valued: met, not met, or no evidence.

A fact that is not stated is no evidence. A list that is stated counts as complete: who lists languages without
German is taken not to speak it; a list that was read from a document does not. A licence that has run out is not met;
a check that has lapsed and a rate in a currency without a known rate are no evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from vetting.domain.faults import first_fault
from vetting.domain.profile import (
    Cefr,
    Country,
    Facts,
    Licence,
    Rate,
    Standing,
    Timezone,
    language_code,
    parse_cefr,
)
from vetting.domain.profile_values import Line
from vetting.domain.rates import Rates
from vetting.domain.standing import Check, Stated, run_out
from vetting.domain.titles import WantedLicence, holds_degree

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


def fact_value(facts: Facts, fact: Fact, checks: Sequence[Check] = ()) -> Any:
    """The stated value of a fact, hashable; None where nothing is stated. With checks, or of a list that may be
    incomplete, it is a `Stated`."""
    value = getattr(facts, fact.value)
    if value in (None, ()):
        return None
    own = tuple(check for check in checks if check.fact == fact)
    partial = fact.value in facts.partial
    return Stated(value, own, partial) if own or partial else value


def compare(test: FactTest, value: Any, now: Circumstances) -> Outcome:
    """What is stated of a fact (None: nothing; see `fact_value`) against what is wanted, as far as it is proven.

    A claim can speak against somebody without proof; for them it counts as far as the standing that is asked for.
    """
    if value is None:
        return Outcome(Status.NO_EVIDENCE, None, "not stated")
    held = value if isinstance(value, Stated) else Stated(value)
    whole = said(test.fact, held.value)
    if test.fact is Fact.LICENCES:
        fitting = tuple(one for one in held.value if any(wanted.fits(one) for wanted in test.wanted))
        if last := run_out([(one, held.of(one.statement)) for one in fitting], now.today):
            return Outcome(Status.NOT_MET, said(test.fact, fitting), f"lapsed on {last}")
    good, lapsed = _standing_entries(test.fact, held, now.today)
    if not good:
        return Outcome(Status.NO_EVIDENCE, whole, f"its check lapsed on {lapsed[0].expires}")
    outcome = _judge(test, good, now)
    if outcome.status is Status.NOT_MET and held.partial and _may_be_missing(test, held.value):
        return Outcome(Status.NO_EVIDENCE, outcome.source, "read from a document, which may not name all")
    if outcome.status is Status.NOT_MET and lapsed:
        return Outcome(Status.NO_EVIDENCE, whole, f"a check lapsed on {lapsed[0].expires}")
    if outcome.status is not Status.MET or test.standing is Standing.CLAIMED or test.fact is Fact.LICENCES:
        return outcome
    return _proven(test, held, good, now) or Outcome(Status.NO_EVIDENCE, whole, f"only {_best(held, good)}")


def entries(fact: Fact, value: Any) -> tuple[tuple[str, Any], ...]:
    """The single statements of a fact as (what is said, its value): a check is of one of them, never of a list."""
    if fact is Fact.LANGUAGES:
        return tuple((f"{code} {level}", ((code, level),)) for code, level in value)
    if fact is Fact.LICENCES:
        return tuple((one.statement, (one,)) for one in value)
    if isinstance(value, tuple):
        return tuple((str(one), (one,)) for one in value)
    return ((f"{value:g}" if isinstance(value, float) else str(value), value),)


def _standing_entries(fact: Fact, held: Stated, today: date) -> tuple[list[tuple[str, Any]], list[Check]]:
    """The statements that stand today, and the lapsed checks of the others; a check of a licence lifts its standing."""
    good, lapsed = [], []
    for words, value in entries(fact, held.value):
        check = held.of(words)
        if check and check.lapsed(today):
            lapsed.append(check)
        elif check and fact is Fact.LICENCES and check.standing.covers(value[0].standing):
            until = {"expires": check.expires} if check.expires and value[0].expires else {}
            good.append((words, (value[0].model_copy(update={"standing": check.standing, **until}),)))
        else:
            good.append((words, value))
    return good, lapsed


def _judge(test: FactTest, good: Sequence[tuple[str, Any]], now: Circumstances) -> Outcome:
    joined = tuple(one for _, value in good for one in value) if isinstance(good[0][1], tuple) else good[0][1]
    return _KINDS[test.fact].judge(test, joined, now)


def _proven(test: FactTest, held: Stated, good: Sequence[tuple[str, Any]], now: Circumstances) -> Outcome | None:
    """The outcome over what reaches the standing that is asked for, with the check it rests on; None if it fails."""
    proven = [(words, value) for words, value in good if (c := held.of(words)) and c.standing.covers(test.standing)]
    outcome = _judge(test, proven, now) if proven else None
    if outcome is None or outcome.status is not Status.MET:
        return None
    note = "; ".join([*filter(None, [outcome.note]), *(str(held.of(words)) for words, _ in proven)])
    return Outcome(Status.MET, outcome.source, note)


def _best(held: Stated, good: Sequence[tuple[str, Any]]) -> str:
    seen = any(held.of(words) for words, _ in good)
    return (Standing.DOCUMENT_SEEN if seen else Standing.CLAIMED).replace("_", " ")


def _may_be_missing(test: FactTest, value: Any) -> bool:
    """Whether what is wanted is simply not in the list; a language at a lower level is in it."""
    if test.fact is Fact.LANGUAGES and test.op is Op.GE:
        return not {code for code, _ in test.wanted} <= {code for code, _ in value}
    return isinstance(value, tuple)


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
    amount, asked, per = value.amount, test.wanted.amount, value.per
    notes = []
    if value.per != test.wanted.per:
        if value.hourly is None or test.wanted.hourly is None:
            unknown = f"a rate for a {value.per} and one for a {test.wanted.per} cannot be compared"
            return Outcome(Status.NO_EVIDENCE, said(test.fact, value), unknown)
        amount, asked, per = value.hourly, test.wanted.hourly, "hour"
        notes.append("a day counts as 8 hours, a week as 40")
    if value.currency != test.wanted.currency:
        other = now.rates.convert(amount, value.currency, test.wanted.currency) if now.rates else None
        if now.rates is None or other is None:
            missing = f"no exchange rate from {value.currency} to {test.wanted.currency}"
            return Outcome(Status.NO_EVIDENCE, said(test.fact, value), missing)
        amount = other
        shown = Rate(amount=round(other), currency=test.wanted.currency, per=per)
        notes.insert(0, f"{shown} at the rates of {now.rates.date}")
    return _known(_ordered(test.op, amount, asked), test, value, "; ".join(notes))


# degrees and licences


def _judge_degrees(test: FactTest, value: tuple[str, ...], _: Circumstances) -> Outcome:
    """A degree is held when named so, or when a longer entry begins with its words ('MSc, computer science')."""
    return _known(any(holds_degree(held, wanted) for wanted in test.wanted for held in value), test, value)


def _read_licences(value: Any) -> tuple[WantedLicence, ...]:
    entries = value if isinstance(value, list | tuple) else [value]
    wanted = [WantedLicence(name=e) if isinstance(e, str) else WantedLicence.model_validate(e) for e in entries]
    if not wanted:
        raise ValueError("names no licence")
    return tuple(wanted)


def _judge_licences(test: FactTest, value: tuple[Licence, ...], now: Circumstances) -> Outcome:
    fitting = [held for held in value if any(w.fits(held) for w in test.wanted)]
    valid = [held for held in fitting if held.expires is None or held.expires >= now.today]
    if not valid:
        return _known(False, test, value)
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
