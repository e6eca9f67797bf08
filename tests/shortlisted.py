"""A project with a shortlist of a few experts, for tests of what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests import databases
from tests.cast import Clock
from tests.web.site import site
from vetting.db import project_queries
from vetting.db.engine import reading
from vetting.domain.profile import Profile
from vetting.domain.shortlist import Step
from vetting.services import accounts, matching, offers, profiles, projects, shortlists
from vetting.services.candidates import import_profiles
from vetting.services.context import Context

MIA = "mia@example.org"
EXPERTS: list[dict[str, Any]] = [
    {"id": "ana", "name": "Ana Reyes", "email": "ana@example.org", "headline": "Queues on ferry links",
     "items": [{"kind": "project", "title": "Queue bench", "text": "Measured drop-tail queues under load."}],
     "facts": {"hours_per_week": 12, "rate": {"amount": 90, "currency": "EUR"}}},
    {"id": "ben", "name": "Ben Sole", "items": [{"kind": "role", "title": "Queue engineer", "text": "Ran routers."}],
     "facts": {"languages": {"en": "C2"}}},
    {"id": "cleo", "name": "Cleo Marsh", "items": [{"kind": "role", "title": "Cardiologist", "text": "Valves."}],
     "facts": {"hours_per_week": 30}},
]  # fmt: skip
PROJECT: dict[str, Any] = {
    "id": "p-1", "title": "Judging answers on queues", "brief": "Judge answers on queues under load.", "seats": 2,
    "client": "Quillback",
    "requirements": [
        {"id": "hours", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10},
        {"id": "english", "kind": "must", "fact": "languages", "op": ">=", "value": {"en": "C1"}},
        {"id": "queues", "kind": "nice", "topic": "measured drop-tail queues under load"},
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """The service, its clock, and a shortlist with the public id of each expert's entry."""

    ctx: Context
    clock: Clock
    project: str
    shortlist: str
    entries: dict[str, str]

    def state(self, expert: str) -> str:
        """Where the entry of an expert stands."""
        document = matching.shortlist_document(self.ctx, self.shortlist)
        return next(str(e["state"]) for e in document["entries"] if e["expert"] == expert)

    def offered(self, expert: str, **terms: Any) -> str:
        """Approve an expert and offer the work; the token of the link."""
        shortlists.decide(self.ctx, self.entries[expert], "approve", by=MIA)
        return shortlists.offer(self.ctx, self.entries[expert], shortlists.Terms("Judging", **terms), by=MIA).token

    def assigned(self, expert: str) -> None:
        """Take an expert all the way."""
        offers.answer(self.ctx, self.offered(expert), accept=True)
        shortlists.move(self.ctx, self.entries[expert], Step.ASSIGN, by=MIA)


class Template(NamedTuple):
    """The files of a service that made the shortlist, and the ids of what stands in it."""

    files: dict[str, bytes]
    project: str
    shortlist: str
    entries: dict[str, str]


def listed(folder: Path) -> Listed:
    """The project with its shortlist, made by the real services."""
    made, clock = _template(), Clock()
    ctx = site(folder, made.files, clock=clock)
    return Listed(ctx, clock, made.project, made.shortlist, made.entries)


@cache
def _template() -> Template:
    """Made once: each test gets a copy."""
    with TemporaryDirectory() as folder:
        ctx = site(Path(folder), clock=Clock())
        accounts.add_user(ctx, MIA, "project_manager")
        import_profiles(ctx, [Profile.model_validate(e) for e in EXPERTS])
        profiles.embed_pending(ctx)
        project = projects.create_project(ctx, PROJECT)
        row = matching.request_shortlist(ctx, project, 10, by=MIA)
        assert row.id is not None
        with reading(ctx.engine) as session:
            lines = project_queries.entries(session, ctx.org, row.id)
        entries = {line.candidate.imported_id: line.entry.public_id for line in lines}
        ctx.engine.dispose()
        files = databases.kept(ctx.settings.data_dir, databases.KEY)
    return Template(files, project, row.public_id, entries)
