"""Draft requirements read from a brief by rules: a beginning for a person to edit, never used unseen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from pydantic import ValidationError

from vetting.domain.facts import Op
from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.places import countries, zone
from vetting.domain.project import Kind, Requirement
from vetting.domain.text import sentences, stems

DRAFT_LEVEL = 3.0
"""Minimum level proposed for a competency that a brief names."""

LONGEST_TOPIC = 300
MOST = 12
"""The most topics that are musts, and the most competencies, of one draft."""

LONG_SENTENCE = 25
"""Words from which a sentence that states facts is also matched as words: it says more than the facts."""

_NAMES = "|".join(name.title() for name in LANGUAGE_CODES)
_LANGUAGE = re.compile(rf"\b({_NAMES})\b")
_CEFR = re.compile(r"\b([ABC][12])\b")
_FLUENCY: Mapping[str, str] = {"native": "C2", "bilingual": "C2", "fluent": "C1", "excellent": "C1", "good": "B2"}
_SPOKEN = re.compile(
    r"\b(?:speak\w*|fluent\w*|native|bilingual|written|spoken|language|excellent|good|[ABC][12])\b", re.I
)
_HOURS = re.compile(
    r"\b(\d{1,3})(?:\s*(?:-|–|to)\s*\d{1,3})?\s*(?:h|hrs?|hours?)\s*(?:a|per|/|each|every)\s*(?:week|wk)\b", re.I
)
_MONEY = r"EUR|USD|GBP|CHF|[€$£]"
_RATE = re.compile(
    rf"(?:(?P<before>{_MONEY})\s*)?(?P<amount>\d{{1,5}}(?:[.,]\d{{1,2}})?)\s*(?P<after>{_MONEY})?"
    r"\s*(?:/|per|an|a)\s*(?:h|hr|hour)\b",
    re.I,
)
_SIGNS: Mapping[str, str] = {"€": "EUR", "$": "USD", "£": "GBP"}
_DEGREE = re.compile(r"\b(PhD|Ph\.D\.|MD|MBBS|MBChB|MSc|M\.Sc\.|MA|MBA|MPH|BSc|BEng|BTech|MEng|PharmD|doctorate)(?!\w)")
_LICENSED = re.compile(r"\b(?:licen[cs]ed|licen[cs]e|registered|registration|board[- ]certified)\b", re.I)
PROFESSIONS: Mapping[str, str] = {
    "physician": "medical", "doctor": "medical", "cardiologist": "medical", "surgeon": "medical", "medical": "medical",
    "pharmacist": "pharmacist", "nurse": "nursing", "nursing": "nursing", "lawyer": "lawyer", "attorney": "attorney",
    "engineer": "engineer", "dentist": "dental", "psychologist": "psychologist", "veterinarian": "veterinary",
}  # fmt: skip
"""Words for people who need a licence, and the word that their licence's name holds."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?"
_START = re.compile(r"\b(?:start\w*|begin\w*|from|available)\b", re.I)
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},? (?P<y>\d{{4}})\b", re.I),
    re.compile(rf"\b{_MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})\b", re.I),
    re.compile(rf"\b{_MONTH} (?P<y>\d{{4}})\b", re.I),
)
_PLACE = re.compile(
    r"\b(?:based|located|resident|residing|reside|living|live)\s+(?:in|within)\s+(?:the\s+)?(?P<where>[^,.;:()]+)", re.I
)
_ZONE = re.compile(r"\b(?:time ?zones?|working hours|overlap\w*|hours? of)\b", re.I)
_SHARED = re.compile(r"\b(\d)\s*(?:working\s+)?hours?\b", re.I)
_MUST = re.compile(r"\b(?:must|required?|requires?|need(?:s|ed)?|essential|mandatory|only|at least|minimum)\b", re.I)
_SOFT = re.compile(
    r"\b(?:would be (?:good|nice|great|welcome|useful|ideal|an? (?:plus|bonus))|(?:nice|good) to have|a plus|a bonus"
    r"|welcome|(?:is|are) (?:an? )?bonus|ideally|preferabl[ey]|preferred|desirable|not a must)\b",
    re.I,
)
_CLAUSE = re.compile(r"[;:](?=\s)|,(?=\s+\D)|\b(?:but|while)\b|\band\b(?!\s+\d)")
"""Between parts of a sentence; not within "May 3, 2027", "80,50" or "10 and 20"."""
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


_Fact = tuple[str, Op, object, bool]
"""Fact, operator, value, and whether it is a must however the sentence puts it."""


def draft(brief: str, competencies: Sequence[NamedCompetency] = ()) -> Draft:
    """Requirements a brief states in plain words, each once; never raises.

    Rules read languages, hours a week, the rate, degrees, licences, the start date, places, and competencies by their
    names and the words of their definitions. A sentence that obliges becomes a must in words, the rest one topic of
    at most LONGEST_TOPIC characters; a sentence that only states facts is in neither.
    """
    read = _Reading()
    for sentence in _clauses(brief):
        read.take(sentence)
    fitting, over = _fit(read.rest)
    topic = _topic(Kind.NICE, fitting)
    drawn = (*read.facts.values(), *_named(read.said, competencies), *read.musts, *([topic] if topic else []))
    return Draft(drawn, (*read.left, *over))


class _Reading:
    """What was read so far, sentence by sentence."""

    def __init__(self) -> None:
        self.facts: dict[tuple[object, ...], Requirement] = {}
        self.musts: list[Requirement] = []
        self.said: list[str] = []
        self.rest: list[str] = []
        self.left: list[str] = []

    def take(self, sentence: str) -> None:
        """Put a sentence where it belongs: facts, a must in words, the rest, or what nothing is drawn from."""
        if _NOT_NEEDED.search(sentence):
            self.left.append(sentence)
            return
        self.said.append(sentence)
        self.left += _strange_places(sentence)
        facts = _facts(sentence)
        for made in facts:
            self.facts.setdefault((made.fact, str(made.value)), made)
        if facts and len(sentence.split()) <= LONG_SENTENCE:
            return
        must = _topic(Kind.MUST, [sentence]) if not facts and _OBLIGES.search(sentence) else None
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


def _made(**parts: object) -> Requirement | None:
    """The requirement, or None where the words give a value that none can have."""
    try:
        return Requirement.model_validate(parts)
    except ValidationError:
        return None


def _topic(kind: Kind, said: Sequence[str]) -> Requirement | None:
    text = " ".join(said)
    return _made(kind=kind, topic=_cut(text)) if text.strip() else None


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


def _facts(sentence: str) -> list[Requirement]:
    """What a sentence states; where a part of it is only wished for, each part is read by itself."""
    parts = _CLAUSE.split(sentence) if _SOFT.search(sentence) else [sentence]
    return [requirement for part in parts for requirement in _facts_of(part)]


def _facts_of(sentence: str) -> list[Requirement]:
    kind = Kind.MUST if _MUST.search(sentence) and not _SOFT.search(sentence) else Kind.NICE
    stated = [*_languages(sentence), *_numbers(sentence), *_papers(sentence), *_places(sentence)]
    made = (
        _made(kind=Kind.MUST if always_must else kind, fact=fact, op=op, value=value)
        for fact, op, value, always_must in stated
    )
    return [requirement for requirement in made if requirement]


def _languages(sentence: str) -> Iterator[_Fact]:
    """A language counts only beside a word about speaking it; 'French hospitals' is no requirement."""
    if not _SPOKEN.search(sentence):
        return
    for match in _LANGUAGE.finditer(sentence):
        around = sentence[max(match.start() - 25, 0) : match.end() + 20]
        if not _SPOKEN.search(around):
            continue
        stated = _CEFR.search(sentence[match.end() : match.end() + 20])
        word = next((level for word, level in _FLUENCY.items() if word in around.lower()), "B2")
        yield "languages", Op.GE, {LANGUAGE_CODES[match[1].lower()]: stated[1] if stated else word}, False


def _numbers(sentence: str) -> Iterator[_Fact]:
    if match := _HOURS.search(sentence):
        hours = float(match[1])
        if 0 < hours <= 168:
            yield "hours_per_week", Op.GE, hours, True
    if match := _RATE.search(sentence):
        currency = match["before"] or match["after"]
        if currency:
            amount = float(match["amount"].replace(",", "."))
            code = _SIGNS.get(currency, currency.upper())
            yield "rate", Op.LE, {"amount": amount, "currency": code, "per": "hour"}, True


def _papers(sentence: str) -> Iterator[_Fact]:
    """Degrees, licences and the start date."""
    degrees = list(dict.fromkeys(m[1].replace(".", "").replace("doctorate", "PhD") for m in _DEGREE.finditer(sentence)))
    if degrees:
        yield "degrees", Op.OVERLAPS, degrees, False
    if _LICENSED.search(sentence):
        words = (word.removesuffix("s") for word in re.findall(r"[a-z]+", sentence.lower()))
        for name in dict.fromkeys(PROFESSIONS[word] for word in words if word in PROFESSIONS):
            yield "licences", Op.OVERLAPS, [name], False
    if start := starting_date(sentence):
        yield "available_from", Op.LE, start, False


def starting_date(sentence: str) -> str | None:
    """The first date soon after a word about beginning; a month without a day is its first."""
    for word in _START.finditer(sentence):
        near = sentence[word.end() : word.end() + 45].partition(". ")[0]
        for pattern in _DATES:
            if (match := pattern.search(near)) and (day := _day(match.groupdict())):
                return day
    return None


def _day(parts: Mapping[str, str]) -> str | None:
    month = parts["m"].lower()[:3]
    try:
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
        return date(int(parts["y"]), number, int(parts.get("d") or 1)).isoformat()
    except ValueError:
        return None


def _places(sentence: str) -> Iterator[_Fact]:
    for match in _PLACE.finditer(sentence):
        if codes := countries(match["where"]):
            yield "country", Op.IN, list(codes), False
    if _ZONE.search(sentence) and (name := zone(sentence)):
        shared = _SHARED.search(sentence)
        hours = {"hours": float(shared[1])} if shared and shared[1] in "12345678" else {}
        yield "timezone", Op.OVERLAPS, {"zone": name, **hours}, False


def _strange_places(sentence: str) -> list[str]:
    """Places to live in that no fact can say, as they stand in the sentence."""
    return [m[0].strip() for m in _PLACE.finditer(sentence) if not countries(m["where"]) and not zone(m["where"])]


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
    made = (_made(kind=Kind.NICE, competency=id_, min_level=DRAFT_LEVEL) for id_ in vocabulary if id_ in sure | likely)
    return [requirement for requirement in made if requirement][:MOST]


def _holds(said: Sequence[str], name: frozenset[str]) -> bool:
    """Whether one of the sentences has every word of a name."""
    return bool(name) and any(name <= set(stems(sentence)) for sentence in said)
