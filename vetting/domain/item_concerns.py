"""Which questions leak, are disputed or drift, in plain words with the figure, and where there is too little to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import scipy

from vetting.domain.item_statistics import ENOUGH, ENOUGH_FOR_TREND, Drift, Figure, ItemStatistics
from vetting.domain.tongue import _

LEAST_DISPUTES, DISPUTED = 2, 0.05
LEAST_COPIES = 3
FALSE_DISCOVERY = 0.05  # of the changes named in one pack, the share that may be chance
CHANGED = 0.10  # of the credit: smaller changes, however certain, change nobody's recommendation
TREND_P = 0.025
TELLS_NOTHING = 0.10
MODEL_PASSES = 0.75


class Kind(StrEnum):
    """What may be wrong with a question."""

    LEAKS = "leaks"
    DISPUTED = "disputed"
    DRIFTS = "drifts"
    TELLS_NOTHING = "tells_nothing"
    MODEL_PASSES = "model_passes"
    MISFIT = "misfit"


@dataclass(frozen=True)
class Concern:
    """One thing about one question that its pack's owner should look at; a question, not a finding."""

    kind: Kind
    question_id: str
    sentence: str


@dataclass(frozen=True)
class Unknown:
    """Questions of which too little is known to say anything of this kind."""

    kind: Kind
    questions: int
    of: int
    needs: str

    @property
    def sentence(self) -> str:
        """Not enough data, for how many questions, and how much it takes."""
        words = _("Not enough data for {some} of {all} questions: {needs}.")
        return words.format(some=self.questions, all=self.of, needs=self.needs)


def concerns(items: Sequence[ItemStatistics]) -> tuple[Concern, ...]:
    """What should be looked at, the gravest kind first, then in the order of the pack."""
    drifting = _certain_drifts(items)
    found = [
        *(c for item in items for c in _leaks(item)),
        *(c for item in items for c in _disputed(item)),
        *(_drift(item, drift) for item, drift in drifting),
        *(c for item in items for c in _tells_nothing(item)),
        *(c for item in items for c in _model_passes(item)),
        *(c for item in items for c in _misfits(item)),
    ]
    return tuple(found)


def unknown(items: Sequence[ItemStatistics]) -> tuple[Unknown, ...]:
    """For how many questions each kind cannot be told, with the minimum; kinds that can always be told are left out."""
    of = len(items)
    rows = (
        Unknown(Kind.LEAKS, sum(i.copied is None for i in items), of, _least(_("it takes {n} answers"))),
        Unknown(Kind.DISPUTED, sum(i.disputed is None for i in items), of, _least(_("each has to be asked {n} times"))),
        Unknown(
            Kind.DRIFTS, sum(not i.drifts for i in items), of, _least(_("it takes {n} rated answers on each side"))
        ),
        Unknown(
            Kind.TELLS_NOTHING,
            sum(i.discrimination is None for i in items),
            of,
            _least(_("it takes {n} rated answers")),
        ),
    )
    return tuple(row for row in rows if row.questions)


def _least(words: str) -> str:
    return words.format(n=ENOUGH)


def _leaks(item: ItemStatistics) -> list[Concern]:
    found = []
    if item.copied is not None and item.copies >= LEAST_COPIES:
        sentence = (
            f"{item.copies} of {item.copied.n} answers ({_percent(item.copied)}) are nearly word for word "
            "the answer of somebody else."
        )
        found.append(Concern(Kind.LEAKS, item.question_id, sentence))
    trend = item.trend
    if trend and trend.credit > 0 > trend.minutes and max(trend.credit_p, trend.minutes_p) <= TREND_P:
        sentence = (
            f"Over {trend.n} answers scores rise (rank correlation with time {trend.credit:+.2f}) while the time "
            f"taken falls ({trend.minutes:+.2f}): the question may have become known."
        )
        found.append(Concern(Kind.LEAKS, item.question_id, sentence))
    return found


def _disputed(item: ItemStatistics) -> list[Concern]:
    share = item.disputed
    if share is None or item.disputes < LEAST_DISPUTES or share.value < DISPUTED:
        return []
    sentence = f"{item.disputes} of {share.n} people it was asked call it wrong or unclear ({_percent(share)})."
    return [Concern(Kind.DISPUTED, item.question_id, sentence)]


def _certain_drifts(items: Sequence[ItemStatistics]) -> list[tuple[ItemStatistics, Drift]]:
    """Changes that are large enough and stand up to there being many questions (Benjamini and Hochberg 1995)."""
    tested = [(item, drift) for item in items for drift in item.drifts]
    if not tested:
        return []
    adjusted = scipy.stats.false_discovery_control([drift.p for _, drift in tested])
    return [
        pair
        for pair, p in zip(tested, adjusted, strict=True)
        if p <= FALSE_DISCOVERY and abs(pair[1].change.value) >= CHANGED
    ]


def _drift(item: ItemStatistics, drift: Drift) -> Concern:
    change = drift.change
    way = "easier" if change.value > 0 else "harder"
    where = "in the later half of its answers" if drift.between == "halves" else "since the earlier version"
    sentence = (
        f"It became {way} {where}: the share of credit changed by {_signed(change)} beyond what the same people do "
        f"on other questions (p {drift.p:.3f}, {change.n} answers)."
    )
    return Concern(Kind.DRIFTS, item.question_id, sentence)


def _tells_nothing(item: ItemStatistics) -> list[Concern]:
    r = item.discrimination
    if r is None or r.n < ENOUGH_FOR_TREND or r.high > TELLS_NOTHING:
        return []
    sentence = (
        f"It does not go with the other questions: correlation {r.value:+.2f} ({r.low:+.2f} to {r.high:+.2f}) "
        f"over {r.n} answers."
    )
    return [Concern(Kind.TELLS_NOTHING, item.question_id, sentence)]


def _model_passes(item: ItemStatistics) -> list[Concern]:
    if item.model_answer is None or item.model_answer < MODEL_PASSES:
        return []
    sentence = f"A fluent model-written answer shows {item.model_answer:.0%} of its indicators."
    return [Concern(Kind.MODEL_PASSES, item.question_id, sentence)]


def _misfits(item: ItemStatistics) -> list[Concern]:
    return [
        Concern(
            Kind.MISFIT,
            item.question_id,
            f"'{i.statement}' is {i.misfit} than planned: level {i.planned} in the pack, people show it at "
            f"{i.level.value:.1f} ({i.level.low:.1f} to {i.level.high:.1f}, {i.level.n} answers).",
        )
        for i in item.indicators
        if i.misfit and i.level
    ]


def _percent(figure: Figure) -> str:
    return f"{100 * figure.value:.0f} %, interval {100 * figure.low:.0f} to {100 * figure.high:.0f}"


def _signed(figure: Figure) -> str:
    return f"{100 * figure.value:+.0f} points of 100 ({100 * figure.low:+.0f} to {100 * figure.high:+.0f})"
