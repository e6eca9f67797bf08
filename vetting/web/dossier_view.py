"""One expert for one project, as a page to print: facts, what interviews showed, what they wrote of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from vetting.db import queries, shortlist_queries
from vetting.db.queries import InterviewLine, ItemLine
from vetting.domain.profile import CompetencyStanding, standings
from vetting.web.fact_view import FactLine, known_of
from vetting.web.shortlist_view import EntryView


@dataclass(frozen=True)
class Dossier:
    """What a dossier holds beside the entry."""

    facts: tuple[FactLine, ...]
    standings: tuple[CompetencyStanding, ...]
    interviews: list[InterviewLine]
    items: list[ItemLine]


def read_dossier(session: Session, org: int, one: EntryView, project: int, today: date) -> Dossier:
    """The rest of an entry's dossier, in five queries."""
    key = one.person.id or 0
    documents = shortlist_queries.scorecards_of(session, org, key, project)
    return Dossier(
        facts=known_of(session, org, one.person, today).stated,
        standings=tuple(found for document in documents for found in standings(document)),
        interviews=queries.interviews_of(session, org, key, project),
        items=queries.profile_items(session, org, key),
    )
