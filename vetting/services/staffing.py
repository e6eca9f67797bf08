"""A plan over the open projects: found within a time limit, shown as figures and people. Stores nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from vetting.db import matching_queries
from vetting.db.engine import reading
from vetting.db.project_models import Project as ProjectRow
from vetting.domain.matching import RANKING_VERSION
from vetting.domain.pool import Ints
from vetting.domain.staffing import FAIRNESS, Hold, Problem, alternates, gap, shares
from vetting.domain.staffing_pairs import TOP, Eligible
from vetting.domain.staffing_plan import Answer, staff
from vetting.domain.staffing_relax import SOMEBODY, Kind, words
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.services.context import Context
from vetting.services.staffing_scene import Report, Scene, scene

SECONDS = 60.0
LONGEST = 600.0
TICK = 2.0
"""Seconds between two reports of a solve."""

WIDER = 0.5
"""Of the time limit, what looking at everybody eligible may take besides, where the best were not enough."""

SEAT, ALTERNATE = "seat", "alternate"


@dataclass(frozen=True)
class Ask:
    """What to staff: imported or public ids of projects (none: all that are open), fairness 0-1, seconds in all."""

    projects: tuple[str, ...] = ()
    fairness: float = FAIRNESS
    seconds: float = SECONDS

    def checked(self) -> Ask:
        """Itself. Raises BadInput naming what is out of range."""
        if not 0 <= self.fairness <= 1:
            raise BadInput(_("fairness: {fairness:g} is not from 0 to 1.").format(fairness=self.fairness))
        if not 1 <= self.seconds <= LONGEST:
            raise BadInput(
                _("seconds: {seconds:g} is not from 1 to {longest:g}.").format(seconds=self.seconds, longest=LONGEST)
            )
        return self


@dataclass(frozen=True)
class Place:
    """A person in a plan, on a seat or next in line, of the project at that place in the plan."""

    project: int
    candidate_id: int
    role: str
    place: int
    fit: float
    load: float
    hold: str


@dataclass(frozen=True)
class Found:
    """A plan: `figures` hold no person but by key, so that they outlive whoever is erased."""

    projects: tuple[ProjectRow, ...]
    figures: dict[str, Any]
    places: tuple[Place, ...]
    objective: float
    bound: float
    seconds: float


def find_plan(ctx: Context, ask: Ask, report: Report | None = None) -> Found:
    """The best plan over the asked projects, or the smallest change to what is asked and the best plan then.

    `report` hears (step, done, of). Raises BadInput, NotFound, Unavailable.
    """
    ask.checked()
    told, began = report or (lambda *_: None), time.monotonic()
    of = scene(ctx, ask.projects, ask.fairness, told)
    answer = _solved(of, began, ask.seconds, told)
    short = {r.demand for r in answer.relaxations if r.kind in (Kind.SEATS, Kind.COVER)}
    if wide := {at for at in short if of.eligible[at].total > len(of.eligible[at].rows)}:
        # nobody is asked to lower seats while eligible people were left out of the sum
        of = scene(ctx, ask.projects, ask.fairness, told, wide)
        answer = _solved(of, time.monotonic(), WIDER * ask.seconds, told)
    figures = _figures(ctx, ask, of, answer)
    return Found(of.projects, figures, _places(of, answer), answer.objective, answer.bound, time.monotonic() - began)


def staff_document(ctx: Context, ask: Ask, report: Report | None = None) -> dict[str, Any]:
    """A plan as one document with the ids of projects and experts. Raises as `find_plan`."""
    found = find_plan(ctx, ask, report)
    keys = {p.candidate_id for p in found.places} | named(found.figures)
    with reading(ctx.engine) as session:
        people = matching_queries.people(session, ctx.org, keys)
    out = with_names(found.figures, {key: person.imported_id for key, person in people.items()})
    for project in out["projects"]:
        project["assigned"], project["alternates"] = [], []
    for place in found.places:
        if (who := people.get(place.candidate_id)) is not None:
            row = {
                "expert": who.imported_id,
                "name": who.name,
                "fit": place.fit,
                "load": place.load,
                "hold": place.hold,
            }
            out["projects"][place.project]["assigned" if place.role == SEAT else "alternates"].append(row)
    worth = {"objective": found.objective, "bound": found.bound, "gap": gap(found.objective, found.bound)}
    return out | worth | {"seconds": round(found.seconds, 3)}


def named(figures: Mapping[str, Any]) -> set[int]:
    """Keys of the people whom a sentence of the figures is about."""
    about = (one["candidate"] for part in ("relaxations", "refused") for one in figures.get(part, ()))
    return {key for key in about if key is not None}


def with_names(figures: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    """The figures with names in place of keys."""
    out = {**figures, "projects": [dict(p) for p in figures["projects"]]}
    for part in ("relaxations", "refused"):
        out[part] = [_with_name(one, names) for one in figures[part]]
    return out


def _with_name(one: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    out = {k: v for k, v in one.items() if k != "candidate"}
    if (key := one["candidate"]) is not None:
        out["words"] = one["words"].replace(SOMEBODY, names.get(key, "Somebody who was erased"), 1)
    return out


def _solved(of: Scene, began: float, seconds: float, told: Report) -> Answer:
    """The answer within about `seconds` since `began`."""
    with _ticking(began, seconds, told) as step:
        return staff(of.built.problem, lambda: began + seconds - time.monotonic(), of.built.openings, step)


@contextmanager
def _ticking(began: float, seconds: float, told: Report) -> Iterator[Callable[[str], None]]:
    """Reports the step and how much of the time limit has passed, every `TICK` seconds: the solver itself is silent."""
    over, now = threading.Event(), ["solving"]

    def step(name: str) -> None:
        now[0] = name
        tell()

    def tell() -> None:
        told(now[0], min(int(time.monotonic() - began), int(seconds)), int(seconds))

    def tick() -> None:
        while not over.wait(TICK):
            tell()

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield step
    finally:
        over.set()
        ticker.join()


def _places(of: Scene, answer: Answer) -> tuple[Place, ...]:
    """Seats by falling fit, then alternates, project by project."""
    problem, candidates = answer.problem, of.held.candidates[of.built.rows]
    order = answer.chosen[np.lexsort((answer.chosen, -problem.fit[answer.chosen], problem.project[answer.chosen]))]
    found: list[Place] = []
    for at, spare in enumerate(alternates(problem, answer.chosen)):
        seated = order[problem.project[order] == at]
        for role, pairs in ((SEAT, seated), (ALTERNATE, spare)):
            found += [_place(of, problem, candidates, role, n, pair) for n, pair in enumerate(pairs.tolist(), start=1)]
    return tuple(found)


def _place(of: Scene, problem: Problem, candidates: Ints, role: str, number: int, pair: int) -> Place:
    return Place(
        project=int(problem.project[pair]),
        candidate_id=int(candidates[problem.expert[pair]]),
        role=role,
        place=number,
        fit=float(problem.fit[pair]),
        load=round(float(problem.load[pair]), 6),
        hold=Hold(int(problem.hold[pair])).name.lower(),
    )


def _figures(ctx: Context, ask: Ask, of: Scene, answer: Answer) -> dict[str, Any]:
    part = shares(answer.problem, answer.chosen)
    known = part[~np.isnan(part)]
    return {
        "projects": [_project_figures(of, answer, at, part[at]) for at in range(len(of.projects))],
        "feasible": not answer.relaxations,
        "optimal": answer.optimal,
        "smallest": answer.smallest,
        "relaxations": _relaxations(of, answer),
        "refused": [one for at, e in enumerate(of.eligible) for one in _refused(of, at, e)],
        "least_share": float(known.min()) if len(known) else None,
        "greedy": {"objective": answer.baseline.objective, "empty": answer.baseline.empty},
        "inputs": {
            "fairness": ask.fairness,
            "seconds": ask.seconds,
            "top": TOP,
            "pairs": len(answer.problem),
            "experts": len(of.held.pool),
            "ranking_version": RANKING_VERSION,
            "index_revision": of.held.revision,
            "embedder": ctx.embedder.name,
        },
    }


def _project_figures(of: Scene, answer: Answer, at: int, share: float) -> dict[str, Any]:
    problem, asked = answer.problem, of.built.problem.demands[at]
    mine = answer.chosen[problem.project[answer.chosen] == at]
    covers = zip(asked.covers, problem.meeting[at], strict=True)
    return {
        "project": asked.project,
        "public_id": of.projects[at].public_id,
        "title": asked.title,
        "seats": asked.seats,
        "filled": len(mine),
        "hours_per_week": asked.hours,
        "eligible": of.eligible[at].total,
        "excluded": dict(of.eligible[at].excluded),
        "mean_fit": float(problem.fit[mine].mean()) if len(mine) else None,
        "share": None if np.isnan(share) else float(share),
        "covers": [
            {"requirement": c.requirement, "asked": c.asked, "least": c.least, "met": int(np.isin(pairs, mine).sum())}
            for c, pairs in covers
        ],
    }


def _relaxations(of: Scene, answer: Answer) -> list[dict[str, Any]]:
    asked, candidates = of.built.problem, of.held.candidates[of.built.rows]
    dropped = answer.instead or {}
    return [
        {
            "kind": one.kind.value,
            "project": asked.demands[one.demand].project,
            "amount": one.amount,
            "words": words(asked, one, dropped.get(one)),
            "instead": dropped[one].must if one in dropped else None,
            "candidate": int(candidates[asked.expert[one.pair]]) if one.pair >= 0 else None,
        }
        for one in answer.relaxations
    ]


def _refused(of: Scene, at: int, eligible: Eligible) -> list[dict[str, Any]]:
    """Pins that a must overrules."""
    return [
        {
            "project": eligible.demand.project,
            "candidate": int(of.held.candidates[row]),
            "words": f"{SOMEBODY} is pinned to {eligible.demand.title} but not eligible: {'; '.join(reasons)}.",
        }
        for row, reasons in eligible.refused.items()
    ]
