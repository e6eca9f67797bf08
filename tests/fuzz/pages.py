"""Every page and form with values that no browser would send: an answer below 500, and in a plain sentence."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from vetting.web.app import ROUTERS

NASTY = (
    "",
    " ",
    "0",
    "-1",
    "1.5",
    "99999999999999999999999999",
    "nan",
    "inf",
    "1e400",
    "٣",
    "²",
    "x\x00y",
    "\u2028\u202e",
    "../../etc/passwd",
    "' OR 1=1 --",
    "%",
    "[]",
    "{}",
    "{{ 7*7 }}",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x.example")',
    "9999-12-31",
    "0000-00-00",
    "2027-02-30",
    "é" * 3000,
)
LOOSE = ("r0-about", "r0-kind", "r0-fact", "r0-op", "r0-value", "r0-topic", "r0-competency", "r0-level", "level:alpha")
"""Fields whose names depend on what is shown, so that no signature names them."""
OPEN_FORMS = ("/requirements", "/review", "/decision", "/offer", "/staffing/plans", "/questions", "/outcome")


class Case(NamedTuple):
    """One request; `name` says what was wrong in it."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]

    @property
    def route(self) -> str:
        """As rows name it."""
        return f"{self.method} {self.path}"


IN_ADDRESS = 1_000
"""Characters of a value in an address: the client sends none of more than 64 kB."""


def cases(per_route: int, seed: int = 0) -> Iterator[Case]:
    """So many requests of each route, other values with another seed."""
    chance = random.Random(f"pages {seed}")
    for route in (one for router in ROUTERS for one in router.routes):
        assert isinstance(route, APIRoute)
        if route.path.startswith("/api/v1"):
            continue
        query, form = _names(route.dependant)
        if route.path.endswith(OPEN_FORMS):
            form += LOOSE
        for method in sorted(route.methods):
            for _ in range(per_route if query or form else 0):
                asked = {name: value[:IN_ADDRESS] for name, value in _some(chance, query).items()}
                yield Case(method, route.path, asked, _some(chance, form))


def _names(dependant: Dependant) -> tuple[list[str], list[str]]:
    query = [field.alias for field in dependant.query_params]
    form = [field.alias for field in dependant.body_params]
    for part in dependant.dependencies:
        inner_query, inner_form = _names(part)
        query, form = query + inner_query, form + inner_form
    return query, form


def _some(chance: random.Random, names: list[str]) -> dict[str, Any]:
    return {name: chance.choice(NASTY) for name in names if chance.random() < 0.7}
