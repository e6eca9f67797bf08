"""Texts for readers who are not to know whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

GAP = "[name]"
SHORTEST = 2


def withheld(text: str, names: Iterable[str]) -> str:
    """The text with each word of these names replaced, whatever its case; parts of other words stay.

    A name is taken apart at everything that is no letter or digit, so that "Reyes" alone is found too, and so is the
    beginning of an e-mail address.
    """
    parts = {part for name in names for part in re.findall(r"[^\W_]+", name) if len(part) >= SHORTEST}
    if not parts:
        return text
    longest_first = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
    return re.sub(rf"(?<![^\W_])(?:{longest_first})(?![^\W_])", GAP, text, flags=re.IGNORECASE)
