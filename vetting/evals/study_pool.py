"""Studies of several packs and seeds, cut into parts that processes work off side by side."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vetting.domain.rubric import Rubric
from vetting.engines.rater import EmbeddedRater
from vetting.evals.phrases import PhraseBank
from vetting.evals.sentence_vectors import SentenceVectors
from vetting.evals.simulate import sentences_of, texts_of
from vetting.evals.study import Progress, Study, Tables, of_groups, of_people
from vetting.evals.study_store import StudyStore
from vetting.index.word_store import WordStore
from vetting.ports import Embedder

CACHE_FILE = "simulated_words.sqlite"
PEOPLE_EACH = 20
"""People of one part: small enough that the processes end together."""


@dataclass(frozen=True)
class Bench:
    """What every process needs: the packs with their banks, an embedder, and where sentences are kept between runs."""

    packs: tuple[tuple[Rubric, PhraseBank], ...]
    embedder: Callable[[], Embedder]
    """Makes one; must be picklable where there is more than one process."""
    cache: Path | None
    kept: Path | None = None
    """Folder of finished parts; what it has is not worked out again."""


class Part(NamedTuple):
    """Some people of the study of a pack (by its place) and seed; without numbers its groups."""

    pack: int
    seed: int
    size: int
    numbers: range | None


def parts(packs: int, seeds: Sequence[int], size: int) -> list[Part]:
    """All parts, in the order in which they are worked off and joined: a run that is stopped has whole seeds."""
    starts = range(0, size, PEOPLE_EACH)
    numbers = [*(range(at, min(at + PEOPLE_EACH, size)) for at in starts), None]
    return [Part(pack, seed, size, some) for seed in seeds for pack in range(packs) for some in numbers]


def studied(bench: Bench, todo: Sequence[Part], processes: int, progress: Progress) -> list[Tables]:
    """The tables of each part, the same whatever the number of processes. Raises Unavailable."""
    if processes == 1:
        hand = Hand(bench)
        return [hand.work(part, _named(progress, f"part {n} of {len(todo)}")) for n, part in enumerate(todo, start=1)]
    found: dict[int, Tables] = {}
    context = multiprocessing.get_context("spawn")
    with _one_thread_each(), ProcessPoolExecutor(processes, context, _start, (bench,)) as pool:
        waiting = {pool.submit(_work, part): at for at, part in enumerate(todo)}
        progress("parts", 0, len(todo))
        try:
            for done in as_completed(waiting):
                found[waiting[done]] = done.result()
                progress("parts", len(found), len(todo))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # what is left would be worked off for nothing
            raise
    return [found[at] for at in range(len(todo))]


def joined(tables: Sequence[Tables]) -> Tables:
    """Tables with the rows of all."""
    names = dict.fromkeys(name for some in tables for name in some)
    return {name: [row for some in tables for row in some.get(name, ())] for name in names}


class Hand:
    """Works off parts one after the other; holds the words of one pack at a time."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self.embedder = bench, bench.embedder()
        self._pack: int | None = None
        self._vectors = SentenceVectors(self.embedder)
        self._store = None if bench.kept is None else StudyStore(bench.kept, self.embedder.name)

    def work(self, part: Part, progress: Progress) -> Tables:
        """The tables of a part. Raises Unavailable."""
        if self._store is None:
            return self._worked(part, progress)
        key = (*self._bench.packs[part.pack], part[1:])
        if (found := self._store.get(*key)) is None:
            self._store.put(*key, found := self._worked(part, progress))
        return found

    def _worked(self, part: Part, progress: Progress) -> Tables:
        about = self.study(part.pack, part.seed, part.size, progress)
        return of_groups(about, progress) if part.numbers is None else of_people(about, part.numbers, progress)

    def study(self, pack: int, seed: int, size: int, progress: Progress) -> Study:
        """The study of a pack and seed by the embedded rater."""
        rubric, bank = self._bench.packs[pack]
        vectors = self._reader(pack, progress)
        return Study(rubric, bank, EmbeddedRater(vectors), vectors.word_vectors, seed, size)

    def _reader(self, pack: int, progress: Progress) -> SentenceVectors:
        """The words of everything that people of a pack can say, read now unless the cache has them."""
        if pack != self._pack:
            (rubric, bank), cache, embedder = self._bench.packs[pack], self._bench.cache, self.embedder
            store = None
            if cache is not None and embedder.dimension:
                store = WordStore(cache / CACHE_FILE, embedder.name, embedder.dimension)
            self._vectors = SentenceVectors(embedder, store)
            self._vectors.learn(texts_of(rubric), sentences_of(bank), progress)
            self._pack = pack
        return self._vectors


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that are started within compute with one thread: they are as many as there are cores."""
    before = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    os.environ.update(dict.fromkeys(before, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _named(progress: Progress, name: str) -> Progress:
    return lambda what, done, total: progress(f"{name}: {what}", done, total)


# --- inside a process of the pool

_hands: list[Hand] = []


def _start(bench: Bench) -> None:
    _hands[:] = [Hand(bench)]


def _work(part: Part) -> Tables:
    return _hands[0].work(part, lambda *_: None)
