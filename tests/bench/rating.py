"""Rating an answer of 200 words, beside encoding the same words by the same model and doing nothing with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from vetting.bootstrap import embedded_rater
from vetting.cli.demo import scripts
from vetting.config import Settings, load_settings
from vetting.domain.rubric import Question
from vetting.domain.transcript import one_answer
from vetting.index.embedder import InProcessEmbedder
from vetting.packs import load_rubric
from vetting.ports import RatingRequest

WORDS = 200
REPEATS = 24
WARM_UP = 3
NOTHING_MUCH = "I have not met this in practice, so I would have to look it up first."
"""Rated before the clock runs: the pack's own texts are then known, and nothing of the answer is."""


class Watched:
    """The embedder, and how long it was at work."""

    def __init__(self, embedder: InProcessEmbedder) -> None:
        self._embedder = embedder
        self.name, self.dimension = embedder.name, embedder.dimension
        self.inside = Spent()

    def ready(self, timeout: float) -> bool:
        return self._embedder.ready(timeout)

    def embed(self, texts: Sequence[str]) -> Any:
        return self._through(self._embedder.embed, texts)

    def word_vectors(self, texts: Sequence[str]) -> Any:
        return self._through(self._embedder.word_vectors, texts)

    def _through(self, work: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> Any:
        with timed() as spent:
            found = work(texts)
        self.inside.add(spent)
        return found


def run(folder: Path) -> list[Figure]:
    """A fresh rater per answer, each to another question of the shipped packs, in turns with the bare encoding."""
    settings = load_settings(data_dir=folder / "data", embedder="bundled")
    embedder = InProcessEmbedder()
    embedder.load()
    found = [
        _measured(settings, embedder, question, answer, bare_first=bool(number % 2))
        for number, (question, answer) in enumerate(answers()[: REPEATS + WARM_UP])
    ]
    ratings, bare, verdicts = zip(*found[WARM_UP:], strict=True)
    return [
        _figure(f"rating of {WORDS} words", ratings, bare, "wall", ratio_at_most=1.15),
        _figure(f"rating of {WORDS} words, CPU", ratings, bare, "cpu", ratio_at_most=1.15),
        _figure("of it our verdict code", verdicts, bare, "wall", at_most=15),
        _figure("of it our verdict code, CPU", verdicts, bare, "cpu", at_most=15),
    ]


def _measured(
    settings: Settings, embedder: InProcessEmbedder, question: Question, answer: str, *, bare_first: bool
) -> tuple[Spent, Spent, Spent]:
    """Rating, bare encoding, and the part of the rating in which the model was not at work."""
    watched = Watched(embedder)
    rater = embedded_rater(settings, watched)
    rater.rate(_request(question, NOTHING_MUCH))
    watched.inside = Spent()
    if bare_first:
        bare = _bare(embedder, answer)
    with timed() as rating:
        rater.rate(_request(question, answer))
    if not bare_first:
        bare = _bare(embedder, answer)
    return rating, bare, rating.less(watched.inside)


def _bare(embedder: InProcessEmbedder, answer: str) -> Spent:
    with timed() as spent:
        embedder.embed([answer])
    return spent


def _figure(what: str, spent: Sequence[Spent], bare: Sequence[Spent], clock: str, **targets: float) -> Figure:
    value, base = (Sample.of(1000 * getattr(s, clock) for s in each) for each in (spent, bare))
    return Figure(what, "ms", value, "bare encoding", base, **targets)


def answers() -> list[tuple[Question, str]]:
    """Questions of the packs of the demo, taken in turns, each with 200 words that the demo's people say to it."""
    told = list(scripts().values())
    packs = [load_rubric(slug) for slug in dict.fromkeys(slug for slug, _ in told)]
    found = []
    for pack in packs:
        by = [script.by_question for slug, script in told if slug == pack.id]
        of_pack = [(q, _words(q.id, by)) for c in pack.competencies for q in c.questions if q.type == "answer"]
        found.append([(question, text) for question, text in of_pack if len(text.split()) == WORDS])
    return [pair for pair in chain.from_iterable(zip_longest(*found)) if pair is not None]


def _words(question_id: str, by: Sequence[Mapping[str, Any]]) -> str:
    entries = [entry for script in by if isinstance(entry := script.get(question_id), Mapping)]
    texts = [t for e in entries for t in (e.get("answer"), *(e.get("probes") or {}).values(), e.get("else")) if t]
    return " ".join(" ".join(texts).split()[:WORDS])


def _request(question: Question, answer: str) -> RatingRequest:
    return RatingRequest(question, one_answer(question.id, question.text, answer))
