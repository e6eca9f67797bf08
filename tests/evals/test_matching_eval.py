"""The evaluation of matching on labelled pairs."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from vetting.domain.matching import RANKING_VERSION
from vetting.errors import BadInput
from vetting.evals.matching import Pair, as_text, evaluate, measures, ordering_loss
from vetting.index.embedder import HashEmbedder


def files(tmp_path: Path, pairs: str, projects: list[dict[str, Any]] | None = None) -> tuple[Path, Path, Path]:
    experts = [
        {"id": "queue", "name": "A", "items": [{"kind": "role", "title": "Queue management and pacing"}]},
        {"id": "heart", "name": "B", "items": [{"kind": "role", "title": "Valves and heart failure"}],
         "facts": {"hours_per_week": 2}},
    ]  # fmt: skip
    work = projects or [
        {"id": "p-q", "title": "Queue management", "brief": "Queues and pacing."},
        {"id": "p-h", "title": "Heart failure", "brief": "Valves."},
    ]
    for name, rows in (("experts.jsonl", experts), ("projects.jsonl", work)):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "pairs.csv").write_text(pairs, encoding="utf-8")
    return tmp_path / "experts.jsonl", tmp_path / "projects.jsonl", tmp_path / "pairs.csv"


PAIRS = "expert_id,project_id,label\nqueue,p-q,3\nqueue,p-h,1\nheart,p-q,1\nheart,p-h,3\n"


def test_every_pair_is_written_with_a_finite_score_in_the_order_of_the_file(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    report = evaluate(*files(tmp_path, PAIRS), out, HashEmbedder())
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [(r["expert_id"], r["project_id"], r["label"]) for r in rows] == [
        ("queue", "p-q", "3"), ("queue", "p-h", "1"), ("heart", "p-q", "1"), ("heart", "p-h", "3"),
    ]  # fmt: skip
    assert all(math.isfinite(float(r["score"])) for r in rows)
    best = {
        "loss_within_expert": 0.0, "loss_within_project": 0.0, "ndcg": 1.0, "ndcg_at_10": 1.0, "map": 1.0,
        "violations_in_top_10": 0,
    }  # fmt: skip
    assert report == {
        "pairs": 4, "experts": 2, "projects": 2, "ranking": RANKING_VERSION, "embedder": "hash-256", **best,
        "beside": {"without the words": best, "BM25": best, "one-vector cosine": best, "best-3 cosine": best},
    }  # fmt: skip
    assert "ordering loss within experts (lower is better): 0.000" in as_text(report)


def test_who_fails_a_must_is_scored_below_everybody_who_does_not(tmp_path: Path) -> None:
    work = [{"id": "p-h", "title": "Heart failure", "brief": "Valves.", "hours_per_week": 10}]
    out = tmp_path / "out.csv"
    evaluate(*files(tmp_path, "expert_id,project_id,label\nqueue,p-h,1\nheart,p-h,2\n", work), out, HashEmbedder())
    scores = {r["expert_id"]: float(r["score"]) for r in csv.DictReader(out.open(encoding="utf-8"))}
    assert scores["heart"] < 0 <= scores["queue"]


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ("expert_id,label\n", "pairs.csv:1 lacks the column project_id"),
        ("expert_id,project_id,label\nnobody,p-q,1\n", "pairs.csv:2 expert_id: 'nobody' is not in the file of experts"),
        ("expert_id,project_id,label\nqueue,p-q,nan\n", "pairs.csv:2 label: 'nan' is not a finite number"),
        ("expert_id,project_id,label\n", "holds no pairs"),
    ],
)
def test_a_file_of_pairs_that_cannot_be_used_is_named(tmp_path: Path, pairs: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        evaluate(*files(tmp_path, pairs), None, HashEmbedder())


def test_the_loss_is_the_share_of_label_distance_in_the_wrong_order() -> None:
    groups, labels = ["a", "a", "a"], [1.0, 2.0, 4.0]
    assert ordering_loss(groups, labels, [0.1, 0.2, 0.3]) == 0
    assert ordering_loss(groups, labels, [0.3, 0.2, 0.1]) == 1
    assert ordering_loss(groups, labels, [0.5, 0.5, 0.5]) == 0.5
    assert ordering_loss(groups, labels, [0.2, 0.1, 0.3]) == pytest.approx(1 / 6)
    assert ordering_loss(["a", "b"], [1, 2], [1, 2]) is None


def test_measures_that_the_labels_do_not_allow_are_none() -> None:
    same = [Pair("e", "p", 1.0), Pair("f", "p", 1.0)]
    assert set(measures(same, [0.1, 0.2]).values()) == {None}
