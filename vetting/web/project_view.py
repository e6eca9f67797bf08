"""A project as its page shows it: how far it has come, what was asked of experts, and the shortlists so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from vetting.db import project_queries, shortlist_queries
from vetting.db.project_mapping import project_of
from vetting.db.project_models import Project as ProjectRow
from vetting.db.project_models import Shortlist
from vetting.db.shortlist_queries import UNFINISHED, InquiryLine, StepLine
from vetting.domain.progress import Day, Progress, Spell, Taken, progress
from vetting.domain.project import Project
from vetting.domain.shortlist import State, Step

DAYS_SHOWN = 10
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 240.0, 40.0, 3.0


@dataclass(frozen=True)
class ProjectView:
    """What the page of a project shows."""

    row: ProjectRow
    project: Project
    shortlists: list[Shortlist]
    progress: Progress
    inquiries: list[InquiryLine]

    @property
    def interviewing(self) -> int:
        """People with an interview for this project that is not over."""
        return len({line.inquiry.candidate_id for line in self.inquiries if line.phase in UNFINISHED})

    @property
    def asked(self) -> int:
        """People who were asked for facts and have not answered."""
        open_ = (line.inquiry for line in self.inquiries if line.phase is None)
        return len({one.candidate_id for one in open_ if one.answered_at is None})

    @property
    def days(self) -> tuple[Day, ...]:
        """The newest days on which something changed, newest first."""
        return self.progress.days[: -DAYS_SHOWN - 1 : -1]

    @property
    def spark(self) -> str:
        """The points of a line of those ready, day by day, for a small drawing; empty below two days."""
        days = self.progress.days
        if len(days) < 2:
            return ""
        first, length = days[0].on, max((days[-1].on - days[0].on).days, 1)
        most = max(self.progress.wanted or 0, *(day.ready for day in days), 1)
        return " ".join(
            f"{SPARK_EDGE + (day.on - first).days / length * (SPARK_WIDTH - 2 * SPARK_EDGE):.1f},"
            f"{SPARK_HEIGHT - SPARK_EDGE - day.ready / most * (SPARK_HEIGHT - 2 * SPARK_EDGE):.1f}"
            for day in days
        )


def read_project_page(session: Session, org: int, public_id: str, now: datetime) -> ProjectView:
    """The project of that id in a URL, in six queries. Raises NotFound."""
    row = project_queries.project(session, org, public_id)
    assert row.id is not None
    project = project_of(row)
    steps = _taken(shortlist_queries.steps_of_project(session, org, row.id))
    inquiries = shortlist_queries.inquiries(session, org, row.id)
    lapsed = shortlist_queries.lapsed_offers(session, org, row.id, now)
    far = progress(steps, _spells(inquiries), wanted=row.seats, start=project.start, now=now, lapsed=lapsed)
    return ProjectView(
        row=row,
        project=project,
        shortlists=project_queries.shortlists_of(session, org, row.id),
        progress=far,
        inquiries=inquiries,
    )


def _spells(inquiries: Iterable[InquiryLine]) -> list[Spell]:
    """The interviews that are under way or were finished; one that was given up has no day on which it was."""
    return [
        Spell(
            line.inquiry.candidate_id, line.inquiry.created_at.date(), at.date() if (at := line.completed_at) else None
        )
        for line in inquiries
        if line.phase in UNFINISHED or line.completed_at is not None
    ]


def _taken(steps: Iterable[StepLine]) -> list[Taken]:
    return [Taken(s.candidate_id, Step(s.step), State(s.state), s.at) for s in steps]
