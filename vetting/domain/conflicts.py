"""Conflicts of interest: ties to an organisation or a person, declared or found in a document.

A found tie excludes like a declared one. Only a declaration shows that there is no other: who has declared nothing is
no evidence, however many employers are known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic import model_validator

from vetting.domain.profile_values import Line, Value

_LEGAL = frozenset(
    """ltd limited gmbh mbh inc incorporated llc llp lp plc ag se sa sas sarl bv nv co corp corporation company kg ohg
    oy ab as aps srl spa pty the group holding holdings""".split()
)
"""Words of a company's name that say only what form it has."""


class Tie(StrEnum):
    """What ties a person to a name; `declared` is what they stated themselves as a conflict."""

    DECLARED = "declared"
    EMPLOYER = "employer"
    CLIENT = "client"
    CO_AUTHOR = "co_author"


class Conflict(Value):
    """One tie; in files a plain name is a declared one."""

    name: Line
    kind: Tie = Tie.DECLARED

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data

    def __str__(self) -> str:
        return self.name if self.kind is Tie.DECLARED else f"{self.name} ({self.kind.replace('_', ' ')})"

    def document(self) -> Any:
        """The tie in the import format."""
        return self.name if self.kind is Tie.DECLARED else self.model_dump(mode="json")

    def touches(self, client: str) -> bool:
        """Whether this is the client: the same name but for its legal form; people also by initial and surname."""
        if self.kind is Tie.CO_AUTHOR:
            return _person(self.name) == _person(client)
        return bool(organisation(self.name)) and organisation(self.name) == organisation(client)


def names(client: str) -> tuple[str, ...]:
    """The names in a client field: several, for which nobody may work, are parted by semicolons."""
    return tuple(dict.fromkeys(name.strip() for name in client.split(";") if name.strip()))


def touching(conflicts: Sequence[Any], client: str) -> bool:
    """Whether one of these ties, as values or in the import format, is to the client, or to one of several."""
    ties = [Conflict.model_validate(tie) for tie in conflicts]
    return any(tie.touches(name) for name in names(client) for tie in ties)


def declared(conflicts: Sequence[Conflict]) -> bool:
    """Whether the person stated conflicts themselves."""
    return any(conflict.kind is Tie.DECLARED for conflict in conflicts)


@lru_cache(maxsize=65_536)
def organisation(name: str) -> str:
    """A name for comparison: 'The Northgate Group Ltd.' and 'NORTHGATE' are one."""
    words = re.findall(r"[^\W_]+", name.casefold().replace(".", "").replace("&", " and "))
    return " ".join([word for word in words if word not in _LEGAL] or words)


@lru_cache(maxsize=65_536)
def _person(name: str) -> tuple[str, str]:
    """Surname and initial: 'Reyes A', 'A. Reyes' and 'Ana Reyes' are one person; titles do not count."""
    plain = re.sub(r"\b(?:dr|prof|mr|mrs|ms|md|phd)\b\.?", " ", name, flags=re.IGNORECASE)
    words = re.findall(r"[^\W\d_]+", plain)
    if len(words) < 2:
        return (words[0].casefold(), "") if words else ("", "")
    initials = len(words[-1]) <= 2 and words[-1].isupper()
    surname, first = (words[0], words[-1]) if initials else (words[-1], words[0])
    return surname.casefold(), first[0].casefold()
