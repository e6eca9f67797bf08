"""Whether a text that a language model reworded says what the plain sentences say: nothing more, nothing less.

Code cannot judge meaning, so it asks for what a rewording that keeps it will have: the same numbers and quotes in the
same order; each sentence made of the words of the plain sentences it stands for and of small words that say nothing by
themselves, in about their order; as many negations; every plain sentence found again. Words that weigh (very, only,
must, always) are no small words. Whatever does not pass is not shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from vetting.domain.sentence import Sentence
from vetting.domain.text import NEGATIONS, normalise, stem

COVERED = 0.7
"""Of the words of a plain sentence so many must stand in the one that stands for it."""
IN_ORDER = 0.6
LONGEST = 1.4

SMALL_WORDS = frozenset(
    """a an the of to in on at by for from with into as and or so also then here there this that these those it its
    you your yours is are was were be been being has have had do does did can could which who what when where while
    if about""".split()
)
"""What a rewording may add: words that carry nothing alone."""
MARKS = frozenset(" .,;:!?'’()-–\"“”\n")

_STOP = re.compile(r"(?<=[.!?])\s+")
_TOKEN = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_QUOTE = "quotedpassage"


def faults(plain: Sequence[Sentence], text: str) -> list[str]:
    """Why a rewording of these sentences cannot be shown, each in a few words; empty where it can."""
    original = " ".join(s.text for s in plain)
    found = [*_characters(original, text)]
    if len(text.split()) > LONGEST * len(original.split()):
        found.append("longer than the plain text")
    quotes = [q.text for s in plain for q in s.quotes]
    bare, missing = _without_quotes(text, quotes)
    if missing or any(mark in bare for mark in '“”"'):
        found.append("a quote was changed, left out, moved or added")
    return found or _sentences(_units(_without_quotes(original, quotes)[0]), _units(bare))


def fingerprint(plain: Sequence[Sentence]) -> str:
    """Names the plain sentences a rewording was made from, so that it is not shown for others."""
    return hashlib.sha256(" ".join(s.text for s in plain).encode()).hexdigest()


def shown(plain: Sequence[Sentence], stored: Mapping[str, Any] | None) -> str | None:
    """The stored rewording (`of`, `text`) of just these sentences if it passes, else None."""
    if not stored or stored.get("of") != fingerprint(plain):
        return None
    text = stored.get("text")
    return text if isinstance(text, str) and not faults(plain, text) else None


def _characters(original: str, text: str) -> Iterator[str]:
    if not text.strip():
        yield "empty"
    if normalise(text).text != text:
        yield "characters that cannot be seen or are written in several ways"
    known = set(original) | MARKS
    if any(not (c.isascii() and c.isalnum()) and c not in known for c in text):
        yield "characters that the plain text does not have"


def _without_quotes(text: str, quotes: Sequence[str]) -> tuple[str, bool]:
    """The text with a placeholder for each quote, taken in order; whether one was not found where it is due."""
    out, at = [], 0
    for quote in quotes:
        start, marks = min(
            ((found, f"{a}{quote}{b}") for a, b in ("“”", '""') if (found := text.find(f"{a}{quote}{b}", at)) >= 0),
            default=(-1, ""),
        )
        if start < 0:
            return text, True
        out += [text[at:start], _QUOTE]
        at = start + len(marks)
    return "".join([*out, text[at:]]), False


def _units(text: str) -> list[list[str]]:
    """The sentences of a text as lower-case tokens."""
    split = ([t.lower().replace("’", "'") for t in _TOKEN.findall(part)] for part in _STOP.split(text.strip()))
    return [tokens for tokens in split if tokens]


def _sentences(plain: Sequence[list[str]], new: Sequence[list[str]]) -> list[str]:
    """Each plain sentence is given to the new one that covers it best, and each new one compared with those it got."""
    groups: list[list[str]] = [[] for _ in new]
    found = []
    for unit in plain:
        wanted = set(_weighty(unit))
        best = max(range(len(new)), key=lambda n: (len(wanted & set(_weighty(new[n]))), -n), default=None)
        if best is None or len(wanted & set(_weighty(new[best]))) < COVERED * len(wanted):
            found.append(f"left out: {' '.join(unit[:6])} ...")
        else:
            groups[best] += unit
    return found or [fault for unit, group in zip(new, groups, strict=True) for fault in _differences(unit, group)]


def _differences(unit: Sequence[str], group: Sequence[str]) -> Iterator[str]:
    if not group:
        yield f"added: {' '.join(unit[:6])} ..."
        return
    mine, theirs = _weighty(unit), _weighty(group)
    if extra := [t for t in unit if t not in SMALL_WORDS and stem(t) not in set(theirs)]:
        yield f"words of its own: {', '.join(dict.fromkeys(extra))}"
    if _numbers(unit) != _numbers(group):
        yield "other numbers, or in another order"
    if _negations(unit) != _negations(group):
        yield "another number of negations"
    matcher = SequenceMatcher(None, theirs, mine, autojunk=False)
    if sum(block.size for block in matcher.get_matching_blocks()) < IN_ORDER * max(len(mine), 1):
        yield "its words stand in another order"


def _weighty(unit: Sequence[str]) -> list[str]:
    return [stem(t) for t in unit if t not in SMALL_WORDS]


def _numbers(unit: Sequence[str]) -> list[str]:
    return [t for t in unit if t[0].isdigit() or t == _QUOTE]


def _negations(unit: Sequence[str]) -> int:
    return sum(t in NEGATIONS for t in unit)
