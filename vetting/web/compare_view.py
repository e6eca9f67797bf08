"""People side by side: levels with their intervals on one scale, facts, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col

from vetting.db import people_queries
from vetting.db.models import Interview, ScorecardRow
from vetting.db.people_queries import PersonLine, Wanted
from vetting.db.queries import columns
from vetting.domain.scoring import CompetencyScore, Scorecard
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.web.people_view import fact_lines

MOST = 4


@dataclass(frozen=True)
class Side:
    """One person of a comparison; `card` is None where the newest interview is not rated."""

    line: PersonLine
    card: Scorecard | None
    facts: dict[str, str]

    def score(self, rubric: str, competency: str) -> CompetencyScore | None:
        """What was made of a competency, where it was asked by this rubric."""
        if self.card is None or self.card.rubric != rubric:
            return None
        return next((c for c in self.card.competencies if c.id == competency), None)


@dataclass(frozen=True)
class Compared:
    """What a comparison shows. `rows`: (rubric, competency, name); `alike`: all were rated by one rubric version and
    the same raters, so that their levels can be compared.
    """

    people: tuple[Side, ...]
    rows: tuple[tuple[str, str, str], ...]
    facts: tuple[str, ...]
    alike: bool


def compared(session: Session, org: int, chosen: Sequence[str], now: datetime) -> Compared:
    """The people of these imported ids, in that order; who is not here is left out. Raises BadInput for too many."""
    if len(chosen) > MOST:
        raise BadInput(
            _("These are {count} people; at most {most} fit side by side.").format(count=len(chosen), most=MOST)
        )
    lines, _total = people_queries.people(session, org, replace(Wanted(), imported_ids=list(chosen)), now)
    lines.sort(key=lambda line: chosen.index(line.imported_id))
    cards = _cards(session, org, [line.newest.public_id for line in lines if line.newest])
    sides = tuple(
        Side(line, cards.get(line.newest.public_id) if line.newest else None, dict(fact_lines(line.facts)))
        for line in lines
    )
    rated = [side.card for side in sides if side.card]
    rows = dict.fromkeys((card.rubric, c.id, c.name) for card in rated for c in card.competencies)
    facts = dict.fromkeys(name for side in sides for name in side.facts)
    return Compared(sides, tuple(rows), tuple(facts), len({(c.rubric_sha, c.raters, c.belief) for c in rated}) <= 1)


def _cards(session: Session, org: int, interviews: Sequence[str]) -> dict[str, Scorecard]:
    rows = session.connection().execute(
        columns(Interview.public_id, ScorecardRow.document)
        .join(ScorecardRow, col(ScorecardRow.interview_id) == Interview.id)
        .where(col(Interview.organisation_id) == org, col(Interview.public_id).in_(interviews))
    )
    return {public_id: Scorecard.model_validate(document) for public_id, document in rows}
