"""Why personal data is kept and for how long, in the words that people read; one place for each."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from vetting.domain.tongue import N_, _, ngettext


class Why(StrEnum):
    """What something is kept for; the value is the sentence."""

    CONTACT = N_("to know who it is, and to write to them")
    MATCH = N_("to propose the person for work that fits")
    INTERVIEW = N_("the interview that the person agreed to")
    RATING = N_("to rate the answers, and to show what a rating rests on")
    DECISION = N_("so that a decision about a person can be explained and contested")
    RIGHTS = N_("to do what the person asked for")
    OFFER = N_("to offer work, and to keep what was agreed")
    INTEGRITY = N_("to ask a person how an answer came about; it is never scored")
    ACCESS = N_("to let in whom a link or a session belongs to, and nobody else")
    OPERATION = N_("to run the service and to find what went wrong")
    STAFF = N_("to know who of the staff did what")
    PROJECT = N_("what the work is, as staff wrote it")


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
    Until.PERSON: N_("nothing happened with the person any more"),
    Until.DOCUMENT: N_("it was read"),
    Until.DRAFT: N_("it was typed, or once it is submitted"),
    Until.LINK: N_("it ran out"),
    Until.CALL: N_("it was made"),
    Until.LETTER: N_("it was sent"),
    Until.EVENT: N_("it was delivered"),
}
ALWAYS: dict[Until, str] = {
    Until.PERSON: N_("until the person is erased"),
    Until.DOCUMENT: N_("until the person is erased"),
    Until.DRAFT: N_("until it is submitted, or the person is erased"),
    Until.LINK: N_("until the person is erased"),
    Until.CALL: N_("as long as the service"),
    Until.LETTER: N_("until the person is erased"),
    Until.EVENT: N_("until the person is erased"),
    Until.DAY: N_("one day"),
    Until.STAFF: N_("as long as the account of who works here"),
    Until.PROJECT: N_("as long as the project"),
    Until.GOOD: N_("for good: it holds ids and fingerprints, never words"),
}
OF_PERSON = frozenset({Until.PERSON, Until.DOCUMENT, Until.DRAFT, Until.LINK, Until.LETTER, Until.EVENT})
"""What erasing a person takes at once, whatever the days are."""


def in_words(until: Until, days: int | None) -> str:
    """How long, as people read it."""
    if days is None or until not in AFTER:
        return _(ALWAYS[until])
    if until in OF_PERSON:
        words = ngettext(
            "{days} day after {event}, sooner where the person is erased",
            "{days} days after {event}, sooner where the person is erased",
            days,
        )
    else:
        words = ngettext("{days} day after {event}", "{days} days after {event}", days)
    return words.format(days=f"{days:,}", event=_(AFTER[until]))
