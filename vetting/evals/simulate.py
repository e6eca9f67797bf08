"""Simulated candidates whose true levels are known, and the interviews they take.

Truth: theta per competency with a general factor, an effect of each question on each candidate, an indicator stated
with probability logistic(a (theta + effect - b)). Unknown to the belief: the effect, a and b drawn around the pack's,
and what the rater makes of the words. Everything is drawn from hashes of what it is for, so that a candidate answers
a question the same way whoever asks it, in whatever order.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist

from vetting.domain.belief import DISCRIMINATION, RHO, difficulty
from vetting.domain.rubric import Indicator, Question, Rubric
from vetting.evals.phrases import PhraseBank
from vetting.evals.styles import Style, restyled

STYLES = tuple(Style)
_STANDARD = NormalDist()


@dataclass(frozen=True)
class World:
    """How the truth departs from what the belief assumes. SDs in levels, but of log a for `slope_sd`."""

    seed: int
    question_sd: float = 0.8
    difficulty_sd: float = 0.4
    slope_sd: float = 0.2
    words: float = 95.0
    """Median words of an answer before its style; candidates differ by `words_sd`, questions by half of that."""
    words_sd: float = 0.45
    volunteered: float = 0.5
    """Share of the wrong beliefs a candidate holds that come up in an answer to their question."""

    def chance(self, *what: object) -> float:
        """A number in (0, 1) that depends on the seed and on what it is for."""
        digest = hashlib.blake2b("|".join(map(str, (self.seed, *what))).encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") + 0.5) / 2**64

    def normal(self, *what: object) -> float:
        """A standard normal number, drawn likewise."""
        return _STANDARD.inv_cdf(self.chance(*what))

    def b(self, question: Question, indicator: Indicator) -> float:
        """True difficulty of an indicator, around the pack's."""
        return difficulty(indicator.level) + self.difficulty_sd * self.normal("b", question.id, indicator.id)

    def a(self, question: Question, indicator: Indicator) -> float:
        """True discrimination of an indicator, around the belief's."""
        return DISCRIMINATION * math.exp(self.slope_sd * self.normal("a", question.id, indicator.id))


@dataclass(frozen=True)
class Person:
    """A simulated candidate."""

    name: str
    theta: Mapping[str, float]
    style: Style


@dataclass(frozen=True)
class Said:
    """An answer with the truth about it: what it states, and which wrong beliefs it voices."""

    text: str
    states: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    sentences: tuple[str, ...] = ()


def population(rubric: Rubric, world: World, size: int, group: str = "main") -> list[Person]:
    """People with theta ~ N(0, 1) per competency, correlated RHO; the six styles in turn."""
    people = []
    for number in range(size):
        name = f"{group}-{number}"
        general = world.normal("g", name)
        theta = {
            c.id: math.sqrt(RHO) * general + math.sqrt(1 - RHO) * world.normal("theta", name, c.id)
            for c in rubric.competencies
        }
        people.append(Person(name, theta, STYLES[number % len(STYLES)]))
    return people


def at_level(rubric: Rubric, size: int, theta: float, group: str) -> list[Person]:
    """People who stand at the same theta in every competency."""
    return [
        Person(f"{group}-{n}", {c.id: theta for c in rubric.competencies}, STYLES[n % len(STYLES)]) for n in range(size)
    ]


@dataclass(frozen=True)
class Mind:
    """What one person would answer to each question of a pack."""

    person: Person
    rubric: Rubric
    bank: PhraseBank
    world: World
    style: Style | None = None
    asked: dict[str, Said] = field(default_factory=dict, compare=False)

    def lead(self, question: Question) -> Said:
        """The answer to a lead question."""
        states = [i.id for i in question.indicators if self._states(question, i, "lead")]
        holds = [m.id for m in question.misconceptions if self._voices(question, m.id, m.level)]
        said = self._compose(question, states, holds, self._length(question), "lead")
        self.asked[question.id] = said
        return said

    def probe(self, question: Question, target: str | None, turn: int) -> Said:
        """The answer to a follow-up: the indicator it aims at by the same rule, else what was said, said again."""
        before = self.asked.get(question.id, Said(""))
        aimed = next((i for i in question.indicators if i.id == target), None)
        if aimed is not None:
            states = [aimed.id] if aimed.id in before.states or self._states(question, aimed, f"probe{turn}") else []
        else:
            states = sorted(before.states, key=lambda i: self._chance("again", question.id, i, turn))[:1]
        holds = [target] if target in before.holds and target is not None else []
        said = self._compose(question, states, holds, self._length(question) / 2, f"probe{turn}")
        both = before.states | said.states
        self.asked[question.id] = Said(before.text, both, before.holds, before.sentences)
        return said

    def log_odds(self, question: Question, indicator: Indicator) -> float:
        """True log odds that this person states an indicator when asked once."""
        a, b = self.world.a(question, indicator), self.world.b(question, indicator)
        return a * (self._skill[question.id] - b)

    def _states(self, question: Question, indicator: Indicator, occasion: str) -> bool:
        chance = 1 / (1 + math.exp(-self.log_odds(question, indicator)))
        return self._chance("states", question.id, indicator.id, occasion) < chance

    def _voices(self, question: Question, misconception: str, level: int) -> bool:
        held = 1 / (1 + math.exp(DISCRIMINATION * (self._skill[question.id] - (level - 2.5))))
        return self._chance("holds", question.id, misconception) < held * self.world.volunteered

    @cached_property
    def _skill(self) -> dict[str, float]:
        """Theta with the effect of each question on this person."""
        name, world = self.person.name, self.world
        return {
            q.id: self.person.theta[c.id] + world.question_sd * world.normal("effect", name, q.id)
            for c in self.rubric.competencies
            for q in c.questions
        }

    def _length(self, question: Question) -> float:
        own = self.world.normal("words", self.person.name)
        here = self.world.normal("words", self.person.name, question.id)
        return self.world.words * math.exp(self.world.words_sd * (own + 0.5 * here))

    def _compose(
        self, question: Question, states: Sequence[str], holds: Sequence[str], length: float, occasion: str
    ) -> Said:
        bank = self.bank.questions[question.id]
        wordings = [self._one_of(bank.indicators[i], question.id, i, occasion) for i in states]
        wordings += [self._one_of(bank.misconceptions[m], question.id, m, occasion) for m in holds]
        spare = sorted(self.bank.filler, key=lambda s: self._chance("filler", question.id, occasion, s))
        while spare and (not wordings or sum(len(s.split()) for s in (*wordings, spare[-1])) <= length):
            wordings.append(spare.pop())
        wordings.sort(key=lambda s: self._chance("order", question.id, occasion, s))
        style = self.style or self.person.style
        text = " ".join(restyled(s, style) for s in wordings)
        return Said(text, frozenset(states), frozenset(holds), tuple(wordings))

    def _one_of(self, texts: Sequence[str], *what: object) -> str:
        return texts[int(self._chance("wording", *what) * len(texts))]

    def _chance(self, *what: object) -> float:
        return self.world.chance(self.person.name, *what)


def sentences_of(bank: PhraseBank, styles: Sequence[Style] = STYLES) -> list[str]:
    """Every sentence that people of these styles can say."""
    return [restyled(text, style) for style in styles for text in bank.sentences()]


def texts_of(rubric: Rubric) -> list[str]:
    """Every text of the pack that the embedded rater compares answers with."""
    texts: list[str] = []
    for question in rubric.questions():
        texts += [question.text, question.reference, *question.statements().values()]
        texts += [text for i in question.indicators for text in (*i.phrases, *i.examples)]
        texts += [text for m in question.misconceptions for text in (m.correction, *m.examples)]
        texts += [f"{question.text}\n{probe.text}" for probe in question.probes]
    return list(dict.fromkeys(texts))
