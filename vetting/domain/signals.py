"""Pastes and absences while an answer was written, in words. Questions to people; no rating knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

MOST_SIGNALS = 200
MOST_AMOUNT = 1_000_000
LONG_PASTE = 200
"""Pasted characters from which on a person is asked about them."""
LONG_AWAY = 60
"""Seconds away from the page, in all, from which on a person is asked about them."""


class SignalKind(StrEnum):
    """What the page noticed; its amount is in characters for a paste, in seconds for an absence."""

    PASTE = "paste"
    AWAY = "away"


class Signal(NamedTuple):
    """One thing the page noticed: how much and when, never what."""

    kind: SignalKind
    amount: int
    at: datetime


def total(signals: Sequence[Signal], kind: SignalKind) -> int:
    """Characters pasted, or seconds away, in all."""
    return sum(s.amount for s in signals if s.kind is kind)


def in_words(signals: Sequence[Signal]) -> str:
    """What was noticed about one answer in a plain half sentence; "" where nothing was."""
    pastes = [s for s in signals if s.kind is SignalKind.PASTE]
    absences = [s for s in signals if s.kind is SignalKind.AWAY]
    said = []
    if pastes:
        said.append(f"{total(signals, SignalKind.PASTE):,} characters pasted{_times(len(pastes))}")
    if absences:
        said.append(f"page left{_times(len(absences))}, {total(signals, SignalKind.AWAY):,} s in all")
    return "; ".join(said)


def questions(signals: Sequence[Signal], pasted: int = 0) -> tuple[str, ...]:
    """What a person may want to ask about one answer; `pasted` is what the submitted form said of pastes."""
    characters, seconds = max(total(signals, SignalKind.PASTE), pasted), total(signals, SignalKind.AWAY)
    left = sum(s.kind is SignalKind.AWAY for s in signals)
    asked = []
    if characters >= LONG_PASTE:
        asked.append(f"About {characters:,} characters were pasted. Where do they come from?")
    if seconds >= LONG_AWAY:
        asked.append(f"The page was left{_times(left)}, {seconds:,} seconds in all. What was done meanwhile?")
    return tuple(asked)


def _times(count: int) -> str:
    return " once" if count == 1 else f" {count} times"
