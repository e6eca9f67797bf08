"""How many experts a brief wants, and for whom none of them may work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from vetting.domain.text import sentences

MOST_SEATS = 500
"""A larger number in a brief is of something else."""

LONGEST_TIE = 20
"""Words of a sentence that is about a conflict alone."""

NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split(),
        start=1,
    )
} | {"a pair of": 2, "a couple of": 2, "half a dozen": 6, "a dozen": 12, "both": 2}
"""Number words as briefs use them."""

NUMBER = rf"(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))}|\d{{1,3}})"
_PEOPLE = (
    r"(?:physician|doctor|surgeon|pharmacist|nurse|midwi(?:fe|ve)|clinician|practitioner|lawyer|attorney|solicitor|barrister|paralegal|"
    r"notar(?:y|ie)|counsel|engineer|developer|programmer|architect|expert|people|person|reviewer|annotator|grader|"
    r"rater|judge|editor|writer|translator|interpreter|specialist|consultant|adviser|advisor|analyst|accountant|auditor|"
    r"scientist|researcher|teacher|tutor|professional|freelancer|candidate|seat|position|opening|place|role|hire|member|"
    r"speaker|tester|actuar(?:y|ie)|mathematician|statistician|technician|veterinarian|therapist|dentist|manager|"
    r"designer|trainer|profile|head|\w{3,}(?:ologist|ician|eer)|(?:chem|econom|lingu|physic|psychiatr|bot|geolog)ist)"
)
_BETWEEN = (
    r"(?:(?!(?:years?|months?|weeks?|days?|hours?|hrs?|minutes?|h|of|and|or|from|by|to|for|with|per|eur|usd|gbp)\b)"
    r"[\w'’/+-]+,?\s+){0,4}?"
)
_SEATS = re.compile(
    rf"(?<![\w.,:/€$£-])(?P<n>{NUMBER})(?:\s*(?:-|–|to|or)\s*(?P<m>{NUMBER}))?\s*(?:x\s+|×\s*)?\s+"
    rf"{_BETWEEN}(?P<who>{_PEOPLE})(?:e?s)?\b(?!['’-])",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"^\s*(?:(?:number of|no\.? of)\s+)?(?:seats?|head\s?count|experts?|people|positions?|openings?|hires?|team size|"
    rf"experts wanted|experts needed)\s*(?:wanted|needed)?\s*[:|=\t]\s*\|?\s*"
    rf"(?:up to\s+|at least\s+|max\.?\s+|about\s+)?(?P<n>{NUMBER})(?:\s*(?:-|–|to|or)\s*(?P<m>{NUMBER}))?\s*\|?\s*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:need(?:s|ed|ing)?|want(?:s|ed)?|look(?:ing)? for|seek(?:s|ing)?|hir(?:e|es|ing)|requires?|"
    r"search(?:ing)? for|recruit(?:ing)?|find|wanted|enough|suffic\w+|would do|get us|staff(?:ed)? with|please|"
    r"room for|budget for)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:by|(?<!up )to|with|under|from|of whom|of them|of which|our|your|their|"
    r"his|her|the|these|those|than|"
    r"report(?:s|ing)? to|version|layer|level|phase|tier|part|stage|grade|type|section|class)\s+"
    r"(?:(?:at least|up to|about|only)\s+)?$",
    re.IGNORECASE,
)
"""Before a number of people who are there already, or who are a part of those wanted."""

_BULLET = re.compile(
    r"^\s*(?:[-*•–·|]\s*)?(?:up to\s+|at least\s+|about\s+|wanted:?\s+|role:?\s*\|?\s*)?$", re.IGNORECASE
)

_NAME_WORD = r"(?:[A-Z0-9][\w&.'’-]*|&)"
_NAME = rf"(?:[Tt]he\s+)?{_NAME_WORD}(?:\s+(?:(?:of|de|von|van|for)\s+(?=[A-Z]))?{_NAME_WORD})*"
_JOINT = r"\s*(?:,\s*(?:and\s+|or\s+|nor\s+)?|/\s*|\s(?:and|or|nor)\s+)(?:(?:for|of|at|by|with)\s+)?"
_NAMES = rf"(?P<names>{_NAME}(?:{_JOINT}{_NAME})*)"
_WORKING = r"(?:works?|working|worked|is employed|are employed|employed|consult\w*|advis\w+|is affiliated|affiliated)"
_AT = r"(?:for|at|by|with|from|of)"
_TIES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b[Nn](?:obody|o[ -]?one|one)\s+(?:(?:who|that)\s+)?(?:\w+\s+){{0,2}}?{_WORKING}\s+{_AT}\s+{_NAMES}",
        rf"\b[Nn]o(?:body)?\s+(?:experts?|people|candidates?|person|one)?\s*"
        rf"(?:(?:who|that)\s+)?(?:\w+\s+){{0,2}}?{_WORKING}\s+{_AT}\s+{_NAMES}",
        r"\b[Nn](?:o|ot)\s+(?:(?:current|former|present|past|any|ex)[ -]?(?:or\s+)?)*(?:employees?|staff|consultants?|"
        rf"contractors?|partners?|shareholders?|people|person|one|body)\s+(?:members?\s+)?{_AT}\s+{_NAMES}",
        r"\b(?:[Mm]ust|[Mm]ay|[Ss]hould|[Cc]an|[Dd]o|[Dd]oes|[Ss]hall|[Aa]re|[Ii]s)\s?(?:not|n['’]t)\s+"
        rf"(?:(?:be|have|currently|also|to)\s+)*{_WORKING}\s+{_AT}\s+{_NAMES}",
        rf"\b(?:[Nn]ot|[Nn]ever)\s+(?:be\s+)?(?:employed|affiliated|working)\s+{_AT}\s*:?\s*{_NAMES}",
        r"\b(?:[Nn]o|[Nn]ot|without)\s+(?:have\s+)?(?:any\s+)?(?:conflicts?(?: of interest)?|ties|links?|connections?|"
        rf"affiliations?|relations?)\s+(?:with|to)\s+{_NAMES}",
        rf"\b(?:[Mm]ust|[Mm]ay|[Ss]hould)\s+not\s+have\s+(?:any\s+)?(?:ties|links?|connections?|conflicts?)\s+"
        rf"(?:with|to)\s+{_NAMES}",
        r"\b[Ee]xclud(?:e|es|ing)\s*:?\s+(?:(?:anyone|anybody|everyone|people|employees|staff|experts)\s+)?"
        rf"(?:\w+\s+)?{_AT}\s+{_NAMES}",
        r"^\W*(?:[Cc]onflicts?(?: of interest)?|[Ee]xcluded (?:employers|organi[sz]ations|companies))\s*[:|]"
        rf"\s*{_NAMES}",
        rf"\b[Ii]ndependent\s+(?:of|from)\s+{_NAMES}",
    )
)
_UNNAMED = re.compile(
    r"^\W*(?:please,?\s+)?(?:no(?:body)?\b.{0,40}\b(?:employees?|staff|works?|working)\b|"
    r"(?:must|may|should) not work\b)",
    re.I,
)
_SPLIT = re.compile(_JOINT)
_NO_NAME = re.compile(
    r"^(?:the )?(?:I|We|Please|EU|US|UK|January|February|March|April|May|June|July|August|September|October|November|"
    r"December|Thanks|Regards)$"
)


class Team(NamedTuple):
    """How many are wanted (None: not said), and the names of those that nobody may work for."""

    seats: int | None = None
    conflicts: tuple[str, ...] = ()


def read_team(brief: str) -> Team:
    """What a brief says of its team; of a range of numbers the larger one, as that many can be taken."""
    seats: int | None = None
    names: dict[str, str] = {}
    for sentence in sentences(brief):
        for name in ties_in(sentence.text):
            names.setdefault(name.casefold(), name)
        if seats is None:
            seats = seats_in(sentence.text)
    return Team(seats, tuple(names.values()))


def seats_in(sentence: str) -> int | None:
    """How many people a sentence asks for; several groups are added up."""
    if label := _LABEL.match(sentence):
        return _count(label)
    asks, total = _ASKS.search(sentence) is not None, 0
    for match in _SEATS.finditer(sentence):
        before = sentence[: match.start()]
        if _OTHERS.search(before) or not (asks or total or _BULLET.match(before)):
            continue
        total += _count(match) or 0
    return total if 0 < total <= MOST_SEATS else None


def is_label(sentence: str) -> bool:
    """Whether a line says nothing but the number of seats."""
    return _LABEL.match(sentence) is not None


def ties_in(sentence: str) -> tuple[str, ...]:
    """The organisations for which a sentence says that nobody may work, as it names them."""
    return tuple(
        dict.fromkeys(name for pattern in _TIES for match in pattern.finditer(sentence) for name in _names(match))
    )


def is_tie(sentence: str) -> bool:
    """Whether a sentence says, by name or not, for whom nobody may work, and little else."""
    return len(sentence.split()) <= LONGEST_TIE and bool(_UNNAMED.search(sentence) or ties_in(sentence))


def _names(match: re.Match[str]) -> Iterator[str]:
    for name in _SPLIT.split(match["names"]):
        plain = name.strip(" .,;:")
        if len(plain) > 1 and not _NO_NAME.match(plain):
            yield plain


def number(word: str) -> int:
    """The number of a word or of digits. Raises KeyError for anything else."""
    return int(word) if word.isascii() and word.isdigit() else NUMBERS[" ".join(word.lower().split())]


def _count(match: re.Match[str]) -> int | None:
    try:
        found = number(match["m"] or match["n"])
    except KeyError:
        return None
    return found if 0 < found <= MOST_SEATS else None
