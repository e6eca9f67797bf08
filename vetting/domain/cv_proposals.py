"""Facts that a language model proposes from a CV: each stands only if its words are in the document and say so.

A model can be talked into anything by the document it reads. So the quote has to stand in the visible text, and what
the value says - the number, the currency, the language, the degree - has to stand in the quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from vetting.domain.cv_dates import first_day, last_day, periods
from vetting.domain.cv_facts import SIGNS, Found, languages_in
from vetting.domain.facts import Fact
from vetting.domain.places import countries, zone
from vetting.domain.profile import Facts, parse_cefr
from vetting.domain.titles import jurisdiction, plain

LONGEST_QUOTE = 400


def accepted(text: str, proposals: Sequence[tuple[str, Any, str]], by: str) -> Iterator[Found]:
    """Those of the proposals (fact, value in the import format, quote) that the text bears out, with their places."""
    for fact, value, quote in proposals:
        place = locate(text, quote)
        if place and fact in list(Fact) and _usable(fact, value) and _says(Fact(fact), value, text[slice(*place)]):
            yield Found(fact=fact, value=value, at=place[0], to=place[1], by=by)


def locate(text: str, quote: str) -> tuple[int, int] | None:
    """Where the words of a quote stand in the text, whatever the spaces between them; None where they do not."""
    words = quote.split()
    if not words or len(quote) > LONGEST_QUOTE:
        return None
    match = re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", text)
    return (match.start(), match.end()) if match else None


def _usable(fact: str, value: Any) -> bool:
    try:
        Facts.model_validate({fact: value})
    except (ValidationError, ValueError):
        return False
    return True


def _says(fact: Fact, value: Any, quote: str) -> bool:
    """Whether the words of the quote hold what the value says."""
    match fact:
        case Fact.COUNTRY:
            return countries(quote) == (str(value).upper(),)
        case Fact.TIMEZONE:
            return str(value) in quote or zone(quote) == value
        case Fact.LANGUAGES:
            return bool(value) and all(_speaks(code, level, quote) for code, level in value.items())
        case Fact.HOURS:
            return _number_in(value, quote) and re.search(r"week|wk|woche|semaine|semana", quote, re.I) is not None
        case Fact.RATE:
            return _number_in(value.get("amount"), quote) and _currency_in(str(value.get("currency")), quote)
        case Fact.AVAILABLE:
            return any(str(value) in (str(first_day(p.start)), str(last_day(p.start))) for p in periods(quote))
        case Fact.DEGREES:
            return bool(value) and all(_within(str(degree), quote) for degree in value)
        case Fact.LICENCES:
            return bool(value) and all(_licensed(licence, quote) for licence in value)


def _speaks(code: str, level: str, quote: str) -> bool:
    """A language and its level, as the rules would read them from the same words."""
    return languages_in(quote).get(code) == parse_cefr(level)


def _licensed(licence: Mapping[str, Any], quote: str) -> bool:
    place = jurisdiction(str(licence.get("jurisdiction")))
    named = place in plain(quote) or place in [code.casefold() for code in countries(quote)]
    number, expires = licence.get("number"), licence.get("expires")
    dated = expires is None or any(str(last_day(p.end or p.start)) == str(expires) for p in periods(quote))
    known = set(licence) <= {"name", "jurisdiction", "number", "expires"}
    return known and _within(str(licence.get("name")), quote) and named and dated and (not number or number in quote)


def _within(words: str, quote: str) -> bool:
    return bool(plain(words)) and f" {plain(words)} " in f" {plain(quote)} "


def _number_in(number: Any, quote: str) -> bool:
    found = {float(re.sub(r"[, ](?=\d{3})", "", n)) for n in re.findall(r"\d+(?:[, ]\d{3})*(?:\.\d+)?", quote)}
    return isinstance(number, int | float) and float(number) in found


def _currency_in(code: str, quote: str) -> bool:
    signs = [sign for sign, currency in SIGNS.items() if currency == code]
    lower = quote.lower()
    return re.search(rf"\b{re.escape(code)}\b", quote) is not None or any(sign in lower for sign in signs)
