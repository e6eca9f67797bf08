"""A staffing plan as its page and its files show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from vetting.db import staffing_queries
from vetting.db.models import Candidate
from vetting.db.staffing_models import StaffingEntry, StaffingPlan
from vetting.domain.staffing import gap
from vetting.services.staffing import SEAT, named, with_names
from vetting.services.staffing_plans import RUNNING
from vetting.web.sheets import Sheet

HEAD = ("project", "title", "role", "place", "expert", "name", "fit", "hours_per_week", "share_of_week", "hold")


@dataclass(frozen=True)
class Seat:
    """A person on a seat or next in line."""

    entry: StaffingEntry
    person: Candidate


@dataclass(frozen=True)
class ProjectView:
    """A project of a plan: its figures, who sits there and who is next; `public_id` for links."""

    figures: Mapping[str, Any]
    public_id: str
    seats: tuple[Seat, ...]
    alternates: tuple[Seat, ...]


@dataclass(frozen=True)
class Load:
    """What a plan asks of one expert; `share` of the week, `offered` None where no hours are stated."""

    person: Candidate
    projects: tuple[str, ...]
    hours: float | None
    offered: float | None
    share: float


@dataclass(frozen=True)
class PlanView:
    """A plan with names; without figures while it is not solved."""

    row: StaffingPlan
    figures: Mapping[str, Any]
    projects: tuple[ProjectView, ...]
    loads: tuple[Load, ...]

    @property
    def running(self) -> bool:
        """Whether it is still being solved."""
        return self.row.state in RUNNING

    @property
    def gap(self) -> float | None:
        """How far the bound lies above the objective, relative to it."""
        if self.row.objective is None or self.row.bound is None:
            return None
        return gap(self.row.objective, self.row.bound)

    @property
    def seats(self) -> int:
        """How many seats the plan fills."""
        return sum(len(p.seats) for p in self.projects)


def read_plan(session: Session, org: int, public_id: str) -> PlanView:
    """The plan of that id in a URL, with everybody in it who is still here. Raises NotFound."""
    row = staffing_queries.plan(session, org, public_id)
    if not row.found:
        return PlanView(row, {}, (), ())
    assert row.id is not None
    lines = staffing_queries.entries(session, org, row.id)
    people = staffing_queries.people_by_key(session, org, named(row.found))
    figures = with_names(row.found, {key: person.name for key, person in people.items()})
    projects = tuple(_project(one, lines) for one in figures["projects"])
    hours = {one["project"]: one["hours_per_week"] for one in figures["projects"]}
    return PlanView(row, figures, projects, tuple(_loads(lines, hours)))


def sheets_of(shown: PlanView) -> Iterable[Sheet]:
    """People, projects, load, what was relaxed, and what the plan was made from; the first is one line per seat."""
    yield Sheet("People", HEAD, _rows(shown))
    projects = ("project", "title", "seats", "filled", "eligible", "mean_fit", "share_of_best")
    names = ("project", "title", "seats", "filled", "eligible", "mean_fit", "share")
    yield Sheet("Projects", projects, ([p.figures[name] for name in names] for p in shown.projects))
    load = ("expert", "name", "projects", "hours_per_week", "hours_offered", "share_of_week")
    yield Sheet(
        "Load",
        load,
        (
            (x.person.imported_id, x.person.name, "; ".join(x.projects), x.hours, x.offered, x.share)
            for x in shown.loads
        ),
    )
    changes = [*shown.figures.get("relaxations", ()), *shown.figures.get("refused", ())]
    yield Sheet("Changes needed", ("project", "change"), ((one["project"], one["words"]) for one in changes))
    worth = {"objective": shown.row.objective, "bound": shown.row.bound, "gap": shown.gap, "seconds": shown.row.seconds}
    yield Sheet("Made from", ("what", "value"), (worth | shown.figures.get("inputs", {})).items())


def _rows(shown: PlanView) -> Iterable[Sequence[Any]]:
    for project in shown.projects:
        figures = project.figures
        for seat in (*project.seats, *project.alternates):
            entry, who = seat.entry, seat.person
            yield (
                figures["project"], figures["title"], entry.role, entry.place, who.imported_id, who.name,
                round(entry.fit, 6), figures["hours_per_week"], round(entry.load, 6), entry.hold,
            )  # fmt: skip


def _project(figures: Mapping[str, Any], lines: Sequence[staffing_queries.EntryLine]) -> ProjectView:
    mine = [line for line in lines if line.project.imported_id == figures["project"]]
    seats = tuple(Seat(line.entry, line.candidate) for line in mine if line.entry.role == SEAT)
    alternates = tuple(Seat(line.entry, line.candidate) for line in mine if line.entry.role != SEAT)
    return ProjectView(figures, figures["public_id"], seats, alternates)


def _loads(lines: Sequence[staffing_queries.EntryLine], hours: Mapping[str, float | None]) -> list[Load]:
    """Everybody with a seat, the fullest week first."""
    of: dict[int, list[staffing_queries.EntryLine]] = {}
    for line in lines:
        if line.entry.role == SEAT:
            of.setdefault(line.entry.candidate_id, []).append(line)
    return sorted((_load(mine, hours) for mine in of.values()), key=lambda x: (-x.share, x.person.name))


def _load(mine: Sequence[staffing_queries.EntryLine], hours: Mapping[str, float | None]) -> Load:
    asked = [hours.get(line.project.imported_id) for line in mine]
    known = [h for h in asked if h is not None]
    return Load(
        person=mine[0].candidate,
        projects=tuple(line.project.title for line in mine),
        hours=sum(known) if len(known) == len(asked) else None,
        offered=mine[0].candidate.facts.get("hours_per_week"),
        share=sum(line.entry.load for line in mine),
    )
