"""What can be seen: contrast of two colours, characters without a shape, and text beside the page that says more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vetting.domain.document import Hidden, Why

TOO_FAINT = 1.25
"""Contrast below which text cannot be told from what is behind it: light grey #E3E3E3 on white is at the limit."""

NEW_WORDS = 4
"""Words that a property, a comment or a description must have beyond those of the pages to be told to the reviewer."""

LONGEST = 2_000
"""Characters shown of one hidden piece."""

_TAGS = range(0xE0000, 0xE0080)
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_BYTE_OF = {code: byte for byte, code in enumerate(_SELECTORS)}
_SHAPELESS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_INVISIBLE = re.compile(f"[{_SHAPELESS}\ufe00-\ufe0f\U000e0000-\U000e0fff]")
_RUN = re.compile(f"{_INVISIBLE.pattern}{{6,}}")
_LIGATURES = ("ff", "fi", "fl", "ffi", "ffl", "st", "st")
_AS_LETTERS = {0xFB00 + n: letters for n, letters in enumerate(_LIGATURES)} | {0x0C: "\n", 0xA0: " "}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def luminance(red: float, green: float, blue: float) -> float:
    """Relative luminance of a colour with parts from 0 to 1 (WCAG 2.2)."""

    def linear(part: float) -> float:
        part = min(max(part, 0.0), 1.0)
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def of_hex(colour: str) -> float | None:
    """Luminance of 'FFFFFF'; None for what is no such colour."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", colour):
        return None
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return luminance(red, green, blue)


def faint(text: float, behind: float) -> bool:
    """Whether text of this luminance cannot be seen before that one."""
    light, dark = max(text, behind), min(text, behind)
    return (light + 0.05) / (dark + 0.05) < TOO_FAINT


def plain(text: str) -> str:
    """The text without characters that have no shape or that no database takes, and with ligatures as letters."""
    return _CONTROL.sub("", _INVISIBLE.sub("", text.translate(_AS_LETTERS)))


def smuggled(text: str, page: int | None) -> Iterator[Hidden]:
    """Runs of characters without a shape; those that spell something are shown spelled out."""
    for run in _RUN.finditer(text):
        yield Hidden(_spelled(run[0]), Why.INVISIBLE_CHARACTERS, page)


def beside(text: str, visible: str, why: Why, page: int | None = None, new: int = NEW_WORDS) -> Iterator[Hidden]:
    """A text that is not on a page, where it says something that the pages do not."""
    words = set(re.findall(r"\w{3,}", text.casefold()))
    if len(words - set(re.findall(r"\w{3,}", visible.casefold()))) >= new:
        yield Hidden(plain(text)[:LONGEST], why, page)


def together(found: Iterable[Hidden]) -> tuple[Hidden, ...]:
    """Neighbouring pieces that are hidden for the same reason on the same page, as one."""
    out: list[Hidden] = []
    for one in found:
        last = out[-1] if out else None
        if last and (last.why, last.page) == (one.why, one.page) and len(last.text) + len(one.text) < LONGEST:
            out[-1] = Hidden(f"{last.text} {one.text}", one.why, one.page)
        elif one.text.strip():
            out.append(one)
    return tuple(Hidden(" ".join(one.text.split())[:LONGEST], one.why, one.page) for one in out)


def _spelled(run: str) -> str:
    """Tag characters stand for ASCII, variation selectors for bytes; others are only counted."""
    tags = "".join(chr(ord(c) - _TAGS.start) for c in run if ord(c) in _TAGS)
    if tags.strip():
        return plain(tags)
    content = bytes(_BYTE_OF[ord(c)] for c in run if ord(c) in _BYTE_OF)
    spelled = plain(content.decode("utf-8", errors="replace")).strip()
    return spelled if len(spelled) > 3 else f"{len(run)} characters without a shape"
