"""What of a pack may be told to somebody who was asked some of its questions, while all of them stay in use.

The leak rule is that of `settle`: a word of a question's key points gives it away unless the question itself, the
candidate or everyday speech has used it. Put to every question of a pack at once it would forbid the field's own
vocabulary, so a word that the key points of several questions share is a hint only together with another one of the
same indicator. What says little but the words of one key point says that point, whoever has used them before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from vetting.domain.rubric import Question, Rubric
from vetting.domain.rubric_silence import GENERIC
from vetting.domain.settle import key_stems, known_stems
from vetting.domain.text import stems, words
from vetting.domain.transcript import Transcript

RUN = 6
"""So many words in a row are a quotation of an indicator."""
SEVERAL = 2
NEAR = 0.4
"""Of the words of a text that carry something: so large a share from one key point repeats that point."""
VOCABULARY = 3
"""A word in the key points of so many questions belongs to the field, not to one of them."""


@dataclass(frozen=True)
class _Kept:
    """A question reduced to what must not be said: its telling words, all of them and by indicator, and its points.

    `points`: the stems of each statement and phrase, known words included.
    """

    question_id: str
    competency: str
    telling: frozenset[str]
    indicators: tuple[frozenset[str], ...]
    points: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Bank:
    """The questions of a pack as they are to be kept from one candidate."""

    kept: tuple[_Kept, ...]
    runs: frozenset[tuple[str, ...]]
    rare: frozenset[str]

    @classmethod
    def of(cls, rubric: Rubric, transcript: Transcript) -> Self:
        """The bank of a pack; what the candidate said, and what everybody is told of the pack, is no secret."""
        public = " ".join((rubric.title, rubric.summary, *(c.name for c in rubric.competencies)))
        told = {*stems(public), *GENERIC}
        kept = tuple(
            _kept(question, competency.id, told, transcript)
            for competency in rubric.competencies
            for question in competency.questions
        )
        times = Counter(stem for k in kept for stem in k.telling)
        rare = frozenset(stem for stem, n in times.items() if n < VOCABULARY)
        statements = (i.statement for q in rubric.questions() for i in q.indicators)
        return cls(kept, frozenset(run for statement in statements for run in runs(statement)), rare)

    def gives_away(self, text: str, competency: str | None = None, *, besides: str | None = None) -> bool:
        """Whether a text hints at what a question of the bank looks for.

        Within `competency` one telling word that few questions share is enough; `besides` names a question that may be
        spoken of.
        """
        said = frozenset(stems(text)) - GENERIC
        if not self.runs.isdisjoint(runs(text)):
            return True
        return any(
            (kept.competency == competency and not kept.telling.isdisjoint(said & self.rare))
            or any(len(indicator & said) >= SEVERAL for indicator in kept.indicators)
            or any(len(point & said) >= max(SEVERAL, NEAR * len(said)) for point in kept.points)
            for kept in self.kept
            if kept.question_id != besides
        )

    def telling(self, text: str) -> int:
        """How many telling words a text has, over all questions."""
        said = frozenset(stems(text))
        return len({stem for kept in self.kept for stem in kept.telling & said})


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every `RUN` words in a row."""
    said = words(text)
    return (tuple(said[at : at + RUN]) for at in range(len(said) - RUN + 1))


def _kept(question: Question, competency: str, told: set[str], transcript: Transcript) -> _Kept:
    telling = key_stems(question) - known_stems(question, transcript) - told
    points = [[frozenset(stems(point)) for point in (i.statement, *i.phrases)] for i in question.indicators]
    return _Kept(
        question.id,
        competency,
        frozenset(telling),
        tuple(frozenset(stem for point in own for stem in point) & telling for own in points),
        tuple(point for own in points for point in own),
    )
