"""Draft requirements read from a brief by rules: a beginning for a person to edit, never used unseen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from vetting.domain.brief_facts import SOFT, facts_in, made_of, strange_places
from vetting.domain.brief_team import is_label, is_tie, seats_in, ties_in
from vetting.domain.project import Kind, Requirement
from vetting.domain.text import sentences, stems

DRAFT_LEVEL = 3.0
"""Minimum level proposed for a competency that a brief names."""

LONGEST_TOPIC = 300
MOST = 12
"""The most topics that are musts, and the most competencies, of one draft."""

LONG_SENTENCE = 25
"""Words from which a sentence that states facts is also matched as words: it says more than the facts."""

_HEADING = re.compile(
    r"^\W*(?:(?P<must>must[- ]haves?|musts?|requirements?|required|essential|mandatory|you must have|what we need)"
    r"|(?P<nice>nice[- ]to[- ]haves?|nice|good to have|optional|bonus|a plus|pluses|preferred|desirable)"
    r"|(?:(?:the )?(?:role|tasks?|about|conditions|terms|details|logistics|context|project)))\s*:\W*$",
    re.IGNORECASE,
)
_OBLIGES = re.compile(r"\b(?:must|is required|are required|essential|mandatory)\b", re.I)
_WANTED = r"(?:needed|required|necessary|expected|a must|mandatory|essential|a requirement)"
_NOT_NEEDED = re.compile(
    rf"\b(?:not|never)\s+(?:be\s+)?{_WANTED}\b|\bno\b[^.,;]{{0,60}}\b{_WANTED}\b|\bno need\b|\bunnecessary\b"
    r"|\b(?:need not|needn['’]t|(?:do|does)(?: not|n['’]t) (?:need|require|have to))\b"
    rf"|\b(?:is|are)n['’]t\s+{_WANTED}\b",
    re.I,
)
_TURN = re.compile(r"(?:,\s*|\s+)(?:but|however|although|though|while)\s+", re.I)
_SHORT_NAME = re.compile(r"\b[A-Z][A-Z0-9]{1,7}\b")


class NamedCompetency(NamedTuple):
    """A competency of an installed rubric: `rubric_id/competency_id`, the name people know, and what it is about.

    `definition` is compared in pairs of words; of `texts` (questions, anchors) only short names like BGP are used.
    """

    id: str
    name: str
    definition: str = ""
    texts: str = ""


class Draft(NamedTuple):
    """What a brief was read as; `left_out` are its sentences that nothing was drawn from, in their own words."""

    requirements: tuple[Requirement, ...]
    left_out: tuple[str, ...]


def draft(brief: str, competencies: Sequence[NamedCompetency] = (), today: date | None = None) -> Draft:
    """Requirements a brief states in plain words, each once; never raises.

    Rules read languages, hours a week, the rate, degrees, licences, the start date, places, and competencies by their
    names and the words of their definitions. A sentence that obliges becomes a must in words, the rest one topic of
    at most LONGEST_TOPIC characters; a sentence that only states facts is in neither. What is under a heading
    ("Must have:", "Nice to have:") is what it says. With `today`, "from January" is the next one.
    """
    read = _Reading(today)
    for sentence in _clauses(brief):
        read.take(sentence)
    fitting, over = _fit(read.rest)
    topic = _topic(Kind.NICE, fitting)
    drawn = (*read.facts.values(), *_named(read.said, competencies), *read.musts, *([topic] if topic else []))
    return Draft(drawn, (*read.left, *over))


class _Reading:
    """What was read so far, sentence by sentence."""

    def __init__(self, today: date | None = None) -> None:
        self.today = today
        self.stands: Kind | None = None
        self.facts: dict[tuple[object, ...], Requirement] = {}
        self.musts: list[Requirement] = []
        self.said: list[str] = []
        self.rest: list[str] = []
        self.left: list[str] = []

    def take(self, sentence: str) -> None:
        """Put a sentence where it belongs: facts, a must in words, the rest, or what nothing is drawn from."""
        if heading := _HEADING.match(sentence):
            self.stands = Kind.NICE if heading["nice"] else Kind.MUST if heading["must"] else None
            return
        if is_tie(sentence):  # read by `brief_team`
            self.left += [] if ties_in(sentence) else [sentence]
            return
        if is_label(sentence):
            return
        if _NOT_NEEDED.search(sentence):
            self.left.append(sentence)
            return
        self.said.append(sentence)
        self.left += strange_places(sentence)
        facts = facts_in(sentence, self.today, self.stands)
        for made in facts:
            self.facts.setdefault((made.fact, str(made.value)), made)
        if facts and len(sentence.split()) <= LONG_SENTENCE and seats_in(sentence) is None:
            return
        obliges = _OBLIGES.search(sentence) or (self.stands is Kind.MUST and not SOFT.search(sentence))
        must = _topic(Kind.MUST, [sentence]) if not facts and obliges else None
        if must is None or len(self.musts) >= MOST:
            self.rest.append(sentence)
        elif must not in self.musts:
            self.musts.append(must)


def _clauses(brief: str) -> Iterator[str]:
    """The sentences; one that says what is not needed is cut at its 'but', so that only that part is left out."""
    for sentence in sentences(brief):
        text = sentence.text.strip()
        parts = _TURN.split(text) if _NOT_NEEDED.search(text) else [text]
        yield from (part.strip() for part in parts if part.strip())


def _topic(kind: Kind, said: Sequence[str]) -> Requirement | None:
    text = " ".join(said)
    return made_of(kind=kind, topic=_cut(text)) if text.strip() else None


def _cut(text: str) -> str:
    """At most LONGEST_TOPIC characters, ending at a word."""
    if len(text) <= LONGEST_TOPIC:
        return text
    return text[:LONGEST_TOPIC].rpartition(" ")[0].strip() or text[:LONGEST_TOPIC]


def _fit(said: Sequence[str]) -> tuple[list[str], list[str]]:
    """The sentences that fit a topic, in order, and those that do not; a first one that is too long is cut."""
    fitting: list[str] = []
    over: list[str] = []
    for sentence in said:
        room = not fitting or len(" ".join([*fitting, sentence])) <= LONGEST_TOPIC
        (fitting if room else over).append(sentence)
    return fitting, over


class _Words(NamedTuple):
    """What gives a competency away: its whole name and pairs of stems that only it has.

    Once the brief is known to be of its `field`, also a word that is a part of its name (routing) and short names that
    stand mostly in its questions (BGP).
    """

    name: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    field: str
    single: frozenset[str]
    short: frozenset[str]


def _vocabulary(competencies: Sequence[NamedCompetency]) -> dict[str, _Words]:
    """What is particular to each competency among the given ones."""
    pairs = {c.id: _pairs(c.name) | _pairs(c.definition) for c in competencies}
    short = {c.id: Counter(_SHORT_NAME.findall(f"{c.name} {c.definition} {c.texts}")) for c in competencies}
    stems_in = Counter(stem for c in competencies for stem in set(stems(c.name)))
    pairs_in = Counter(pair for found in pairs.values() for pair in found)
    out = {}
    for c in competencies:
        parts = [stems(part) for part in re.split(r",|\band\b", c.name)]
        out[c.id] = _Words(
            name=frozenset(stems(c.name)),
            pairs=frozenset(pair for pair in pairs[c.id] if pairs_in[pair] == 1),
            field=c.id.partition("/")[0],
            single=frozenset(p[0] for p in parts if len(p) == 1 and stems_in[p[0]] == 1),
            short=frozenset(n for n, times in short[c.id].items() if _mostly_here(n, times, c.id, short)),
        )
    return out


def _mostly_here(name: str, times: int, here: str, short: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether a short name belongs to this competency: said there more than once, and more than elsewhere."""
    elsewhere = max((counts.get(name, 0) for id_, counts in short.items() if id_ != here), default=0)
    return times > 1 and times > elsewhere


def _pairs(text: str) -> set[tuple[str, str]]:
    """Stems of words that stand side by side, within a clause."""
    found: set[tuple[str, str]] = set()
    for part in re.split(r"[,;:.]|\band\b|\bor\b", text):
        said = stems(part)
        found.update(pairwise(said))
    return found


def _named(said: Sequence[str], competencies: Sequence[NamedCompetency]) -> list[Requirement]:
    """Competencies that these sentences speak of, as nice to have; at most MOST."""
    vocabulary = _vocabulary(competencies)
    short = {name for sentence in said for name in _SHORT_NAME.findall(sentence)}
    pairs = {pair for sentence in said for pair in _pairs(sentence)}
    words = {stem for sentence in said for stem in stems(sentence)}
    sure = {id_ for id_, own in vocabulary.items() if own.pairs & pairs or _holds(said, own.name)}
    fields = {vocabulary[id_].field for id_ in sure}
    fields |= {own.field for own in vocabulary.values() if set(stems(own.field.rpartition(".")[2])) & words}
    likely = {
        id_ for id_, own in vocabulary.items() if own.field in fields and (own.single & words or own.short & short)
    }
    made = (
        made_of(kind=Kind.NICE, competency=id_, min_level=DRAFT_LEVEL) for id_ in vocabulary if id_ in sure | likely
    )
    return [requirement for requirement in made if requirement][:MOST]


def _holds(said: Sequence[str], name: frozenset[str]) -> bool:
    """Whether one of the sentences has every word of a name."""
    return bool(name) and any(name <= set(stems(sentence)) for sentence in said)
