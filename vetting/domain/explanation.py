"""The scorecard in words, for people who decide: put together from its parts, with nothing that is not in them.

A sentence rests on a number of the scorecard or on a quote that stands word for word in the answers; what a person
should look at is worded as a question. Anchors and statements are the pack's and stand between quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from vetting.domain.anchors import nearest
from vetting.domain.rubric import Competency, Rubric
from vetting.domain.scoring import CompetencyScore, EvidenceItem, Recommendation, Scorecard
from vetting.domain.sentence import Piece, Sentence, Value, count, of_pack, quoted, sentence
from vetting.domain.transcript import Transcript
from vetting.domain.verdict import Finding, Flag

MAX_QUOTES = 2

FLAG_QUESTIONS: Mapping[Flag, str] = {
    Flag.BLANK: "There are no words in this answer. Did the page fail, or was there nothing to say?",
    Flag.TOO_SHORT: "This answer is very short. Would they say more if somebody asked?",
    Flag.PARROTS_QUESTION: "Much of this answer repeats the question. Does the rest say something of its own?",
    Flag.KEYWORD_LIST: "This reads like a list of terms. Can they say how the terms hang together?",
    Flag.COPIED_REFERENCE: "This is very close to the written reference. Has the reference become known?",
    Flag.OTHER_LANGUAGE: "This is not in the language of the rubric. Can somebody who reads it rate it?",
    Flag.INSTRUCTS_RATER: "Some words seem to be addressed to a rater. Do they belong to the subject?",
    Flag.SWAYED: "Without some words the rating changed by more than a level; the lower one stands. Is it right?",
    Flag.DEGRADED: "A rater could not work as usual here. Please read this answer yourself.",
}
HEADLINES: Mapping[Recommendation, str] = {
    Recommendation.ADVANCE: "Advance",
    Recommendation.MORE_EVIDENCE: "More evidence",
    Recommendation.DO_NOT_ADVANCE: "Do not advance",
    Recommendation.NEEDS_PERSON: "Needs a person",
}
_FLAGGED = re.compile(r"^(\w+) \(question (.+)\)$")


class CompetencyWords(Value):
    """One competency in two to four sentences, and what a person should ask about it."""

    id: str
    name: str
    sentences: tuple[Sentence, ...]
    questions: tuple[str, ...] = ()


class Explanation(Value):
    """A whole scorecard in words."""

    headline: tuple[Sentence, ...]
    competencies: tuple[CompetencyWords, ...]
    questions: tuple[str, ...] = ()


def explain(rubric: Rubric, transcript: Transcript, card: Scorecard) -> Explanation:
    """The scorecard of an interview over this rubric, in words."""
    doubts = _doubts(rubric, transcript, card)
    return Explanation(
        headline=_headline(card),
        competencies=tuple(
            CompetencyWords(
                id=row.id,
                name=row.name,
                sentences=_sentences(rubric, transcript, row),
                questions=(*doubts.get(row.id, ()), *_splits(rubric, transcript, row)),
            )
            for row in card.competencies
        ),
        questions=("A rater of the panel has not answered yet. Can the decision wait for it?",) * card.provisional,
    )


def _headline(card: Scorecard) -> tuple[Sentence, ...]:
    said = [sentence(f"{HEADLINES[card.recommendation]}: {card.why}.")]
    composite = card.composite
    if composite.level is None or composite.interval is None:
        said.append(sentence("There is no composite, because not every competency is rated."))
    else:
        low, high = composite.interval
        said.append(sentence(f"The composite is {composite.level:.2f}, {_between(low, high)}."))
    rated = sorted((row for row in card.competencies if row.level is not None), key=lambda row: row.level or 0)
    if len(rated) > 1 and rated[0].level != rated[-1].level:
        best, least = rated[-1], rated[0]
        said.append(
            sentence(
                "Highest is ", of_pack(best.name), f" ({best.level:.2f}), lowest ", of_pack(least.name),
                f" ({least.level:.2f}).",
            )
        )  # fmt: skip
    return tuple(said)


def _sentences(rubric: Rubric, transcript: Transcript, row: CompetencyScore) -> tuple[Sentence, ...]:
    against = _first(transcript, _strongest(rubric, (e for e in row.evidence if e.against)), 1)
    if row.level is None or row.interval is None:
        return (_not_rated(row), *_wrong(rubric, row, against), _one_more(row))
    missed = {name.partition("/")[2] for name in row.missed}
    counts = (e for e in row.evidence if not e.against and (e.indicator not in missed or not row.shown))
    best = _first(transcript, _strongest(rubric, counts), MAX_QUOTES - len(against) if row.shown else 1)
    return (
        _level(rubric.competency(row.id), row, row.level, row.interval),
        _shown(row, best),
        _missing(rubric, row, against),
        _one_more(row),
    )


def _level(competency: Competency, row: CompetencyScore, level: float, interval: tuple[float, float]) -> Sentence:
    figures = f"Level {level:.2f}, {_between(*interval)}"
    anchor = nearest(competency, level)
    if anchor is None:
        return sentence(f"{figures}.")
    return sentence(f"{figures}; the anchor nearest to it: “", of_pack(anchor), "”.")


def _between(low: float, high: float) -> str:
    return f"with 90 % probability between {low:.2f} and {high:.2f}"


def _shown(row: CompetencyScore, best: Sequence[tuple[EvidenceItem, Piece]]) -> Sentence:
    """How many indicators were shown and the words that tell most; where none was, what came nearest."""
    number = count(row.shown, "indicator was", "indicators were") if row.shown else "No indicator was"
    parts: list[str | Piece] = [f"{number} shown"]
    for n, (item, quote) in enumerate(best):
        opening = ": " if row.shown else "; nearest to one came "
        parts += ["; " if n else opening, quote, f" (turn {item.turn}) for “", of_pack(item.statement), "”"]
        parts += [" in part"] if row.shown and item.finding is Finding.PARTLY else []
    return sentence(*parts, ".")


def _missing(rubric: Rubric, row: CompetencyScore, against: Sequence[tuple[EvidenceItem, Piece]]) -> Sentence:
    """What was not shown, by its most basic point, and what was read as wrong."""
    number = f"{row.not_shown} {'was' if row.not_shown == 1 else 'were'} not shown"
    parts: list[str | Piece] = [number if row.not_shown else "None of those rated was missing"]
    if statement := _most_basic(rubric, row.missed):
        parts += [", the most basic “" if len(row.missed) > 1 else ": “", of_pack(statement), "”"]
    for item, quote in against:
        parts += ["; ", *_read_as_wrong(rubric, row, item, quote)]
    return sentence(*parts, ".")


def _wrong(rubric: Rubric, row: CompetencyScore, against: Sequence[tuple[EvidenceItem, Piece]]) -> tuple[Sentence, ...]:
    """For a competency without a level: a wrong belief alone gives none."""
    return tuple(
        sentence("What stands against it gives no level by itself: ", *_read_as_wrong(rubric, row, item, quote), ".")
        for item, quote in against
    )


def _read_as_wrong(rubric: Rubric, row: CompetencyScore, item: EvidenceItem, quote: Piece) -> tuple[str | Piece, ...]:
    belief = any(item.indicator == m.id for q in rubric.competency(row.id).questions for m in q.misconceptions)
    how = "was read as the belief that" if belief else "was read as contradicting"
    return quote, f" (turn {item.turn}) {how} “", of_pack(item.statement), "”"


def _not_rated(row: CompetencyScore) -> Sentence:
    if not row.asked:
        return sentence("Not rated, which is not a low level: nothing was asked about it.")
    asked = count(row.asked, "question", "questions")
    return sentence(f"Not rated, which is not a low level: in {asked} no verified quote shows one of its indicators.")


def _one_more(row: CompetencyScore) -> Sentence:
    if row.next_question_se is None:
        return sentence("No further question of it is left to ask.")
    return sentence(
        f"One more question would bring the standard error from {row.se:.2f} to about {row.next_question_se:.2f}."
    )


def _strongest(rubric: Rubric, items: Iterable[EvidenceItem]) -> list[EvidenceItem]:
    """What tells most first: met before partly, the harder indicator first, then as it was said."""
    levels = {i.id: i.level for q in rubric.questions() for i in q.indicators}
    order = list(Finding)
    return sorted(items, key=lambda e: (order.index(e.finding), -levels.get(e.indicator, 0), e.turn, e.start))


def _first(transcript: Transcript, items: Iterable[EvidenceItem], most: int) -> tuple[tuple[EvidenceItem, Piece], ...]:
    """The first items whose words still stand in the answers, no passage twice."""
    found: dict[tuple[int, str], tuple[EvidenceItem, Piece]] = {}
    for item in items:
        if len(found) < most and (quote := quoted(item, transcript)) is not None:
            found.setdefault((item.turn, quote.text), (item, quote))
    return tuple(found.values())


def _most_basic(rubric: Rubric, missed: Sequence[str]) -> str | None:
    names = [name.partition("/") for name in missed]
    found = [i for q, _, target in names for i in rubric.question(q).indicators if i.id == target]
    return min(found, key=lambda i: i.level).statement if found else None


def _doubts(rubric: Rubric, transcript: Transcript, card: Scorecard) -> dict[str, list[str]]:
    """Flags and disputes by competency, each as a question with the turns it is about."""
    found: dict[str, list[str]] = {}
    for flag in card.flags:
        if match := _FLAGGED.match(flag):
            text = f"{_turns(transcript, match[2])}: {FLAG_QUESTIONS[Flag(match[1])]}"
            found.setdefault(rubric.competency_of(match[2]).id, []).append(text)
    for question_id in card.disputed:
        text = f"{_turns(transcript, question_id)}: The candidate skipped this question as wrong. Are they right?"
        found.setdefault(rubric.competency_of(question_id).id, []).append(text)
    return found


def _splits(rubric: Rubric, transcript: Transcript, row: CompetencyScore) -> list[str]:
    found = []
    for name in row.split:
        question_id, _, target = name.partition("/")
        statement = rubric.question(question_id).statements()[target].rstrip(".")
        where = _turns(transcript, question_id)
        found.append(f"{where}: The raters disagree on “{statement}”. Which of them is right?")
    return found


def _turns(transcript: Transcript, question_id: str) -> str:
    numbers = [str(t.number) for t in transcript.of_question(question_id)]
    return f"Turn{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}" if numbers else "Not asked"
