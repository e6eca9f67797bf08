"""A JSON Resume document (jsonresume.org) read as a profile in the import format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from vetting.domain.faults import Fault, shown

FLUENCY: Mapping[str, str] = {
    "native": "C2",
    "mother tongue": "C2",
    "bilingual": "C2",
    "fluent": "C1",
    "full professional": "C1",
    "advanced": "C1",
    "professional": "B2",
    "upper intermediate": "B2",
    "intermediate": "B1",
    "limited": "B1",
    "elementary": "A2",
    "basic": "A2",
    "beginner": "A1",
}
"""Self-descriptions and the level we read them as, most telling first."""

_DATED = ("work", "volunteer", "projects", "publications", "education", "certificates", "awards")
_DATES = ("startDate", "endDate", "releaseDate", "date")
_TITLES: Mapping[str, tuple[str, ...]] = {
    "work": ("position", "name", "company", "organization"),
    "volunteer": ("position", "name", "company", "organization"),
    "projects": ("name",),
    "publications": ("name",),
    "education": ("studyType", "area", "institution"),
    "certificates": ("name", "title"),
    "awards": ("title", "name"),
    "skills": ("name", "title"),
    "languages": ("language", "fluency"),
}
"""The sections that are read, and what an entry of each is called by."""
_TEXTS = ("summary", "description", "issuer", "awarder")
_LISTS = ("highlights", "keywords", "courses")
_OBJECT, _LIST, _STRING = "is not a JSON object", "is not a JSON list", "should be a valid string"
_NO_DATE = "is not a date like 2027-01-31, 2027-01 or 2027"
_NUMBERS = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?![0-9-])")

LANGUAGE_CODES: Mapping[str, str] = {
    "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "chinese": "zh", "mandarin": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi", "french": "fr",
    "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id",
    "italian": "it", "japanese": "ja", "korean": "ko", "latvian": "lv", "lithuanian": "lt", "norwegian": "nb",
    "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr",
    "slovak": "sk", "slovenian": "sl", "spanish": "es", "swahili": "sw", "swedish": "sv", "thai": "th",
    "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip
"""English names of languages and their ISO 639 codes."""


def is_json_resume(document: object) -> bool:
    """Whether a JSON document is a JSON Resume: an object with `basics`."""
    return isinstance(document, Mapping) and isinstance(document.get("basics"), Mapping)


def read_json_resume(document: Mapping[str, Any], source: bytes) -> dict[str, Any]:
    """The document in the import format, not yet validated. The id is its e-mail, else the SHA-256 of its bytes."""
    basics = document["basics"]
    email = _text(basics.get("email")).lower()
    location = basics.get("location")
    country = _text(location.get("countryCode")) if isinstance(location, Mapping) else ""
    return {
        "id": email or hashlib.sha256(source).hexdigest(),
        "name": basics.get("name"),
        "email": email or None,
        "headline": _text(basics.get("label")),
        "summary": _text(basics.get("summary")),
        "items": list(_items(document)),
        "facts": {"country": country or None, "languages": _languages(document), "degrees": _degrees(document)},
    }


def bad_parts(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What `read_json_resume` leaves out although something is written there; an empty part is none."""
    basics = document["basics"]
    yield from _not_text("basics", basics, ("email", "label", "summary"))
    location = basics.get("location")
    if isinstance(location, Mapping):
        yield from _not_text("basics.location", location, ("countryCode",))
    elif location is not None:
        yield Fault("basics.location", _OBJECT)
    for section, titles in _TITLES.items():
        entries = document.get(section)
        if isinstance(entries, list):
            for at, entry in enumerate(entries):
                yield from _bad_entry(f"{section}[{at}]", entry, titles)
        elif entries is not None:
            yield Fault(section, _LIST)


def _bad_entry(where: str, entry: object, titles: Sequence[str]) -> Iterator[Fault]:
    if not isinstance(entry, Mapping):
        yield Fault(where, _OBJECT)
        return
    found = [*_not_text(where, entry, (*titles, *_TEXTS)), *_not_dates(where, entry), *_not_lists(where, entry)]
    yield from found
    if not found and any(entry.values()) and not any(_text(entry.get(key)) for key in titles):
        yield Fault(f"{where}.{titles[0]}", "is missing")


def _not_text(where: str, entry: Mapping[str, Any], keys: Sequence[str]) -> Iterator[Fault]:
    for key in keys:
        if not isinstance(value := entry.get(key), str | None):
            yield Fault(f"{where}.{key}", f"{_STRING}, got {shown(value)}")


def _not_dates(where: str, entry: Mapping[str, Any]) -> Iterator[Fault]:
    for key in _DATES:
        if not isinstance(value := entry.get(key), str | int | None):
            yield Fault(f"{where}.{key}", f"{shown(value)} {_NO_DATE}")


def _not_lists(where: str, entry: Mapping[str, Any]) -> Iterator[Fault]:
    for key in _LISTS:
        values = entry.get(key)
        if isinstance(values, list):
            words = {f"{key}[{at}]": value for at, value in enumerate(values)}
            yield from _not_text(where, words, list(words))
        elif values is not None:
            yield Fault(f"{where}.{key}", _LIST)


def impossible_date(document: Mapping[str, Any]) -> str:
    """The first date that no calendar has, as `field: message`; empty where there is none.

    Dates are years, months or days; a date in words is taken as it is.
    """
    for section in _DATED:
        entries = document.get(section)
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            for key in _DATES:
                written = _year_or_text(entry.get(key)) if isinstance(entry, Mapping) else ""
                if not _on_the_calendar(written):
                    return f"{section}[{at}].{key}: {written[:40]!r} {_NO_DATE}"
    return ""


def _on_the_calendar(written: str) -> bool:
    numbers = _NUMBERS.match(written)
    if numbers is None:
        return True
    year, month, day = (int(part) if part else 1 for part in numbers.groups())
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _items(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("work", "volunteer"):
        for entry in _entries(document, section):
            place = entry.get("name") or entry.get("company") or entry.get("organization")
            yield from _item("role", entry, _joined(entry.get("position"), place))
    for entry in _entries(document, "projects"):
        yield from _item("project", entry, _text(entry.get("name")))
    for entry in _entries(document, "publications"):
        yield from _item("paper", entry, _text(entry.get("name")))
    for entry in _entries(document, "education"):
        title = _joined(entry.get("studyType"), entry.get("area"), entry.get("institution"))
        yield from _item("education", entry, title)
    for section in ("certificates", "awards", "skills"):
        for entry in _entries(document, section):
            yield from _item("skill", entry, _text(entry.get("name") or entry.get("title")))


def _item(kind: str, entry: Mapping[str, Any], title: str) -> Iterator[dict[str, Any]]:
    """The entry as one item; an entry without any name has nothing to quote and is left out."""
    parts = [_text(entry.get(key)) for key in ("summary", "description", "issuer", "awarder")]
    for key in ("highlights", "keywords", "courses"):
        values = entry.get(key)
        parts += [_text(v) for v in values] if isinstance(values, list) else []
    date = next((d for key in ("startDate", "releaseDate", "date") if (d := _year_or_text(entry.get(key)))), None)
    if title:
        yield {"kind": kind, "title": title[:300], "text": "\n".join(p for p in parts if p), "date": date}


def _entries(document: Mapping[str, Any], section: str) -> Iterator[Mapping[str, Any]]:
    entries = document.get(section)
    yield from (entry for entry in entries if isinstance(entry, Mapping)) if isinstance(entries, list) else ()


def _languages(document: Mapping[str, Any]) -> dict[str, str]:
    """Languages whose name and fluency we can read; the others are not guessed."""
    found = {}
    for entry in _entries(document, "languages"):
        code = LANGUAGE_CODES.get(_text(entry.get("language")).lower())
        fluency = _text(entry.get("fluency")).lower()
        level = next((level for word, level in FLUENCY.items() if word in fluency), None)
        level = fluency.upper() if fluency.upper() in FLUENCY.values() else level
        if code and level:
            found[code] = level
    return found


def _degrees(document: Mapping[str, Any]) -> list[str]:
    return [degree for entry in _entries(document, "education") if (degree := _text(entry.get("studyType")))]


def _joined(*parts: object) -> str:
    return ", ".join(text for part in parts if (text := _text(part)))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _year_or_text(value: object) -> str:
    """A date; many write a year as a number."""
    return str(value).strip() if isinstance(value, str | int) else ""
