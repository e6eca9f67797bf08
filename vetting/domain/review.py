"""A person's own ratings of an interview, given before the machine's are seen, and how far the two agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vetting.domain.rubric import Rubric
from vetting.domain.scoring import Recommendation
from vetting.domain.tongue import _
from vetting.errors import BadInput

LONGEST_NOTE = 2000
LONGEST_SECONDS = 30 * 60
"""A page left open longer than this was not read all the time: no look counts for more."""
ENOUGH_REVIEWS = 20
RESAMPLES = 1000
SEED = 20261129

Array = NDArray[np.float64]


class Choice(StrEnum):
    """What a person decides about an interview."""

    ADVANCE = "advance"
    DO_NOT_ADVANCE = "do_not_advance"
    ASK_MORE = "ask_more"


AGREES: Mapping[str, Choice] = {
    Recommendation.ADVANCE: Choice.ADVANCE,
    Recommendation.DO_NOT_ADVANCE: Choice.DO_NOT_ADVANCE,
    Recommendation.MORE_EVIDENCE: Choice.ASK_MORE,
}
"""The choice that follows a recommendation; a case for a person has none."""


class Mark(NamedTuple):
    """One competency as a person rates it: a level from 1 to 5, or None for "cannot judge", and why."""

    level: int | None
    note: str = ""


class Pair(NamedTuple):
    """One competency of one interview: the level of a person who had not seen the machine's, and the machine's."""

    interview: int
    person: float
    machine: float


class Agreement(NamedTuple):
    """Quadratically weighted kappa with its 95 % interval; `within` is the share of pairs at most a level apart."""

    kappa: float
    low: float
    high: float
    within: float
    pairs: int
    interviews: int


def blind(
    rubric: Rubric, levels: Mapping[str, str], notes: Mapping[str, str], needed: Collection[str]
) -> dict[str, Mark]:
    """What a person wrote on the form, by competency; those that are not `needed` may be left out.

    Raises BadInput naming the first that is missing or wrong. A level is 1 to 5 or `none`, "cannot judge".
    """
    given = {name: level.strip() for name, level in levels.items() if level.strip()}
    missing = [c.name for c in rubric.competencies if c.id in needed and c.id not in given]
    if missing:
        rest = _(" and {count} more").format(count=len(missing) - 1) if len(missing) > 1 else ""
        raise BadInput(
            _("{missing}{rest}: choose a level from 1 to 5, or “cannot judge”. Nothing was saved yet.").format(
                missing=missing[0], rest=rest
            )
        )
    return {
        c.id: Mark(_level(c.name, given[c.id]), note(c.name, notes.get(c.id, "")))
        for c in rubric.competencies
        if c.id in given
    }


def settled(
    rubric: Rubric, own: Mapping[str, Mark], levels: Mapping[str, str], reasons: Mapping[str, str]
) -> dict[str, Mark]:
    """The ratings a person stands by after seeing the machine's, by competency; one left out stays as it was.

    Raises BadInput where a level changed without a reason.
    """
    found = {}
    for c in rubric.competencies:
        if c.id not in own:
            continue
        before = own[c.id]
        level = _level(c.name, levels[c.id].strip()) if levels.get(c.id, "").strip() else before.level
        why = note(c.name, reasons.get(c.id, ""))
        if level != before.level and not why:
            raise BadInput(_("{name}: you changed your rating; say in a few words why.").format(name=c.name))
        found[c.id] = Mark(level, why)
    return found


def note(where: str, text: str) -> str:
    """A note as it is kept. Raises BadInput for one that is too long or cannot be stored."""
    if len(text) > LONGEST_NOTE:
        raise BadInput(
            _("{where}: a note can have at most {longest_note:,} characters.").format(
                where=where, longest_note=LONGEST_NOTE
            )
        )
    if "\x00" in text:
        raise BadInput(_("{where}: the note holds characters that cannot be stored.").format(where=where))
    return text.strip()


def agreement(pairs: Sequence[Pair]) -> Agreement | None:
    """Cohen's kappa with quadratic weights (1968), the machine's level rounded; None below ENOUGH_REVIEWS interviews.

    The interval is a percentile bootstrap over interviews (Efron 1979), seed fixed: competencies of one interview are
    not independent. None where chance leaves nothing to disagree on.
    """
    interviews = sorted({p.interview for p in pairs})
    if len(interviews) < ENOUGH_REVIEWS:
        return None
    sums = _sums(pairs, interviews)
    value = float(_kappas(sums.sum(axis=0)[None, :])[0])
    if not np.isfinite(value):
        return None
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(len(interviews), np.full(len(interviews), 1 / len(interviews)), RESAMPLES)
    low, high = np.nanquantile(_kappas(drawn @ sums), [0.025, 0.975])
    close = sum(abs(p.person - round(p.machine)) <= 1 for p in pairs) / len(pairs)
    return Agreement(value, float(low), float(high), close, len(pairs), len(interviews))


def _sums(pairs: Sequence[Pair], interviews: Sequence[int]) -> Array:
    """Per interview: n, sums of x, y, x^2, y^2 and (x - y)^2; kappa of any resample is made of their totals."""
    place = {key: at for at, key in enumerate(interviews)}
    sums = np.zeros((len(interviews), 6))
    for pair in pairs:
        x, y = pair.person, float(round(pair.machine))
        sums[place[pair.interview]] += (1, x, y, x * x, y * y, (x - y) ** 2)
    return sums


def _kappas(totals: Array) -> Array:
    n, x, y, xx, yy, apart = totals.T
    by_chance = (xx + yy) / n - 2 * x * y / n**2
    with np.errstate(divide="ignore", invalid="ignore"):
        kappas: Array = np.where(by_chance > 1e-12, 1 - apart / n / by_chance, np.nan)
    return kappas


def _level(where: str, text: str) -> int | None:
    if text == "none":
        return None
    if text not in ("1", "2", "3", "4", "5"):
        raise BadInput(
            _("{where}: {text!r} is no level; choose 1 to 5, or “cannot judge”.").format(where=where, text=text[:20])
        )
    return int(text)
