"""Degrees and licences as words: when two of them name the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from vetting.domain.places import countries
from vetting.domain.profile import Licence
from vetting.domain.profile_values import Line, Value

_WRITTEN_OUT: Mapping[str, str] = {
    "doctor of philosophy": "phd", "dphil": "phd", "doctor of medicine": "md", "juris doctor": "jd",
    "doctor of pharmacy": "pharmd", "master of science": "msc", "masters of science": "msc", "ms": "msc",
    "master of arts": "ma", "master of business administration": "mba", "master of engineering": "meng",
    "master of laws": "llm", "master of public health": "mph", "bachelor of science": "bsc", "bs": "bsc",
    "bachelor of arts": "ba", "bachelor of engineering": "beng", "bachelor of laws": "llb",
    "bachelor of technology": "btech",
}  # fmt: skip
"""Degrees written out and the usual short form; MS and MSc, BS and BSc are the same degree."""

_JOINTS = frozenset({"in", "of", "the", "degree"})


def plain(text: str) -> str:
    """Words for comparison: no case, no dots, no signs."""
    return " ".join(re.findall(r"[^\W_]+", text.replace(".", "").casefold()))


@lru_cache(maxsize=65_536)
def degree(text: str) -> str:
    """A degree for comparison: 'Master of Science in Physics' and 'M.Sc., physics' are both 'msc physics'."""
    words = plain(text)
    for written, short in _WRITTEN_OUT.items():
        if words == written or words.startswith(f"{written} "):
            words = short + words[len(written) :]
            break
    return " ".join(word for word in words.split() if word not in _JOINTS)


def holds_degree(held: str, wanted: str) -> bool:
    """Whether a degree is the wanted one, or the wanted one with a field behind it."""
    own, asked = degree(held), degree(wanted)
    return own == asked or own.startswith(f"{asked} ")


@lru_cache(maxsize=16_384)
def jurisdiction(text: str) -> str:
    """A jurisdiction for comparison: 'Germany' and 'DE' are one; a state is not its country."""
    named = countries(text)
    return named[0].casefold() if len(named) == 1 and len(text.split()) <= 3 else plain(text)


class WantedLicence(Value):
    """A licence asked for: words that its name must hold and, if given, the jurisdiction."""

    name: Line
    jurisdiction: Line | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.jurisdiction})" if self.jurisdiction else self.name

    def fits(self, licence: Licence) -> bool:
        """Whether every word asked for stands in the licence's name, and the jurisdiction is the same."""
        named = set(plain(self.name).split()) <= set(plain(licence.name).split())
        return named and (
            self.jurisdiction is None or jurisdiction(self.jurisdiction) == jurisdiction(licence.jurisdiction)
        )
