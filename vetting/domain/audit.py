"""A chain of what was changed: each link carries an HMAC over the link before it and its own canonical form.

Who has the database and not the key can change, remove, or reorder no link unseen. The head, an HMAC over how many
links there are and the last of them, also shows a chain that was cut short. One thing only a note kept elsewhere can
show: the whole database put back to an earlier state, or the chain and its head both removed. `mark` is that note.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

START = ""
"""What stands before the first link."""

Plain = str | int | float | bool | None
"""What a link may hold: ids, names of closed sets, numbers, HMACs; never what a person wrote."""

MARK_LENGTH = 16


class Link(NamedTuple):
    """One change. `seq` counts from 1 within an organisation; `at` is ISO 8601, UTC."""

    organisation: int
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Plain]


class Sealed(NamedTuple):
    """A link as it is stored."""

    link: Link
    previous: str
    digest: str


class Head(NamedTuple):
    """How long a chain is and the digest of its last link, with an HMAC over both."""

    seq: int
    digest: str
    seal: str


class Break(NamedTuple):
    """The first place where a chain is not what was written, and what is wrong there."""

    seq: int
    what: str


class Verified(NamedTuple):
    """What a check of a whole chain found. `mark` names its end: noted elsewhere, it shows an older state later."""

    links: int
    fault: Break | None
    mark: str


def seal(key: bytes, previous: str, link: Link) -> str:
    """The digest of a link after the one with the digest `previous` (HMAC-SHA256, RFC 2104), as hex."""
    canonical = json.dumps([previous, *link], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.digest(key, b"link:" + canonical.encode(), "sha256").hex()


def head_of(key: bytes, organisation: int, seq: int, digest: str) -> Head:
    """The head of a chain that ends here."""
    content = json.dumps([organisation, seq, digest], separators=(",", ":"))
    return Head(seq, digest, hmac.digest(key, b"head:" + content.encode(), "sha256").hex())


def verify(
    key: bytes, organisation: int, links: Iterable[Sealed], head: Head | None, noted: str | None = None
) -> Verified:
    """Walk a chain in order; memory does not grow with it. `noted` is a mark of an earlier check.

    Finds a link that was changed, removed, added or moved, a chain cut short, and, with `noted`, an older state.
    """
    seq, digest, noted_found, fault = 0, START, noted is None, None
    for sealed in links:
        fault = _fault(key, organisation, sealed, seq + 1, digest)
        if fault is not None:
            return Verified(seq, fault, mark(seq, digest))
        seq, digest = seq + 1, sealed.digest
        noted_found = noted_found or mark(seq, digest) == noted
    if head is None and seq:
        fault = Break(seq, "the end of the chain is not recorded")
    elif head is not None and head != head_of(key, organisation, head.seq, head.digest):
        fault = Break(seq, "the record of the chain's end was changed")
    elif head is not None and (head.seq, head.digest) != (seq, digest):
        fault = Break(seq + 1, f"the chain ends at {seq} and went on to {head.seq}")
    elif not noted_found and noted != mark(0, START):
        fault = Break(seq, "the noted end is not part of this chain: it was put back to an older state, or replaced")
    return Verified(seq, fault, mark(seq, digest))


def mark(seq: int, digest: str) -> str:
    """A short name of a chain's end, to be noted elsewhere."""
    return f"{seq}:{digest[:MARK_LENGTH]}"


def fingerprint(key: bytes, text: str) -> str:
    """An HMAC that stands for a text in the chain: who still has the text can show that it is the one."""
    return hmac.digest(key, b"text:" + text.encode(), "sha256").hex()[:32]


def _fault(key: bytes, organisation: int, sealed: Sealed, seq: int, before: str) -> Break | None:
    link = sealed.link
    if link.seq != seq:
        return Break(seq, f"link {seq} is missing; the next one there is {link.seq}")
    if link.organisation != organisation:
        return Break(seq, "the link belongs to another organisation")
    if sealed.previous != before:
        return Break(seq, "the link does not follow the one before it")
    if not hmac.compare_digest(seal(key, sealed.previous, link), sealed.digest):
        return Break(seq, "the link was changed after it was written")
    return None
