"""Facts of a person as their page shows them: each statement with the words it rests on and how far it is proven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from vetting.db.document_models import DocumentRow, FactEntry
from vetting.db.document_queries import CHECKED, CORRECTED, documents_of, entries_of
from vetting.db.models import Candidate
from vetting.domain.conflicts import Conflict
from vetting.domain.cv import SKILL
from vetting.domain.cv_facts import Found
from vetting.domain.document import Why
from vetting.domain.facts import Fact, entries
from vetting.domain.profile import Facts
from vetting.domain.standing import Check, newest
from vetting.domain.tongue import N_, _
from vetting.web.fact_form import HINTS, shown
from vetting.web.people_view import NAMES, words_of

CONTEXT = 60
"""Characters of a document shown on either side of the words a fact rests on."""


@dataclass(frozen=True)
class Source:
    """The words of a document that a statement rests on, with a little of what stands around them."""

    document: str
    before: str
    quote: str
    after: str
    by_model: bool


@dataclass(frozen=True)
class Statement:
    """One statement of a fact; `said` names it for a check."""

    said: str
    words: str
    check: Check | None
    lapsed: bool
    source: Source | None


@dataclass(frozen=True)
class FactLine:
    """A fact with its statements, how its form shows it, and who corrected it last."""

    fact: str
    name: str
    statements: tuple[Statement, ...]
    text: str
    hint: str
    rows: int
    corrected_by: str = ""
    corrected_at: datetime | None = None
    was: str = ""
    partial: bool = False


@dataclass(frozen=True)
class HiddenLine:
    """A piece that the pages of a document do not show."""

    text: str
    why: str
    page: int | None


@dataclass(frozen=True)
class DocumentView:
    """A document with what its pages show and what they do not."""

    row: DocumentRow
    hidden: tuple[HiddenLine, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """All that is known of the facts of a person."""

    facts: tuple[FactLine, ...]
    documents: tuple[DocumentView, ...]

    @property
    def stated(self) -> tuple[FactLine, ...]:
        """The facts about which something is said."""
        return tuple(line for line in self.facts if line.statements or line.corrected_by)


def known_of(session: Session, org: int, person: Candidate, today: date) -> Known:
    """What the page shows, in two queries."""
    assert person.id is not None
    documents = documents_of(session, org, person.id)
    said = entries_of(session, org, person.id)
    return Known(_facts(person, documents, said, today), tuple(map(_document, documents)))


def _facts(
    person: Candidate, documents: Sequence[DocumentRow], said: Sequence[FactEntry], today: date
) -> tuple[FactLine, ...]:
    facts = Facts.model_validate(person.facts)
    checks = newest([Check.model_validate(e.value) for e in said if e.kind == CHECKED])
    corrections = {e.fact: e for e in said if e.kind == CORRECTED}
    lines = []
    for fact in Fact:
        value = getattr(facts, fact.value)
        stated = () if value in (None, ()) else entries(fact, value)
        made = tuple(_statement(fact, words, one, checks, documents, today) for words, one in stated)
        lines.append(_line(fact.value, made, person.facts.get(fact.value), corrections, facts.partial))
    ties = tuple(_tie(Conflict.model_validate(tie), documents) for tie in person.conflicts)
    lines.append(_line("conflicts", ties, person.conflicts, corrections, ()))
    lines.append(_line("name", (), person.name, corrections, ()))
    return tuple(lines)


def _line(
    fact: str,
    made: tuple[Statement, ...],
    stored: Any,
    corrections: Mapping[str, FactEntry],
    partial: Iterable[str],
) -> FactLine:
    entry = corrections.get(fact)
    return FactLine(
        fact=fact,
        name=_({**NAMES, "conflicts": N_("Conflicts of interest"), "name": N_("Name")}[fact]),
        statements=made,
        text=shown(fact, stored),
        hint=_(HINTS[fact]),
        rows=3 if fact in ("degrees", "licences", "conflicts") else 0,
        corrected_by=entry.by if entry else "",
        corrected_at=entry.at if entry else None,
        was=shown(fact, entry.value.get("was")) if entry else "",
        partial=fact in partial,
    )


def _statement(
    fact: Fact, said: str, value: Any, checks: Sequence[Check], documents: Sequence[DocumentRow], today: date
) -> Statement:
    check = next((c for c in checks if c.fact == fact and c.said == said), None)
    source = next((s for d in documents for f in d.found if (s := _source(d, f, fact, said))), None)
    return Statement(said, words_of(value), check, check is not None and check.lapsed(today), source)


def _tie(tie: Conflict, documents: Sequence[DocumentRow]) -> Statement:
    found = ((d, f) for d in documents for f in d.found)
    wanted = tie.model_dump(mode="json")
    place = next((_place(d, f) for d, f in found if f["fact"] == "conflicts" and f["value"] == wanted), None)
    return Statement(str(tie), str(tie), None, False, place)


def _source(document: DocumentRow, found: Mapping[str, Any], fact: Fact, said: str) -> Source | None:
    """The place in a document, if what was found there is this statement."""
    if found["fact"] != fact:
        return None
    value = getattr(Facts.model_validate({fact.value: found["value"]}), fact.value)
    return _place(document, found) if said in [words for words, _ in entries(fact, value)] else None


def _place(document: DocumentRow, found: Mapping[str, Any]) -> Source:
    text, at, to = document.text, found["at"], found["to"]
    return Source(
        document=document.name,
        before=text[max(at - CONTEXT, 0) : at].rpartition("\n")[2],
        quote=text[at:to],
        after=text[to : to + CONTEXT].partition("\n")[0],
        by_model=str(found.get("by", "")).startswith("model:"),
    )


def _document(row: DocumentRow) -> DocumentView:
    hidden = tuple(HiddenLine(one["text"], Why(one["why"]).words, one["page"]) for one in row.hidden)
    skills = tuple(str(one.value) for one in map(Found.model_validate, row.found) if one.fact == SKILL)
    return DocumentView(row, hidden, skills)
