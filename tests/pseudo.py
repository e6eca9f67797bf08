"""A language that nobody speaks: every message of the catalogue with accents and in brackets, so that what was never
given to a translator can be told from what was. Names of values, tags and entities stay as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.catalogue import PLACE, extract

LTR, RTL = "eo", "he"
"""Tags of real languages, of which one is written from right to left; ours are shipped in English only."""
OPEN, CLOSE = "⟦", "⟧"
_KEPT = re.compile(rf"{PLACE.pattern}|%%|<[^>]*>|&\w+;")
_ACCENTS = str.maketrans("AEIOUYaeiouycnsrtlgh", "ÅÉÎÖÜÝåéîöüýçñšřťľğħ")


def accented(words: str) -> str:
    """The message in the language that nobody speaks."""
    parts, last = [], 0
    for kept in _KEPT.finditer(words):
        parts += [words[last : kept.start()].translate(_ACCENTS), kept[0]]
        last = kept.end()
    return OPEN + "".join(parts) + words[last:].translate(_ACCENTS) + CLOSE


def install(folder: Path) -> Path:
    """Compile the catalogue of both directions into a folder like `vetting/locale`; returns it."""
    pot = folder / "messages.pot"
    extract(pot)
    with pot.open("rb") as file:
        source = read_po(file)
    for tag in (LTR, RTL):
        made = Catalog(locale="en")  # two forms of the plural, whatever the language of that tag has
        for message in source:
            if message.id:
                forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
                words = tuple(map(accented, forms))
                made.add(message.id, words if len(words) > 1 else words[0], context=message.context)
        target = folder / tag / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True)
        with target.open("wb") as file:
            write_mo(file, made)
    return folder
