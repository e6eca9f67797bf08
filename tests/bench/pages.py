"""Staff pages over 10,000 candidates: what each takes to answer, on the wall and of the processor."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import SQLModel, col, select

from tests.bench.clock import timed
from tests.bench.figures import Figure, Sample
from tests.web.site import browser, site
from tests.web.staff import SAID, candidate_keys, interview, profile
from vetting.db.engine import writing
from vetting.db.models import (
    Candidate,
    Consent,
    Interview,
    InterviewEvent,
    InterviewText,
    Invite,
    ScorecardRow,
    new_public_id,
)
from vetting.db.review_models import Decision, InviteStep
from vetting.services import accounts
from vetting.services.candidates import import_profiles
from vetting.services.context import Context

PEOPLE = 10_000
REQUESTS = 20
KEPT = col(InterviewEvent.type) != "answer_assessed"
SPOKEN = col(InterviewEvent.type).in_(("question_asked", "answer_submitted"))
AT_MOST = 300
SHARES = (("completed", 0.6), ("created", 0.2), ("open", 0.1), ("withdrawn", 0.05))
"""Of the people; the rest were never invited."""
PAGES = {
    "home": "/",
    "candidates": "/candidates",
    "candidates, page 150": "/candidates?at=150",
    "candidates, by level": "/candidates?sort=level",
    "candidates, to decide": "/candidates?state=finished&decided=undecided",
    "candidates, opened": "/candidates?state=opened",
    "candidates, a name": "/candidates?q=Person+77",
    "confirm": "/confirm",
    "compare": "/compare?pick=m-1&pick=m-2&pick=m-3&pick=m-4",
    "funnel": "/reports/hiring",
    "review": "/interviews/{one}/review",
    "export, CSV": "/candidates/export.csv",
}


def run(folder: Path, seed: int = 1) -> list[Figure]:
    """One figure per page."""
    ctx = site(folder)
    public_id = fill(ctx, seed)
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'rita@example.org', 'recruiter')}")
    return [_figure(page, name, address.format(one=public_id)) for name, address in PAGES.items()]


def fill(ctx: Context, seed: int) -> str:
    """10,000 people with interviews at every stage, copied from one real interview; its public id."""
    import_profiles(ctx, [profile({"id": f"m-{n}", "name": f"Person {n}", "summary": SAID}) for n in range(PEOPLE)])
    key, public_id = interview(ctx, candidate_keys(ctx)["m-0"][0])
    user = _user(ctx)
    rng = random.Random(seed)
    with writing(ctx.engine) as session:
        model = session.get_one(Interview, key)
        card = session.exec(select(ScorecardRow).where(ScorecardRow.interview_id == key)).one()
        people = session.exec(select(Candidate.id).order_by(col(Candidate.id))).all()[1:]
        rows = [_interview(model, person or 0, rng) for person in people]
        rows = [row for row in rows if row["phase"]]
        session.connection().execute(insert(Interview), rows)
        made = session.exec(select(Interview).where(Interview.id != key)).all()
        done = [one for one in made if one.phase == "completed"]
        _insert(session, ScorecardRow, [_card(card, one, rng) for one in done])
        _insert(session, Decision, [_decision(one, user) for one in done if rng.random() < 0.7])
        _insert(session, Invite, [_invite(one, rng) for one in made])
        _insert(session, InviteStep, [_opened(one) for one in made if rng.random() < 0.8])
        _insert(session, Consent, [_consent(one) for one in made if one.phase != "created"])
        log = session.exec(select(InterviewEvent).where(InterviewEvent.interview_id == key, KEPT)).all()
        _insert(session, InterviewEvent, [e for one in made if one.phase != "created" for e in _events(one, log)])
        said = session.exec(select(InterviewEvent.id).where(InterviewEvent.interview_id != key, SPOKEN)).all()
        _insert(session, InterviewText, [{"event_id": event, "organisation_id": 1, "text": SAID} for event in said])
    return public_id


def _figure(page: TestClient, name: str, address: str) -> Figure:
    page.get(address)
    taken = []
    for _ in range(REQUESTS):
        with timed() as spent:
            answer = page.get(address)
        assert answer.status_code == 200, f"{name}: {answer.status_code}"
        taken.append(spent)
    wall, cpu = (sorted(1000 * getattr(one, kind) for one in taken) for kind in ("wall", "cpu"))
    beside = f"CPU, p95 {p95(cpu):.0f}; p95 on the wall {p95(wall):.0f}"
    at_most = None if name.startswith("export") else AT_MOST  # a file of everybody is no page
    return Figure(name, "ms", Sample.of(wall), beside, Sample.of(cpu), at_most=at_most)


def p95(values: Sequence[float]) -> float:
    """The value that 95 % of a sorted list do not exceed."""
    return values[math.ceil(0.95 * len(values)) - 1]


def _insert(session: Any, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    session.connection().execute(insert(table), rows)


def _interview(model: Interview, person: int, rng: random.Random) -> dict[str, Any]:
    drawn, phase = rng.random(), ""
    for name, share in SHARES:
        if drawn < share:
            phase = name
            break
        drawn -= share
    row = model.model_dump(exclude={"id"}) | {"candidate_id": person, "public_id": new_public_id(), "phase": phase}
    row["created_at"] = model.created_at - timedelta(minutes=rng.randrange(60_000))
    return row | {"completed_at": row["created_at"] + timedelta(hours=1) if phase == "completed" else None}


def _card(card: ScorecardRow, one: Interview, rng: random.Random) -> dict[str, Any]:
    concern = rng.choice([None, None, "borderline", "not_rated"])
    changed = {"interview_id": one.id, "candidate_id": one.candidate_id, "concern": concern}
    figures = {"level": 1 + 4 * rng.random(), "low": 2.0, "high": 4.0, "worth": rng.random() / 2}
    said = {"recommendation": "advance" if concern is None else "needs_person"}
    return card.model_dump(exclude={"id"}) | changed | figures | said


def _decision(one: Interview, user: int) -> dict[str, Any]:
    row = Decision(
        organisation_id=1, interview_id=one.id or 0, user_id=user, choice="advance", recommended="advance",
        confirmed=True, seconds=20, at=one.created_at,
    )  # fmt: skip
    return row.model_dump(exclude={"id"})


def _invite(one: Interview, rng: random.Random) -> dict[str, Any]:
    expires = one.created_at + timedelta(days=rng.choice([1, 30, 400]))
    return {
        "organisation_id": 1, "interview_id": one.id, "token_sha256": new_public_id(), "expires_at": expires,
        "created_at": one.created_at,
    }  # fmt: skip


def _opened(one: Interview) -> dict[str, Any]:
    return {"organisation_id": 1, "interview_id": one.id, "step": "opened", "by": "", "at": one.created_at}


def _consent(one: Interview) -> dict[str, Any]:
    mine = {"organisation_id": 1, "interview_id": one.id, "purpose": "interview"}
    return mine | {"granted": True, "at": one.created_at}


def _events(one: Interview, model: Sequence[InterviewEvent]) -> list[dict[str, Any]]:
    """The log of the real interview, of a running one its beginning, without steering verdicts: no page reads them."""
    kept = model if one.phase == "completed" else model[: 2 + (one.id or 0) % len(model)]
    return [
        event.model_dump(exclude={"id"}) | {"interview_id": one.id, "seq": seq, "at": one.created_at}
        for seq, event in enumerate(kept, start=1)
    ]


def _user(ctx: Context) -> int:
    token = accounts.sign_in(ctx, accounts.add_user(ctx, "ben@example.org", "reviewer"))
    return accounts.account_of(ctx, token).user_id
