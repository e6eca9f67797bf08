"""The gates of the design, and what a study's tables say of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vetting.evals.intervals import (
    Measure,
    Numbers,
    agreement,
    correlation,
    rank_correlation,
    ratio,
    resampled,
    share,
    told_apart,
)
from vetting.evals.rewrites import GAINS, PANEL
from vetting.evals.simulate import STYLES
from vetting.evals.study import FIXED, PEOPLE, THREE

Data = Mapping[str, Numbers]
SURE = 0.95


@dataclass(frozen=True)
class Gate:
    """A promise: the figure lies between `low` and `high` (either may be open)."""

    id: str
    what: str
    measure: Callable[[Data], Measure]
    low: float | None = None
    high: float | None = None
    note: str = ""

    def met(self, value: float) -> bool:
        """Whether a figure keeps the promise."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def wanted(self) -> str:
        """The promise in signs."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"at least {self.low:g}" if self.low is not None else f"at most {self.high:g}"


def judge(data: Data) -> list[dict[str, Any]]:
    """Every gate with its figure, interval and verdict."""
    rows = []
    for gate in GATES:
        found = gate.measure(data)
        rows.append(
            {
                "id": gate.id,
                "what": gate.what,
                **found.rounded(),
                "gate": gate.wanted(),
                "met": bool(found.n) and gate.met(found.value),
                "note": gate.note,
            }
        )
    return rows


def people(data: Data, *names: str) -> Numbers:
    """Columns of the table of people, and only people."""
    return data["people"][:, [PEOPLE.index(name) for name in names]]


def _decided_wrong(data: Data) -> Measure:
    rows = people(data, "p_final", "passes")
    decided = (rows[:, 0] >= SURE) | (rows[:, 0] <= 1 - SURE)
    wrong = decided & ((rows[:, 0] >= SURE) != (rows[:, 1] > 0))
    return share(int(wrong.sum()), int(decided.sum()))


def _undecided(column: str) -> Callable[[Data], Measure]:
    def measure(data: Data) -> Measure:
        p = people(data, column)[:, 0]
        return share(int(((p > 1 - SURE) & (p < SURE)).sum()), len(p))

    return measure


def _three(data: Data) -> Measure:
    """Which of the three levels the reported one is nearest to; nothing is fitted."""
    rows = data["three"]

    def recovered(some: Numbers) -> float:
        edges = 3 + np.array([-0.6, 0.6])
        return float((np.digitize(some[:, 1], edges) == np.digitize(some[:, 0], [-0.6, 0.6])).mean())

    return resampled(rows, recovered)


def _balanced(some: Numbers) -> float:
    return (ratio(some[:, :2]) + ratio(some[:, 2:])) / 2


def _shift(data: Data) -> Measure:
    """The largest mean shift over the styles, in SD of the levels of the population."""
    spread = people(data, "final").std()

    def worst(some: Numbers) -> float:
        return float(np.abs(some.mean(axis=0)).max() / spread)

    return resampled(data["styles"], worst)


def _gain(at: int) -> Callable[[Data], Measure]:
    return lambda data: resampled(data["gains"] / people(data, "final").std(), lambda some: float(some[:, at].mean()))


def _saved(data: Data) -> Measure:
    return resampled(data["fixed"], lambda some: float(1 - some[:, 3].mean() / FIXED))


def _loss(data: Data) -> Measure:
    return resampled(data["fixed"], lambda some: rank_correlation(some[:, :2]) - rank_correlation(some[:, [0, 2]]))


GATES = (
    Gate("noise_icc", "rescore under a rater that flips 10 %: ICC", lambda d: resampled(d["noise"][:, :2], agreement),
         low=0.95, note="one sample per verdict, each verdict flipped at random"),
    Gate("noise_flips", "the same: recommendations changed",
         lambda d: share(int(d["noise"][:, 2].sum()), len(d["noise"])), high=0.02),
    Gate("panel_icc", f"the same with the median of {PANEL} samples: ICC",
         lambda d: resampled(d["noise"][:, 3:5], agreement), low=0.95),
    Gate("panel_flips", f"the same with the median of {PANEL} samples: recommendations changed",
         lambda d: share(int(d["noise"][:, 5].sum()), len(d["noise"])), high=0.02),
    Gate("other_form", "other form, disjoint, 10 questions each: r of the composite",
         lambda d: resampled(d["other"][:, :2], correlation), low=0.80),
    Gate("spearman", "Spearman with true skill", lambda d: resampled(people(d, "skill", "final"), rank_correlation),
         low=0.85),
    Gate("auc_2sd", "AUC, 2 SD apart", lambda d: resampled(people(d, "skill", "final"), told_apart(2.0)), low=0.99),
    Gate("auc_1sd", "AUC, 1 SD apart", lambda d: resampled(people(d, "skill", "final"), told_apart(1.0)), low=0.90),
    Gate("three_levels", "three levels (-1.2, 0, +1.2 SD) recovered", _three, low=0.82),
    Gate("balanced", "per-indicator balanced accuracy", lambda d: resampled(d["indicators"], _balanced), low=0.85),
    Gate("sensitivity", "per-indicator sensitivity", lambda d: resampled(d["indicators"][:, :2], ratio), low=0.80),
    Gate("specificity", "per-indicator specificity", lambda d: resampled(d["indicators"][:, 2:], ratio), low=0.80),
    Gate("coverage", "90 % intervals cover (competencies), question effect SD .8",
         lambda d: resampled(d["coverage"][:, :2], ratio, int(d["coverage"][:, 1].sum())), low=0.88, high=0.93),
    Gate("coverage_rough", "90 % intervals cover (competencies), question effect SD 1.2",
         lambda d: resampled(d["rough"][:, :2], ratio, int(d["rough"][:, 1].sum())), low=0.88, high=0.93),
    Gate("coverage_composite", "90 % intervals of the composite cover",
         lambda d: resampled(d["coverage"][:, 2:], ratio), low=0.88, high=0.93),
    Gate("person_10", "needs_person because of the cut alone, 10 questions", _undecided("p_cut_ten"), high=0.40,
         note="composite against the cut; minimum levels left out"),
    Gate("person_15", "needs_person because of the cut alone, 15 questions", _undecided("p_cut_long"), high=0.25,
         note="composite against the cut; minimum levels left out"),
    Gate("wrong_side", "wrong side of the cut among decided", _decided_wrong, high=0.02),
    Gate("probes", "probes for an indicator already shown",
         lambda d: resampled(d["probes"][:, [0, 2]], ratio, int(d["probes"][:, 2].sum())), high=0.02,
         note="among all probes"),
    Gate("style", "style rewrite, same content: largest mean shift of a style, SD", _shift, high=0.10),
    *(Gate(name.replace(" ", "_"), f"{name}: gain, SD", _gain(at), high=0.05) for at, name in enumerate(GAINS)),
    Gate("verbatim", "quotes verbatim", lambda d: share(int(d["quotes"][:, 0].sum()), int(d["quotes"][:, 1].sum())),
         low=1.0),
    Gate("deletion", "deleting the quoted span lowers the level by .05 or more",
         lambda d: resampled(d["quotes"][:, 2:], ratio, int(d["quotes"][:, 3].sum())), low=0.90),
    Gate("saved", "adaptive against fixed form: questions saved", _saved, low=0.25,
         note=f"against {FIXED} questions in a fixed order"),
    Gate("loss", "adaptive against fixed form: loss in Spearman", _loss, high=0.02),
    Gate("length", "length-only scorer: Spearman (else the simulator leaks length)",
         lambda d: resampled(people(d, "skill", "words_each"), rank_correlation), high=0.30),
)  # fmt: skip


def beside(data: Data) -> list[dict[str, Any]]:
    """Baselines and the ceiling beside our figure: Spearman with true skill on the same interviews."""
    names = {
        "final": "this interview and rater",
        "ten": "the same after 10 questions",
        "long": "the same after 15 questions",
        "key_words": "key-word scorer",
        "holistic": "one holistic score (cosine with the reference)",
        "words_each": "length only (words per answer)",
        "random": "random",
    }
    rows = [
        {"name": words, **resampled(people(data, "skill", name), rank_correlation).rounded()}
        for name, words in names.items()
        if np.ptp(people(data, name)) > 0
    ]
    for at, words in ((1, "as asked"), (2, "after 10 questions"), (4, "after 15 questions")):
        found = resampled(data["ceiling"][:, [0, at]], rank_correlation)
        rows.append({"name": f"ceiling: a rater that never errs, {words}", **found.rounded()})
    return rows


def extra(data: Data) -> dict[str, Any]:
    """Further figures of the report."""
    rows, other = data["people"], data["other"]
    column = {name: rows[:, PEOPLE.index(name)] for name in PEOPLE}
    ceiling = data["ceiling"]
    per_competency = [correlation(other[:, at : at + 2]) for at in range(2, other.shape[1], 2)]
    wide = (column["p_long"] > 0.05) & (column["p_long"] < 0.95)
    return {
        "questions_mean": round(float(column["questions"].mean()), 2),
        "planned_minutes_p50_p90": [round(float(q), 1) for q in np.quantile(column["minutes"], [0.5, 0.9])],
        "typing_minutes_p50_p90": [round(float(q) / 25, 1) for q in np.quantile(column["words"], [0.5, 0.9])],
        "standard_error_mean": round(float(column["se"].mean()), 3),
        "null_composites": round(float(column["null"].mean()), 4),
        "other_form_r_per_competency": [round(r, 3) for r in per_competency],
        "needs_person_with_minimum_levels": {
            "10": round(float(((column["p_ten"] > 0.05) & (column["p_ten"] < 0.95)).mean()), 3),
            "15": round(float(wide.mean()), 3),
        },
        "needs_person_with_a_rater_that_never_errs": {
            "10": round(float(((ceiling[:, 3] > 0.05) & (ceiling[:, 3] < 0.95)).mean()), 3),
            "15": round(float(((ceiling[:, 5] > 0.05) & (ceiling[:, 5] < 0.95)).mean()), 3),
        },
        "shift_by_style_sd": {
            str(style): round(float(shift / column["final"].std()), 3)
            for style, shift in zip(STYLES[1:], data["styles"].mean(axis=0), strict=True)
        },
        "probes_that_aim_at_an_indicator": int(data["probes"][:, 1].sum()),
        "of_these_already_shown": round(float(data["probes"][:, 0].sum() / max(data["probes"][:, 1].sum(), 1)), 3),
        "level_bias": round(float((column["final"] - column["true_composite"]).mean()), 3),
        "three_levels_mean": {
            f"{theta:+g}": round(float(data["three"][data["three"][:, 0] == theta, 1].mean()), 2) for theta in THREE
        },
        "spearman_rough": round(rank_correlation(data["rough"][:, 4:6]), 4),
    }
