"""What a model reads in documents and writes for packs; code decides what of it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vetting.ports.language_model import ModelCall


@dataclass(frozen=True)
class ProposedFact:
    """A fact that a model read in a document, with the words it says it rests on; `value` in the import format."""

    fact: str
    value: Any
    quote: str


@dataclass(frozen=True)
class FactReading:
    """What a model read in a document, and the calls it took."""

    facts: tuple[ProposedFact, ...]
    model: str
    calls: tuple[ModelCall, ...] = ()


class FactReader(Protocol):
    """Reads facts in the visible text of a document; `domain.cv_proposals` decides which of them stand."""

    model: str

    def read(self, text: str, *, deadline: float) -> FactReading:
        """Proposed facts within `deadline` seconds. Raises ModelFailed."""
        ...


@dataclass(frozen=True)
class PackWish:
    """What a draft pack is wanted for. `questions` are a person's own, to be kept word for word and in order.

    `faults` are what the check said of an earlier proposal for the same wish.
    """

    title: str
    language: str
    brief: str
    questions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class WrittenPack:
    """A pack as a model proposes it: competencies as plain data, and the calls it took."""

    summary: str
    competencies: tuple[Mapping[str, Any], ...]
    model: str
    calls: tuple[ModelCall, ...] = ()


class PackWriter(Protocol):
    """Writes a draft pack; `domain.pack_proposal` decides what of it is kept, and a person what is published."""

    model: str

    def write(self, wish: PackWish, *, deadline: float) -> WrittenPack:
        """A proposal within `deadline` seconds. Raises ModelFailed."""
        ...
