"""Staffing 50 projects out of 2,000 experts and 200 out of 10,000, beside picking the best pairs one by one."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from tests.bench.shortlist import made_up
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.domain.staffing import FAIRNESS, Problem, faults
from vetting.domain.staffing_greedy import greedy
from vetting.domain.staffing_plan import Answer, staff
from vetting.packs import shipped
from vetting.services import profiles
from vetting.services.candidates import import_experts
from vetting.services.context import Context
from vetting.services.projects import import_projects
from vetting.services.staffing_scene import scene

SIZES = ((50, 2_000, 10.0), (200, 10_000, 60.0))
"""Projects, experts, and the seconds in which the plan has to be there."""

SPARE = 0.9
"""Of these seconds the solver has so much, so that stopping it and checking the plan fit in."""


def run(folder: Path, *, seed: int = 1, embedder: str = "hash") -> list[Figure]:
    """The smaller, then the larger house, each ranked from the database and solved within its seconds."""
    rates = str(shipped("data/demo") / "rates.json")
    ctx = build_context(load_settings(data_dir=folder / "data", embedder=embedder, rates=rates), in_process=True)
    people, found = made_up(seed), []
    for projects, experts, limit in SIZES:
        _import(ctx, folder, people[:experts], list(wanted(seed, projects)))
        with timed() as ranking:
            problem = scene(ctx, (), FAIRNESS, lambda *_: None).built.problem
        assert len(problem.demands) == projects
        found += _figures(f"{projects} x {experts:,}", problem, ranking, limit)
    return found


def wanted(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Projects with the topics of the demo's, thrown together anew: 2 to 12 seats, 4 to 12 hours, one cover."""
    rng = random.Random(seed)
    lines = (shipped("data/demo") / "projects.jsonl").read_text(encoding="utf-8").splitlines()
    topics = [r["topic"] for line in lines for r in json.loads(line).get("requirements", ()) if r.get("topic")]
    english = {"id": "english", "kind": "nice", "fact": "languages", "op": ">=", "value": {"en": "C1"}}
    for number in range(count):
        seats = rng.randint(2, 12)
        asked = [{"id": f"t{n}", "kind": "nice", "topic": topic} for n, topic in enumerate(rng.sample(topics, 2))]
        yield {
            "id": f"s-{number:03}",
            "title": f"Invented {number}",
            "requirements": [*asked, english | {"cover": (seats + 1) // 2}],
            "seats": seats,
            "hours_per_week": rng.choice((4, 5, 6, 8, 10, 12)),
        }


def _import(ctx: Context, folder: Path, people: list[dict[str, Any]], projects: list[dict[str, Any]]) -> None:
    for name, rows, read in (("experts", people, import_experts), ("projects", projects, import_projects)):
        file = folder / f"{name}.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        report = read(ctx, [file])
        assert not report.faults, report.summary()
    profiles.embed_pending(ctx)


def _figures(size: str, problem: Problem, ranking: Spent, limit: float) -> list[Figure]:
    with timed() as by_hand:
        pairs = greedy(problem)
    end = time.monotonic() + SPARE * limit
    with timed() as solving:
        answer = staff(problem, lambda: end - time.monotonic())
    assert not faults(answer.problem, answer.chosen), "the plan breaks a rule"
    note = _note(answer, len(pairs), int(problem.seats.sum()))
    return [
        Figure(f"{size}: ranking for {len(problem):,} pairs", "s", _one(ranking.wall)),
        Figure(f"{size}: {note}", "s", _one(solving.wall), "one by one", _one(by_hand.wall), at_most=limit),
        Figure(f"{size}: the same, CPU", "s", _one(solving.cpu), "one by one", _one(by_hand.cpu)),
        Figure(f"{size}: worth", "", _one(answer.objective), "one by one", _one(answer.baseline.objective)),
        Figure(f"{size}: bound above it", "%", _one(100 * answer.gap)),
    ]


def _note(answer: Answer, by_hand: int, seats: int) -> str:
    """What kind of plan was timed, so that no figure hides an empty seat."""
    relaxed = f", {sum(r.amount for r in answer.relaxations)} relaxed" if answer.relaxations else ""
    kind = "optimal plan" if answer.optimal else "plan"
    return f"{kind}{relaxed} (one by one fills {by_hand:,} of {seats:,})"


def _one(value: float) -> Sample:
    return Sample.of([value])
