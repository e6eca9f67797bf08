"""A labelled set for matching with known truth: experts, projects and grades, from `data/eval/matching` and a seed.

Experts tell of their work in one set of sentences, projects ask in another; both were written for a specialism, and
that is the truth. A grade says how much of what a project asks an expert has done: 3 at most, 0 for nothing, and 0 for
whoever states a fact that breaks a must. A fact that is not stated breaks nothing.
"""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vetting.packs import shipped

EXPERTS_EACH, PROJECTS_EACH = 10, 2
"""Experts and projects per specialism: 240 and 48."""

STATED = 0.75
"""Share of the facts that an expert states."""

LEVELS = ("A2", "B1", "B2", "C1", "C2")
LANGUAGES = ("de", "fr", "es", "pt")
PLACES = ("in Leeds", "in Porto", "for a county", "at a teaching hospital", "with a small team", "as a consultant", "")


@dataclass(frozen=True)
class Specialism:
    """What people who know it tell of their work (title, text), and how somebody asks for it."""

    name: str
    field: str
    told: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class LabelledSet:
    """The three files of `vetting eval matching`; a pair is (expert, project, grade, breaks a must)."""

    experts: tuple[dict[str, Any], ...]
    projects: tuple[dict[str, Any], ...]
    pairs: tuple[tuple[str, str, int, bool], ...]

    def write(self, folder: Path) -> tuple[Path, Path, Path]:
        """Write experts.jsonl, projects.jsonl and pairs.csv; returns their paths in this order."""
        experts, projects, pairs = (folder / name for name in ("experts.jsonl", "projects.jsonl", "pairs.csv"))
        experts.write_text("".join(f"{json.dumps(e)}\n" for e in self.experts), encoding="utf-8")
        projects.write_text("".join(f"{json.dumps(p)}\n" for p in self.projects), encoding="utf-8")
        with pairs.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("expert_id", "project_id", "label", "violates"))
            writer.writerows((expert, project, grade, int(breaks)) for expert, project, grade, breaks in self.pairs)
        return experts, projects, pairs


def specialisms() -> tuple[Specialism, ...]:
    """Those of the shipped file, in its order."""
    data = yaml.safe_load((shipped("data/eval") / "matching" / "specialisms.yaml").read_text(encoding="utf-8"))
    return tuple(
        Specialism(name, field, tuple(_told(line) for line in of["told"]), tuple(of["asked"]))
        for field, group in data.items()
        for name, of in group.items()
    )


def make(seed: int = 1) -> LabelledSet:
    """The set of a seed; the same seed makes the same set."""
    rng, known = random.Random(seed), specialisms()
    people = [_expert(rng, known, number) for number in range(EXPERTS_EACH * len(known))]
    work = [_project(rng, known, number) for number in range(PROJECTS_EACH * len(known))]
    pairs = tuple(
        (expert["id"], project["id"], 0 if (breaks := _breaks(expert, project)) else _grade(done, wanted), breaks)
        for project, wanted in work
        for expert, done in people
    )
    return LabelledSet(tuple(expert for expert, _ in people), tuple(project for project, _ in work), pairs)


def _told(line: str) -> tuple[str, str]:
    title, _, text = line.partition(" | ")
    return title, text


def _expert(rng: random.Random, known: Sequence[Specialism], number: int) -> tuple[dict[str, Any], Counter[str]]:
    """An expert, and how many items tell of each specialism: mostly of one, some of a second, a few of anything."""
    main = known[number % len(known)]
    near = [s for s in known if s.field == main.field and s != main]
    second = rng.choice(near) if rng.random() < 0.5 else rng.choice([s for s in known if s != main])
    plan = [main] * rng.choice((1, 2, 2, 3, 3)) + [second] * rng.choice((0, 1, 1, 2))
    plan += rng.sample([s for s in known if s not in (main, second)], rng.choice((0, 1, 2)))
    done = Counter(s.name for s in plan)
    items = [
        {"kind": rng.choice(("role", "project")), "title": title, "text": f"{text} {rng.choice(PLACES)}".strip()}
        for s in dict.fromkeys(plan)
        for title, text in rng.sample(s.told, done[s.name])
    ]
    rng.shuffle(items)
    return {"id": f"e-{number:03}", "name": f"Invented {number}", "items": items, "facts": _facts(rng)}, done


def _facts(rng: random.Random) -> dict[str, Any]:
    facts = {
        "hours_per_week": rng.choice((4, 8, 12, 20, 30)),
        "rate": {"amount": rng.choice((50, 80, 110, 140)), "currency": "EUR", "per": "hour"},
        "languages": {"en": "C1", rng.choice(LANGUAGES): rng.choice(LEVELS)},
    }
    return {name: value for name, value in facts.items() if rng.random() < STATED}


def _project(rng: random.Random, known: Sequence[Specialism], number: int) -> tuple[dict[str, Any], tuple[str, str]]:
    """A project, and the specialisms it asks for: a first, and a second or ''. Every other one is a brief alone."""
    first = known[number % len(known)]
    brief = first.asked[number // len(known) % len(first.asked)]
    second = rng.choice([s for s in known if s.field == first.field and s != first]) if number % 2 else None
    project: dict[str, Any] = {"id": f"p-{number:02}", "title": "Review of answers", "brief": brief}
    requirements: list[dict[str, Any]] = []
    if second:
        requirements += [{"kind": "must", "topic": brief}, {"kind": "nice", "topic": rng.choice(second.asked)}]
    must = rng.choice(("hours", "rate", "language"))
    if must == "hours":
        project["hours_per_week"] = rng.choice((8, 12, 20))
    elif must == "rate":
        project["rate_max"] = {"amount": rng.choice((80, 110)), "currency": "EUR", "per": "hour"}
    else:
        fact = f"languages.{rng.choice(LANGUAGES)}"
        requirements.append({"kind": "must", "fact": fact, "op": ">=", "value": rng.choice(("B1", "B2"))})
    return project | {"requirements": requirements}, (first.name, second.name if second else "")


def _grade(done: Mapping[str, int], wanted: tuple[str, str]) -> int:
    first, second = (done.get(name, 0) for name in wanted)
    if not wanted[1] or not first:
        return first
    return min(first, 2) + (1 if second else 0)


def _breaks(expert: Mapping[str, Any], project: Mapping[str, Any]) -> bool:
    """Whether a stated fact breaks a must: written apart from the engine's own comparison, which it checks."""
    facts = expert["facts"]
    if "hours_per_week" in project and facts.get("hours_per_week", 168) < project["hours_per_week"]:
        return True
    if "rate_max" in project and "rate" in facts and facts["rate"]["amount"] > project["rate_max"]["amount"]:
        return True
    for requirement in project["requirements"]:
        if "fact" in requirement and "languages" in facts:
            level = facts["languages"].get(requirement["fact"].partition(".")[2])
            if level is None or LEVELS.index(level) < LEVELS.index(requirement["value"]):
                return True
    return False
