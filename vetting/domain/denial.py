"""What a person says that they are not or have not done: it names a thing and is no evidence for it.

Cautious: only words by which people speak of themselves count. "A model that does not leak", "students without
experience" and "never missed a deadline" deny nothing about who wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from vetting.domain.text import Span, sentences, stems

NOTHING = "no"
"""What is compared of a text that only denies: a word without content."""

_HINTS = frozenset(
    "no not none nil never without lack lacks lacked lacking zero little hardly cannot unfamiliar unqualified "
    "unlicensed unlicenced inexperienced kein keine keinen keinem keiner keines keinerlei nicht nie ohne aucun aucune "
    "aucuns aucunes jamais pas sans sin nunca ningun ningún ninguna ninguno ningunas ningunos".split()
)
"""Without one of these words, or a "n't", nothing is denied; most texts have none."""
_DASHES = re.compile(r"[–—…«»„“”‘·•]")
_EDGES = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~', " "))

_TURN = re.compile(
    r",?\s+(?:but|however|although|though|whereas|yet|aber|jedoch|mais|pero)\s+|,\s+(?=(?:i|we|ich|je)\b)",
    re.IGNORECASE,
)
_SELF = r"(?:(?:i|we|he|she|they|ich|je|yo)\s+)?"
_NEAR = r"(?:[\w'-]+\s+){0,3}?"
_DONE = (
    r"(?:worked|used|done|practi[sc]ed|held|studied|learn(?:ed|t)|written|wrote|built|managed|led|touched|tried|trained|"
    r"completed|obtained|passed|programmed|coded|dealt|handled|treated|operated|performed|taught|published|reviewed|"
    r"spoken|applied|finished|been\s+(?:an?|involved|responsible|trained|exposed|employed|licen[cs]ed|admitted|certified))"
)
_HELD = (
    r"(?:experience|knowledge|background|training|expertise|exposure|qualifications?|licen[cs]es?|degrees?|"
    r"certifications?|certificates?|skills?|familiarity|practice|command|understanding)"
)
_AFTER = r"(?=\s*(?:$|[.,;:!?()–—-]|(?:in|of|with|as|or|and|on|at|to|from|for|yet|whatsoever|\w+ing)\b))"
_SIDE = r"(?:yet\s+|currently\s+|formally\s+|really\s+)?"
_DENIES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:(?:have|has|had|i've)(?:\s+not|n't)|never|not ever)\s+(?:yet\s+|ever\s+|personally\s+)?{_DONE}\b",
        rf"^{_NEAR}(?:do|does|did)(?:\s+not|n't)\s+(?:speak|know|have|hold|work|use|practi[sc]e|write|understand|possess|"
        r"code|program|treat)\b",
        rf"^{_SELF}(?:(?:am|is|are|was|were)\s+|i'm\s+|(?:is|are|was|were)(?=n't))?(?:not|n't)\s+{_SIDE}"
        r"(?:an?\s+\w|(?:licen[cs]ed|qualified|certified|admitted|registered|trained|experienced|familiar|fluent|"
        r"proficient|able|allowed|entitled|practi[sc]ing|speciali[sz]ed)\b)",
        rf"\b(?:no|without(?:\s+an?y?)?|lacks?|lacking|zero|little\s+(?:to|or)\s+no|hardly\s+any|not\s+any)\s+"
        rf"(?:[\w'-]+\s+){{0,4}}?{_HELD}\b{_AFTER}",
        rf"^{_NEAR}(?:unfamiliar with|inexperienced (?:in|with)|unqualified|unlicen[cs]ed)\b",
        rf"^{_NEAR}(?:cannot|can't|can not)\s+(?:speak|write|read|program|code|practi[sc]e|treat|prescribe)\b",
        r"^no\s+(?!one\b|longer\b|doubt\b|matter\b|wonder\b|(?:\w+\s+)?(?:incident|outage|downtime|defect|complaint|"
        r"failure|accident|fault|loss|finding|error)s?\b)[\w+#-]+(?:\s+[\w+#-]+){0,3}\W*$",
        r"[:–—-]\s*(?:none|no|nil|not at all|keine?|aucune?|ninguna?)\W*$",
        r"\b(?:keine?\w*|ohne)\s+(?:\w+\s+){0,2}?\w*(?:erfahrung|kenntnisse|ausbildung|zulassung|approbation|praxis)\b",
        r"\bich\s+(?:habe|bin)\s+(?:noch\s+)?(?:nie|kein\w*|nicht)\b|^noch\s+nie\b|^kein\w*\s+\w+\W*$",
        r"\b(?:aucune?|sans|pas d['’])\s*(?:expérience|connaissances?|formation)\b",
        r"\bje\s+n['’](?:ai|e suis)\s+(?:jamais|pas|aucune?)\b|\bje\s+ne\s+suis\s+pas\b",
        r"\b(?:sin|ninguna)\s+(?:experiencia|formación|conocimientos?)\b|\b(?:no\s+(?:tengo|soy)|nunca\s+he)\b",
    )
)
_OF_OTHERS = re.compile(
    r"\b(?:who|whose|that|which|where|teach\w*|taught|train\w*|coach\w*|help\w*|students?|people|users?|clients?|"
    r"patients?|beginners|newcomers|staff|customers|readers|candidates|colleagues|participants|juniors|learners|those|"
    r"anyone|nobody)\b",
    re.IGNORECASE,
)
"""Before the negation they make it one about somebody or something else."""

_NEEDED = re.compile(r"\b(?:needed|required|necessary|expected)\b", re.IGNORECASE)
_GENERAL = frozenset(
    stems(
        "experience experienced knowledge skills background expertise training senior strong good proven must need "
        "needs required year years work working worked practice practising"
    )
)
"""Stems that many topics hold and that say nothing of what they are about."""


class Denial(NamedTuple):
    """A clause that denies, as it stands, and the stems of its words."""

    text: str
    stems: frozenset[str]

    def covers(self, topic: str) -> bool:
        """Whether it denies the very thing that a topic names."""
        asked = topic_stems(topic)
        return bool(asked) and asked <= self.stems


@dataclass(frozen=True)
class Denied:
    """What the people of a pool deny: (key of the expert, id of the item, the denial), by expert."""

    said: tuple[tuple[int, int, Denial], ...] = ()

    @classmethod
    def of(cls, items: Iterable[tuple[int, int, str, str]]) -> Denied:
        """Of items as (expert, id, title, text)."""
        found = ((who, item, one) for who, item, title, text in items for one in (*denials(title), *denials(text)))
        return cls(tuple(found))

    def replaced(self, gone: Sequence[int], new: Denied) -> Denied:
        """With what is new in place of what these experts said before."""
        out = frozenset(gone)
        return Denied((*(one for one in self.said if one[0] not in out), *new.said))

    def by_expert(self, topic: str) -> dict[int, int]:
        """Who denies the very thing a topic names, and in which item first."""
        found: dict[int, int] = {}
        for who, item, denial in self.said:
            if denial.covers(topic):
                found.setdefault(who, item)
        return found


@lru_cache(maxsize=1024)  # asked for every denial of a pool
def topic_stems(topic: str) -> frozenset[str]:
    """What a topic is about."""
    return frozenset(stems(topic)) - _GENERAL


@lru_cache(maxsize=4096)
def denials(text: str) -> tuple[Denial, ...]:
    """The clauses of a text in which somebody says what they are not or have not done."""
    if not _hints(text):
        return ()
    found = (text[start:end] for start, end in _clauses(text) if _denies(text[start:end]))
    return tuple(Denial(said, frozenset(stems(said))) for said in found)


@lru_cache(maxsize=4096)
def affirmations(text: str) -> tuple[str, ...]:
    """The sentences of a text, of those that deny something only the other clauses; each verbatim."""
    if not _hints(text):
        return tuple(sentence.text for sentence in sentences(text))
    found: list[str] = []
    for sentence in sentences(text):
        clauses = [sentence.text[a:b] for a, b in _parts(sentence.text)]
        kept = [clause for clause in clauses if not _denies(clause)]
        found += [sentence.text] if len(kept) == len(clauses) else kept
    return tuple(found)


def affirmed(title: str, text: str) -> tuple[str, str]:
    """Title and text of an item without what they deny; a text that only denies takes the title it is about along."""
    if not _hints(f"{title} {text}"):
        return title, text
    said_no = denials(text)
    left = text if not said_no else " ".join(affirmations(text))
    about = said_no and not left and any(frozenset(stems(title)) & one.stems for one in said_no)
    heading = "" if about else title if not denials(title) else " ".join(affirmations(title))
    return heading, left


def _hints(text: str) -> bool:
    """Whether a text could deny something; by a set of words, as a pattern takes five times as long."""
    plain = text.lower().replace("’", "'")
    if not plain.isascii():
        plain = _DASHES.sub(" ", plain)
    return "n't" in plain or not _HINTS.isdisjoint(plain.translate(_EDGES).replace("'", " ").split())


def _clauses(text: str) -> Iterator[Span]:
    for sentence in sentences(text):
        for start, end in _parts(sentence.text):
            yield Span(sentence.start + start, sentence.start + end)


def _parts(sentence: str) -> Iterator[Span]:
    """A sentence cut where it turns from one side to the other, without what joins the parts."""
    turns = [(0, 0), *((m.start(), m.end()) for m in _TURN.finditer(sentence)), (len(sentence), len(sentence))]
    for (_, start), (end, _) in pairwise(turns):
        if sentence[start:end].strip():
            yield Span(start, end)


def _denies(clause: str) -> bool:
    plain = clause.replace("’", "'").strip()
    plain = re.sub(r"^(?:but|although|though|however|while|and)\s+", "", plain, flags=re.IGNORECASE)
    if _NEEDED.search(plain):
        return False
    for pattern in _DENIES:
        match = pattern.search(plain)
        if match and not _OF_OTHERS.search(plain[: match.start()]):
            return True
    return False
