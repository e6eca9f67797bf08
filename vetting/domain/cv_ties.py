"""Ties that could be conflicts of interest: current employers, clients that are named, people one wrote with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vetting.domain.cv_entries import Entry, read_entries, read_list
from vetting.domain.cv_facts import Found
from vetting.domain.cv_sections import Line, Part, Section, of
from vetting.domain.cv_words import ROLE

CONFLICTS = "conflicts"
"""Under this name ties stand among what was found; they are no fact of the profile but its conflicts."""

MOST_CO_AUTHORS = 60
_LISTED_TIES = {Section.CONFLICTS: "declared", Section.CLIENTS: "client"}
_CLIENTS = re.compile(r"^(?:(?:key|selected|main)\s+)?clients?(?:\s+include)?\s*:\s*", re.IGNORECASE)
_NOBODY = re.compile(r"\b(?:self[- ]employed|freelance|independent|various|confidential|none|n/a)\b", re.IGNORECASE)
_SHORT_NAME = r"[A-Z][\w'’-]+,?\s(?:[A-Z]\.?-?){1,3}(?!\w)"
_LONG_NAME = r"(?:[A-Z]\.[\s-]?){1,3}\s?[A-Z][\w'’-]+|[A-Z][\w'’-]+\s(?:[A-Z]\.\s)?[A-Z][\w'’-]+"
_NAME = re.compile(rf"(?:{_SHORT_NAME}|{_LONG_NAME})\.?")


def read_ties(parts: Sequence[Part], name: str) -> tuple[Found, ...]:
    """Employers of roles that go on, clients, and co-authors of papers whose authors include the person."""
    known = tuple(parts)
    found: dict[tuple[str, str], Found] = {}
    for tie in (*_employers(known), *_clients(known), *_co_authors(known, name)):
        found.setdefault((tie.value["kind"], tie.value["name"].casefold()), tie)
    return tuple(found.values())


def _tie(kind: str, name: str, at: int, to: int) -> Found:
    return Found(fact=CONFLICTS, value={"name": name[:300], "kind": kind}, at=at, to=to)


def _employers(parts: tuple[Part, ...]) -> Iterator[Found]:
    for part in of(parts, Section.EXPERIENCE):
        for entry in read_entries(part):
            name = employer(entry) if entry.current else None
            if name:
                yield _tie("employer", name, entry.at, max(line.to for line in entry.head))


def employer(entry: Entry) -> str | None:
    """The organisation of a role: what stands behind 'at', else the first part of its title that names no role."""
    title = entry.title
    at = re.search(r"\s(?:at|@|bei|chez)\s+([^,|(–—]+)", title)
    if at:
        return _organisation(at[1])
    pieces = [piece.strip() for piece in re.split(r",|\||\s[–—-]\s|\(|\)", title) if piece.strip()]
    if len(pieces) < 2:
        return None
    return next((name for piece in pieces[:3] if not ROLE.search(piece) and (name := _organisation(piece))), None)


def _organisation(text: str) -> str | None:
    name = text.strip(" .")
    return name if len(name) > 1 and not _NOBODY.search(name) and any(map(str.isalpha, name)) else None


def _clients(parts: tuple[Part, ...]) -> Iterator[Found]:
    for part in parts:
        for line in part.written:
            match = _CLIENTS.match(line.text)
            if match:
                yield from _listed("client", line, match.end())
            elif part.section in _LISTED_TIES:
                yield from _listed(_LISTED_TIES[part.section], line, 0)


def _listed(kind: str, line: Line, start: int) -> Iterator[Found]:
    for match in re.compile(r"[^,;•]+").finditer(line.text, start):
        name = _organisation(match[0])
        if name and len(name.split()) <= 8:
            yield _tie(kind, name, line.at + match.start(), line.at + match.end())


def _co_authors(parts: tuple[Part, ...], name: str) -> Iterator[Found]:
    surname = name.split()[-1].casefold() if name.split() else ""
    count = 0
    for part in of(parts, Section.PUBLICATIONS):
        for entry in read_list(part):
            line = entry.body[0]
            names = list(_authors(line.text))
            if not any(surname in said.casefold() for said, _, _ in names):
                continue
            for said, at, to in names:
                count += 1
                if surname not in said.casefold() and count <= MOST_CO_AUTHORS:
                    yield _tie("co_author", said, line.at + at, line.at + to)


def _authors(text: str) -> Iterator[tuple[str, int, int]]:
    """The names a reference begins with: 'Reyes A, Sole B. and C. Lim (2021) ...' up to what is no name."""
    at = re.match(r"(?:[\[(]?\d{1,3}[\].)]\s+)?", text).end()  # type: ignore[union-attr]  # matches the empty text
    while match := _NAME.match(text, at):
        said = match[0].rstrip(" .,")
        yield said, match.start(), match.start() + len(said)
        joint = re.compile(r"\s*(?:[,;]\s*(?:and\s+|&\s*)?|and\s+|&\s*)").match(text, match.end())
        if joint is None:
            return
        at = joint.end()
