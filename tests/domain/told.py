"""Interviews over the small rubric with chosen verdicts, for tests of what is said about them in words."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tests.domain.packs import RATER
from tests.domain.packs import rubric as small_rubric
from vetting.domain.explanation import Explanation
from vetting.domain.rubric import Rubric
from vetting.domain.scoring import Evidence, Scorecard
from vetting.domain.sentence import Piece, Sentence
from vetting.domain.transcript import PromptKind, Span, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment, Finding, Verdict

ASKED = ("alpha-a", "beta-a", "alpha-c", "beta-c")
TARGETS = ("easy", "middle", "hard", "wrong")
SAYS = {
    "easy": "A lost segment tells me that some buffer was full.",
    "middle": "Then half as much is kept in flight.",
    "hard": "With 800 ms of memory the waiting grows long before.",
    "wrong": "A datagram sender will slow down by itself, I believe.",
}
ANSWER = " ".join(SAYS.values())
SCALE = {"90", "1", "2", "3", "4", "5"}
"""Numbers of the scale itself: the certainty of an interval, and the levels."""


def pack(**changes: object) -> Rubric:
    """The small rubric with anchors and sources as a real pack has them, one of each harmless and one not."""
    document = small_rubric(**changes).model_dump(mode="json")
    for competency in document["competencies"]:
        competency["anchors"] = {
            1: "Speaks of speed in general.",
            2: "Names the remedy, but not where it ends.",
            3: "Gives thresholds and names the price of each choice; sees the window halved.",
            4: "Finds causes by interaction: delay before loss, halved windows; says which observation tells.",
            5: "States what remains unproven after every trial.",
        }
        for question in competency["questions"]:
            question["sources"] = ["one", "two"]
    document["sources"] = [
        {"id": "one", "title": "A Book on Waiting", "publisher": "Some Press", "year": 1999},
        {"id": "two", "title": "Notes", "publisher": "Some Journal", "year": 2004, "url": "https://example.org/notes"},
    ]
    return Rubric.model_validate(document)


PACK = pack()


def evidence(shown: Mapping[tuple[str, str], float], rubric: Rubric = PACK, answer: str = ANSWER) -> Evidence:
    """An interview of `ASKED`, each answered alike; `shown`: (question, target) -> p, all others not shown."""
    turns = tuple(
        Turn(number=n, kind=PromptKind.LEAD, question_id=q, prompt="?", status=TurnStatus.ANSWERED, answer=answer)
        for n, q in enumerate(ASKED, start=1)
    )
    by = {
        q: Assessment(
            question_id=q,
            turns=(n,),
            rater=RATER,
            rubric_sha=rubric.sha256,
            verdicts=tuple(_verdict(q, n, target, shown.get((q, target), 0.05), answer) for target in TARGETS),
        )
        for n, q in enumerate(ASKED, start=1)
    }
    return Evidence(rubric, Transcript(turns=turns), {"embedded:test": by})


def without(given: Evidence, question: str, target: str) -> Evidence:
    """The same interview in which one indicator was not found."""
    by = dict(given.assessments["embedded:test"])
    kept = tuple(
        v.model_copy(update={"p": 0.05, "finding": Finding.NOT_SHOWN, "span": None})
        if v.target == f"{question}-{target}"
        else v
        for v in by[question].verdicts
    )
    by[question] = by[question].model_copy(update={"verdicts": kept})
    return replace(given, assessments={"embedded:test": by})


def _verdict(question: str, turn: int, target: str, p: float, answer: str) -> Verdict:
    start = answer.find(SAYS[target])
    finding = Finding.MET if p >= 0.7 else Finding.PARTLY if p >= 0.35 else Finding.NOT_SHOWN
    if finding is Finding.NOT_SHOWN or start < 0:
        return Verdict(question_id=question, target=f"{question}-{target}", finding=Finding.NOT_SHOWN, p=min(p, 0.3))
    span = Span(turn, start, start + len(SAYS[target]))
    return Verdict(question_id=question, target=f"{question}-{target}", finding=finding, p=p, span=span)


def sentences(told: Explanation) -> list[Sentence]:
    """Every sentence of an explanation."""
    return [*told.headline, *(s for c in told.competencies for s in c.sentences)]


def pieces(told: Iterable[Sentence]) -> list[Piece]:
    """Every piece of some sentences."""
    return [p for s in told for p in s.pieces]


def numbers(text: str) -> set[str]:
    """The numbers in a text, trailing zeros of decimals left out."""
    return {f"{float(n):g}" for n in re.findall(r"\d+(?:\.\d+)?", text)}


def numbers_of(card: Scorecard) -> set[str]:
    """Every number that stands in a scorecard, also in its reason."""
    return numbers(json.dumps(card.model_dump(mode="json", exclude={"competencies": {"__all__": {"evidence"}}})))
