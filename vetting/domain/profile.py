"""An expert's profile: pieces of evidence to embed, typed facts, and standings from interviews."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from vetting.domain.conflicts import Conflict
from vetting.domain.denial import NOTHING, affirmed
from vetting.domain.profile_values import Id, Line, Prose, Value, storable
from vetting.domain.text import sentences

PIECE_TOKENS = 200
"""How much goes into one vector: the bundled model reads 256 tokens and would drop the tail without a word."""


class Cefr(StrEnum):
    """Level of a language, Common European Framework of Reference."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"

    @property
    def rank(self) -> int:
        """0 for A1 to 5 for C2."""
        return _CEFR.index(self)


_CEFR = tuple(Cefr)


class Standing(StrEnum):
    """How far a fact is proven; a file only claims."""

    CLAIMED = "claimed"
    DOCUMENT_SEEN = "document_seen"
    CHECKED_AT_SOURCE = "checked_at_source"

    def covers(self, asked: Standing) -> bool:
        """Whether this is at least what was asked for."""
        order = tuple(Standing)
        return order.index(self) >= order.index(asked)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _timezone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is not an IANA time zone like Europe/Berlin")
    return name


def parse_cefr(level: object) -> Cefr:
    """A CEFR level from 'b2', 'B2' or 'native'. Raises ValueError."""
    text = str(level).strip().upper()
    if text == "NATIVE":
        return Cefr.C2
    if text not in Cefr.__members__:
        raise ValueError(f"{str(level)[:40]!r} is not a language level from A1 to C2")
    return Cefr(text)


def _languages(value: object) -> object:
    """A map of code to level, kept as sorted pairs so that equal facts are equal keys."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise ValueError('is not a map of language codes to levels like {"en": "C1"}')
    return tuple(sorted({language_code(code): parse_cefr(level) for code, level in value.items()}.items()))


def language_code(code: object) -> str:
    """An ISO 639 code in lower case; 'en-GB' counts as 'en'. Raises ValueError."""
    base = str(code).strip().lower().split("-")[0]
    if not (base.isascii() and base.isalpha() and 2 <= len(base) <= 3):
        raise ValueError(f"{str(code)[:40]!r} is not a language code like en or pt")
    return base


def _letters(count: int, what: str) -> AfterValidator:
    def check(text: str) -> str:
        if not (len(text) == count and text.isascii() and text.isalpha()):
            raise ValueError(f"{text[:40]!r} is not {what}")
        return text.upper()

    return AfterValidator(check)


Country = Annotated[str, StringConstraints(strip_whitespace=True), _letters(2, "a country code of two letters like PT")]
Currency = Annotated[str, StringConstraints(strip_whitespace=True), _letters(3, "a currency code like EUR")]
Timezone = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_timezone)]
Languages = Annotated[tuple[tuple[str, Cefr], ...], BeforeValidator(_languages)]


Per = Literal["hour", "day", "week", "month", "year"]
HOURS_IN: Mapping[Per, float] = {"hour": 1, "day": 8, "week": 40}
"""Hours paid for by a rate of that period; how many a month or a year has is a matter of contracts."""


class Rate(Value):
    """Money per hour, day, week, month or year."""

    amount: Annotated[float, Field(ge=0, le=1e9)]
    currency: Currency
    per: Per = "hour"

    @property
    def hourly(self) -> float | None:
        """The amount for an hour, a day having 8 and a week 40; None where hours are not known."""
        return self.amount / HOURS_IN[self.per] if self.per in HOURS_IN else None

    def __str__(self) -> str:
        return f"{self.amount:g} {self.currency}/{'h' if self.per == 'hour' else self.per}"


class Licence(Value):
    """A licence to practise, its register's jurisdiction, and how far that was checked."""

    name: Line
    jurisdiction: Line
    number: Line | None = None
    expires: date | None = None
    standing: Standing = Standing.CLAIMED

    @property
    def statement(self) -> str:
        """What a check is of: the licence with its number; a renewal is the same licence."""
        return f"{self.name} ({self.jurisdiction}){f', no. {self.number}' if self.number else ''}"

    def __str__(self) -> str:
        return f"{self.name} ({self.jurisdiction}{f', expires {self.expires}' if self.expires else ''})"


class Facts(Value):
    """Typed facts; what is not stated is None or empty and counts as no evidence, never as a no."""

    country: Country | None = None
    timezone: Timezone | None = None
    languages: Languages = ()
    hours_per_week: Annotated[float, Field(ge=0, le=168)] | None = None
    rate: Rate | None = None
    available_from: date | None = None
    degrees: tuple[Line, ...] = ()
    licences: tuple[Licence, ...] = ()
    partial: tuple[Line, ...] = ()
    """Lists that were read from a document: what is not in them is not known, where a stated list is complete."""

    def document(self) -> dict[str, Any]:
        """The facts in the import format, without what is not stated."""
        out = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        if self.languages:
            out["languages"] = dict(self.languages)
        if self.rate:
            out["rate"] = self.rate.model_dump(mode="json")
        return out


class ItemKind(StrEnum):
    """What a profile item tells of; `summary` is made from headline and summary."""

    ROLE = "role"
    PROJECT = "project"
    PAPER = "paper"
    EDUCATION = "education"
    SKILL = "skill"
    SUMMARY = "summary"


class ProfileItem(Value):
    """One role, project, paper, education or skill as the expert wrote it."""

    kind: ItemKind
    title: Line
    text: Prose = ""
    date: Annotated[str, StringConstraints(max_length=40), AfterValidator(storable)] | None = None


class Profile(Value):
    """One expert as imported; the id is unique within an organisation."""

    id: Id
    name: Line
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    headline: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(storable)] = ""
    summary: Prose = ""
    items: Annotated[tuple[ProfileItem, ...], Field(max_length=500)] = ()
    facts: Facts = Facts()
    conflicts: tuple[Conflict, ...] = ()


class Piece(Value):
    """A piece of evidence short enough for one vector; `text` is verbatim from the profile."""

    kind: ItemKind
    title: str
    text: str
    date: str | None = None

    @property
    def sha256(self) -> str:
        """Identity of the content: an unchanged piece keeps its vector."""
        content = json.dumps([self.kind, self.title, self.text, self.date], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


def embedding_text(title: str, text: str) -> str:
    """What is compared of a piece, its meaning and its words: all but what it denies."""
    return joined(*affirmed(title, text))


def joined(title: str, text: str) -> str:
    """A piece of which nothing is denied as one text."""
    return (f"{title.rstrip('.')}. {text}".strip() if title and text else title or text) or NOTHING


def pieces(profile: Profile) -> tuple[Piece, ...]:
    """Everything of a profile that is embedded, in order: headline and summary first, then each item, split if long."""
    found: list[Piece] = []
    if profile.headline or profile.summary:
        title = profile.headline or "Summary"
        found += _split(ProfileItem(kind=ItemKind.SUMMARY, title=title, text=profile.summary))
    for item in profile.items:
        found += _split(item)
    return tuple(found)


def _split(item: ProfileItem) -> Iterator[Piece]:
    room = max(PIECE_TOKENS - tokens(item.title), PIECE_TOKENS // 4)
    for part in split_text(item.text, room) or ("",):
        yield Piece(kind=item.kind, title=item.title, text=part, date=item.date)


def tokens(text: str) -> int:
    """A cautious estimate of the model's tokens: 3.6 characters each, one for a character outside ASCII."""
    plain = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    return int(plain / 3.6) + (len(text) - plain) + 1


def split_text(text: str, room: int = PIECE_TOKENS) -> tuple[str, ...]:
    """The text cut at sentences into verbatim parts of at most `room` tokens each; nothing is dropped."""
    if tokens(text) <= room:
        return (text,) if text else ()
    parts: list[tuple[int, int]] = []
    for start, end in _spans(text, room):
        if parts and tokens(text[parts[-1][0] : end]) <= room:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return tuple(text[start:end] for start, end in parts)


def _spans(text: str, room: int) -> Iterator[tuple[int, int]]:
    """Sentences that together cover the text; one without a place to cut is cut by characters."""
    starts = [0, *(s.start for s in sentences(text)[1:]), len(text)]
    for start, end in pairwise(starts):
        step = end - start if tokens(text[start:end]) <= room else max(room - 2, 1)
        for at in range(start, end, max(step, 1)):
            yield at, min(at + step, end)


class Quote(Value):
    """Words of the candidate that a rating rests on."""

    text: str
    turn: int
    indicator: str = ""


class CompetencyStanding(Value):
    """What an interview says of one competency; `at_least` holds (x, P(level >= x)) by rising x. Levels are 1 to 5."""

    id: str
    name: str
    level: float | None = None
    interval: tuple[float, float] | None = None
    se: float | None = None
    at_least: tuple[tuple[float, float], ...] = ()
    quotes: tuple[Quote, ...] = ()

    @model_validator(mode="after")
    def _rated_or_not(self) -> Self:
        if self.level is not None and not self.at_least:
            raise ValueError("a rated competency needs its probabilities in at_least")
        return self

    def p_at_least(self, level: float) -> float | None:
        """P(level >= `level`), between the given points on a straight line; None when not rated."""
        if self.level is None:
            return None
        xs = [x for x, _ in self.at_least]
        at = bisect_left(xs, level)
        if at == 0:
            return self.at_least[0][1]
        if at == len(xs):
            return self.at_least[-1][1]
        (x0, p0), (x1, p1) = self.at_least[at - 1], self.at_least[at]
        return p0 + (p1 - p0) * (level - x0) / (x1 - x0)


def standings(document: Mapping[str, Any]) -> tuple[CompetencyStanding, ...]:
    """The standings in a scorecard document, each named `rubric_id/competency_id`."""
    return tuple(_standing(str(document["rubric"]), part) for part in document.get("competencies", ()))


def _standing(rubric: str, part: Mapping[str, Any]) -> CompetencyStanding:
    rated = part.get("status") == "rated" and part.get("level") is not None
    points: Mapping[str, float] = part.get("at_least") or {}
    return CompetencyStanding(
        id=f"{rubric}/{part['id']}",
        name=str(part.get("name") or part["id"]),
        level=part["level"] if rated else None,
        interval=tuple(part["interval"]) if rated and part.get("interval") else None,
        se=part.get("se") if rated else None,
        at_least=tuple(sorted((float(x), float(p)) for x, p in points.items())) if rated else (),
        quotes=_quotes(part.get("evidence") or ()) if rated else (),
    )


def _quotes(evidence: Sequence[Mapping[str, Any]]) -> tuple[Quote, ...]:
    """What speaks for the candidate first: that is what a manager wants to read."""
    order = {"met": 0, "partly": 1}
    ordered = sorted(evidence, key=lambda e: 2 if e.get("against") else order.get(e.get("finding", "met"), 2))
    return tuple(Quote(text=e["quote"], turn=e["turn"], indicator=str(e.get("indicator", ""))) for e in ordered)
