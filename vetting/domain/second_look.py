"""What a person's look at a scorecard is worth, why it is wanted, how long it takes, and the words that decide it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from vetting.domain.scoring import APART, CompetencyScore, EvidenceItem, Recommendation, Scorecard
from vetting.domain.tongue import N_
from vetting.domain.transcript import Transcript
from vetting.domain.verdict import Finding, Flag

WORDS_PER_MINUTE = 238
"""Silent reading of English non-fiction (Brysbaert, How many words do we read per minute?, 2019)."""
CHARACTERS_PER_WORD = 6
MINUTES_PER_RATING = 0.35
MINUTES_TO_CONFIRM = 0.5
HALF = 0.5
LOOK_MINUTES = 3.0
"""For reading and rating, of the four minutes a look may take; the rest goes to both ratings and the decision."""
MOST_WEIGHED = 8
"""Competencies of which every choice is tried: 255 of them."""
DOUBT = 0.25
"""What a doubt adds that the probability does not know of: raters apart, a flag, answers that nobody defended."""

FLAGS = frozenset({Flag.COPIED_REFERENCE, Flag.OTHER_LANGUAGE, Flag.INSTRUCTS_RATER, Flag.SWAYED, Flag.DEGRADED})
SURE = frozenset({Recommendation.ADVANCE, Recommendation.DO_NOT_ADVANCE})


class Concern(StrEnum):
    """Why a person should look rather than confirm."""

    NOT_RATED = "not_rated"
    FLAGGED = "flagged"
    APART = "apart"
    PROVISIONAL = "provisional"
    BORDERLINE = "borderline"
    HELD_BACK = "held_back"


REASONS: Mapping[str, str] = {
    Concern.NOT_RATED: N_("A competency has no quote to rest on."),
    Concern.FLAGGED: N_("An answer was flagged."),
    Concern.APART: N_("The raters are more than a level apart."),
    Concern.PROVISIONAL: N_("A rater of the panel has not answered yet."),
    Concern.BORDERLINE: N_("Near the cut: either side is possible."),
    Concern.HELD_BACK: N_("The answers were not defended."),
}
"""One sentence each; none of them says on which side of the cut the machine stands, so that a person can rate blind."""


class Deciding(NamedTuple):
    """The competency that carries a decision most, and the words of the candidate it rests on, if there are any."""

    competency: CompetencyScore
    quote: EvidenceItem | None

    @property
    def lacking(self) -> bool:
        """Whether the words speak against the candidate: contradicted, or shown in part only."""
        return self.quote is not None and (self.quote.against or self.quote.finding is not Finding.MET)


def concern(card: Scorecard) -> Concern | None:
    """The first reason for a person to rate this interview; None where the machine is sure and a person confirms."""
    if any(row.status == "not_rated" for row in card.competencies):
        return Concern.NOT_RATED
    if any(name.split(" ", 1)[0] in FLAGS for name in card.flags):
        return Concern.FLAGGED
    if card.provisional:
        return Concern.PROVISIONAL
    if card.recommendation in SURE:
        return None
    if card.why.startswith(APART):
        return Concern.APART
    return Concern.HELD_BACK if min(card.p_pass, 1 - card.p_pass) <= 0.05 else Concern.BORDERLINE


def worth(card: Scorecard) -> float:
    """The value of a second look, 0 to 1: the probability that the side of the cut is wrong, and doubts beside it.

    Half where a competency is not rated: then nothing says which side it is.
    """
    found = concern(card)
    risk = 0.5 if found is Concern.NOT_RATED else min(card.p_pass, 1 - card.p_pass)
    doubted = found in (Concern.FLAGGED, Concern.APART, Concern.PROVISIONAL, Concern.HELD_BACK)
    return round(min(risk + DOUBT * doubted, 1.0), 4)


def doubted(card: Scorecard, competency_of: Mapping[str, str], characters: Mapping[str, int]) -> tuple[str, ...]:
    """The competencies that a look is about, in the order of the card; all where the machine is sure.

    Those without a quote, with a flagged answer or with raters apart; without any of these see `_least_known`.
    `competency_of`: the competency of each question. `characters`: what is to be read, as `lengths` has it.
    """
    why, everything = concern(card), tuple(row.id for row in card.competencies)
    if why is None:
        return everything
    found = {row.id for row in card.competencies if row.status == "not_rated"}
    found |= {row.id for row in card.competencies if row.split and why is Concern.APART}
    found |= {competency_of.get(question, "") for name, question in map(_flag, card.flags) if name in FLAGS}
    if not found & set(everything):
        found = set(_least_known(card, characters))
    return tuple(id_ for id_ in everything if id_ in found) or everything


def lengths(transcript: Transcript, competency_of: Mapping[str, str]) -> dict[str, int]:
    """How many characters of questions and answers there are to read, by competency."""
    found: dict[str, int] = {}
    for turn in transcript.turns:
        id_ = competency_of[turn.question_id]
        found[id_] = found.get(id_, 0) + len(turn.prompt) + len(turn.answer or "")
    return found


def minutes(characters: int, competencies: int) -> float:
    """Estimated minutes to read answers of so many characters and rate so many competencies."""
    return characters / CHARACTERS_PER_WORD / WORDS_PER_MINUTE + competencies * MINUTES_PER_RATING


def deciding(card: Scorecard, *, against: bool) -> Deciding | None:
    """What speaks most against (or for) advancing: the competency that pulls the composite most below (above) the cut.

    Its quote is the first that speaks against, else one of what was partly or fully shown; the other way round for
    what speaks for. None where no competency is rated.
    """
    rated = [row for row in card.competencies if row.level is not None]
    if not rated:
        return None
    sign = -1 if against else 1
    row = max(rated, key=lambda r: sign * _pull(card, r))
    return Deciding(row, telling(row, against=against))


def both_sides(card: Scorecard) -> tuple[tuple[bool, Deciding], ...]:
    """What speaks most for advancing and most against, each as (against, what): never one competency on both sides.

    Of a single rated competency the side that it is on; none where no competency is rated.
    """
    rated = sorted((row for row in card.competencies if row.level is not None), key=lambda row: _pull(card, row))
    if len(rated) == 1:
        against = _pull(card, rated[0]) < 0
        return ((against, Deciding(rated[0], telling(rated[0], against=against))),)
    sides = ((False, rated[-1]), (True, rated[0])) if rated else ()
    return tuple((against, Deciding(row, telling(row, against=against))) for against, row in sides)


def _pull(card: Scorecard, row: CompetencyScore) -> float:
    """How far a rated competency pulls the composite above the cut; below it where this is negative."""
    return row.weight * ((row.level or 0) - card.cut)


def telling(row: CompetencyScore, *, against: bool) -> EvidenceItem | None:
    """The quote that speaks most against a candidate in a competency, or for them, if there is one."""
    order = [Finding.CONTRADICTED, Finding.PARTLY, Finding.MET] if against else [Finding.MET, Finding.PARTLY]
    quotes = sorted(
        (e for e in row.evidence if against or not e.against),
        key=lambda e: (not (e.against and against), order.index(e.finding) if e.finding in order else len(order)),
    )
    return quotes[0] if quotes else None


def _flag(name: str) -> tuple[str, str]:
    """A flag of a scorecard, "other_language (question q1)", as (flag, question)."""
    flag, _, question = name.partition(" (question ")
    return flag, question.rstrip(")")


def _least_known(card: Scorecard, characters: Mapping[str, int]) -> tuple[str, ...]:
    """What is quickest read and rated of what holds HALF of what is not known of the composite.

    That is the sum of the squares of the weighted intervals. Where this takes longer than LOOK_MINUTES, those that
    hold most in that time; and where not even one is read in it, the one that holds most for its minutes.
    """
    spread = {
        row.id: (row.weight * (row.interval[1] - row.interval[0])) ** 2 for row in card.competencies if row.interval
    }
    widest = sorted(spread, key=lambda one: -spread[one])[:MOST_WEIGHED]
    choices = [some for n in range(1, len(widest) + 1) for some in combinations(widest, n)]
    takes = {some: minutes(sum(characters.get(id_, 0) for id_ in some), len(some)) for some in choices}
    holds = {some: sum(spread[id_] for id_ in some) for some in choices}
    enough = HALF * sum(spread.values())
    quick = [some for some in choices if takes[some] <= LOOK_MINUTES]
    if not quick:
        return max(choices, key=lambda some: (len(some) == 1, holds[some] / takes[some]), default=())
    whole = [some for some in quick if holds[some] >= enough]
    return min(whole, key=lambda some: takes[some]) if whole else max(quick, key=lambda some: holds[some])
