"""What answers say about the questions: how often asked, how hard, how telling, disputed, known, changed over time.

Credit of an answer is the mean probability over its indicators that it states them. Figures carry 95 % intervals;
one that rests on too few answers is None, never a guess. A mean of credits has Wilson's interval (1927) for a share:
numbers between 0 and 1 spread less than yes and no, so it errs on the wide side.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import atanh, sqrt, tanh
from statistics import fmean, median
from typing import Literal, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from vetting.domain.belief import GUESS, QUESTION_SD, SLIP, stated
from vetting.domain.near_copies import Answer, near_copies, shown_text
from vetting.domain.rubric import Indicator, Question, Rubric
from vetting.domain.transcript import TurnStatus

ENOUGH = 10
"""Answers below which no share, credit or correlation is given; also on each side of a comparison."""
ENOUGH_FOR_LEVELS = 20
"""Answers of people with a level below which no level is estimated for an indicator."""
ENOUGH_FOR_TREND = 30
"""Answers below which no trend over time is given."""
LEAST_OTHERS = 2  # other rated questions an interview needs before it says how somebody does otherwise
MISFIT = 0.5  # levels between plan and observation that are taken for granted
SHOWN = 0.5
Z = 1.959964
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()

LEVELS: NDArray[np.float64] = np.linspace(0, 6, 61)


class Figure(NamedTuple):
    """A figure with its 95 % interval and the number of answers (or interviews) it rests on."""

    value: float
    low: float
    high: float
    n: int


class Ability(NamedTuple):
    """The level of a competency in somebody's scorecard and its standard error."""

    level: float
    se: float


@dataclass(frozen=True)
class Response:
    """What came of one question in one interview. `interview` and `person` only tell them apart.

    `disputed` is the reason given, "" without one, None where it was not disputed. `shown` maps each rated indicator
    to the panel's probability. `text` is what was typed to the lead question.
    """

    interview: int
    person: int
    question_id: str
    at: datetime
    status: TurnStatus
    disputed: str | None = None
    shown: Mapping[str, float] = field(default_factory=dict)
    ability: Ability | None = None
    minutes: float | None = None
    text: str = ""

    @property
    def credit(self) -> float | None:
        """Mean probability over the indicators; None where the answer is not rated."""
        return fmean(self.shown.values()) if self.shown and self.status is TurnStatus.ANSWERED else None


class IndicatorStatistics(NamedTuple):
    """How many show an indicator, and at which level people do, beside the level its author planned.

    `misfit` is None while the interval of `level` comes within half a level of the plan.
    """

    id: str
    statement: str
    planned: int
    shown: Figure | None
    level: Figure | None
    misfit: Literal["harder", "easier"] | None


class Drift(NamedTuple):
    """Change of the mean credit from one group to a later one, over what the same people do on other questions.

    `p` is that of Welch's t-test (1947).
    """

    between: Literal["halves", "versions"]
    change: Figure
    p: float


class Trend(NamedTuple):
    """Spearman's correlation with the order in time of credit (over other questions) and of minutes, with their p."""

    credit: float
    credit_p: float
    minutes: float
    minutes_p: float
    n: int


@dataclass(frozen=True)
class ItemStatistics:
    """All that is known of one question. Of `difficulty`, more is easier; `copies` counts answers near to another's.

    `model_answer` is the share of indicators found in a fluent model-written answer, where one was rated.
    """

    question_id: str
    competency: str
    type: str
    core: str | None
    asked: int
    exposure: Figure | None
    skipped: Figure | None
    disputes: int
    disputed: Figure | None
    reasons: tuple[str, ...]
    answered: int
    difficulty: Figure | None
    discrimination: Figure | None
    indicators: tuple[IndicatorStatistics, ...]
    minutes: float | None
    words: float | None
    copies: int
    copied: Figure | None
    drifts: tuple[Drift, ...]
    trend: Trend | None
    model_answer: float | None


def statistics(
    rubric: Rubric,
    responses: Sequence[Response],
    *,
    interviews: int,
    earlier: Sequence[Response] = (),
    model_answers: Mapping[str, float] | None = None,
) -> tuple[ItemStatistics, ...]:
    """Of every question of the pack, in its order, from the responses in `interviews` interviews over it.

    `earlier` are responses to questions of the same ids in earlier versions of the pack.
    """
    pool = _Pool(responses)
    both = _Pool([*earlier, *responses]) if earlier else None
    model = model_answers or {}
    return tuple(
        _item(rubric, question, pool, both, interviews, model.get(question.id)) for question in rubric.questions()
    )


def share(hits: float, n: int) -> Figure | None:
    """A share, or a mean of n numbers between 0 and 1 that sum to `hits`, with Wilson's interval; None below ENOUGH."""
    return _wilson(hits, n) if n >= ENOUGH else None


def correlation(x: Sequence[float], y: Sequence[float]) -> Figure | None:
    """Pearson's r with Fisher's interval (1921); None below ENOUGH pairs or where one of them does not vary."""
    n = len(x)
    if n < ENOUGH or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return None
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -0.999999, 0.999999))
    reach = Z / sqrt(n - 3)
    return Figure(r, tanh(atanh(r) - reach), tanh(atanh(r) + reach), n)


def welch(before: Sequence[float], after: Sequence[float]) -> tuple[Figure, float] | None:
    """Difference of the means with its interval and p; None with fewer than ENOUGH on a side or no spread at all."""
    if min(len(before), len(after)) < ENOUGH or max(np.ptp(before), np.ptp(after)) < 1e-9:
        return None
    test = scipy.stats.ttest_ind(after, before, equal_var=False)
    interval = test.confidence_interval(0.95)
    change = fmean(after) - fmean(before)
    figure = Figure(change, float(interval.low), float(interval.high), len(before) + len(after))
    return figure, float(test.pvalue)


def observed_level(abilities: Sequence[Ability], hits: int) -> Figure | None:
    """The level at which people show an indicator, given that `hits` of these people did; None for too few of them.

    Solves the belief's own curve for the difficulty. A rater's slips can hide up to SLIP of what was said and invent
    GUESS, or nothing of the kind: the interval covers both, and the value lies in the middle. Levels off the scale end
    at 0 and 6. The people's levels rest on this very indicator too, so a misfit is understated.
    """
    n = len(abilities)
    if n < ENOUGH_FOR_LEVELS:
        return None
    seen = _wilson(hits, n)
    believed = 1 - SLIP - GUESS
    curve = _Curve(abilities)
    value = fmean((curve.level(seen.value), curve.level((seen.value - GUESS) / believed)))
    low, high = curve.level((seen.high - GUESS) / believed), curve.level(seen.low)
    return Figure(value, min(low, value), max(high, value), n)


def _item(
    rubric: Rubric, question: Question, pool: _Pool, both: _Pool | None, interviews: int, model: float | None
) -> ItemStatistics:
    own = pool.of(question.id)
    answers = [r for r in own if r.status is TurnStatus.ANSWERED]
    rated = [(r, credit) for r in answers if (credit := r.credit) is not None]
    closed = [r for r in own if r.status is not TurnStatus.OPEN]
    reasons = [r.disputed for r in own if r.disputed is not None]
    minutes = [r.minutes for r in answers if r.minutes is not None]
    copies = near_copies([Answer(r.person, r.text) for r in answers], shown_text(question))
    drifts = (pool.between_halves(question.id), both.between_versions(question.id, pool) if both else None)
    return ItemStatistics(
        question_id=question.id,
        competency=rubric.competency_of(question.id).id,
        type=question.type,
        core=question.core,
        asked=len(own),
        exposure=share(len(own), interviews),
        skipped=share(sum(r.status is TurnStatus.SKIPPED for r in closed), len(closed)),
        disputes=len(reasons),
        disputed=share(len(reasons), len(own)),
        reasons=tuple(reason for reason in reasons if reason),
        answered=len(answers),
        difficulty=share(sum(credit for _, credit in rated), len(rated)),
        discrimination=pool.discrimination(question.id),
        indicators=tuple(_indicator(i, answers) for i in question.indicators),
        minutes=round(median(minutes), 1) if minutes else None,
        words=median(len(r.text.split()) for r in answers) if answers else None,
        copies=len(copies),
        copied=share(len(copies), len(answers)),
        drifts=tuple(drift for drift in drifts if drift is not None),
        trend=pool.trend(question.id),
        model_answer=model,
    )


def _indicator(indicator: Indicator, answers: Iterable[Response]) -> IndicatorStatistics:
    rated = [r for r in answers if indicator.id in r.shown]
    shown = [r.shown[indicator.id] >= SHOWN for r in rated]
    placed = [(r.ability, hit) for r, hit in zip(rated, shown, strict=True) if r.ability is not None]
    level = observed_level([ability for ability, _ in placed], sum(hit for _, hit in placed))
    return IndicatorStatistics(
        indicator.id,
        indicator.statement,
        indicator.level,
        share(sum(shown), len(shown)),
        level,
        _misfit(indicator.level, level),
    )


def _misfit(planned: int, level: Figure | None) -> Literal["harder", "easier"] | None:
    if level is None:
        return None
    return "harder" if level.low > planned + MISFIT else "easier" if level.high < planned - MISFIT else None


class _Pool:
    """Responses with what each person does on other questions: the mean distance from those questions' own means.

    Distances, because an adaptive interview asks everybody something else.
    """

    def __init__(self, responses: Sequence[Response]) -> None:
        self._by_question: dict[str, list[Response]] = defaultdict(list)
        for response in sorted(responses, key=lambda r: r.at):
            self._by_question[response.question_id].append(response)
        credits = [(r, credit) for r in responses if (credit := r.credit) is not None]
        counts = Counter(r.question_id for r, _ in credits)
        sums: dict[str, float] = defaultdict(float)
        for r, credit in credits:
            sums[r.question_id] += credit
        self._distances: dict[int, dict[str, float]] = defaultdict(dict)
        for r, credit in credits:
            if counts[r.question_id] > 1:
                self._distances[r.interview][r.question_id] = credit - sums[r.question_id] / counts[r.question_id]

    def of(self, question_id: str) -> list[Response]:
        """The responses to a question in the order of time."""
        return self._by_question.get(question_id, [])

    def discrimination(self, question_id: str) -> Figure | None:
        """Correlation of the credit for a question with what the same people do on others."""
        pairs = [(credit, rest) for _, credit, rest in self._beside(question_id)]
        return correlation([credit for credit, _ in pairs], [rest for _, rest in pairs])

    def between_halves(self, question_id: str) -> Drift | None:
        """Change from the earlier half of the answers to the later."""
        over = [credit - rest for _, credit, rest in self._beside(question_id)]
        tested = welch(over[: len(over) // 2], over[len(over) // 2 :])
        return Drift("halves", *tested) if tested else None

    def between_versions(self, question_id: str, current: _Pool) -> Drift | None:
        """Change from what stands only here to what also stands in `current`."""
        now = {r.interview for r in current.of(question_id)}
        beside = self._beside(question_id)
        before = [credit - rest for r, credit, rest in beside if r.interview not in now]
        tested = welch(before, [credit - rest for r, credit, rest in beside if r.interview in now])
        return Drift("versions", *tested) if tested else None

    def trend(self, question_id: str) -> Trend | None:
        """Whether credit and minutes rise or fall with time; None below ENOUGH_FOR_TREND or without spread."""
        timed = [(c - rest, r.minutes) for r, c, rest in self._beside(question_id) if r.minutes is not None]
        over, minutes = [o for o, _ in timed], [m for _, m in timed]
        if len(timed) < ENOUGH_FOR_TREND or np.ptp(over) < 1e-9 or np.ptp(minutes) < 1e-9:
            return None
        order = range(len(timed))
        credit, time = scipy.stats.spearmanr(order, over), scipy.stats.spearmanr(order, minutes)
        return Trend(
            float(credit.statistic), float(credit.pvalue), float(time.statistic), float(time.pvalue), len(timed)
        )

    def _beside(self, question_id: str) -> list[tuple[Response, float, float]]:
        """Each rated answer, its credit, and the mean distance of the same person on other questions; by time."""
        found = []
        for response in self.of(question_id):
            credit = response.credit
            others = [d for q, d in self._distances.get(response.interview, {}).items() if q != question_id]
            if credit is not None and len(others) >= LEAST_OTHERS:
                found.append((response, credit, fmean(others)))
        return found


def _wilson(hits: float, n: int) -> Figure:
    value = min(max(hits / n, 0.0), 1.0)
    middle = (value + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * sqrt(value * (1 - value) / n + Z**2 / (4 * n**2))
    # At 0 and 1 the bound is the value itself but for rounding.
    return Figure(value, min(max(middle - reach, 0.0), value), max(min(middle + reach, 1.0), value), n)


class _Curve:
    """The share of some people who state an indicator, by its level."""

    def __init__(self, abilities: Sequence[Ability]) -> None:
        rounded, count = np.unique(np.round([tuple(a) for a in abilities], 1), axis=0, return_counts=True)
        spread = np.sqrt(QUESTION_SD**2 + rounded[:, 1] ** 2)
        at = (rounded[:, 0] - 3)[:, None] + spread[:, None] * _NODES[None, :]
        chance = stated(at[None, :, :], LEVELS[:, None, None] - 3.5) @ _WEIGHTS
        self._shares = chance @ (count / count.sum())

    def level(self, wanted: float) -> float:
        """The level at which this share of the people would state it, on the axis."""
        return float(np.interp(wanted, self._shares[::-1], LEVELS[::-1]))
