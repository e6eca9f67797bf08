"""The languages there are: English, and each one with a compiled catalogue in a folder; which of them a reader gets."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import GNUTranslations
from pathlib import Path

from babel import Locale, negotiate_locale

from vetting.domain.tongue import ENGLISH, Tongue
from vetting.errors import BadInput

FOLDER = Path(__file__).parent / "locale"
MOST_PREFERRED = 20
"""A browser names a handful of languages; more are not looked at."""


def load(folder: Path = FOLDER) -> Mapping[str, Tongue]:
    """Tag -> language. English comes first; a folder `pt_BR/LC_MESSAGES` with a `messages.mo` adds pt-BR."""
    found = [_read(file) for file in sorted(folder.glob("*/LC_MESSAGES/messages.mo"))]
    return {one.tag: one for one in (ENGLISH, *found)}


def named(tag: str, tongues: Mapping[str, Tongue] | None = None) -> Tongue:
    """The language of that tag. Raises BadInput where it is not here."""
    known = tongues if tongues is not None else load()
    if tag not in known:
        raise BadInput(f"VETTING_LANGUAGE: '{tag[:40]}' is not here; known are {', '.join(known)}.")
    return known[tag]


def choose(tongues: Mapping[str, Tongue], choice: str | None, accepts: str, usual: str = ENGLISH.tag) -> Tongue:
    """What somebody chose, else what their browser asks for (the value of Accept-Language), else the usual one."""
    if len(tongues) == 1:
        return ENGLISH
    if choice and choice in tongues:
        return tongues[choice]
    return tongues[negotiate_locale(preferred(accepts), list(tongues), sep="-") or usual]


def preferred(accepts: str) -> list[str]:
    """The languages of an Accept-Language header (RFC 9110, 12.5.4), the dearest first."""
    weighed = []
    for part in accepts.split(",")[:MOST_PREFERRED]:
        tag, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        if quality > 0 and tag.strip().replace("-", "").isalnum():
            weighed.append((quality, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda one: -one[0])]


def _quality(weight: str) -> float:
    name, _, value = weight.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _read(file: Path) -> Tongue:
    name = file.parent.parent.name
    locale = Locale.parse(name)
    with file.open("rb") as content:
        catalogue = GNUTranslations(content)
    own_name = locale.get_display_name() or name
    return Tongue(
        tag=name.replace("_", "-"),
        name=own_name[:1].upper() + own_name[1:],
        catalogue=catalogue,
        direction="rtl" if locale.text_direction == "rtl" else "ltr",
    )
