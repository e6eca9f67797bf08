"""A CV as a profile in the import format, with what was found in it and where.

Only the visible text of a document comes in. What cannot be placed stays as summary, so that nothing a person wrote
is lost; what is not said is left open.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vetting.domain.cv_dates import periods
from vetting.domain.cv_entries import Entry, read_entries, read_list
from vetting.domain.cv_facts import Found, lines_of, read_facts
from vetting.domain.cv_sections import Line, Part, Section, joined, read_sections
from vetting.domain.cv_ties import CONFLICTS, read_ties
from vetting.domain.cv_titles import read_degrees, read_licences
from vetting.domain.cv_words import ROLE, TITLES, countries_in
from vetting.domain.document import Document
from vetting.domain.facts import Fact
from vetting.domain.profile import Profile

SKILL = "skill"
"""Under this name concepts of the taxonomy stand among what was found."""

LISTS = (Fact.LANGUAGES, Fact.DEGREES, Fact.LICENCES)
MOST_ITEMS = 300
MOST_SKILLS = 80
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TITLES = re.compile(rf"^(?:résumé|resume|cv|name|{TITLES})\b[\s:–—-]*(?:of\s+|von\s+|de\s+)?", re.IGNORECASE)
_CONTACT = re.compile(r"@|https?:|www\.|linkedin|github|\+?\d[\d ()/-]{6,}", re.IGNORECASE)
_LABEL = re.compile(r"^[\w &/]{2,40}:\s+")
_DATED: Mapping[Section, str] = {
    Section.EXPERIENCE: "role",
    Section.PROJECTS: "project",
    Section.EDUCATION: "education",
    Section.AWARDS: "skill",
}


class Cv(NamedTuple):
    """What was made of a document: the profile, and every fact with its place in the document's text."""

    profile: Profile
    found: tuple[Found, ...]


def read_cv(document: Document, content: bytes, taxonomy: Mapping[str, str] | None = None) -> Cv:
    """The CV; its id is its e-mail, else the SHA-256 of its bytes.

    `taxonomy` maps names of skills in lower case to their preferred label. Raises ValidationError where no name and
    no text can be found.
    """
    parts = read_sections(document.text)
    name, after = _name(parts)
    found = (*read_facts(parts), *read_degrees(parts), *read_licences(parts), *read_ties(parts, name))
    email = _email(parts)
    items = list(_items(parts))[:MOST_ITEMS]
    profile = Profile.model_validate(
        {
            "id": email or hashlib.sha256(content).hexdigest(),
            "name": name,
            "email": email,
            "headline": _headline(after),
            "summary": _summary(parts, document.text if not items else ""),
            "items": items,
            **gathered(found),
        }
    )
    return Cv(profile, (*found, *_skills_named(document.text, taxonomy or {})))


def gathered(found: Sequence[Found]) -> dict[str, Any]:
    """Facts and conflicts in the import format; of a single fact the first counts, lists are joined."""
    facts: dict[str, Any] = {}
    for one in found:
        if one.fact == Fact.LANGUAGES:
            facts[one.fact] = {**one.value, **facts.get(one.fact, {})}
        elif one.fact in LISTS:
            held = facts.setdefault(one.fact, [])
            held += [value for value in one.value if value not in held]
        elif one.fact in list(Fact):
            facts.setdefault(one.fact, one.value)
    if partial := sorted(fact.value for fact in LISTS if fact in facts):
        facts["partial"] = partial
    return {"facts": facts, "conflicts": [one.value for one in found if one.fact == CONFLICTS]}


def _name(parts: tuple[Part, ...]) -> tuple[str, list[Line]]:
    """The name, and the lines of the head that follow it: the first line that can be one, else the first line."""
    lines = lines_of(parts, Section.HEAD)
    for n, line in enumerate(lines[:8]):
        said = _TITLES.sub("", re.split(r"\s{3,}|\t|[|•]", line.text)[0]).strip(" ,–—-")
        said = said.split(",")[0].strip()
        words = said.split()
        like_names = all(re.fullmatch(r"[^\W\d_](?:[^\d_@]*)", word) for word in words)
        capital = all(word[0].isupper() or word.lower() in _SMALL for word in words)
        if 2 <= len(words) <= 5 and like_names and capital and not countries_in(said) and not ROLE.search(said):
            return (said.title() if said.isupper() else said), lines[n + 1 : n + 8]
    anything = [line for part in parts for line in part.written]
    return (anything[0].text[:300] if anything else ""), lines[1:8]


_SMALL = frozenset("de da di du van von der den del la le el al bin ibn y e dos das ten ter zu".split())


def _headline(lines: Sequence[Line]) -> str:
    """What a person calls themselves under their name: a short line without address, number or end of a sentence."""
    for line in lines[:3]:
        words = line.text.split()
        plain = not _CONTACT.search(line.text) and not re.search(r"\d", line.text) and not _LABEL.match(line.text)
        if _TITLES.match(line.text):
            continue
        if plain and 1 <= len(words) <= 12 and not line.text.endswith(".") and not countries_in(line.text):
            return re.sub(r"\s{2,}", ", ", line.text)
        if line.text.endswith("."):
            break
    return ""


def _email(parts: tuple[Part, ...]) -> str | None:
    """The address in the head; else the only one of the document, for others may be those of referees."""
    for line in lines_of(parts, Section.HEAD):
        if match := _EMAIL.search(line.text):
            return match[0].rstrip(".").lower()
    rest = [line for part in parts if part.section is not Section.REFERENCES for line in part.written]
    named = {match[0].rstrip(".").lower() for line in rest for match in _EMAIL.finditer(line.text)}
    return named.pop() if len(named) == 1 else None


def _summary(parts: tuple[Part, ...], otherwise: str) -> str:
    said = " ".join(re.sub(r"\s+", " ", line.text) for line in lines_of(parts, Section.SUMMARY))
    return (said or re.sub(r"[ \t]+", " ", otherwise))[:20_000]


def _items(parts: tuple[Part, ...]) -> Iterator[dict[str, Any]]:
    for part in parts:
        if part.section in _DATED:
            yield from (_item(_DATED[part.section], entry) for entry in read_entries(part))
        elif part.section is Section.PUBLICATIONS:
            yield from (_item("paper", entry) for entry in read_list(part))
        elif part.section is Section.LICENCES:
            yield from (_licence_item(line) for line in joined(part.written))
    yield from _skill_items(parts)


def _licence_item(line: Line) -> dict[str, Any]:
    """A licence or certificate as it is written, with the day that is named first."""
    named = periods(line.text)
    when = named[0].words if named else None
    return {"kind": "skill", "title": line.text[:300], "text": line.text[300:], "date": when}


def _item(kind: str, entry: Entry) -> dict[str, Any]:
    """The entry as an item; one without a title is called by its first words."""
    title, text = entry.title, entry.text
    if not title:
        whole = " ".join(text.split())
        title, text = whole[:300], whole[300:]
    when = entry.period.words if entry.period else None
    return {"kind": kind, "title": title[:300].strip() or kind, "text": text[:20_000], "date": when}


def _skill_items(parts: tuple[Part, ...]) -> Iterator[dict[str, Any]]:
    """One item for each skill that is listed; a line that is a sentence stays one."""
    seen: set[str] = set()
    for line in joined(lines_of(parts, Section.SKILLS)):
        text = _LABEL.sub("", line.text)
        pieces = [text] if text.endswith(".") or len(text) > 400 else _listed(text)
        for piece in pieces:
            name = re.sub(r"\s+", " ", piece).strip(" .–—-")
            if name and name.casefold() not in seen and len(seen) < MOST_SKILLS:
                seen.add(name.casefold())
                yield {"kind": "skill", "title": name[:300], "text": name[300:]}


def _listed(text: str) -> list[str]:
    """The parts of a list; commas within brackets part nothing."""
    return re.split(r"[;•|]|,(?![^()]*\))|\s{3,}", text)


def _skills_named(text: str, taxonomy: Mapping[str, str]) -> Iterator[Found]:
    """Concepts of the taxonomy that the text names word for word, each once."""
    lower, seen = text.lower(), set()
    for name, label in taxonomy.items():
        if len(name) < 2 or label in seen:
            continue
        match = re.search(rf"(?<![\w+#]){re.escape(name)}(?![\w+#])", lower)
        if match and (len(name) > 4 or text[match.start() : match.end()].isupper() or text[match.start()].isupper()):
            seen.add(label)
            yield Found(fact=SKILL, value=label, at=match.start(), to=match.end())
