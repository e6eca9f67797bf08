"""A project and what it requires of an expert."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from vetting.domain.fact_words import words
from vetting.domain.facts import FactTest, Op, parse_test
from vetting.domain.profile import Rate, Standing
from vetting.domain.profile_values import Id, Line, Prose, Value

BRIEF = "brief"
CONFLICT = "conflict"
RATE_MAX = "rate_max"
HOURS = "hours_per_week"
START = "start"


class Kind(StrEnum):
    """Whether a requirement excludes who does not meet it, or only adds to the fit of who does."""

    MUST = "must"
    NICE = "nice"


Topic = Annotated[Prose, StringConstraints(min_length=1)]


class Requirement(Value):
    """One requirement over exactly one of: a competency (with a level), a fact (with operator and value), a topic."""

    id: Id
    kind: Kind
    competency: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+/[a-z0-9_-]+$", max_length=200)] | None = None
    min_level: Annotated[float, Field(ge=1, le=5)] | None = None
    fact: Line | None = None
    op: Op | None = None
    value: Any = None
    standing: Standing | None = None
    topic: Topic | None = None
    cover: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many of the experts on the project must meet it; staffing keeps to that, ranking does not look at it."""

    @model_validator(mode="before")
    @classmethod
    def _id_from_content(cls, data: Any) -> Any:
        """A requirement without an id gets one that stays the same as long as its content does."""
        if isinstance(data, dict) and not data.get("id"):
            data = {k: v for k, v in data.items() if v is not None}
            subject = str(data.get("competency") or data.get("fact") or data.get("topic") or "requirement")
            slug = "-".join(re.findall(r"[a-z0-9]+", subject.lower().rsplit("/", 1)[-1])[:4])
            rest = {k: v for k, v in data.items() if k != "id"}
            content = json.dumps(rest, sort_keys=True, default=str, ensure_ascii=True)
            data["id"] = f"{slug or 'requirement'}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"
        return data

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        given = [name for name in ("competency", "fact", "topic") if getattr(self, name) is not None]
        if len(given) != 1:
            has = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of competency, fact and topic, and has {has}")
        for name, owner in (("min_level", "competency"), ("op", "fact"), ("value", "fact"), ("standing", "fact")):
            if getattr(self, name) is not None and owner not in given:
                raise ValueError(f"{name} belongs to a {owner}, and this is a {given[0]}")
        if self.competency and self.min_level is None:
            raise ValueError("a competency needs min_level, a number from 1 to 5")
        if self.fact:
            if self.op is None:
                raise ValueError("a fact needs op and value")
            parse_test(self.fact, self.op, self.value, self.standing)
        return self

    @cached_property
    def test(self) -> FactTest:
        """The comparison of a fact requirement, parsed once."""
        if self.fact is None or self.op is None:
            raise ValueError(f"requirement {self.id} is not about a fact")
        return parse_test(self.fact, self.op, self.value, self.standing)

    @property
    def label(self) -> str:
        """What is asked, in words."""
        if self.competency:
            return f"{self.competency} at level {self.min_level:g} or above"
        if self.fact:
            return words(self.test)
        return self.topic or self.id


class Project(Value):
    """Work that needs experts, as imported; the id is unique within an organisation."""

    id: Id
    title: Line
    brief: Prose = ""
    requirements: tuple[Requirement, ...] = ()
    seats: Annotated[int, Field(ge=1, le=10_000)] | None = None
    hours_per_week: Annotated[float, Field(gt=0, le=168)] | None = None
    rate_max: Rate | None = None
    start: date | None = None
    client: Line | None = None

    @model_validator(mode="after")
    def _usable(self) -> Self:
        ids = [r.id for r in self.requirements]
        if repeated := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two requirements have the id {repeated[0]!r}")
        if not self.brief and not self.requirements:
            raise ValueError("needs a brief or requirements, and has neither")
        for r in self.requirements:
            if r.cover and self.seats and r.cover > self.seats:
                raise ValueError(f"requirement {r.id!r} is to be met by {r.cover} experts; the seats are {self.seats}")
        return self

    @property
    def text(self) -> str:
        """What is matched where no topic is named: title and brief."""
        return f"{self.title.rstrip('.')}. {self.brief}".strip()


def derived(project: Project) -> tuple[Requirement, ...]:
    """Requirements that follow from the project's own fields, unless a stated one has the same id.

    Rate and hours are musts; the start date is a nice-to-have; without any topic title and brief are one. What a
    stated requirement already asks word for word is not asked twice.
    """
    found: list[Requirement] = []
    if project.rate_max:
        rate = project.rate_max.model_dump()
        found.append(Requirement(id=RATE_MAX, kind=Kind.MUST, fact="rate", op=Op.LE, value=rate))
    if project.hours_per_week:
        hours = project.hours_per_week
        found.append(Requirement(id=HOURS, kind=Kind.MUST, fact="hours_per_week", op=Op.GE, value=hours))
    if project.start:
        start = project.start.isoformat()
        found.append(Requirement(id=START, kind=Kind.NICE, fact="available_from", op=Op.LE, value=start))
    if not any(r.topic for r in project.requirements):
        found.append(Requirement(id=BRIEF, kind=Kind.NICE, topic=project.text))
    ids = {r.id for r in project.requirements}
    asked = {(r.test.fact, r.test.op, r.test.wanted) for r in project.requirements if r.fact and r.kind is Kind.MUST}
    return tuple(
        r for r in found if r.id not in ids and not (r.fact and (r.test.fact, r.test.op, r.test.wanted) in asked)
    )


def all_requirements(project: Project) -> tuple[Requirement, ...]:
    """Every requirement that ranking looks at, stated ones first."""
    return (*project.requirements, *derived(project))
