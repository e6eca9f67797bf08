"""Sentences put together from parts, so that code can tell whose words they are: ours, the pack's, the candidate's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from vetting.domain.scoring import EvidenceItem
from vetting.domain.text import sentences, stems
from vetting.domain.transcript import Span, Transcript

MAX_QUOTE_WORDS = 40


class Value(BaseModel):
    """Base of the values here."""

    model_config = ConfigDict(frozen=True)


class Piece(Value):
    """A part of a sentence. A `quote` is verbatim from the answer of `turn`, from character `start` on."""

    kind: Literal["words", "pack", "quote"]
    text: str
    turn: int | None = None
    start: int | None = None


class Sentence(Value):
    """One statement of an explanation."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """As plain text, quotes between quotation marks."""
        return "".join(f"“{p.text}”" if p.kind == "quote" else p.text for p in self.pieces)

    @property
    def quotes(self) -> tuple[Piece, ...]:
        """The candidate's own words in it."""
        return tuple(p for p in self.pieces if p.kind == "quote")


def sentence(*parts: str | Piece) -> Sentence:
    """A sentence; plain strings are our own words."""
    return Sentence(pieces=tuple(Piece(kind="words", text=p) if isinstance(p, str) else p for p in parts))


def of_pack(text: str) -> Piece:
    """Words of the rubric pack, without the full stop at their end."""
    return Piece(kind="pack", text=text.strip().rstrip("."))


def quoted(item: EvidenceItem, transcript: Transcript) -> Piece | None:
    """The words of a verdict, of a long passage the sentence that is nearest to what it shows.

    None where they do not stand in the answers (any more).
    """
    found = transcript.quote(Span(item.turn, item.start, item.end))
    if found is None or found != item.quote or not found.strip():
        return None
    start, end = _core(found, item.statement)
    return Piece(kind="quote", text=found[start:end], turn=item.turn, start=item.start + start)


def _core(found: str, statement: str) -> tuple[int, int]:
    if len(found.split()) <= MAX_QUOTE_WORDS:
        return len(found) - len(found.lstrip()), len(found.rstrip())
    wanted = set(stems(statement))
    best = max(sentences(found), key=lambda s: (len(wanted & set(stems(s.text))), -s.start), default=None)
    start, text = (best.start, best.text) if best else (0, found)
    shown = list(re.finditer(r"\S+", text))[:MAX_QUOTE_WORDS]
    return start + shown[0].start(), start + shown[-1].end()


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def listed(parts: Sequence[str]) -> str:
    """Parts as one enumeration in words."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
