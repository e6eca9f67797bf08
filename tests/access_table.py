"""Who may do what, read from the routes themselves.

python -m tests.access_table      writes docs/access.md
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from vetting.services.accounts import Role
from vetting.services.throttles import LIMITS
from vetting.web import deps
from vetting.web.app import ROUTERS, healthz, readyz

PAGE = Path(__file__).parent.parent / "docs" / "access.md"
NAMES = {
    "nobody": "nobody",
    "candidate": "candidate",
    Role.REVIEWER: "reviewer",
    Role.RECRUITER: "recruiter",
    Role.PROJECT_MANAGER: "manager",
    Role.ADMIN: "admin",
    "key": "key",
    "reading_key": "reading_key",
}
COLUMNS = ("nobody", "candidate", "reviewer", "recruiter", "manager", "admin", "key", "reading key")
HEAD = """# Who may do what

Written by `python -m tests.access_table` from the routes themselves; a test says so when it is out of date, and
`tests/web/test_routes.py` tries every line of it with everybody who is named in it. Whoever is let in reaches things of
their own organisation only: an id of another organisation is answered like one that does not exist (404).

- A **candidate** is the browser that opened an invitation: it reaches that person's own interviews and nothing else.
- A **reviewer** reads interviews, rates and decides; a **recruiter** also adds and invites people and looks after
  questions. A **manager** runs projects and reads of people whom a project has to do with: on a shortlist, in a plan,
  pinned or kept apart, or assigned. An **admin** may do all of it and reads the audit chain.
- An API **key** belongs to one organisation; a **reading key** (`vetting apikeys create NAME --scope read`) changes
  nothing. Roles are given by `vetting users add`, taken by `vetting users remove`, keys by `vetting apikeys revoke`.
- What *nobody* may open says nothing without the token in its address. Tokens are 256 random bits, kept as hashes.

"""
COUNTED = """Too much is answered with 429 and Retry-After, by counts that all processes share and a restart keeps. Per
address links that do not work are counted and what anybody may send, per account and interview what changes
something, per key everything:
"""


class Entry(NamedTuple):
    """A route, who is let in, and by whom or what its use is counted."""

    method: str
    path: str
    does: str
    let_in: frozenset[str]
    limit: str

    @property
    def route(self) -> str:
        """As rows name it."""
        return f"{self.method} {self.path}"


def entries() -> list[Entry]:
    """Every method and path of the application."""
    return [
        Entry(method, route.path, _does(route), _let_in(route, method), _limit(route, method))
        for route in _routes()
        for method in sorted(route.methods)
    ]


def text() -> str:
    """The page."""
    lines = [HEAD + "| route | does | " + " | ".join(COLUMNS) + " | counted per |"]
    lines.append("|---|---" + "|:-:" * len(COLUMNS) + "|---|")
    for entry in entries():
        marks = ["yes" if name.replace(" ", "_") in entry.let_in else "" for name in COLUMNS]
        lines.append(f"| `{entry.route}` | {entry.does} | {' | '.join(marks)} | {entry.limit} |")
    lines.append("\n" + COUNTED + "\n")
    lines += [f"- per {limit.name}: {limit.most:,} in {limit.seconds // 60} minutes" for limit in LIMITS]
    return "\n".join(lines) + "\n"


def _routes() -> Iterator[APIRoute]:
    app = FastAPI()
    app.add_api_route("/healthz", healthz, methods=["GET", "HEAD"])
    app.add_api_route("/readyz", readyz)
    own = [route for route in app.routes if isinstance(route, APIRoute)]
    for route in (*own, *(route for router in ROUTERS for route in router.routes)):
        assert isinstance(route, APIRoute)
        yield route


def _calls(dependant: Dependant) -> Iterator[Any]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def _let_in(route: APIRoute, method: str) -> frozenset[str]:
    calls = list(_calls(route.dependant))
    roles = [call.roles for call in calls if hasattr(call, "roles")]
    if roles:
        return frozenset(NAMES[role] for role in frozenset.intersection(*roles))
    if deps.candidate_context in calls:
        return frozenset({"candidate"})
    if deps.api_context in calls:
        return frozenset({"key"} | ({"reading_key"} if method == "GET" else set()))
    assert deps.signed_in not in calls, f"{route.path}: signed in, but no role is asked for"
    return frozenset(NAMES.values())


def _limit(route: APIRoute, method: str) -> str:
    calls = list(_calls(route.dependant))
    if deps.api_context in calls:
        return "key"
    if method in ("GET", "HEAD"):
        return "address" if deps.by_address in calls else ""
    for call, name in ((deps.signed_in, "account"), (deps.candidate_context, "interview")):
        if call in calls:
            return name
    return "address" if {deps.by_address, deps.guessed} & set(calls) else ""


def _does(route: APIRoute) -> str:
    words = inspect.getdoc(route.endpoint) or ""
    return words.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
