"""Facts of a person as people write them in a form, and back: '95 EUR/day', 'en:C1; de:B1', one licence a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.domain.conflicts import Tie
from vetting.domain.facts import Fact
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput
from vetting.web.requirement_form import read_value

HINTS: Mapping[str, str] = {
    "name": N_("As it should be shown."),
    "country": N_("Two letters, like PT."),
    "timezone": N_("Like Europe/Lisbon."),
    "languages": N_("With their level, like en:C1; de:B1. What is not listed counts as not spoken."),
    "hours_per_week": N_("A number."),
    "rate": N_("Like 95 EUR, for an hour; or 600 EUR/day, /week, /month, /year."),
    "available_from": N_("A date like 2027-03-01."),
    "degrees": N_("One per line."),
    "licences": N_("One per line: name | jurisdiction | number | expiry date; the last two may be left out."),
    "conflicts": N_("One per line: a name, or “employer: …”, “client: …”, “co_author: …”."),
}


def shown(fact: str, value: Any) -> str:
    """A stored value as the form shows it."""
    if value in (None, "", [], {}):
        return ""
    match fact:
        case Fact.LANGUAGES:
            return "; ".join(f"{code}:{level}" for code, level in value.items())
        case Fact.RATE:
            return f"{value['amount']:g} {value['currency']}/{value.get('per', 'hour')}"
        case Fact.LICENCES:
            return "\n".join(_licence_line(one) for one in value)
        case "conflicts":
            return "\n".join(one if isinstance(one, str) else f"{one['kind']}: {one['name']}" for one in value)
        case Fact.DEGREES:
            return "\n".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def read(fact: str, text: str) -> Any:
    """The value in the import format; None for an empty field. Raises BadInput that shows how to write it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    match fact:
        case Fact.DEGREES:
            return lines
        case Fact.LICENCES:
            return [_licence(line) for line in lines]
        case "conflicts":
            return [_tie(line) for line in lines]
        case Fact.RATE | Fact.LANGUAGES | Fact.HOURS:
            return read_value(fact, " ".join(lines))
    return " ".join(lines)


def _licence_line(licence: Mapping[str, Any]) -> str:
    parts = [licence["name"], licence["jurisdiction"], licence.get("number") or "", licence.get("expires") or ""]
    return " | ".join(parts).rstrip(" |")


def _licence(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|")]
    if not 2 <= len(parts) <= 4 or not all(parts[:2]):
        words = _("'{text}' is not a licence; write it like Medical licence | DE | 12345 | 2028-06-30.")
        raise BadInput(words.format(text=line[:60]))
    return {key: part for key, part in zip(("name", "jurisdiction", "number", "expires"), parts, strict=False) if part}


def _tie(line: str) -> str | dict[str, str]:
    kind, colon, name = line.partition(":")
    kind = kind.strip().lower().replace("-", "_")
    if colon and kind in list(Tie) and name.strip():
        return {"name": name.strip(), "kind": kind}
    return line
