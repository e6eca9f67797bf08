"""`vetting eval reliability`: simulated candidates with known truth, every gate with its interval, beside baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vetting.domain.rubric import Rubric
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.engines.rater import EmbeddedRater
from vetting.evals import gates
from vetting.evals.intervals import Numbers
from vetting.evals.phrases import PhraseBank, faults, nearness, spoken
from vetting.evals.simulate import Mind, World, population
from vetting.evals.simulated_interview import Interviewer, restricted
from vetting.evals.study import ROUGH_SD, Progress, Study
from vetting.evals.study_pool import Bench, Hand, joined, parts, studied
from vetting.ports import Embedder


@dataclass(frozen=True)
class Plan:
    """What to measure, and in how many processes."""

    packs: tuple[tuple[Rubric, PhraseBank], ...]
    size: int
    seeds: tuple[int, ...]
    processes: int = 1
    kept: Path | None = None
    """Folder where finished parts are kept, so that a run that was stopped goes on."""


def evaluate(plan: Plan, embedder: Callable[[], Embedder], cache: Path | None, progress: Progress) -> dict[str, Any]:
    """The document: per pack and pooled over the seeds; the same for any number of processes. Raises Unavailable."""
    began = time.monotonic()
    bench = Bench(tuple((answered_in_words(whole), bank) for whole, bank in plan.packs), embedder, cache, plan.kept)
    hand = Hand(bench)
    todo = parts(len(bench.packs), plan.seeds, plan.size)
    studies = [hand.study(at, plan.seeds[0], plan.size, progress) for at in range(len(bench.packs))]
    read = [whole_answers(study, hand.embedder) for study in studies]
    found = studied(bench, todo, plan.processes, progress)
    packs, tables = [], {}
    for at, (rubric, bank) in enumerate(bench.packs):
        rows = joined([some for part, some in zip(todo, found, strict=True) if part.pack == at])
        tables[rubric.id] = data = {name: np.array(table, float) for name, table in rows.items()}
        document = of_pack(rubric, bank, data)
        packs.append({**document, "figures": {**document["figures"], "answers_read_whole": read[at]}})
    return {
        "rater": f"embedded, {hand.embedder.name}",
        "candidates": plan.size,
        "seeds": list(plan.seeds),
        "misspecifications": misspecifications(),
        "packs": packs,
        "seconds": round(time.monotonic() - began, 1),
        "plots": {slug: plots(data) for slug, data in tables.items()},
    }


def answered_in_words(rubric: Rubric) -> Rubric:
    """The pack without its work samples: the bank has words for answers alone."""
    kept = {question.id for question in spoken(rubric)}
    part = restricted(rubric, lambda question: question.id in kept)
    limits = {"max_questions": rubric.max_questions, "time_budget_minutes": rubric.time_budget_minutes}
    return part.model_copy(update=limits)


def misspecifications() -> list[str]:
    """What is true of the simulated people and unknown to the belief."""
    world = World(0)
    return [
        f"an effect of each question on each candidate, SD {world.question_sd:g}; in a second run SD {ROUGH_SD:g}",
        f"difficulties of indicators drawn around the pack's, SD {world.difficulty_sd:g} levels",
        f"discriminations drawn around the belief's, SD {world.slope_sd:g} of the logarithm",
        "errors of the rater depend on the wording, so they are alike within an answer and for the same indicator",
        "an indicator that a follow-up aims at gets a second chance by the same rule",
        f"a wrong belief that is held comes up in {world.volunteered:.0%} of the answers to its question",
        f"length of answers: median {world.words:g} words, SD {world.words_sd:g} of the logarithm between candidates",
    ]


def of_pack(rubric: Rubric, bank: PhraseBank, data: Mapping[str, Numbers]) -> dict[str, Any]:
    """What the tables of one pack, pooled over the seeds, say of it."""
    judged = gates.judge(data)
    return {
        "rubric": rubric.id,
        "version": rubric.version,
        "sha256": rubric.sha256,
        "bank": {"faults": faults(bank, rubric), "nearness": round(nearness(bank, rubric), 3)},
        "fit_for_live_decisions": all(row["met"] for row in judged),
        "gates": judged,
        "beside": gates.beside(data),
        "figures": gates.extra(data),
    }


def whole_answers(study: Study, embedder: Embedder, count: int = 40) -> dict[str, float]:
    """What reading sentence by sentence changes: verdicts on answers read whole, as the product does, beside ours."""
    by, whole = Interviewer(study.rubric, study.rater), Interviewer(study.rubric, EmbeddedRater(embedder))
    shifts: list[float] = []
    sides: list[bool] = []
    people = population(study.rubric, study.world, count, "whole")
    questions = list(study.rubric.questions())
    for k, person in enumerate(people):
        question = questions[k % len(questions)]
        said = _one_answer(study.mind(person), question.id)
        for a, b in zip(by.rate(question, said).verdicts, whole.rate(question, said).verdicts, strict=True):
            shifts.append(b.p - a.p)
            sides.append((a.p >= 0.5) != (b.p >= 0.5))
    return {
        "verdicts": len(shifts),
        "mean_shift": round(float(np.mean(shifts)), 4),
        "mean_absolute_shift": round(float(np.mean(np.abs(shifts))), 4),
        "other_side": round(float(np.mean(sides)), 4),
    }


def _one_answer(mind: Mind, question_id: str) -> Transcript:
    question = mind.rubric.question(question_id)
    turn = Turn(
        number=1,
        kind=PromptKind.LEAD,
        question_id=question_id,
        prompt=question.text,
        status=TurnStatus.ANSWERED,
        answer=mind.lead(question).text,
    )
    return Transcript(turns=(turn,))


def plots(data: Mapping[str, Numbers]) -> dict[str, Any]:
    """Points and curves of the report's pictures."""
    verdicts = data["verdicts"]
    bins = np.linspace(0, 1, 11)
    place = np.clip(np.digitize(verdicts[:, 0], bins) - 1, 0, 9)
    curve = [
        [float(verdicts[place == k, 0].mean()), float(verdicts[place == k, 1].mean()), int((place == k).sum())]
        for k in range(10)
        if (place == k).any()
    ]
    skill = gates.people(data, "true_composite", "final")
    return {
        "levels": skill[:400].round(3).tolist(),
        "forms": data["other"][:400, :2].round(3).tolist(),
        "verdicts": [[round(a, 3), round(b, 3), n] for a, b, n in curve],
    }


def as_text(report: Mapping[str, Any]) -> str:
    """The report as tables."""
    lines = [
        f"{report['candidates']} simulated candidates per pack and seed, seeds {', '.join(map(str, report['seeds']))}; "
        f"rater {report['rater']}; {report['seconds']:.0f} s"
    ]
    for pack in report["packs"]:
        lines += ["", f"{pack['rubric']} {pack['version']}", *_gate_lines(pack["gates"])]
        lines += [f"  {'Spearman with true skill':62}", *map(_beside_line, pack["beside"])]
        lines += [f"  {name.replace('_', ' ')}: {value}" for name, value in pack["figures"].items()]
        missed = [row["id"] for row in pack["gates"] if not row["met"]]
        lines.append(f"  gates missed: {', '.join(missed)}" if missed else "  every gate is met")
    return "\n".join(lines)


def _gate_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"  {'met   ' if row['met'] else 'MISSED'} {row['what'][:72]:72} {row['value']:7.3f} "
        f"[{row['interval'][0]:.3f}, {row['interval'][1]:.3f}] n={row['n']}  ({row['gate']})"
        for row in rows
    ]


def _beside_line(row: Mapping[str, Any]) -> str:
    return f"         {row['name'][:60]:60} {row['value']:7.3f} [{row['interval'][0]:.3f}, {row['interval'][1]:.3f}]"
