"""A shortlist as its page and its files show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from vetting.db import project_queries, shortlist_queries
from vetting.db.models import Candidate
from vetting.db.project_models import Project, Shortlist, ShortlistEntry
from vetting.db.shortlist_models import ClientLink, EntryStep, Offer, Outcome
from vetting.db.shortlist_queries import InquiryLine
from vetting.domain.cutoff import SAID, Ranked, cuts
from vetting.domain.inquiry import Needed, needed
from vetting.domain.matching import MARKS
from vetting.domain.project import CONFLICT
from vetting.domain.shortlist import RATED, WORDS, Shown, State, overtaken, possible
from vetting.domain.tongue import _
from vetting.web.sheets import Cell, Sheet

AHEAD = (State.INVITED, State.ACCEPTED, State.TURNED_DOWN, State.ASSIGNED)
FACTS = ("profile facts", "profile")
_SAID = re.compile(r"interview (?P<rubric>\S+), turn (?P<turn>\d+)")


@dataclass(frozen=True)
class Finding:
    """One requirement for one expert; `link` leads to the words in the transcript, where they come from there."""

    id: str
    kind: str
    asked: str
    status: str
    source: str | None
    where: str
    note: str
    link: str | None


@dataclass(frozen=True)
class EntryView:
    """A ranked expert with what the card shows."""

    row: ShortlistEntry
    person: Candidate
    findings: tuple[Finding, ...]
    tied: bool
    thin: bool
    steps: tuple[EntryStep, ...] = ()
    offer: Offer | None = None
    outcomes: tuple[Outcome, ...] = ()
    asked: tuple[InquiryLine, ...] = ()
    needed: Needed = field(default_factory=Needed)
    like: bool | None = None
    unmarked: int | None = None
    band: int | None = None

    @property
    def state(self) -> State:
        """Where the entry stands."""
        return State(self.row.state)

    @property
    def possible(self) -> frozenset[str]:
        """The steps that staff can take from here, and `rate` where the work can be rated."""
        steps = {step.value for step in possible(self.state)}
        return frozenset(steps | ({"rate"} if self.state in RATED else set()))

    @property
    def shown(self) -> Shown:
        """How many of the musts are shown."""
        return Shown.of(self.row.requirements)

    @property
    def unknown(self) -> int:
        """Of how many of those musts nothing is known."""
        return sum(f.status == "no_evidence" for f in self.of("must") if f.id != CONFLICT)

    def count(self, kind: str, status: str) -> int:
        """How many requirements of a kind have a status."""
        return sum(f.kind == kind and f.status == status for f in self.findings)

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The requirements of a kind."""
        return tuple(f for f in self.findings if f.kind == kind)

    @property
    def best(self) -> tuple[Finding, ...]:
        """Met requirements that rest on words, the one with the largest part of the fit first; at most two."""
        spoken = [f for f in self.findings if f.status == "met" and f.source and f.where not in FACTS]
        return tuple(sorted(spoken, key=lambda f: -self.row.parts.get(f.id, 0)))[:2]

    @property
    def parts(self) -> tuple[tuple[str, float], ...]:
        """What the fit is made of: (what is asked, part), largest first; the parts sum to the fit."""
        asked = {MARKS: _("nearness to those marked"), **{f.id: f.asked for f in self.findings}}
        return tuple((asked.get(k, k), v) for k, v in sorted(self.row.parts.items(), key=lambda p: -p[1]))


@dataclass(frozen=True)
class ShortlistView:
    """A shortlist with its project."""

    row: Shortlist
    project: Project
    entries: tuple[EntryView, ...]
    links: tuple[ClientLink, ...] = ()
    marked: tuple[tuple[bool, str], ...] = ()

    @property
    def cuts(self) -> Mapping[int, str]:
        """Where reading on is worth less, in words, by how many stand above the line."""
        ranked = [Ranked(e.shown.all - e.shown.met, bool(e.best), e.band) for e in self.entries]
        return {above: _(SAID[cut]) for above, cut in cuts(ranked).items()}

    @property
    def ranked_with(self) -> int:
        """How many marks this ranking was made with."""
        leaning: Mapping[str, Any] = self.row.query.get("leaning", {})
        return len(leaning.get("more", ())) + len(leaning.get("fewer", ()))

    @property
    def decided_since(self) -> bool:
        """Whether marks were set or taken back, or somebody was declined, after this ranking."""
        leaning: Mapping[str, Any] = self.row.query.get("leaning", {})
        then = {(True, e) for e in leaning.get("more", ())} | {(False, e) for e in leaning.get("fewer", ())}
        return then != set(self.marked) or any(e.state is State.DECLINED for e in self.entries)

    @property
    def decided(self) -> Counter[str]:
        """How many entries were approved, declined or are only proposed."""
        return Counter(e.row.decision for e in self.entries)

    @property
    def overtaken(self) -> tuple[EntryView, EntryView] | None:
        """Somebody who shows none of the musts and stands above somebody who shows all of them."""
        places = overtaken([e.shown for e in self.entries])
        return (self.entries[places[0]], self.entries[places[1]]) if places else None

    @property
    def to_vet(self) -> int:
        """Of how many that were not declined something is not known that can be asked."""
        return sum(bool(e.needed) for e in self.entries if e.state is not State.DECLINED)

    @property
    def ahead(self) -> tuple[tuple[str, int], ...]:
        """How many of the approved were invited or went further, in words."""
        states = Counter(e.state for e in self.entries)
        return tuple((WORDS[state], states[state]) for state in AHEAD if states[state])

    @property
    def excluded(self) -> tuple[tuple[str, int], ...]:
        """Reasons with how many they excluded, most first."""
        return tuple(sorted(self.row.excluded.items(), key=lambda p: -p[1]))


def read_shortlist(session: Session, org: int, public_id: str, names: Mapping[str, str] | None = None) -> ShortlistView:
    """The shortlist of that id in a URL, in eleven queries. Raises NotFound.

    `names` are the words for `rubric_id/competency_id` where nobody was interviewed, so that the entry has only the id.
    """
    row, project = project_queries.shortlist(session, org, public_id)
    assert row.id is not None
    lines = project_queries.entries(session, org, row.id)
    people = [line.candidate.id for line in lines if line.candidate.id is not None]
    rated = project_queries.newest_rated(session, org, people, row.project_id)
    bands: Mapping[str, int] = row.query.get("bands", {})
    sizes = Counter(bands.get(line.candidate.imported_id) for line in lines)
    thin = set(row.query.get("thin", ()))
    keys = [line.entry.id for line in lines if line.entry.id is not None]
    steps = shortlist_queries.steps_of_entries(session, org, keys)
    offers = shortlist_queries.offers_of(session, org, keys)
    outcomes = shortlist_queries.outcomes_of(session, org, keys)
    asked = shortlist_queries.inquiries(session, org, row.project_id)
    marks = [(one.more, who) for one, who in shortlist_queries.preferences(session, org, row.project_id)]
    likes = {who.id: more for more, who in marks}
    unmarked: Mapping[str, int] = row.query.get("unmarked", {})
    entries = tuple(
        EntryView(
            line.entry,
            line.candidate,
            tuple(_finding(_worded(f, names or {}), line.candidate, rated) for f in line.entry.requirements),
            tied=sizes[band] > 1 and band is not None,
            band=band,
            thin=line.candidate.imported_id in thin,
            steps=tuple(steps.get(key, ())),
            offer=offers.get(key),
            outcomes=tuple(outcomes.get(key, ())),
            asked=tuple(a for a in asked if a.inquiry.candidate_id == line.candidate.id),
            like=likes.get(line.candidate.id),
            unmarked=unmarked.get(line.candidate.imported_id),
            needed=needed(row.query.get("requirements", ()), line.entry.requirements),
        )
        for line in lines
        for band, key in ((bands.get(line.candidate.imported_id), line.entry.id or 0),)
    )
    links = shortlist_queries.client_links(session, org, row.id)
    marked = tuple((more, who.imported_id) for more, who in marks)
    return ShortlistView(row, project, entries, tuple(links), marked)


def sheet_of(shown: ShortlistView) -> Sheet:
    """One line per expert and one column per requirement."""
    asked = list(dict.fromkeys(f.id for e in shown.entries for f in e.findings))
    head = ("rank", "expert", "name", "fit", "decision", "decision_reason", "state", *asked, "reasons")
    return Sheet("Shortlist", head, [_line(entry, asked) for entry in shown.entries])


def parts_of(shown: ShortlistView) -> Sheet:
    """What each fit is made of, one line per part."""
    rows = [(e.row.rank, e.person.name, asked, part) for e in shown.entries for asked, part in e.parts]
    return Sheet("Parts of the fit", ("rank", "name", "asked", "part"), rows)


def left_out_of(shown: ShortlistView) -> Sheet:
    """How many experts each reason left out."""
    return Sheet("Left out", ("reason", "experts"), shown.excluded)


def _line(entry: EntryView, asked: Sequence[str]) -> tuple[Cell, ...]:
    status = {f.id: f.status for f in entry.findings}
    row, person = entry.row, entry.person
    who = (row.rank, person.imported_id, person.name, round(row.fit, 6))
    decided = (row.decision, row.decision_reason, row.state)
    return (*who, *decided, *(status.get(one, "") for one in asked), "\n".join(row.reasons))


def _worded(document: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    asked = str(document.get("asked") or document["id"])
    name = names.get(asked.split(" ", 1)[0])
    return {**document, "asked": asked.replace(asked.split(" ", 1)[0], name, 1)} if name else document


def _finding(document: Mapping[str, Any], person: Candidate, rated: Mapping[tuple[int, str], str]) -> Finding:
    where = str(document.get("where") or "")
    said = _SAID.fullmatch(where)
    interview = rated.get((person.id or 0, said["rubric"])) if said else None
    return Finding(
        id=str(document["id"]),
        kind=str(document.get("kind") or "must"),
        asked=str(document.get("asked") or document["id"]),
        status=str(document["status"]),
        source=document.get("source"),
        where=where,
        note=str(document.get("note") or ""),
        link=f"/interviews/{interview}#t{said['turn']}" if said and interview else None,
    )
