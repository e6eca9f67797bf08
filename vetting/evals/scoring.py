"""`vetting eval scoring`: levels for answers from outside, and how they agree with people beside four baselines."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vetting.domain.text import normalise
from vetting.domain.verdict import Flag
from vetting.engines.answer_flags import LOW_TRUST
from vetting.engines.evidence import Evidence, key_points, weigh
from vetting.engines.terms import Claim
from vetting.engines.views import Vision
from vetting.errors import BadInput
from vetting.evals import baselines, statistics
from vetting.evals.scoring_items import ScoringItem, read_items
from vetting.ports import Embedder
from vetting.services.import_files import require_folder

Numbers = NDArray[np.float64]
BATCH = 64
RIDGE = 1.0
RESIDUALS = (-0.20, 0.76)
"""5 % and 95 % quantile of (person's score - our level), as shares of the scale, over the 1,307 answers to 18 questions
of the English training part of the Short Answer Feedback data (Filighera et al. 2022); leaving one question out they
hold 89 %. Lopsided because those people score kindly. Used for the interval alone: no level depends on a score."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Scored:
    """An item's outcome on its own scale; level and interval are None for a blank answer."""

    id: str
    level: float | None
    interval: tuple[float, float] | None
    abstained: bool
    flags: tuple[str, ...]

    def line(self) -> str:
        """One line of the out file, without the end of line."""
        record = {
            "id": self.id,
            "level": self.level,
            "interval": list(self.interval) if self.interval else None,
            "abstained": self.abstained,
            "flags": list(self.flags),
        }
        return json.dumps(record, ensure_ascii=False, allow_nan=False)


def evaluate(
    items_file: Path,
    out: Path | None,
    embedder: Embedder,
    *,
    fit_folds: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Score the file's answers, write `out` if given, and report agreement with people.

    Without `fit_folds` a person's score is used for the statistics alone, so `out` does not depend on it. With
    "question", a ridge regression fitted on the other questions' scores gives the levels. Raises BadInput, NotFound,
    Unavailable.
    """
    if fit_folds not in (None, "question"):
        raise BadInput(f"--fit-folds: '{fit_folds}' is not known; the only one is 'question'.")
    if out is not None:
        require_folder(out)
    items = read_items(items_file)
    found = gather(items, embedder, progress or _silent)
    shares = _fitted(items, found) if fit_folds else np.array([e.credit for e in found])
    scored = [_scored(i, e, float(s)) for i, e, s in zip(items, found, shares, strict=True)]
    if out is not None:
        _write(out, [s.line() for s in scored])
    return _report(items, scored, _baselines(items, embedder), embedder.name, fit_folds)


def gather(items: Sequence[ScoringItem], embedder: Embedder, progress: Progress) -> list[Evidence]:
    """The evidence in each answer, in order; a person's score is not looked at. Raises Unavailable."""
    vision = Vision(embedder)
    found: list[Evidence] = []
    for at in range(0, len(items), BATCH):
        progress("answers", at, len(items))
        batch = items[at : at + BATCH]
        vision.read_ahead([normalise(item.answer).text for item in batch])
        found += [_evidence(vision, item) for item in batch]
    progress("answers", len(items), len(items))
    return found


def _evidence(vision: Vision, item: ScoringItem) -> Evidence:
    points = item.key_points or key_points(item.reference)
    claims = [Claim(str(number), point) for number, point in enumerate(points)]
    return weigh(vision, item.question, item.reference, claims, item.answer, secret=False)


def _scored(item: ScoringItem, evidence: Evidence, share: float) -> Scored:
    flags = tuple(str(flag) for flag in evidence.flags)
    if Flag.BLANK in evidence.flags:
        return Scored(item.id, None, None, True, flags)
    low, high = item.scale
    ends = (max(0.0, share + RESIDUALS[0]), min(1.0, share + RESIDUALS[1]))
    level, bottom, top = (round(low + (high - low) * s, 4) for s in (share, *ends))
    return Scored(item.id, level, (bottom, top), not LOW_TRUST.isdisjoint(evidence.flags), flags)


def _fitted(items: Sequence[ScoringItem], found: Sequence[Evidence]) -> Numbers:
    """Shares of the scale from a ridge regression on the signs, fitted on all other questions' answers."""
    signs = np.array([[*e.signs, e.credit] for e in found])
    human = np.array([(i.human - i.scale[0]) / (i.scale[1] - i.scale[0]) for i in items])
    usable = np.array([Flag.BLANK not in e.flags for e in found])
    questions = np.array([i.question for i in items])
    if len(set(questions[usable])) < 2:
        raise BadInput("--fit-folds question: needs answers to two questions or more, to fit on the others.")
    shares = np.zeros(len(items))
    for question in dict.fromkeys(questions):
        inside = questions == question
        shares[inside] = _ridge(signs[usable & ~inside], human[usable & ~inside], signs[inside])
    clipped: Numbers = np.clip(shares, 0, 1)
    return clipped


def _ridge(known: Numbers, target: Numbers, asked: Numbers) -> Numbers:
    if not len(known):
        return np.full(len(asked), float(target.mean()) if len(target) else 0.5)
    mean, spread = known.mean(axis=0), known.std(axis=0)
    spread[spread == 0] = 1
    x = (known - mean) / spread
    weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (target - target.mean()))
    predicted: Numbers = target.mean() + (asked - mean) / spread @ weights
    return predicted


def _baselines(items: Sequence[ScoringItem], embedder: Embedder) -> dict[str, Numbers]:
    references = {r: k for k, r in enumerate(dict.fromkeys(i.reference for i in items))}
    reference_vectors = embedder.embed(list(references))
    cosine = baselines.cosines(
        embedder.embed([i.answer for i in items]), reference_vectors[[references[i.reference] for i in items]]
    )
    recalled = np.array([baselines.recall(i.question, i.reference, i.answer) for i in items])
    return {
        "length": np.array([baselines.length(i.answer) for i in items]),
        "key-term recall": recalled,
        "cosine": cosine,
        "cosine + recall": baselines.cosine_plus_recall(cosine, recalled),
    }


def _report(
    items: Sequence[ScoringItem],
    scored: Sequence[Scored],
    others: Mapping[str, Numbers],
    embedder: str,
    fit_folds: str | None,
) -> dict[str, Any]:
    rated = np.array([s.level is not None for s in scored])
    kept = [i for i, keep in zip(items, rated, strict=True) if keep]
    levels = np.array([s.level for s in scored if s.level is not None])
    rows = {"vetting": _agreement(kept, levels, on_scale=True)}
    rows |= {name: _agreement(kept, values[rated], on_scale=False) for name, values in others.items()}
    return {
        "items": len(items),
        "questions": len({i.question for i in items}),
        "scored": len(kept),
        "abstained": round(sum(s.abstained for s in scored) / len(scored), 4),
        "degraded": any("degraded" in s.flags for s in scored),
        "embedder": embedder,
        "labels": f"fitted on other folds ({fit_folds})" if fit_folds else "used for the statistics only",
        "interval_coverage": _coverage(items, scored),
        "agreement": rows,
    }


def _agreement(items: Sequence[ScoringItem], values: Numbers, *, on_scale: bool) -> dict[str, float | None]:
    human = np.array([i.human for i in items])
    low, high = (np.array([i.scale[end] for i in items]) for end in (0, 1))
    questions = [i.question for i in items]
    fitted = statistics.fitted_leaving_one_out(values, human, questions)
    kappa = statistics.quadratic_kappa(values, human, low, high) if on_scale else None
    return {
        "pearson": _rounded(statistics.pearson(values, human)),
        "within_questions": _rounded(statistics.within(values, human, questions)),
        "spearman": _rounded(statistics.spearman(values, human)),
        "qwk": _rounded(kappa),
        "qwk_fitted": _rounded(None if fitted is None else statistics.quadratic_kappa(fitted, human, low, high)),
        "rmse": _rounded(None if fitted is None else statistics.rmse(fitted, human)),
    }


def _coverage(items: Sequence[ScoringItem], scored: Sequence[Scored]) -> float | None:
    inside = [s.interval[0] <= i.human <= s.interval[1] for i, s in zip(items, scored, strict=True) if s.interval]
    return round(sum(inside) / len(inside), 4) if inside else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def _write(file: Path, lines: Sequence[str]) -> None:
    """All lines or none: written beside the place, then renamed."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def as_text(report: Mapping[str, Any]) -> str:
    """The report as a small table."""
    lines = [
        f"{report['scored']} of {report['items']} answers to {report['questions']} questions scored "
        f"({report['abstained']:.1%} with low trust), embedder {report['embedder']}; people's scores "
        f"{report['labels']}.",
        f"{'':18}{'Pearson':>9}{'within q.':>11}{'Spearman':>10}{'QWK':>8}{'QWK fit':>9}{'RMSE':>8}",
    ]
    for name, row in report["agreement"].items():
        cells = [row[key] for key in ("pearson", "within_questions", "spearman", "qwk", "qwk_fitted", "rmse")]
        shown = ["-" if cell is None else f"{cell:.3f}" for cell in cells]
        lines.append(f"{name:18}{shown[0]:>9}{shown[1]:>11}{shown[2]:>10}{shown[3]:>8}{shown[4]:>9}{shown[5]:>8}")
    lines.append("QWK fit, RMSE: after a line fitted on the other questions, for baselines that have no scale.")
    if report["degraded"]:
        lines.append("The embedder gives no word vectors: levels rest on sentences and key terms only.")
    return "\n".join(lines)
