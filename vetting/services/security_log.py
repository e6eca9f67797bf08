"""Security events: a line of JSON each in the service's own log, for whoever watches over several services.

A line names what happened, when (UTC), by which user and at which route, and holds nothing that anybody wrote: a user
stands there by public id, an address by the template of its route, since addresses hold tokens.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC
from enum import StrEnum

from vetting.logs import SECURITY
from vetting.services.context import Context

logger = logging.getLogger(SECURITY)


class Event(StrEnum):
    """What is told; docs/security.md says what each means."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    LINK_FAILED = "link_failed"
    KEY_FAILED = "key_failed"
    REFUSED_BY_ROLE = "refused_by_role"
    REFUSED_BY_ORIGIN = "refused_by_origin"
    THROTTLED = "throttled"


USUAL = frozenset({Event.SIGNED_IN, Event.SIGNED_OUT})
"""What is no refusal."""


def tell(ctx: Context, event: Event, *, user: str = "", route: str = "", how: str = "") -> None:
    """Write one event. `user` is a public id, `route` a template, `how` a word of a closed set; "" leaves it out."""
    line = {"at": ctx.now().astimezone(UTC).isoformat(timespec="milliseconds"), "event": event.value}
    line |= {name: value for name, value in (("user", user), ("route", route), ("how", how)) if value}
    logger.log(logging.INFO if event in USUAL else logging.WARNING, "%s", json.dumps(line))
