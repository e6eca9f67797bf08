"""Whether two people look alike: answers that are nearly the same text, profiles, e-mail addresses. Questions only.

Nothing here looks at a face, a voice or the rhythm of typing.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from vetting.domain.near_copies import FEWEST_RUNS, runs, shared

SAME_ITEM = 0.5
SAME_PROFILE = 0.5
"""Share of the shorter profile's items from which on a person is asked; no two of the demo's 44 profiles share one."""


class LikenessKind(StrEnum):
    """In what two people look alike."""

    ANSWER = "answer"
    EMAIL = "email"
    PROFILE = "profile"


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
