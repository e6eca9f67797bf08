"""Events that other systems are told of, and how they are written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

VERSION = 1
"""Of the documents; raised when a field changes its meaning or goes away, not when one is added."""


class EventKind(StrEnum):
    """What happened."""

    INTERVIEW_COMPLETED = "interview.completed"
    SCORECARD_DECIDED = "scorecard.decided"
    ENTRY_DECIDED = "entry.decided"
    SHORTLIST_APPROVED = "shortlist.approved"
    CANDIDATE_ERASED = "candidate.erased"
    PING = "ping"


CHOOSABLE = tuple(kind for kind in EventKind if kind is not EventKind.PING)


class DeliveryState(StrEnum):
    """How far the telling of an event has come. An event may arrive twice, with the same id; it is never just lost."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


def document(kind: EventKind, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it is sent: ids and words of closed sets, never what somebody wrote, nor a name.

    An imported id goes along as it is; where somebody uses addresses as ids, that is an address.
    """
    return {
        "type": kind.value,
        "version": VERSION,
        "timestamp": at.astimezone(UTC).isoformat(timespec="seconds"),
        "data": dict(data),
    }
