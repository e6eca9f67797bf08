"""`vetting rubrics check --silence`: what answers that know nothing reach, and what only the meaning of texts shows.

The embedded rater decides, as it would in an interview, over answers without knowledge: fluent empty talk, praise,
the question said back, lists of terms, the pack's own texts copied, and the words of the probes. Sentence vectors tell
indicators that say the same in other words, and those to which nothing in their question leads. Work samples are
decided by code and have no such answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vetting.domain.rubric import Question, Rubric
from vetting.domain.rubric_check import Fault, Severity
from vetting.domain.rubric_silence import NEAR_DUPLICATE, Placed, both_asked, own_stems, placed, twice_asked
from vetting.domain.text import content_words, sentences, stems
from vetting.domain.transcript import one_answer
from vetting.domain.verdict import Finding
from vetting.engines.rater import EmbeddedRater
from vetting.evals.empty_talk import BUZZWORDS, FLATTERY, empty_answers
from vetting.evals.phrases import spoken
from vetting.packs import LocatedFault, Pack, PackFaults, read_pack
from vetting.ports import Embedder, RatingRequest

ALMOST_NONE = 0.02
"""Largest share of a pack's indicators that empty talk may reach."""
SAME_SENSE, SAME_WORDS = 0.8, 0.3
"""Cosine and share of stems from which two statements say the same in other words: both, since statements about one
subject are near in sense, and statements of one form are near in words."""
FAR = 0.33
"""Cosine below which a passage does not lead to a statement."""
Progress = Callable[[str, int, int], None]


class Kind(StrEnum):
    """Answers that know nothing."""

    EMPTY_TALK = "empty talk"
    PARROTING = "question parroting"
    TERMS = "lists of key words"
    COPIES = "copied references"
    PROBES = "words of probes"


NONE_AT_ALL = (Kind.PARROTING, Kind.TERMS, Kind.COPIES)


class Trial(NamedTuple):
    """One answer without knowledge; `probe` is the position of the probe whose words it has."""

    kind: Kind
    answer: str
    probe: int | None = None


@dataclass(frozen=True)
class Reached:
    """An indicator that a trial met, with the words that the rater took for it."""

    kind: Kind
    target: Placed
    quote: str
    probe: int | None


@dataclass(frozen=True)
class PackSilence:
    """What was found for one pack; `indicators` counts those rated from words. `reached`: each indicator once a kind.

    `measured` is False where the rater cannot read the pack's language.
    """

    pack: Pack
    bank: str
    indicators: int
    reached: tuple[Reached, ...]
    faults: tuple[LocatedFault, ...]
    measured: bool = True

    def share(self, kind: Kind) -> float:
        """Share of the indicators that answers of a kind met."""
        return self.count(kind) / self.indicators if self.indicators else 0.0

    def count(self, kind: Kind) -> int:
        """How many indicators answers of a kind met."""
        return sum(r.kind is kind for r in self.reached)

    def document(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "id": self.pack.rubric.id,
            "version": self.pack.rubric.version,
            "file": str(self.pack.path),
            "measured": self.measured,
            "bank": self.bank,
            "indicators": self.indicators,
            "met": {
                kind.value: {
                    "indicators": self.count(kind),
                    "share": round(self.share(kind), 4),
                    "which": [_which(r) for r in self.reached if r.kind is kind],
                }
                for kind in Kind
            },
        }

    def __str__(self) -> str:
        """One line for people."""
        rubric = self.pack.rubric
        if not self.measured:
            return f"{rubric.id} {rubric.version}: not measured, the embedded rater does not read '{rubric.language}'."
        others = ", ".join(f"{kind.value} {self.count(kind)}" for kind in Kind if kind is not Kind.EMPTY_TALK)
        return (
            f"{rubric.id} {rubric.version}: of {self.indicators} indicators empty talk ({self.bank} bank) meets "
            f"{self.count(Kind.EMPTY_TALK)} ({self.share(Kind.EMPTY_TALK):.1%}), {others}."
        )


def measure(
    files: Sequence[Path], rater: EmbeddedRater, embedder: Embedder, progress: Progress | None = None
) -> tuple[PackSilence, ...]:
    """Each pack that can be read, in order; faults of form are left to `check`. Raises BadInput, Unavailable."""
    found = []
    for number, file in enumerate(files):
        if progress:
            progress("packs", number, len(files))
        try:
            pack = read_pack(file)
        except PackFaults:
            continue
        found.append(_measured(pack, rater, embedder))
    if progress:
        progress("packs", len(files), len(files))
    return tuple(found)


def _measured(pack: Pack, rater: EmbeddedRater, embedder: Embedder) -> PackSilence:
    rubric = pack.rubric
    empty = empty_answers(rubric, pack.path.parent)
    counted = sum(len(q.indicators) for q in spoken(rubric))
    if rubric.language != "en":
        return PackSilence(pack, empty.bank, counted, (), (), measured=False)
    trials = {
        q.id: [*_knowing_nothing(q), *(Trial(Kind.EMPTY_TALK, a) for a in empty.by_question[q.id])]
        for q in spoken(rubric)
    }
    rater.read_ahead([t.answer for tried in trials.values() for t in tried])
    where = {(p.question.id, p.indicator.id): p for p in placed(rubric)}
    reached = [r for q in spoken(rubric) for r in _tried(q, trials[q.id], where, rater, rubric.language)]
    faults = [*_of_reached(reached, counted), *_same_sense(rubric, embedder), *_far_off(rubric, embedder)]
    located = sorted((pack.lines.locate(fault) for fault in faults), key=lambda one: one.line)
    return PackSilence(pack, empty.bank, counted, tuple(reached), tuple(located))


def _knowing_nothing(question: Question) -> Iterator[Trial]:
    """Answers made of the question and of the pack's own texts, none of which shows any knowledge."""
    yield Trial(Kind.EMPTY_TALK, " ".join(FLATTERY))
    yield Trial(Kind.EMPTY_TALK, " ".join(BUZZWORDS))
    yield Trial(Kind.PARROTING, question.text)
    yield Trial(Kind.PARROTING, " ".join(s.text for s in reversed(sentences(question.text))))
    statements = " ".join(f"{i.statement.rstrip('.')}." for i in question.indicators)
    for text in (question.reference, statements):
        yield Trial(Kind.TERMS, ", ".join(dict.fromkeys(content_words(text))))
    for text in (question.reference, statements, *question.positions):
        yield Trial(Kind.COPIES, text)
    for number, probe in enumerate(question.probes):
        yield Trial(Kind.PROBES, probe.text, number)


def _tried(
    question: Question,
    trials: Sequence[Trial],
    where: dict[tuple[str, str], Placed],
    rater: EmbeddedRater,
    language: str,
) -> list[Reached]:
    """What the trials met: each indicator once a kind; of probes, once a probe."""
    met: dict[tuple[Kind, str, int | None], Reached] = {}
    for trial in trials:
        reply = rater.rate(RatingRequest(question, one_answer(question.id, question.text, trial.answer), language))
        for verdict in reply.assessment.verdicts:
            target = where.get((question.id, verdict.target))
            if target is not None and verdict.finding is Finding.MET:
                key = (trial.kind, verdict.target, trial.probe)
                met.setdefault(key, Reached(trial.kind, target, verdict.quote or "", trial.probe))
    return list(met.values())


def _of_reached(reached: Sequence[Reached], counted: int) -> Iterator[Fault]:
    empty = sum(r.kind is Kind.EMPTY_TALK for r in reached)
    if empty > ALMOST_NONE * counted:
        message = f"empty talk meets {empty} of {counted} indicators, at most {ALMOST_NONE:.0%} may be met"
        yield Fault(("competencies",), message)
    yield from (_of_talk(one) for one in reached if one.kind is Kind.EMPTY_TALK)
    yield from (_of_probe(one, one.probe) for one in reached if one.probe is not None)
    for kind in NONE_AT_ALL:
        met = [r for r in reached if r.kind is kind]
        for question in dict.fromkeys(r.target.path[:4] for r in met):
            names = ", ".join(f"'{r.target.indicator.id}'" for r in met if r.target.path[:4] == question)
            yield Fault(question, f"{kind.value} must meet no indicator, and meets {names}")


def _of_talk(one: Reached) -> Fault:
    message = f'{one.kind.value} meets it by "{_short(one.quote)}"; ask for something that can be checked'
    return Fault((*one.target.path, "statement"), message, Severity.WARNING)


def _of_probe(one: Reached, probe: int) -> Fault:
    here = (*one.target.path[:4], "probes", probe, "text")
    return Fault(here, f"its words alone meet indicator '{one.target.indicator.id}'", Severity.WARNING)


def _same_sense(rubric: Rubric, embedder: Embedder) -> Iterator[Fault]:
    every = placed(rubric)
    if not every:
        return
    terms = [frozenset(stems(p.indicator.statement)) for p in every]
    vectors = embedder.embed([p.indicator.statement for p in every]).astype(np.float64)
    near = (vectors @ vectors.T).round(4)
    for a, b in combinations(range(len(every)), 2):
        shared = len(terms[a] & terms[b]) / max(len(terms[a] | terms[b]), 1)
        alike = near[a, b] >= SAME_SENSE and SAME_WORDS <= shared < NEAR_DUPLICATE  # from there on `check` tells it
        within = every[a].question is every[b].question
        if alike and (within or both_asked(rubric, every[a], every[b])):
            yield Fault((*every[b].path, "statement"), twice_asked(every[a]), Severity.WARNING)


def _far_off(rubric: Rubric, embedder: Embedder) -> Iterator[Fault]:
    """Indicators that nothing in the reference, the question and its probes leads to, by words or by sense."""
    every = [p for p in placed(rubric) if p.question.type == "answer"]
    led = {q.id: list(_passages(q)) for q in spoken(rubric)}
    texts = list(dict.fromkeys([*(p.indicator.statement for p in every), *(t for ts in led.values() for t in ts)]))
    if not texts:
        return
    vectors = dict(zip(texts, embedder.embed(texts).astype(np.float64), strict=True))
    for one in every:
        passages = led[one.question.id]
        own = set(own_stems(one.indicator.statement, one.question))
        nearest = max(float(vectors[t] @ vectors[one.indicator.statement]) for t in passages)
        if nearest < FAR and not own & set(stems(" ".join(passages))):
            message = "nothing in the question, its reference or its probes leads to it: would a full answer say it?"
            yield Fault((*one.path, "statement"), message, Severity.WARNING)


def _passages(question: Question) -> Iterator[str]:
    for text in (question.reference, *question.positions):
        parts = [s.text for s in sentences(text)]
        yield from parts
        yield from (f"{a} {b}" for a, b in pairwise(parts))
    yield from (question.text, *(probe.text for probe in question.probes))


def _which(one: Reached) -> dict[str, Any]:
    return {"question": one.target.question.id, "indicator": one.target.indicator.id, "quote": one.quote}


def _short(text: str, most: int = 160) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
