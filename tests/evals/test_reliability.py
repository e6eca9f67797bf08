"""A small study from end to end, with the embedder of tests and a rater that knows the bank."""

import json
from collections.abc import Sequence

import numpy as np
import pytest

from tests.evals.test_simulate import BANK, PACK
from vetting.domain.text import WordVectors
from vetting.evals import gates, reliability
from vetting.evals.intervals import agreement, rank_correlation, resampled, share, told_apart
from vetting.evals.literal_rater import LiteralRater
from vetting.evals.reliability_page import page
from vetting.evals.sentence_vectors import SentenceVectors
from vetting.evals.study import PEOPLE, Study, run
from vetting.index.embedder import HashEmbedder
from vetting.ports import Vectors


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    study = Study(PACK, BANK, LiteralRater(BANK), None, seed=2, size=5)
    return {name: np.array(rows, float) for name, rows in run(study, lambda *_: None).items()}


def test_every_gate_has_a_figure_within_its_interval(data: dict[str, np.ndarray]) -> None:
    rows = gates.judge(data)
    assert {"spearman", "other_form", "coverage", "probes", "deletion", "loss", "length"} <= {r["id"] for r in rows}
    for row in rows:
        assert row["n"] > 0, row["id"]
        assert row["interval"][0] - 1e-9 <= row["value"] <= row["interval"][1] + 1e-9 or row["id"] == "style", row["id"]
    json.dumps(rows, allow_nan=False)


def test_a_rater_that_never_errs_is_found_to_be_one(data: dict[str, np.ndarray]) -> None:
    by_id = {row["id"]: row for row in gates.judge(data)}
    for gate in ("balanced", "sensitivity", "specificity", "verbatim"):
        assert by_id[gate]["value"] == 1.0, gate
    assert by_id["probes"]["value"] == 0.0
    assert all(by_id[name]["value"] == pytest.approx(0, abs=1e-9) for name in ("padding", "buzzwords", "flattery"))
    assert by_id["spearman"]["value"] > 0.5


def test_the_same_seed_gives_the_same_tables(data: dict[str, np.ndarray]) -> None:
    again = run(Study(PACK, BANK, LiteralRater(BANK), None, seed=2, size=1), lambda *_: None)
    for name in ("people", "coverage", "other", "fixed", "ceiling", "styles", "quotes", "noise"):
        assert np.array_equal(np.array(again[name][0], float), data[name][0], equal_nan=True), name


def test_the_report_is_a_page_that_escapes_and_loads_nothing(data: dict[str, np.ndarray]) -> None:
    report = {
        "rater": "<script>alert(1)</script>",
        "candidates": 12,
        "seeds": [2],
        "misspecifications": reliability.misspecifications(),
        "packs": [reliability.of_pack(PACK, BANK, data)],
        "plots": {PACK.id: reliability.plots(data)},
        "seconds": 1.0,
    }
    text = page(report)
    assert "<script>" not in text and "http" not in text
    assert PACK.id in text and "Not fit for live decisions" in text and text.count("<svg") == 4
    assert "MISSED" in reliability.as_text(report)


def test_columns_of_people_are_named(data: dict[str, np.ndarray]) -> None:
    assert data["people"].shape == (5, len(PEOPLE))
    assert (gates.people(data, "questions")[:, 0] >= 5).all()


def test_intervals_hold_what_they_are_asked_for() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(200, 1)) + 0.3 * rng.normal(size=(200, 2))
    found = resampled(rows, rank_correlation)
    assert found.low < found.value < found.high
    assert agreement(rows) == pytest.approx(1 / 1.09, abs=0.03)
    assert share(0, 300).high == pytest.approx(0.0122, abs=0.0005)
    skill = np.linspace(-2, 2, 60)
    assert told_apart(1.0)(np.column_stack([skill, skill])) == 1.0
    assert told_apart(1.0)(np.column_stack([skill, -skill])) == 0.0


class Words(HashEmbedder):
    """Word vectors by hash, and how many texts were read."""

    read = 0

    def word_vectors(self, texts: list[str]) -> list[WordVectors]:
        self.read += len(texts)
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> WordVectors:
        starts = [i for i, c in enumerate(text) if c != " " and (i == 0 or text[i - 1] == " ")]
        spans = np.array([[s, (text + " ").index(" ", s)] for s in starts], np.int32)
        vectors: Vectors = self.embed([text[a:b] for a, b in spans])
        return WordVectors(spans, vectors)


def test_an_answers_words_are_those_of_its_sentences_each_read_once() -> None:
    inner = Words()
    vectors = SentenceVectors(inner)
    answer = "The window is halved. Nothing else happens here."
    vectors.learn(["A whole text. Of a pack."], [answer], lambda *_: None)
    before = inner.read
    joined = vectors.word_vectors([answer, answer])
    assert joined is not None and inner.read == before == 3
    assert [answer[a:b] for a, b in joined[0].spans] == answer.split()
    whole = vectors.word_vectors(["A whole text. Of a pack."])
    assert whole is not None and len(whole[0].spans) == 6


def test_without_word_vectors_there_are_none() -> None:
    class Bare:
        name, dimension = "bare", 2

        def embed(self, texts: Sequence[str]) -> Vectors:
            return np.ones((len(texts), 2), np.float32)

        def ready(self, timeout: float) -> bool:
            return True

    bare = SentenceVectors(Bare())
    bare.learn(["whole"], ["said"], lambda *_: None)
    assert bare.word_vectors(["some text"]) is None
    assert bare.ready(0) and bare.embed(["a"]).shape == (1, 2)


def test_work_samples_are_left_out_and_the_limits_stay() -> None:
    assert {q.type for q in PACK.questions()} == {"answer"}
    assert PACK.max_questions == 12
