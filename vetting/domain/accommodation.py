"""What a candidate may need otherwise. It changes how the pages behave and who is told; no rating knows of it."""

from __future__ import annotations

from enum import StrEnum

MORE_TIME_FACTOR = 1.5
"""How much longer the soft clock plans for who asks for more time; it never ends anything."""
BREAK_MINUTES = 15
"""How often the page suggests a break to who asks for breaks."""
LONGEST_WISH = 1000


class AccommodationKind(StrEnum):
    """What can be asked for; the first two are met by the page itself, the others by people."""

    MORE_TIME = "more_time"
    BREAKS = "breaks"
    PERSON = "person"
    OTHER = "other"


FOR_PEOPLE = frozenset({AccommodationKind.PERSON, AccommodationKind.OTHER})
"""Told to those who invite. Nobody else learns of any, so that none can weigh in a rating."""
