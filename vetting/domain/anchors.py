"""What a level means, in words.

Staff read the pack's anchors as they are. Anchors name what questions look for, so a candidate reads only those clauses
of an anchor that give no question away, beside words for the level that are the same for every pack.
"""

from __future__ import annotations

import re

from vetting.domain.bank import Bank
from vetting.domain.rubric import Competency
from vetting.domain.sentence import listed

TOP = 5
SHORT = 6
"""An anchor's clauses of fewer words than this are not concrete enough to stand alone."""

WITHOUT_FAULTS = 3
"""Anchors below this level describe what goes wrong as much as what is shown."""

AROUND = {
    1: "answers use the words of the field and leave open how things work",
    2: "answers name the right thing and leave open when and how far it holds",
    3: "answers say how it works, step by step, with a figure or a test",
    4: "answers say where the usual view stops holding and what tells two causes apart",
    5: "answers put limits on their own claims and say what would change them",
}
STEP = {
    2: "name what the question turns on, and what you would do about it",
    3: "say how it works step by step, with the figure or the test that shows it",
    4: "say where the usual view stops holding, what tells two causes apart, and what the remedy costs",
    5: "put a limit or an error on each claim, and say what would change your mind",
}

_PARENTHESES = re.compile(r"\s*\([^()]*\)")
_RESERVATION = re.compile(
    r"(?:,\s+such as\b|[,;]?\s+(?:but|without|except|and rarely|and cannot|and does not)\b).*", re.S
)
_ANAPHORA = re.compile(r"\b(?:it|its|them|they|their|this|those|accordingly|again|such as)\b", re.I)
"""Points to a clause that may not be told, or gives examples in the midst of one."""
_VERBS = frozenset(
    """adapts adds adjusts answers applies argues arranges asks assumes attacks audits calculates calls calibrates
    catches checks chooses cites collects combines compares computes confirms connects controls converts corrects
    counts deducts describes designs distinguishes divides does draws escalates estimates excludes expects explains
    finds fixes follows foresees gives handles infers judges justifies keeps knows lets limits looks makes measures
    models names normalises notices offers opens orders pairs picks places plans plants predicts proves quantifies
    quotes ranks reads reassesses recalculates recognises recomputes reconciles records redrafts repairs reports
    restores reviews says sees selects separates sets shows solves sorts spots starts states strikes supplies takes
    tells tests traces treats tries turns unlevers uses verifies walks wants warns watches weighs weights withdraws
    works writes""".split()
)

_NOUNS = frozenset(
    """answers calls checks controls counts limits makes measures models offers orders places plans quotes records
    reports reviews sets shows sorts spots starts states tests turns uses walks watches works writes""".split()
)
_AFTER_VERB = frozenset("a an the what which where when how whether that for out by each every no one with".split())


def nearest(competency: Competency, level: float) -> str | None:
    """The anchor nearest to a level, the lower of two; None where the pack has none."""
    if not competency.anchors:
        return None
    return competency.anchors[min(competency.anchors, key=lambda n: (abs(n - level), n))]


def target(level: float) -> int:
    """The next whole level above one, at most the top."""
    return min(TOP, int(level) + 1)


def around(level: float) -> str:
    """What answers around a level are like, on every pack."""
    return AROUND[max(1, min(TOP, int(level)))]


def step_to(competency: Competency, level: int, bank: Bank) -> str:
    """What an answer at a level does, as advice: clauses of the anchor that give nothing away, else general words."""
    told: list[str] = []
    before = False
    for clause in clauses(competency.anchors.get(level, "")) if level >= WITHOUT_FAULTS else ():
        points_back = _ANAPHORA.search(clause) is not None
        before = (before or not points_back) and not bank.gives_away(clause, competency.id)
        told += [clause] if before else []
    if not told:
        return STEP[level]
    advice = f"answer as somebody who {listed(told)}"
    return advice if sum(len(c.split()) for c in told) >= SHORT else f"{advice}; {STEP[level]}"


def clauses(anchor: str) -> list[str]:
    """The clauses of an anchor that begin with what somebody does, without examples and reservations.

    `Finds causes by interaction: a, b; says which is which.` gives `finds causes by interaction` and
    `says which is which`.
    """
    found: list[str] = []
    for part in re.split(r";\s+|\.\s+", _PARENTHESES.sub("", anchor).strip().rstrip(".")):
        head = _RESERVATION.sub("", part.partition(":")[0])
        own: list[str] = []
        pieces = re.split(r"(,\s+(?:and\s+)?|\s+and\s+(?:also\s+)?)", head)
        for before, piece in zip(["", *pieces[1::2]], pieces[::2], strict=True):
            if not own or _opens(piece):
                own.append(piece)
            else:  # the rest of an enumeration
                own[-1] += f"{before}{piece}"
        found += own
    return [f"{c[0].lower()}{c[1:]}" for c in found if _opens(c) or (c[:1].isupper() and _verb(c))]


def _verb(clause: str) -> bool:
    return clause.split(" ")[0].lower() in _VERBS and len(clause.split()) > 2


def _opens(clause: str) -> bool:
    """Whether a clause begins with a verb; a word that may be a noun counts only before what follows a verb."""
    first, _, rest = clause.partition(" ")
    return _verb(clause) and (first not in _NOUNS or rest.split(" ")[0] in _AFTER_VERB)
