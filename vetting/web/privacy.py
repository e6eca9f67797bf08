"""What is kept of people, why and for how long: the inventory for everybody, and with what is due for administrators.

It is read from the columns of the tables themselves, so that it cannot leave one out.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from vetting.config import Settings
from vetting.db import inventory
from vetting.domain.retention import OF_PERSON, SETTINGS, Until, Why, in_words
from vetting.domain.tongue import _
from vetting.services import retention
from vetting.services.accounts import Account
from vetting.web.deps import AppContext, Ctx, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]
ABOUT_CANDIDATES = OF_PERSON | {Until.CALL, Until.DAY, Until.GOOD}
"""What can be about a candidate; the rest is about staff and projects."""


class Purpose(NamedTuple):
    """One reason, and what is kept for it, by how long; each once."""

    why: str
    fields: dict[str, list[str]]


@router.get("/privacy")
def privacy(request: Request, ctx: AppContext) -> Response:
    """What is kept about a candidate, by what for."""
    mine = [line for line in inventory.lines() if line.keeping.until in ABOUT_CANDIDATES]
    return page(request, "privacy.html", purposes=_purposes(mine, ctx.settings))


@router.get("/admin/personal-data")
def personal_data(request: Request, ctx: Ctx, account: Administrator) -> Response:
    """Every field, the days that are set, and what has been kept long enough."""
    days = [(SETTINGS[until], retention.days_of(ctx.settings, until), until) for until in SETTINGS]
    return page(
        request,
        "admin/personal_data.html",
        lines=[(line, in_words(line.keeping.until, retention.days_of(ctx.settings, line.keeping.until)))
               for line in inventory.lines()],
        days=[(f"VETTING_{name.upper()}", count, in_words(until, count)) for name, count, until in days],
        due=retention.due(ctx),
    )  # fmt: skip


def _purposes(lines: Iterable[inventory.Line], settings: Settings) -> list[Purpose]:
    order = list(Why)
    by_why = sorted(lines, key=lambda line: order.index(line.keeping.why))
    found = []
    for why, group in groupby(by_why, key=lambda line: line.keeping.why):
        fields: dict[str, list[str]] = {}
        for keeping in dict.fromkeys(line.keeping for line in group):
            until = in_words(keeping.until, retention.days_of(settings, keeping.until))
            fields.setdefault(until, []).append(_(keeping.what))
        found.append(Purpose(_(why.value), fields))
    return found
