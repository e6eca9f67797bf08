"""The pinned baselines come out as published, where the data to measure on is there."""

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from vetting.evals import baselines, statistics
from vetting.index.embedder import InProcessEmbedder

DATA = Path(os.environ.get("VETTING_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
ITEMS, CANDIDATES = DATA / "saf_train.items.jsonl", DATA / "saf_candidates.jsonl"
here = pytest.mark.skipif(not CANDIDATES.is_file(), reason="the data to measure on is not here (VETTING_SHARED_DATA)")


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def measured() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    items = lines(ITEMS)
    embedder = InProcessEmbedder()
    answers = embedder.embed([i["answer"] for i in items])
    references = embedder.embed([i["reference"] for i in items])
    cosine = baselines.cosines(answers, references)
    recall = np.array([baselines.recall(i["question"], i["reference"], i["answer"]) for i in items])
    return items, {
        "length": np.array([baselines.length(i["answer"]) for i in items]),
        "recall": recall,
        "cosine": cosine,
        "both": baselines.cosine_plus_recall(cosine, recall),
    }


@here
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "composed", "per_answer"),
    [("length", 0.41, 0.28), ("recall", 0.76, 0.39), ("cosine", 0.67, 0.38), ("both", 0.76, 0.45)],
)
def test_the_published_figures_come_out(
    measured: tuple[list[dict[str, Any]], dict[str, Any]], name: str, composed: float, per_answer: float
) -> None:
    items, values = measured
    value = dict(zip([i["id"] for i in items], values[name], strict=True))
    seeds: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for candidate in lines(CANDIDATES):
        mean = float(np.mean([value[i] for i in candidate["items"]]))
        seeds[candidate["seed"]].append((mean, candidate["human"]))
    rho = np.mean([spearmanr(*zip(*pairs, strict=True)).statistic for pairs in seeds.values()])
    human = np.array([i["human"] for i in items])
    within = statistics.within(values[name], human, [i["question"] for i in items])
    assert rho == pytest.approx(composed, abs=0.01)
    assert within == pytest.approx(per_answer, abs=0.01)


def test_recall_leaves_out_the_questions_own_words() -> None:
    question, reference = "What is the window?", "The window is halved after loss."
    assert baselines.recall(question, reference, "The window!") == 0
    assert baselines.recall(question, reference, "halved after a loss") == 1
    assert baselines.recall(question, "What is the window?", "window") == 0


def test_length_counts_words_that_carry_something() -> None:
    assert baselines.length("The loss of the link") == pytest.approx(np.log(3))
    assert baselines.length("") == 0


def test_equal_values_have_no_z_score() -> None:
    assert baselines.standardised([2.0, 2.0]).tolist() == [0, 0]
    assert baselines.cosine_plus_recall([0.0, 1.0], [0.0, 1.0]).tolist() == [-2, 2]
