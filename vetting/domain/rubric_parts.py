"""What any part of a rubric pack is made of: ids and texts, and the small parts that say where a pack comes from."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=64)]
LONGEST_PACK_ID = 80
PACK_ID = r"^[a-z0-9_]+\.[a-z0-9_]+$"
PackId = Annotated[str, StringConstraints(pattern=PACK_ID, max_length=LONGEST_PACK_ID)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Level = Annotated[int, Field(ge=1, le=5)]


class Part(BaseModel):
    """Base of every value in a pack: frozen, and a field it does not know is a fault, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Part):
    """Where a fact of the pack comes from: a real publication that its author opened."""

    id: Slug
    title: Text
    publisher: Text
    year: Annotated[int, Field(ge=1900, le=2100)]
    url: str | None = None
    note: str | None = None


class Cut(Part):
    """Where a recommendation turns: the composite level, and minimum levels per competency."""

    composite: Annotated[float, Field(ge=1, le=5)]
    min_levels: dict[Slug, Annotated[float, Field(ge=1, le=5)]] = Field(default_factory=dict)


class Guideline(Part):
    """The guideline or body of law a pack rests on, with its edition."""

    name: Text
    edition: Text
    source: Slug


class JobAnalysis(Part):
    """What people in the role do, which is why these competencies are asked for."""

    tasks: Annotated[tuple[Text, ...], Field(min_length=1)]
    sources: tuple[Slug, ...] = ()


class Signature(Part):
    """A named practitioner who reviewed this version."""

    name: Text
    role: Text
    on: date
