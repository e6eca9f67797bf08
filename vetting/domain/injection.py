"""Where an answer speaks to whoever rates it instead of to the question. Pure functions of the texts.

What is found is a question to a person, never a finding: an expert may talk about prompts, graders and instructions.
So only the form of an order counts (an imperative at the start of a clause, a vocative, a forged marker, hidden
characters), not the subject; a quoted order that is talked about is set apart from one that is given.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from vetting.domain.injection_forms import MARKERS, ORDERS, QUOTED, RATING, TASK
from vetting.domain.text import Normalised, Sentence, Span, invisible, is_plain, normalise, sentences, stems


class Kind(StrEnum):
    """Why a span should not reach a rater. Orders, markers and hidden characters are shown to a person.

    A quoted order and an aside (a question or task without a word of the subject) are only left out of the second
    rating: honest answers have them too.
    """

    ORDER = "order"
    MARKER = "marker"
    HIDDEN = "hidden"
    QUOTED = "quoted"
    ASIDE = "aside"

    @property
    def shown(self) -> bool:
        """Whether a person is asked about it."""
        return self not in (Kind.QUOTED, Kind.ASIDE)


@dataclass(frozen=True)
class Suspect:
    """Characters [start, end) of the answer as it was written, and why they are suspected."""

    start: int
    end: int
    kind: Kind


def suspects(answer: str, subject: frozenset[str] = frozenset()) -> tuple[Suspect, ...]:
    """The spans, in order and without overlap.

    `subject` holds the stems of everything the pack says about the question. With it, asides are found too, and what
    stands beside an order is taken with it when it has no word of the subject.
    """
    plain = normalise(answer)
    folded = plain.text.translate(_FOLD).lower()
    parts = sentences(plain.text)
    kinds = [_kind(plain.text, folded, part, subject) for part in parts]
    _spread(kinds, parts, subject)
    found = [s for part, kind in zip(parts, kinds, strict=True) if kind for s in _located(plain, folded, part, kind)]
    return _disjoint([*_hidden(answer), *found])


def reads_like_an_instruction(answer: str) -> bool:
    """Whether a person should be asked what a passage of the answer is meant for."""
    return any(s.kind.shown for s in suspects(answer))


def masked(answer: str, spans: Iterable[Suspect]) -> str:
    """The answer with those spans blank, every other character in its place."""
    characters = list(answer)
    for span in spans:
        characters[span.start : span.end] = " " * (span.end - span.start)
    return "".join(characters)


MIN_OUTSIDE = 4
"""Words around a quoted order that make it one that is talked about."""
ASIDE_WORDS = 4
ASIDE_SHARE = 0.2
"""An aside has at most this share of its content words in common with the subject."""
ASKING_SHARE = 0.5
"""The same for a question or task that has a single word of it: that word proves nothing."""


def _kind(text: str, folded: str, part: Sentence, subject: frozenset[str]) -> Kind | None:
    said = folded[part.start : part.end]
    if (form := _form(said, _line_head(folded, part))) is not None:
        return form
    if subject and _aside(said, text[part.start : part.end], subject):
        return Kind.ASIDE
    return None


@lru_cache(maxsize=4096)
def _form(said: str, line: str) -> Kind | None:
    """Whether a sentence has the form of an order; remembered, since flags, guard and each rater ask about the same."""
    if any(p.search(said) for p in MARKERS) or any(p.search(line) for p in MARKERS[2:5]):
        return Kind.MARKER
    if any(p.search(said) for p in ORDERS):
        return Kind.QUOTED if _talked_about(said) else Kind.ORDER
    return None


def _line_head(folded: str, part: Sentence) -> str:
    """The sentence with the marks that stand before it on its line, which are no part of it."""
    start = folded.rfind("\n", 0, part.start) + 1
    before = folded[start : part.start]
    return before + folded[part.start : part.end] if not before.strip("#>*-=|[( ") else ""


def _talked_about(said: str) -> bool:
    """Whether only quoted words give the order, inside a sentence of its own."""
    outside = QUOTED.sub(" ", said)
    if outside == said or any(p.search(outside) for p in ORDERS):
        return False
    return len(re.findall(r"\w+", outside)) >= MIN_OUTSIDE


def _aside(said: str, text: str, subject: frozenset[str]) -> bool:
    """Whether the sentence asks for, or speaks of the rating, and has next to nothing of the subject."""
    if len(said.split()) < ASIDE_WORDS:
        return False
    asks = said.rstrip("\"'”) ").endswith("?") or TASK.match(said.lstrip("\"'“( ")) is not None
    own = set(stems(text))
    shared = len(own & subject)
    if asks and shared <= 1 and shared <= ASKING_SHARE * len(own):
        return True
    return (asks or RATING.search(said) is not None) and shared <= ASIDE_SHARE * len(own)


def _share(text: str, subject: frozenset[str]) -> float:
    own = set(stems(text))
    return len(own & subject) / len(own) if own else 0.0


def _spread(kinds: list[Kind | None], parts: Sequence[Sentence], subject: frozenset[str]) -> None:
    """What follows or leads up to an order without a word of the subject belongs to it."""
    if not subject:
        return
    for step in (1, -1):
        order = range(len(kinds)) if step == 1 else range(len(kinds) - 1, -1, -1)
        for at in order:
            beside = at - step
            if kinds[at] is None and 0 <= beside < len(kinds) and kinds[beside] in (Kind.ORDER, Kind.MARKER):
                kinds[at] = Kind.ORDER if _share(parts[at].text, subject) == 0 else None


def _located(plain: Normalised, folded: str, part: Sentence, kind: Kind) -> list[Suspect]:
    """The span in the answer as written; of a quoted order the quotes that hold one."""
    if kind is not Kind.QUOTED:
        return [Suspect(*plain.original(part.start, part.end), kind)]
    inside = QUOTED.finditer(folded[part.start : part.end])
    quotes = [Span(part.start + m.start(), part.start + m.end()) for m in inside]
    giving = [q for q in quotes if any(p.search(folded[q.start : q.end]) for p in ORDERS)]
    return [Suspect(*plain.original(q.start, q.end), kind) for q in giving or quotes]


# --- characters that a reader of the page does not see, or takes for others

TAGS = 4
RUN = 8
_OVERRIDES = frozenset("\u202d\u202e\u2066\u2067\u2068")
_LOOK = "аеорсухіѕјԁһԛԝкмтвнАЕОРСУХІЅЈКМТВНЗοαενρτυικхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıοⅼօ"
_LIKE = "aeopcyxisjdhqwkmtbhAEOPCYXISJKMTBH3oaevptuikxyABEZHIKMNOPTYXagiolo"
_FOLD = str.maketrans(_LOOK, _LIKE)
_UNSEEN = re.compile(rf"x{{{RUN},}}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
_MIXED = re.compile(rf"(?=\w*[a-zA-Z])(?=\w*[{_LOOK}])[a-zA-Z{_LOOK}]{{4,}}")


def _hidden(answer: str) -> list[Suspect]:
    """Tag characters, text turned round, long invisible runs, words mixing two alphabets, text in base64."""
    found = [Suspect(*m.span(), Kind.HIDDEN) for m in _BASE64.finditer(answer) if _spells(m.group())]
    if is_plain(answer):
        return found
    tags = [at for at, c in enumerate(answer) if "\U000e0000" <= c <= "\U000e007f"]
    if len(tags) >= TAGS:
        found += [Suspect(at, at + 1, Kind.HIDDEN) for at in tags]
    found += [Suspect(at, at + 1, Kind.HIDDEN) for at, c in enumerate(answer) if c in _OVERRIDES]
    unseen = "".join("x" if invisible(c) else " " for c in answer)
    found += [Suspect(*m.span(), Kind.HIDDEN) for m in _UNSEEN.finditer(unseen)]
    return found + [Suspect(*m.span(), Kind.HIDDEN) for m in _MIXED.finditer(answer)]


def _spells(code: str) -> bool:
    """Whether base64 hides words: hashes and keys decode to no plain text."""
    try:
        plain = base64.b64decode(code + "=" * (-len(code) % 4), validate=True).decode("ascii")
    except ValueError:
        return False
    return plain.isprintable() and " " in plain


def _disjoint(found: Iterable[Suspect]) -> tuple[Suspect, ...]:
    """In order; where two overlap the earlier begun goes on to the farther end and the kind a person sees stays."""
    joined: list[Suspect] = []
    for span in sorted(found, key=lambda s: (s.start, -s.end)):
        last = joined[-1] if joined else None
        if last is None or span.start > last.end or (span.start == last.end and span.kind is not last.kind):
            joined.append(span)
            continue
        kind = last.kind if last.kind.shown or not span.kind.shown else span.kind
        joined[-1] = Suspect(last.start, max(last.end, span.end), kind)
    return tuple(joined)
