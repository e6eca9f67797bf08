"""The labelled set of our own, and what the evaluation says of it."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from vetting.evals.matching import as_text, evaluate
from vetting.evals.matching_set import LabelledSet, make, specialisms
from vetting.index.embedder import HashEmbedder


@pytest.fixture(scope="module")
def made() -> LabelledSet:
    return make(1)


def test_the_set_is_large_graded_and_the_same_for_the_same_seed(made: LabelledSet) -> None:
    assert len(made.experts) >= 200 and len(made.projects) >= 40
    assert len(made.pairs) == len(made.experts) * len(made.projects)
    grades = Counter(grade for _, _, grade, _ in made.pairs)
    assert set(grades) == {0, 1, 2, 3} and all(count >= 50 for count in grades.values())
    assert made == make(1) and made != make(2)


def test_no_sentence_of_an_expert_stands_in_what_a_project_asks() -> None:
    told = {text for s in specialisms() for _, text in s.told}
    asked = {text for s in specialisms() for text in s.asked}
    assert len(told) == 4 * len(specialisms()) and len(asked) == 2 * len(specialisms()) and not told & asked


def test_nobody_who_breaks_a_must_is_among_the_first_and_every_pair_is_finite(
    made: LabelledSet, tmp_path: Path
) -> None:
    report = evaluate(*made.write(tmp_path), tmp_path / "out.csv", HashEmbedder())
    assert report["violations_in_top_10"] == 0
    without = report["beside"].pop("without the words")
    assert without["violations_in_top_10"] == 0
    assert all(beside["violations_in_top_10"] > 0 for beside in report["beside"].values())
    scores = [line.rsplit(",", 1)[1] for line in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert len(scores) == len(made.pairs) and all(math.isfinite(float(score)) for score in scores)
    assert report["ndcg_at_10"] > report["beside"]["best-3 cosine"]["ndcg_at_10"]
    assert "BM25" in as_text(report) and "nDCG@10" in as_text(report)
