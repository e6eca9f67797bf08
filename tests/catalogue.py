"""The catalogue of everything that people read, from the source: `make words`.

Translators get `vetting/locale/messages.pot`. It names files and no lines, so that it changes with the words alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "vetting" / "locale"
POT = LOCALE / "messages.pot"
OPTIONS = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
EXTRACT = ("--no-wrap", "--omit-header", "--add-location=file", "--sort-by-file", "--add-comments=Translators:")
KEYWORDS = ("--keyword=_forms:1,2", "--keyword=Keeping:1")
"""Words of scripts with several forms (`web/script_words.py`), and what is kept of people (`db/inventory.py`)."""

PLACE = re.compile(r"%\(\w+\)s|\{\w+(?:![rs])?(?::[^}]*)?\}")
"""Where a value goes into a message."""

Found = tuple[int, str, str | tuple[str | None, ...], list[str]]


def pages(
    file: BinaryIO, keywords: Sequence[str], comments: Sequence[str], options: Mapping[str, Any]
) -> Iterator[Found]:
    """The words of a template, and the nouns of its `plural` filters as whole messages: as Babel asks for them."""
    yield from babel_extract(file, keywords, comments, {**options, **OPTIONS})
    file.seek(0)
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(file.read().decode())
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name == "plural":
            one, *many = [argument.as_const() for argument in filtered.args]
            yield filtered.lineno, "ngettext", (f"{{count}} {one}", f"{{count}} {many[0] if many else one + 's'}"), []


def extract(to: Path) -> None:
    """Write a fresh template of the catalogue."""
    _babel("extract", "-F", str(ROOT / "babel.cfg"), "-o", str(to), *EXTRACT, *KEYWORDS, "--input-dirs", ".")


def languages() -> list[Path]:
    """The catalogues of other languages."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/messages.po"))


def misplaced(language: Path) -> list[str]:
    """Translations that name a value which their message has not: saying them would fail."""
    with language.open("rb") as file:
        messages = [message for message in read_po(file) if message.id and not message.fuzzy]
    wrong = []
    for message in messages:
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
        known = {place for words in ids for place in PLACE.findall(words)}
        wrong += [f"{ids[0]} -> {words}" for words in said if words and not set(PLACE.findall(words)) <= known]
    return wrong


def _babel(*arguments: str) -> None:
    with chdir(ROOT):
        CommandLineInterface().run(["pybabel", "-q", *arguments])


def main() -> None:
    """Collect the words, bring each language up to date with them, and compile what is translated."""
    extract(POT)
    if wrong := [f"{file.parent.parent.name}: {words}" for file in languages() for words in misplaced(file)]:
        sys.exit("These translations have values in {} or %()s that the English has not:\n" + "\n".join(wrong))
    if languages():
        _babel("update", "-i", str(POT), "-d", str(LOCALE), "--no-wrap")
        _babel("compile", "-d", str(LOCALE), "--statistics")
    print(f"{POT.relative_to(ROOT)}, and {len(languages())} other languages", file=sys.stderr)


if __name__ == "__main__":
    main()
