"""What of a page was never given to a translator: words outside of every message, that are no data either.

Data says so: `translate="no"` where a name, a number or a command stands, `lang` where words are in a language of their
own (those of an interview). What stands in the database as it stands on the page is data, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import lxml.html
from sqlalchemy import Engine, MetaData, select

from tests.pseudo import CLOSE, OPEN

SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-says", "content-label")
"""Attributes that are read to people."""
SKIPPED = ("script", "style", "code", "kbd", "pre", "time", "textarea")
NAMES = re.compile(r"\b(?:Vetting|UTC|VETTING_\w+|OPENAI_\w+|JSON|YAML|PDF|CSV|XLSX|DOCX|API)\b")
WORD = re.compile(r"[^\W\d_]{2,}")


class Untold(NamedTuple):
    """Words, and the element they stand in."""

    where: str
    words: str


def untold(page: str, known: frozenset[str]) -> list[Untold]:
    """Everything a reader would find untranslated."""
    depth, found = 0, []
    for where, words, alone in _said(lxml.html.document_fromstring(page)):
        start = 0 if alone else depth
        outside, end = _outside(words, start)
        if not alone:
            depth = end
        left = NAMES.sub("", "" if words.strip() in known else outside)
        left = " ".join(part for part in re.split(r"\s*[·;:,()]\s*", left) if part.strip() not in known)
        if WORD.search(left):
            found.append(Untold(where, " ".join(left.split())))
    return found


def known_values(engine: Engine) -> frozenset[str]:
    """Every text of the database that is more than a word of a closed set."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        cells = [cell for table in tables.tables.values() for row in connection.execute(select(table)) for cell in row]
    return frozenset(text for cell in cells for text in _texts(cell) if not re.fullmatch(r"[a-z]+", text))


def _texts(cell: Any) -> Iterator[str]:
    if isinstance(cell, str):
        yield " ".join(cell.split())
        if cell[:1] in "{[":
            try:
                yield from _texts(json.loads(cell))
            except ValueError:
                return
    elif isinstance(cell, dict):
        for value in cell.values():
            yield from _texts(value)
    elif isinstance(cell, list):
        for value in cell:
            yield from _texts(value)


def _said(element: Any, data: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Texts in the order they are read, as (where, words, whether it is an attribute and stands alone)."""
    if not isinstance(element.tag, str):
        return
    where = f"{element.tag}.{element.get('class', '')}#{element.get('id', '')}"
    data = data or element.get("translate") == "no" or (element.tag != "html" and element.get("lang") is not None)
    if element.tag in SKIPPED:
        data = True
    for name in SPOKEN:
        if not data and element.get(name):
            yield f"{where} {name}", element.get(name), True
    # brackets are counted in data too: a message may stand around it
    yield where, _brackets(element.text, data), False
    for child in element:
        yield from _said(child, data)
        yield where, _brackets(child.tail, data), False


def _brackets(words: str | None, data: bool) -> str:
    if not data:
        return words or ""
    return "".join(c for c in words or "" if c in OPEN + CLOSE)


def _outside(words: str, depth: int) -> tuple[str, int]:
    """What stands outside of brackets, and how many are open at the end."""
    out = []
    for character in words:
        depth += character == OPEN
        if depth == 0:
            out.append(character)
        depth -= character == CLOSE
        if character == CLOSE and depth == 0:
            out.append(" ")
    return "".join(out), depth
