"""Values of a PDF file as they are meant: strings, widths, what resources hold, paths that are rectangles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pypdf.generic import DictionaryObject
from pypdf.generic._font import Font

from vetting.documents.pdf_state import Box, State, box_of, number

DEEPEST = 12
"""Forms within forms, and owners above owners, that are followed."""


def decoded(font: Font, raw: bytes, state: State) -> tuple[str, float]:
    """Text and width of a string, as pypdf's layout mode reads them."""
    if isinstance(font.encoding, str):
        codes = raw.decode(font.encoding, "replace")
        letters = codes
    else:
        codes = "".join(map(chr, raw))
        letters = "".join(font.encoding.get(byte, chr(byte)) for byte in raw)
    text = "".join(str(font.character_map.get(c, c)) for c in letters)
    widths = sum(font.space_width if c == font.space_char else font.get_text_width(c) for c in codes)
    spaces = codes.count(font.space_char) * state.word_space
    width = (number(widths) * state.size / 1000 + len(codes) * state.character_space + spaces) * state.scale / 100
    return text, width


def text_of(value: Any) -> str:
    """A text string of the file, in UTF-16 with a byte order mark or in one byte for each character."""
    if not isinstance(value, bytes):
        return str(value)
    return value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "latin-1", errors="replace")


def resources_of(owner: Any) -> Mapping[str, Any]:
    """The resources of a page or form, also those a page has from the tree above it."""
    for _ in range(DEEPEST):
        found = owner.get("/Resources")
        if found is not None:
            resolved = found.get_object()
            return resolved if isinstance(resolved, DictionaryObject) else {}
        parent = owner.get("/Parent")
        if parent is None:
            return {}
        owner = parent.get_object()
    return {}


def entry_of(resources: Mapping[str, Any], kind: str, operands: Sequence[Any], *, resolve: bool = True) -> Any:
    """What the resources hold under the name that is the first operand; None where they hold nothing."""
    group = resources.get(kind)
    group = group.get_object() if group is not None else None
    if not isinstance(group, DictionaryObject) or not operands:
        return None
    found = group.raw_get(str(operands[0])) if str(operands[0]) in group else None
    return found.get_object() if resolve and found is not None else found


def as_rectangle(points: Sequence[tuple[float, float]]) -> Box | None:
    """The box of a path that goes along its sides; None for any other shape."""
    box = box_of(points)
    near = 0.5
    on_a_corner = all(
        min(abs(x - box.left), abs(x - box.right)) < near and min(abs(y - box.bottom), abs(y - box.top)) < near
        for x, y in points
    )
    return box if on_a_corner and len(points) >= 4 else None
