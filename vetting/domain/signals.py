"""Pastes and absences while an answer was written, in words. Questions to people; no rating knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from vetting.domain.tongue import _, ngettext

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
        words = _("{characters} characters pasted{times}")
        said.append(words.format(characters=f"{total(signals, SignalKind.PASTE):,}", times=_times(len(pastes))))
    if absences:
        words = _("page left{times}, {seconds} s in all")
        said.append(words.format(times=_times(len(absences)), seconds=f"{total(signals, SignalKind.AWAY):,}"))
    return "; ".join(said)


def questions(signals: Sequence[Signal], pasted: int = 0) -> tuple[str, ...]:
    """What a person may want to ask about one answer; `pasted` is what the submitted form said of pastes."""
    characters, seconds = max(total(signals, SignalKind.PASTE), pasted), total(signals, SignalKind.AWAY)
    left = sum(s.kind is SignalKind.AWAY for s in signals)
    asked = []
    if characters >= LONG_PASTE:
        words = _("About {characters} characters were pasted. Where do they come from?")
        asked.append(words.format(characters=f"{characters:,}"))
    if seconds >= LONG_AWAY:
        words = _("The page was left{times}, {seconds} seconds in all. What was done meanwhile?")
        asked.append(words.format(times=_times(left), seconds=f"{seconds:,}"))
    return tuple(asked)


def _times(count: int) -> str:
    return ngettext(" once", " {count} times", count).format(count=count)
