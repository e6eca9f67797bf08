"""Whether two people look alike: answers that are nearly the same text, profiles, e-mail addresses. Questions only.

Nothing here looks at a face, a voice or the rhythm of typing. Two honest people share terms and short phrases, hardly
ever five words in a row again and again, so texts are compared by their runs of five words (shingles, Broder 1997),
those of the question left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from vetting.domain.text import words

RUN = 5
FEWEST_RUNS = 12
"""Runs from which on a text is long enough to be compared."""
NEAR_COPY = 0.15
"""Share of common runs in the shorter text from which on a person is asked. Measured on the demo: the highest of 1,197
pairs of answers to the same question by different people is .06, .05 with a model's answer as the other one; a copy
with every tenth word changed keeps .51. A text rewritten throughout keeps nothing and is not found here."""
SAME_ITEM = 0.5
SAME_PROFILE = 0.5
"""Share of the shorter profile's items from which on a person is asked; no two of the demo's 44 profiles share one."""


class LikenessKind(StrEnum):
    """In what two people look alike."""

    ANSWER = "answer"
    EMAIL = "email"
    PROFILE = "profile"


def runs(text: str, known: str = "") -> frozenset[tuple[str, ...]]:
    """Runs of five words of a text, without those that stand in `known` (the question, which anybody may repeat)."""
    said, given = words(text), words(known)
    own = {tuple(said[n : n + RUN]) for n in range(len(said) - RUN + 1)}
    return frozenset(own - {tuple(given[n : n + RUN]) for n in range(len(given) - RUN + 1)})


def shared(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Share of the runs of the shorter text that the longer one has, 0-1; 0 where one is too short to tell."""
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter >= FEWEST_RUNS else 0.0


def normalised_email(address: str | None) -> str:
    """An address as one mailbox receives it: lower case, no tag after "+", no dots before the @ of Google's mail."""
    name, at, host = (address or "").strip().lower().partition("@")
    if not at or not name or not host:
        return ""
    name = name.partition("+")[0]
    host = "gmail.com" if host == "googlemail.com" else host
    return f"{name.replace('.', '') if host == 'gmail.com' else name}@{host}"


def alike_items(one: Iterable[str], other: Iterable[str]) -> float:
    """Share of the shorter profile's items that the other one has nearly word for word; 0 for profiles too thin."""
    first, second = ([r for text in texts if len(r := runs(text)) >= FEWEST_RUNS] for texts in (one, other))
    fewer, more = sorted((first, second), key=len)
    if len(fewer) < 2:
        return 0.0
    return sum(any(shared(a, b) >= SAME_ITEM for b in more) for a in fewer) / len(fewer)
