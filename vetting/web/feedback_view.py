"""The feedback a candidate gets: levels, the quotes they rest on, a next step; nothing that gives the rubric away."""

from __future__ import annotations

from dataclasses import dataclass

from vetting.db.log import Log
from vetting.db.models import ScorecardRow
from vetting.domain.feedback import CompetencyFeedback, feedback
from vetting.domain.reworded import shown
from vetting.domain.scoring import CompetencyScore, Scorecard
from vetting.domain.tongue import N_, _
from vetting.domain.verdict import Finding

RATERS = {"model": N_("language model"), "embedded": N_("structured rater"), "code": N_("program code")}
COUNTED = {
    Finding.MET: N_("counted for you"),
    Finding.PARTLY: N_("counted in part"),
    Finding.CONTRADICTED: N_("read as a mistake"),
    Finding.NOT_SHOWN: N_("did not count"),
}


@dataclass(frozen=True)
class Quote:
    """The candidate's own words that a level rests on."""

    text: str
    turn: int
    counted: str
    against: bool


@dataclass(frozen=True)
class Result:
    """One competency as the candidate sees it; level and interval are None when it is not rated.

    `reworded` is what a language model made of the words, where code found nothing added.
    """

    id: str
    name: str
    level: float | None
    interval: tuple[float, float] | None
    quotes: tuple[Quote, ...]
    words: CompetencyFeedback
    reworded: str | None


@dataclass(frozen=True)
class Feedback:
    """The scorecard without what would give the rubric away."""

    level: float | None
    interval: tuple[float, float] | None
    results: tuple[Result, ...]
    raters: tuple[str, ...]
    provisional: bool
    without: int
    """How many of the questions they met do not count, because they were withdrawn."""
    worded_by: str | None
    """The language model that reworded any of it."""


def told_feedback(log: Log, row: ScorecardRow) -> Feedback:
    """The feedback on a rated interview."""
    card = Scorecard.model_validate(row.document)
    words = feedback(log.rubric, log.transcript, card).competencies
    stored = row.reworded or {}
    results = tuple(
        _result(score, told, shown(told.sentences, stored.get("texts", {}).get(told.id)))
        for score, told in zip(card.competencies, words, strict=True)
    )
    return Feedback(
        level=card.composite.level,
        interval=card.composite.interval,
        results=results,
        raters=tuple(f"{_(RATERS.get(r.engine, r.engine))} {r.name}" for r in card.raters),
        provisional=card.provisional,
        without=len(card.voided),
        worded_by=stored["model"] if any(r.reworded for r in results) else None,
    )


def _result(row: CompetencyScore, words: CompetencyFeedback, reworded: str | None) -> Result:
    """Each quote once, with the best it counted for."""
    quotes: dict[tuple[int, str], Quote] = {}
    for item in sorted(row.evidence, key=lambda e: e.against):
        finding = Finding.CONTRADICTED if item.against else item.finding
        quote = Quote(item.quote, item.turn, _(COUNTED[finding]), finding is Finding.CONTRADICTED)
        quotes.setdefault((item.turn, item.quote), quote)
    ordered = sorted(quotes.values(), key=lambda q: q.turn)
    return Result(row.id, row.name, row.level, row.interval, tuple(ordered), words, reworded)
