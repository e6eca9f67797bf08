"""The cache of pack vectors: exact, disposable, and never a home for what a candidate wrote."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.domain.packs import rubric
from vetting.domain.text import WordVectors
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.engines.rater import EmbeddedRater
from vetting.index.embedder import HashEmbedder
from vetting.index.word_store import WordStore
from vetting.ports import RatingRequest

SAID = "Xylophones are struck; loss means the queue overflowed and the window is halved after it."


class Counting(HashEmbedder):
    """A hash embedder that remembers which texts it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def word_vectors(self, texts: Sequence[str]) -> list[WordVectors]:
        self.asked += texts
        return super().word_vectors(texts)


def request() -> RatingRequest:
    question = rubric().question("alpha-a")
    turns = (
        Turn(
            number=1, kind=PromptKind.LEAD, question_id="alpha-a", prompt=question.text, status=TurnStatus.ANSWERED,
            answer=SAID,
        ),
        Turn(
            number=2, kind=PromptKind.PROBE, question_id="alpha-a", prompt="And with xylophones?",
            status=TurnStatus.ANSWERED, answer="The same, mostly.",
        ),
    )  # fmt: skip
    return RatingRequest(question=question, transcript=Transcript(turns=turns))


def store(folder: Path) -> WordStore:
    return WordStore(folder / "cache" / "words.sqlite3", "hash", 256)


def test_a_second_run_reads_the_pack_from_the_store_and_says_the_same(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    said = EmbeddedRater(first, store(tmp_path)).rate(request())
    again = EmbeddedRater(second, store(tmp_path)).rate(request())
    assert said == again
    assert len(second.asked) < len(first.asked)
    assert rubric().question("alpha-a").reference not in second.asked


def test_nothing_a_candidate_wrote_or_was_asked_is_stored(tmp_path: Path) -> None:
    EmbeddedRater(Counting(), store(tmp_path)).rate(request())
    question = rubric().question("alpha-a")
    assert store(tmp_path).get([question.text])
    own = [SAID, "The same, mostly.", "And with xylophones?", f"{question.text}\nAnd with xylophones?"]
    assert store(tmp_path).get([*own, *(text.lower() for text in own)]) == {}


def test_vectors_come_back_exactly_as_the_embedder_gave_them(tmp_path: Path) -> None:
    words = HashEmbedder().word_vectors(["loss halves the window"])[0]
    store(tmp_path).put({"t": words})
    back = store(tmp_path).get(["t"])["t"]
    assert np.array_equal(back.spans, words.spans) and back.vectors.dtype == np.float32
    assert np.array_equal(back.vectors, words.vectors.astype(np.float16).astype(np.float32))


def test_another_model_finds_nothing(tmp_path: Path) -> None:
    store(tmp_path).put({"t": HashEmbedder().word_vectors(["loss"])[0]})
    assert WordStore(tmp_path / "cache" / "words.sqlite3", "other", 256).get(["t"]) == {}


def test_a_damaged_cache_is_only_slower(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "words.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 100)
    assert EmbeddedRater(Counting(), store(tmp_path)).rate(request()) == EmbeddedRater(Counting()).rate(request())


def test_a_cache_that_cannot_be_written_is_only_slower(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert EmbeddedRater(Counting(), store(tmp_path)).rate(request()).assessment.verdicts


def test_an_old_row_of_the_wrong_size_counts_as_nothing(tmp_path: Path) -> None:
    store(tmp_path).put({"t": HashEmbedder().word_vectors(["loss"])[0]})
    with sqlite3.connect(tmp_path / "cache" / "words.sqlite3") as connection:
        connection.execute("UPDATE words SET vectors = ?", [b"\x00\x01\x02"])
    assert store(tmp_path).get(["t"]) == {}
