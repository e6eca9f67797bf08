"""Why personal data is kept and for how long, in the words that people read; one place for each."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Why(StrEnum):
    """What something is kept for; the value is the sentence."""

    CONTACT = "to know who it is, and to write to them"
    MATCH = "to propose the person for work that fits"
    INTERVIEW = "the interview that the person agreed to"
    RATING = "to rate the answers, and to show what a rating rests on"
    DECISION = "so that a decision about a person can be explained and contested"
    RIGHTS = "to do what the person asked for"
    OFFER = "to offer work, and to keep what was agreed"
    INTEGRITY = "to ask a person how an answer came about; it is never scored"
    ACCESS = "to let in whom a link or a session belongs to, and nobody else"
    OPERATION = "to run the service and to find what went wrong"
    STAFF = "to know who of the staff did what"
    PROJECT = "what the work is, as staff wrote it"


class Until(StrEnum):
    """When something goes; most can be set in days."""

    PERSON = "person"
    DOCUMENT = "document"
    DRAFT = "draft"
    LINK = "link"
    CALL = "call"
    LETTER = "letter"
    EVENT = "event"
    DAY = "day"
    STAFF = "staff"
    PROJECT = "project"
    GOOD = "good"


class Keeping(NamedTuple):
    """A field with personal data: what it holds, in words, why, and until when."""

    what: str
    why: Why
    until: Until


SETTINGS: dict[Until, str] = {
    Until.PERSON: "keep_people_days",
    Until.DOCUMENT: "keep_documents_days",
    Until.DRAFT: "keep_drafts_days",
    Until.LINK: "keep_links_days",
    Until.CALL: "keep_calls_days",
    Until.LETTER: "keep_letters_days",
    Until.EVENT: "keep_events_days",
}
"""The setting that says after how many days something goes; None: not by itself."""
AFTER: dict[Until, str] = {
    Until.PERSON: "nothing happened with the person any more",
    Until.DOCUMENT: "it was read",
    Until.DRAFT: "it was typed, or once it is submitted",
    Until.LINK: "it ran out",
    Until.CALL: "it was made",
    Until.LETTER: "it was sent",
    Until.EVENT: "it was delivered",
}
ALWAYS: dict[Until, str] = {
    Until.PERSON: "until the person is erased",
    Until.DOCUMENT: "until the person is erased",
    Until.DRAFT: "until it is submitted, or the person is erased",
    Until.LINK: "until the person is erased",
    Until.CALL: "as long as the service",
    Until.LETTER: "until the person is erased",
    Until.EVENT: "until the person is erased",
    Until.DAY: "one day",
    Until.STAFF: "as long as the account of who works here",
    Until.PROJECT: "as long as the project",
    Until.GOOD: "for good: it holds ids and fingerprints, never words",
}
OF_PERSON = frozenset({Until.PERSON, Until.DOCUMENT, Until.DRAFT, Until.LINK, Until.LETTER, Until.EVENT})
"""What erasing a person takes at once, whatever the days are."""


def in_words(until: Until, days: int | None) -> str:
    """How long, as people read it."""
    if days is None or until not in AFTER:
        return ALWAYS[until]
    sooner = ", sooner where the person is erased" if until in OF_PERSON else ""
    return f"{days:,} days after {AFTER[until]}{sooner}"
