"""More like this, fewer like that: how marks on experts lean a ranking, by how much, and without which order.

A mark compares what people wrote with what the marked wrote, and nothing else: it weighs WEIGHT of the fit, the
requirements keep the rest, and it excludes nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vetting.domain.matching import DECIMALS, Ranking
from vetting.domain.pool import Floats, Pool

WEIGHT = 0.15
"""Share of the fit that marks have, whatever their number. Not fitted: set so that they order people who meet the
requirements about equally well, and cannot lift somebody over one who meets clearly more."""

DECLINED = "declined for this project"
CHOSEN = "chosen for this project already"


@dataclass(frozen=True)
class Leaning:
    """Whom a project wants more and fewer like, in the order of marking, and whom it declined or chose already.

    All by imported id. Chosen is whoever was approved in an earlier list and has not gone since.
    """

    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()

    @property
    def marked(self) -> tuple[str, ...]:
        """Everybody who was marked."""
        return (*self.more, *self.fewer)

    def left_out(self, expert: str) -> str | None:
        """Why somebody who meets everything is not ranked again, if so."""
        return DECLINED if expert in self.declined else CHOSEN if expert in self.chosen else None


def taste(more: Sequence[Floats], fewer: Sequence[Floats], experts: int) -> Floats:
    """How near each expert (experts,) is to the marked, 0-1; .5 is neither. Each score (experts,) is 0-1.

    Rocchio's rule (1971) on scores: the mean nearness to those wanted less the mean nearness to those not wanted.
    """
    nothing = np.zeros(experts)
    liked = np.mean(more, axis=0) if more else nothing
    disliked = np.mean(fewer, axis=0) if fewer else nothing
    return np.clip(0.5 + (liked - disliked) / 2, 0, 1)


def leaned(ranking: Ranking, nearness: Floats) -> Ranking:
    """The ranking with WEIGHT of the fit given to `nearness` (experts,), as a last part; parts still sum to the fit."""
    stacked = np.vstack([ranking.parts * (1 - WEIGHT), WEIGHT * nearness]).astype(np.float64)
    parts = np.round(stacked, DECIMALS)
    return replace(ranking, parts=parts, fit=np.round(parts.sum(axis=0), DECIMALS), se=ranking.se * (1 - WEIGHT))


def ordered(ranking: Ranking, pool: Pool, out: NDArray[np.bool_], reason: str = DECLINED) -> Ranking:
    """The ranking in the order of its fit, without the rows in `out` (experts,), which are counted by that reason."""
    gone = int((out & ranking.eligible).sum())
    eligible = ranking.eligible & ~out
    rows = np.flatnonzero(eligible)
    order = rows[np.lexsort((pool.by_id[rows], -ranking.fit[rows]))]
    excluded = {**ranking.excluded, **({reason: gone} if gone else {})}
    return replace(ranking, eligible=eligible, order=order, excluded=excluded)
