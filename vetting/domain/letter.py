"""Letters the service writes by itself: which kinds there are, and what each is given to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LetterKind(StrEnum):
    """What a letter is about; the name is that of its template."""

    INVITE = "invite"
    REMINDER = "reminder"
    RESUME = "resume"
    FEEDBACK_READY = "feedback_ready"
    SHORTLIST_READY = "shortlist_ready"
    APPEAL_ANSWERED = "appeal_answered"
    DECIDED = "decided"


class MailState(StrEnum):
    """How far a letter has come. `UNSURE`: the connection broke after the text was handed over, so it may have
    arrived, and it is never sent again by itself. `DROPPED`: what it would have told of is no longer so.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Letter:
    """One letter, ready to be worded. `house` is who sends it, `contact` whom to write back to (may be empty).

    `about` is the rubric's or the project's title; `until` when the link stops working. `choice` is what a person
    decided, and `before` whether an earlier letter told of another decision.
    """

    kind: LetterKind
    to: str
    name: str
    house: str
    link: str
    about: str
    contact: str = ""
    purpose: str = ""
    offer: str = ""
    minutes: int | None = None
    until: datetime | None = None
    choice: str = ""
    before: bool = False
