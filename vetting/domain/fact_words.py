"""What a fact requirement asks, and what an expert is excluded for, as a person says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vetting.domain.facts import Fact, FactTest, Op
from vetting.domain.profile import Cefr, Standing

_WANTED: Mapping[Op, str] = {Op.GE: "at least", Op.LE: "up to", Op.EQ: "of", Op.NE: "other than"}
_BROKEN: Mapping[Op, str] = {Op.GE: "below", Op.LE: "above", Op.EQ: "other than", Op.NE: "of"}
_FEWER: Mapping[Op, str] = {Op.GE: "fewer than", Op.LE: "more than", Op.EQ: "other than", Op.NE: "exactly"}
_NAMES: Mapping[Fact, str] = {
    Fact.COUNTRY: "country",
    Fact.TIMEZONE: "time zone",
    Fact.LANGUAGES: "language",
    Fact.HOURS: "hours a week",
    Fact.RATE: "rate",
    Fact.DEGREES: "degree",
    Fact.LICENCES: "licence",
}


def words(test: FactTest) -> str:
    """What is wanted: 'rate up to 120 EUR/h'."""
    asked = "" if test.standing is Standing.CLAIMED else f" ({test.standing.replace('_', ' ')})"
    return _wanted(test) + asked


def breach(test: FactTest) -> str:
    """What an expert is excluded for: 'rate above 120 EUR/h'."""
    name = _NAMES.get(test.fact, "")
    match test.fact:
        case Fact.RATE:
            return f"{name} {_BROKEN[test.op]} {test.wanted}"
        case Fact.HOURS:
            return f"{_FEWER[test.op]} {test.wanted:g} {name}"
        case Fact.AVAILABLE:
            return f"available only after {test.wanted}" if test.op is Op.LE else f"not {_wanted(test)}"
        case Fact.LANGUAGES:
            return _language_breach(test)
        case Fact.TIMEZONE if test.op is Op.OVERLAPS:
            return f"fewer than {_wanted(test)}"
        case Fact.DEGREES:
            return f"{name} missing: {_values(test)}"
        case Fact.LICENCES:
            return f"{name} missing or lapsed: {_values(test)}"
    return f"{name} {_values(test)}" if test.op is Op.NE else f"{name} not {_values(test)}"


def _wanted(test: FactTest) -> str:
    name = _NAMES.get(test.fact, "")
    match test.fact:
        case Fact.RATE:
            return f"{name} {_WANTED[test.op]} {test.wanted}"
        case Fact.HOURS:
            return f"{_WANTED[test.op]} {test.wanted:g} {name}"
        case Fact.AVAILABLE:
            return f"available {'by' if test.op is Op.LE else 'from' if test.op is Op.GE else 'on'} {test.wanted}"
        case Fact.LANGUAGES:
            parts = [code if level is Cefr.A1 else f"{code} at {level} or above" for code, level in test.wanted]
            return f"{name} {(' and ' if test.op is Op.GE else ' or ').join(parts)}"
        case Fact.TIMEZONE if test.op is Op.OVERLAPS:
            return f"{test.wanted[1]:g} working hours shared with {_values(test)}"
    return f"{name} {'other than ' if test.op is Op.NE else ''}{_values(test)}"


def _language_breach(test: FactTest) -> str:
    parts = [code if level is Cefr.A1 else f"{code} {level}" for code, level in test.wanted]
    if test.op is Op.GE:
        return f"language below {' and '.join(parts)}"
    return f"none of the languages {_some(parts)}" if len(parts) > 1 else f"language {parts[0]} missing"


def _values(test: FactTest) -> str:
    return _some(test.wanted[0] if test.fact is Fact.TIMEZONE else test.wanted)


def _some(values: Sequence[object], most: int = 4) -> str:
    listed = ", ".join(str(v) for v in values[:most])
    return listed if len(values) <= most else f"{listed} or {len(values) - most} more"
