"""An interview as somebody reviews it: the answers by competency, then their own ratings beside the machine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from vetting.db import item_queries, queries, review_queries
from vetting.db.log import candidate_of, load
from vetting.db.models import ScorecardRow
from vetting.db.review_models import Review
from vetting.db.review_queries import Decided
from vetting.domain.review import Mark
from vetting.domain.rubric import Competency, Rubric
from vetting.domain.scoring import CompetencyScore, EvidenceItem, Scorecard
from vetting.domain.second_look import Deciding, both_sides, deciding, doubted, lengths, telling
from vetting.domain.tongue import _
from vetting.domain.transcript import PromptKind
from vetting.errors import Conflict
from vetting.services.reviews import marks_of
from vetting.web.interview_view import InterviewView, TurnView, anchor, view

NOT_LOOKED = Mark(None)
APART = 1.0
"""Levels between a person and the machine from which a row is marked."""
LARGEST = 5.0
FIRST_WORDS = 4
HARDEST = 5


class Basis(NamedTuple):
    """What carries a decision: the competency, the quote with its place, and what was asked and not shown."""

    deciding: Deciding
    anchor: str
    missed: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """A competency with what was said to its questions; `doubted` where the look is about it."""

    competency: Competency
    turns: tuple[TurnView, ...]
    doubted: bool


@dataclass(frozen=True)
class Beside:
    """A competency as the person rated it, as they settled it, and as the machine rates it now.

    `apart`: the person's level less the machine's; None where one of them has none. `looked`: whether the person rated
    it, or left it to the machine.
    """

    competency: Competency
    looked: bool
    level: int | None
    note: str
    settled: int | None
    reason: str
    machine: CompetencyScore

    @property
    def apart(self) -> float | None:
        """How many levels the person stands above the machine."""
        if self.level is None or self.machine.level is None:
            return None
        return self.level - self.machine.level

    @property
    def far(self) -> bool:
        """Whether they differ: by a level or more, outside the machine's interval, or where only one could tell."""
        if not self.looked:
            return False
        if self.level is None or self.apart is None or self.machine.interval is None:
            return (self.level is None) != (self.machine.level is None)
        low, high = self.machine.interval
        return abs(self.apart) >= APART or not low <= self.level <= high

    @property
    def quote(self) -> EvidenceItem | None:
        """What the machine's level rests on most, seen from the person's: words against where they stand above it."""
        return telling(self.machine, against=(self.apart or 0) > 0)

    @property
    def place(self) -> str:
        """Where the quote stands in the transcript."""
        return anchor(self.quote.turn, self.quote.start) if self.quote else ""


@dataclass(frozen=True)
class ReviewView:
    """All that a review page shows. Before `own` is there, a page may use `it` and `heard` only."""

    it: InterviewView
    stored: ScorecardRow
    card: Scorecard
    own: Review | None
    decisions: tuple[Decided, ...]

    @property
    def heard(self) -> tuple[Heard, ...]:
        """The answers by competency: first those the look is about, each time in the order of the pack."""
        rubric = self.it.log.rubric
        of = rubric.competency_by_question
        about = doubted(self.card, of, lengths(self.it.log.transcript, of))
        found = (
            Heard(c, tuple(t for t in self.it.turns if of[t.state.asked.question_id] == c.id), c.id in about)
            for c in rubric.competencies
        )
        return tuple(sorted(found, key=lambda heard: not heard.doubted))

    def asked(self, turn: TurnView) -> str:
        """What was asked, without what is nothing to read again.

        That is a courtesy before a question that the pack worded, and the candidate's words in a follow-up, of which
        the first few say which are meant: they stand whole in the answer above.
        """
        asked = turn.state.asked
        question = self.it.log.rubric.question(asked.question_id)
        if asked.kind is PromptKind.LEAD and question.text in turn.prompt:
            return question.text
        quote = self.it.log.transcript.quote(asked.quoted) if asked.quoted else None
        first = " ".join((quote or "").split()[:FIRST_WORDS])
        return turn.prompt.replace(quote, f"{first} …") if quote and len(quote) > len(first) + 2 else turn.prompt

    @property
    def apart(self) -> tuple[Beside, ...]:
        """Where the person and the machine differ, the furthest apart first."""
        return tuple(sorted((row for row in self.beside if row.far), key=lambda row: -abs(row.apart or LARGEST)))

    @property
    def together(self) -> tuple[Beside, ...]:
        """What they agree on."""
        return tuple(row for row in self.beside if row.looked and not row.far)

    @property
    def left(self) -> tuple[Beside, ...]:
        """What was left to the machine."""
        return tuple(row for row in self.beside if not row.looked)

    @property
    def bases(self) -> tuple[tuple[bool, Basis], ...]:
        """What speaks most for advancing and most against, each as (against, basis)."""
        return tuple((against, self._based(found)) for against, found in both_sides(self.card))

    @property
    def beside(self) -> tuple[Beside, ...]:
        """The person's ratings beside the machine's."""
        if self.own is None:
            return ()
        blind, settled = marks_of(self.own.blind), marks_of(self.own.settled or self.own.blind)
        scores = {c.id: c for c in self.card.competencies}
        return tuple(
            Beside(
                competency=c,
                looked=c.id in blind,
                level=blind.get(c.id, NOT_LOOKED).level,
                note=blind.get(c.id, NOT_LOOKED).note,
                settled=settled.get(c.id, NOT_LOOKED).level,
                reason=settled.get(c.id, NOT_LOOKED).note if self.own.settled else "",
                machine=scores[c.id],
            )
            for c in self.it.log.rubric.competencies
        )

    @property
    def decision(self) -> Decided | None:
        """The decision that counts, if there is one."""
        return next((d for d in self.decisions if d.row.current), None)

    def basis(self, *, against: bool) -> Basis | None:
        """What speaks most against advancing, or for it."""
        found = deciding(self.card, against=against)
        return self._based(found) if found else None

    def _based(self, found: Deciding) -> Basis:
        place = anchor(found.quote.turn, found.quote.start) if found.quote else ""
        return Basis(found, place, missed(self.it.log.rubric, found.competency))


def read_review(session: Session, org: int, public_id: str, user_id: int) -> ReviewView:
    """The interview without any rating in its transcript. Raises NotFound, and Conflict while it is not rated."""
    row = queries.interview(session, org, public_id)
    assert row.id is not None
    stored = queries.scorecard(session, org, row.id)
    if stored is None:
        raise Conflict(_("This interview is not finished and rated yet; it can be reviewed once it is."))
    log = load(session, org, row.id)
    changes = tuple(item_queries.changes(session, org, row.id))
    it = view(log, candidate_of(session, log), None, (), (), NO_SIGNALS, (), changes)
    own = review_queries.own_review(session, org, row.id, user_id)
    decisions = tuple(review_queries.decisions(session, org, row.id))
    return ReviewView(it, stored, Scorecard.model_validate(stored.document), own, decisions)


NO_SIGNALS: Mapping[int, tuple[()]] = {}
"""Pastes and absences are questions to a person, asked beside the scorecard; they are no part of a rating."""


def missed(rubric: Rubric, score: CompetencyScore) -> tuple[str, ...]:
    """What was asked about in a competency and not shown, as the pack states it.

    The weightiest first: what people show at the lowest level says most where it is missing.
    """
    found = []
    for name in score.missed:
        question, _, target = name.partition("/")
        asked = rubric.question(question)
        level = min((i.level for i in asked.indicators if i.id == target), default=HARDEST)
        found.append((level, asked.statements()[target]))
    return tuple(statement for _level, statement in sorted(found, key=lambda one: one[0]))
