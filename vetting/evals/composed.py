"""Candidates composed of labelled answers, interviewed through the real service and compared with people.

Each candidate has ten labelled answers to ten questions. A rubric is made from those questions at run time (`form:
fixed`, one competency per module, the key points of each reference as indicators of the middle level), the candidate
is interviewed with it, and the belief's posterior mean is compared with the mean human score within each seed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scipy.stats import spearmanr
from sqlmodel import select

from vetting.db.engine import reading
from vetting.db.models import ScorecardRow
from vetting.domain.rubric import CoreForm, Rubric
from vetting.engines.evidence import key_points
from vetting.errors import BadInput
from vetting.ports import Rater, RatingReply, RatingRequest
from vetting.services import demo, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

LONGEST_STATEMENT = 400


@dataclass(frozen=True)
class Composed:
    """One composed candidate: the items answered, and the mean human score."""

    seed: int
    name: str
    human: float
    items: tuple[str, ...]


class Remembering:
    """A rater asked once per question and answer: composed candidates share answers, and it is deterministic."""

    def __init__(self, rater: Rater) -> None:
        self.id = rater.id
        self._rater = rater
        self._known: dict[tuple[str, str | None], RatingReply] = {}

    def rate(self, request: RatingRequest) -> RatingReply:
        """The remembered reply, or a fresh one."""
        answers = "\x00".join(t.answer or "" for t in request.transcript.of_question(request.question.id))
        key = (request.question.model_dump_json(), answers)
        if key not in self._known:
            self._known[key] = self._rater.rate(request)
        return self._known[key]


def evaluate(
    ctx: Context,
    items_file: Path,
    candidates_file: Path,
    progress: Callable[[str, int, int], None],
    *,
    seeds: int | None = None,
) -> dict[str, Any]:
    """Mean Spearman over seeds of the posterior mean against people, and the share of null composites.

    `seeds` limits the run to the first so many. Raises BadInput for a file that does not fit.
    """
    items = {row["id"]: row for row in _rows(items_file)}
    people = [_composed(row) for row in _rows(candidates_file)]
    wanted = sorted({p.seed for p in people})[:seeds]
    people = [p for p in people if p.seed in wanted]
    rater = Remembering(ctx.steering)
    ctx = replace(ctx, steering=rater, panel=(rater,))
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    nulls = 0
    for number, person in enumerate(people, start=1):
        mean, level = _interviewed(ctx, person, items)
        found[person.seed].append((mean, person.human))
        nulls += level is None
        progress("composed candidates", number, len(people))
    rho = [float(spearmanr(*zip(*pairs, strict=True)).statistic) for pairs in found.values()]
    return {
        "candidates": len(people),
        "seeds": len(rho),
        "spearman": {"mean": round(sum(rho) / len(rho), 3), "min": round(min(rho), 3), "max": round(max(rho), 3)},
        "null_composites": round(nulls / len(people), 3),
        "rater": rater.id.label,
    }


def rubric_of(items: Sequence[Mapping[str, Any]]) -> Rubric:
    """A fixed rubric of the questions of some labelled items, one competency per module."""
    by_module: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for item in items:
        by_module[item.get("module", "all")].append(item)
    weight = round(1 / len(by_module), 6)
    weights = [weight] * (len(by_module) - 1) + [1 - weight * (len(by_module) - 1)]
    competencies = [
        {
            "id": module.lower(),
            "name": module,
            "definition": f"Questions of the module {module}.",
            "weight": weight,
            "anchors": {level: f"Level {level} of the human scale" for level in range(1, 6)},
            "questions": [_question(item) for item in rows],
        }
        for (module, rows), weight in zip(sorted(by_module.items()), weights, strict=True)
    ]
    return Rubric.model_validate(
        {
            "id": "eval.composed",
            "version": "1.0.0",
            "title": "Made at run time from labelled items",
            "domain": "eval",
            "summary": "One competency per module; key points of the references as indicators.",
            "form": "fixed",
            "written_by": "vetting eval composed",
            "cut": {"composite": 3.5},
            "competencies": competencies,
        }
    )


def _question(item: Mapping[str, Any]) -> dict[str, Any]:
    points = item.get("key_points") or key_points(item["reference"])
    return {
        "id": _slug(item),
        "type": "answer",
        "minutes": 3,
        "text": item["question"],
        "reference": item["reference"],
        "indicators": [
            {"id": f"k{n}", "statement": point[:LONGEST_STATEMENT], "level": 3} for n, point in enumerate(points, 1)
        ],
    }


def _slug(item: Mapping[str, Any]) -> str:
    name = str(item["question_id"]).lower()
    return "".join(c if c.isalnum() else "-" for c in name).strip("-")


def _interviewed(ctx: Context, person: Composed, items: Mapping[str, Mapping[str, Any]]) -> tuple[float, float | None]:
    """Posterior mean and composite of one composed candidate."""
    own = [items[i] for i in person.items]
    version = rubrics.install(ctx, rubric_of(own))
    candidate = create_candidate(ctx, name=f"{person.seed}-{person.name}")
    interview_id = demo.start_interview(ctx, candidate, version, seed=person.seed, form=CoreForm.A)
    demo.take(ctx, interview_id, demo.Script(by_question={_slug(item): item["answer"] for item in own}))
    demo.finished(ctx, interview_id)
    with reading(ctx.engine) as session:
        card = session.exec(select(ScorecardRow).where(ScorecardRow.interview_id == interview_id)).one().document
    return float(card["posterior_mean"]), card["composite"]["level"]


def _composed(row: Mapping[str, Any]) -> Composed:
    return Composed(int(row["seed"]), str(row["candidate"]), float(row["human"]), tuple(row["items"]))


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            rows.append(json.loads(line))
        except ValueError:
            raise BadInput(f"{path}:{number}: not a JSON object on one line.") from None
    return rows
