"""A house of two organisations for tests of staff pages and the API, with everything that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tests.cast import service
from tests.domain.packs import rubric as small_rubric
from tests.web.site import browser
from vetting.db import people_queries, staffing_queries, user_queries
from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import Organisation
from vetting.domain.interview_events import Dispute, SubmitAnswer
from vetting.domain.profile import Profile
from vetting.domain.rubric import CoreForm
from vetting.services import (
    accounts,
    interviews,
    matching,
    pack_drafts,
    profiles,
    projects,
    rubrics,
    sessions,
    staffing_plans,
)
from vetting.services.candidates import import_profiles
from vetting.services.context import Context
from vetting.services.staffing import Ask
from vetting.web.app import create_app

SAID = (
    "A queue that overflowed, that is what a loss means to us. After a loss the sender has its window halved. "
    "Where buffers are deep, delay rises well before any loss.\n\nI have measured this on a ferry link."
)
EXPERT = {
    "id": "x-1",
    "name": "Ana Reyes",
    "email": "ana@example.org",
    "headline": "Transport protocols",
    "summary": "Congestion control on satellite links.",
    "items": [{"kind": "project", "title": "Queue bench", "text": "Measured drop-tail queues under load."}],
    "facts": {"languages": {"en": "C2"}, "hours_per_week": 12, "rate": {"amount": 90, "currency": "EUR"}},
}
OTHER_EXPERT = {
    "id": "x-2",
    "name": "Ben Sole",
    "headline": "Routing",
    "summary": "BGP operations.",
    "facts": {"hours_per_week": 4},
}
PROJECT = {
    "id": "p-1",
    "title": "Reviewing answers",
    "brief": "People who can judge answers on queues under load. At least 10 hours a week.",
    "requirements": [
        {"id": "hours", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10},
        {"id": "queues", "kind": "nice", "topic": "measured drop-tail queues under load"},
        {"id": "alpha", "kind": "must", "competency": "test.pack/alpha", "min_level": 1.0},
    ],
}


@dataclass(frozen=True)
class House:
    """The service and the ids of what stands in it."""

    ctx: Context
    other: Context
    candidate: str
    interview: str
    running: str
    project: str
    shortlist: str
    entry: str
    plan: str
    rule: str
    assignment: str
    draft: str
    somebody: str
    key: str
    other_key: str

    def user(self, role: str, ctx: Context | None = None) -> TestClient:
        """A browser signed in with a role."""
        scoped = ctx or self.ctx
        page = browser(self.ctx)
        token = accounts.add_user(scoped, f"{role}@{scoped.org}.example", role)
        assert page.post(f"/sign-in/{token}").status_code == 303
        return page

    def nobody(self) -> TestClient:
        """A browser that is not signed in."""
        return browser(self.ctx)

    def program(self, key: str | None = None) -> TestClient:
        """A program with an API key."""
        app = create_app(self.ctx, https=False)
        headers = {"authorization": f"Bearer {self.key if key is None else key}"}
        return TestClient(app, base_url="http://testserver", headers=headers, raise_server_exceptions=False)


def second_organisation(ctx: Context) -> Context:
    """The same service acting for another organisation."""
    with writing(ctx.engine) as session:
        row = Organisation(slug="other", name="Other", created_at=datetime(2026, 11, 21, tzinfo=UTC))
        session.add(row)
        session.flush()
        assert row.id is not None
        return ctx.for_organisation(row.id)


def profile(document: dict[str, Any]) -> Profile:
    """A profile from its document."""
    return Profile.model_validate(document)


def interview(ctx: Context, candidate_id: int, *, answers: int = 40, seed: int = 1) -> tuple[int, str]:
    """An interview over the small rubric, answered so many times; (key, public id)."""
    version = rubrics.install(ctx, small_rubric())
    made = interviews.invite(ctx, interviews.Ask(candidate_id, version, "Ben", "Reviewing", CoreForm.A, seed))
    interviews.begin(ctx, made.interview_id, {"interview": True, "profile": True})
    for _ in range(answers):
        with reading(ctx.engine) as session:
            current = load(session, ctx.org, made.interview_id).state.current
        if current is None:
            break
        turn = current.asked.turn
        interviews.submit_answer(ctx, made.interview_id, SubmitAnswer(turn=turn, text=SAID, pasted_chars=300))
        if turn == 1:
            interviews.do(ctx, made.interview_id, Dispute(turn=1, reason="Two questions in one."))
    return made.interview_id, made.public_id


def house(folder: Path) -> House:
    """Everything a page can show, made by the real services."""
    ctx = service(folder)
    import_profiles(ctx, [profile(EXPERT), profile(OTHER_EXPERT)])
    profiles.embed_pending(ctx)
    people = candidate_keys(ctx)
    _, rated = interview(ctx, people["x-1"][0])
    _, running = interview(ctx, people["x-2"][0], answers=1, seed=2)
    project = projects.create_project(ctx, PROJECT)
    shortlist = matching.request_shortlist(ctx, project, 5).public_id
    plan, rule, assignment = staffed(ctx, project)
    other = second_organisation(ctx)
    return House(
        ctx=ctx,
        other=other,
        candidate=people["x-1"][1],
        interview=rated,
        running=running,
        project=project,
        shortlist=shortlist,
        entry=matching.shortlist_document(ctx, shortlist)["entries"][0]["id"],
        plan=plan,
        rule=rule,
        assignment=assignment,
        draft=pack_drafts.create(ctx, title="Grain", questions="Why does it heat?\n- It was wet", by="mia"),
        somebody=somebody(ctx),
        key=accounts.create_api_key(ctx, "tests"),
        other_key=accounts.create_api_key(other, "tests"),
    )


def staffed(ctx: Context, project: str) -> tuple[str, str, str]:
    """A plan that is accepted, a pinned pair and an assignment: their public ids."""
    staffing_plans.set_rule(ctx, project, "x-1", "pinned", by="mia@example.org")
    plan = staffing_plans.request_plan(ctx, Ask(seconds=20), by="mia@example.org")
    staffing_plans.accept_plan(ctx, plan, by="mia@example.org")
    with reading(ctx.engine) as session:
        rule, assignment = (
            staffing_queries.rules(session, ctx.org)[0],
            staffing_queries.assignments(session, ctx.org)[0],
        )
    return plan, rule.rule.public_id, assignment.assignment.public_id


def somebody(ctx: Context) -> str:
    """The public id of a user whom nobody else in the house is."""
    accounts.add_user(ctx, "somebody@example.org", "reviewer")
    with reading(ctx.engine) as session:
        return next(u.public_id for u in user_queries.users(session, ctx.org, ctx.now(), sessions.rest(ctx)))


def candidate_keys(ctx: Context) -> dict[str, tuple[int, str]]:
    """Imported id -> (key, public id)."""
    with reading(ctx.engine) as session:
        lines, _ = people_queries.people(session, ctx.org, people_queries.Wanted(), ctx.now(), limit=None)
    return {line.imported_id: (line.key, line.public_id) for line in lines}
