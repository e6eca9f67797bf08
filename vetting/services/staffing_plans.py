"""Plans that are kept: asked for, solved by a job, accepted by a person; and what a person decided about pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import delete, update
from sqlmodel import Session, col

from vetting.db import queries, staffing_queries
from vetting.db.engine import reading, writing
from vetting.db.models import Candidate
from vetting.db.project_models import Project
from vetting.db.staffing_models import Assignment, StaffingEntry, StaffingPlan, StaffingRule
from vetting.db.staffing_queries import EntryLine
from vetting.domain.conflicts import touching
from vetting.domain.staffing import TOLERANCE, loads
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict, NotFound, Unavailable, VettingError
from vetting.services import audit
from vetting.services.context import Context
from vetting.services.staffing import SEAT, Ask, Found, find_plan
from vetting.services.staffing_scene import FORBIDDEN, PINNED

JOB = "solve_plan"
AGAIN = "nothing was assigned, please run the plan again"
LONGEST_WAIT = timedelta(minutes=30)
LEFT = "It was not worked out within half an hour; the worker or the embedder may be away. Please run it again."
BROKEN = "A defect of the program stopped this plan; it is logged."
Seated = tuple[Candidate, Project]


class State(StrEnum):
    """How far a plan is."""

    WAITING = "waiting"
    SOLVING = "solving"
    DONE = "done"
    FAILED = "failed"
    ACCEPTED = "accepted"


RUNNING = (State.WAITING, State.SOLVING)


def request_plan(ctx: Context, ask: Ask, *, by: str) -> str:
    """Ask for a plan; a job solves it. Returns its public id. Raises BadInput, NotFound."""
    ask.checked()
    with writing(ctx.engine) as session:
        rows = staffing_queries.open_projects(session, ctx.org, ask.projects)
        if not rows:
            raise BadInput(_("There is no open project to staff; make one first."))
        asked = {
            "projects": [row.imported_id for row in rows],
            "all": not ask.projects,
            "fairness": ask.fairness,
            "seconds": ask.seconds,
        }
        plan = StaffingPlan(organisation_id=ctx.org, asked=asked, made_by=by, made_at=ctx.now())
        session.add(plan)
        session.flush()
        assert plan.id is not None
        ctx.jobs.enqueue(session, JOB, f"plan:{plan.id}", plan.id)
    return plan.public_id


def solve_plan(ctx: Context, plan_id: int) -> None:
    """The job: find the plan and keep it. Does nothing for one that is solved; may be repeated after a crash.

    What cannot be solved is kept as failed, with the reason. Raises Unavailable, then it is tried again.
    """
    with reading(ctx.engine) as session:
        plan = session.get(StaffingPlan, plan_id)
    if plan is None or plan.organisation_id != ctx.org or plan.state not in RUNNING:
        return
    ask = Ask(tuple(plan.asked["projects"]), plan.asked["fairness"], plan.asked["seconds"])
    try:
        found = find_plan(ctx, ask, lambda step, done, total: _progress(ctx, plan_id, step, done, total))
    except Unavailable:
        raise
    except VettingError as error:
        _set(ctx, plan_id, state=State.FAILED.value, failure=error.message)
    except Exception:
        _set(ctx, plan_id, state=State.FAILED.value, failure=BROKEN)
        raise
    else:
        _keep(ctx, plan_id, found)


def sweep(ctx: Context) -> None:
    """Close plans of every organisation that nobody works on any more, so that no page waits for ever."""
    with writing(ctx.engine) as session:
        session.connection().execute(
            update(StaffingPlan)
            .where(col(StaffingPlan.state).in_(RUNNING), col(StaffingPlan.made_at) < ctx.now() - LONGEST_WAIT)
            .values(state=State.FAILED.value, failure=LEFT)
        )


def accept_plan(ctx: Context, public_id: str, *, by: str) -> int:
    """Assign everybody whom the plan seats; returns how many are new. Accepting again changes nothing.

    Raises NotFound, and Conflict naming what has changed since: then nobody is assigned.
    """
    with writing(ctx.engine) as session:
        plan = staffing_queries.plan(session, ctx.org, public_id)
        if plan.state == State.ACCEPTED:
            return 0
        if plan.state != State.DONE:
            raise Conflict(_("This plan is not ready to be accepted."))
        assert plan.id is not None
        seats = [e for e in staffing_queries.entries(session, ctx.org, plan.id) if e.entry.role == SEAT]
        _require_current(session, ctx.org, seats)
        new = _assign(session, ctx, plan.id, seats, by)
        plan.state, plan.accepted_by, plan.accepted_at = State.ACCEPTED.value, by, ctx.now()
        session.add(plan)
        audit.record(ctx, session, "staffing.accept", f"plan:{public_id}", by=by, seats=len(seats), new=new)
    return new


def end_assignment(ctx: Context, public_id: str, *, by: str) -> None:
    """End an assignment: its seat and hours are free for the next plan. Raises NotFound."""
    with writing(ctx.engine) as session:
        row = queries.owned(session, Assignment, ctx.org, public_id)
        if row.state == staffing_queries.ASSIGNED:
            row.state, row.ended_by, row.ended_at = "ended", by, ctx.now()
            session.add(row)
            audit.record(ctx, session, "assignment.end", f"assignment:{public_id}", by=by)


def set_rule(ctx: Context, project: str, expert: str, kind: str, *, by: str) -> None:
    """Pin an expert (id, e-mail or public id) to a project (public id), or forbid the pair; replaces what was decided.

    Raises NotFound for the project, BadInput for an expert or a kind that is none.
    """
    if kind not in (PINNED, FORBIDDEN):
        raise BadInput(_("kind: {kind!r} is none of pinned and forbidden.").format(kind=kind[:40]))
    with writing(ctx.engine) as session:
        (row,) = staffing_queries.open_projects(session, ctx.org, [project])
        who = _expert(session, ctx.org, expert)
        assert row.id is not None and who.id is not None
        rule = staffing_queries.rule_of(session, ctx.org, row.id, who.id) or StaffingRule(
            organisation_id=ctx.org, project_id=row.id, candidate_id=who.id, kind=kind, made_by=by, made_at=ctx.now()
        )
        rule.kind, rule.made_by, rule.made_at = kind, by, ctx.now()
        session.add(rule)
        audit.record(ctx, session, f"staffing.{kind}", f"project:{row.public_id}", by=by, expert=who.public_id)


def remove_rule(ctx: Context, public_id: str, *, by: str) -> None:
    """Take back what was decided about a pair. Raises NotFound."""
    with writing(ctx.engine) as session:
        session.delete(queries.owned(session, StaffingRule, ctx.org, public_id))
        audit.record(ctx, session, "staffing.free", f"rule:{public_id}", by=by)


def _expert(session: Session, org: int, key: str) -> Candidate:
    if not key.strip():
        raise BadInput(_("expert: write the id or the e-mail of an expert."))
    if found := queries.people_named(session, org, [key.strip()]):
        return found[key.strip()]
    try:
        return queries.candidate(session, org, key.strip())
    except NotFound:
        raise BadInput(_("expert: nobody here has the id or e-mail {key!r}.").format(key=key.strip()[:80])) from None


def _progress(ctx: Context, plan_id: int, step: str, done: int, total: int) -> None:
    _set(ctx, plan_id, state=State.SOLVING.value, step=step, done=done, total=total)


def _set(ctx: Context, plan_id: int, **values: Any) -> None:
    with writing(ctx.engine) as session:
        if (plan := session.get(StaffingPlan, plan_id)) is not None:
            for name, value in values.items():
                setattr(plan, name, value)
            session.add(plan)


def _keep(ctx: Context, plan_id: int, found: Found) -> None:
    """The plan and its people, in one transaction; whoever was erased in the meantime is left out."""
    with writing(ctx.engine) as session:
        plan = session.get(StaffingPlan, plan_id)
        if plan is None:
            return
        plan.state, plan.found, plan.seconds = State.DONE.value, found.figures, found.seconds
        plan.objective, plan.bound = found.objective, found.bound
        session.add(plan)
        session.connection().execute(delete(StaffingEntry).where(col(StaffingEntry.plan_id) == plan_id))
        there = queries.columns(Candidate.id).where(col(Candidate.organisation_id) == ctx.org)
        alive = set(session.scalars(there))
        session.add_all(
            StaffingEntry(
                organisation_id=ctx.org, plan_id=plan_id, project_id=found.projects[p.project].id or 0,
                candidate_id=p.candidate_id, role=p.role, place=p.place, fit=p.fit, load=p.load, hold=p.hold,
            )
            for p in found.places
            if p.candidate_id in alive
        )  # fmt: skip


def _require_current(session: Session, org: int, seats: Sequence[EntryLine]) -> None:
    """Raises Conflict where what the plan was made from has changed so that it cannot stand."""
    barred = {
        (rule.project_id, rule.candidate_id)
        for rule, _, _ in staffing_queries.rules(session, org)
        if rule.kind == FORBIDDEN
    }
    active = [(line.candidate, line.project) for line in staffing_queries.assignments(session, org)]
    there = {(who.id, project.id) for who, project in active}
    for _entry, who, project in seats:
        if (who.id, project.id) in there:
            continue
        if project.status != staffing_queries.OPEN:
            raise Conflict(_("{title} is not open any more; {again}.").format(title=project.title, again=AGAIN))
        if (project.id, who.id) in barred:
            raise Conflict(
                _("{name} was forbidden for {title} since; {again}.").format(
                    name=who.name, title=project.title, again=AGAIN
                )
            )
        if project.client and touching(who.conflicts, project.client):
            raise Conflict(
                _("{name} has declared a conflict of interest with {client} since; {again}.").format(
                    name=who.name, client=project.client, again=AGAIN
                )
            )
    _require_room(active, [(who, project) for _, who, project in seats])


def _require_room(active: Sequence[Seated], planned: Sequence[Seated]) -> None:
    """Raises Conflict where somebody of the plan, or a project of it, has no room for all who would be assigned."""
    weeks: defaultdict[int | None, float] = defaultdict(float)
    filled: Counter[int | None] = Counter()
    for who, project in {(w.id, p.id): (w, p) for w, p in (*active, *planned)}.values():
        hours = who.facts.get("hours_per_week")
        offered = np.array([np.nan if hours is None else float(hours)])
        weeks[who.id] += float(loads(project.hours_per_week, offered)[0])
        filled[project.id] += 1
    for who, project in planned:
        if weeks[who.id] > 1 + TOLERANCE:
            raise Conflict(
                _("{name} has no hours left for all of this; {again}, or end an assignment first.").format(
                    name=who.name, again=AGAIN
                )
            )
        if filled[project.id] > (project.seats or 1):
            raise Conflict(
                _("{title} has fewer seats than would be filled; {again}, or end an assignment first.").format(
                    title=project.title, again=AGAIN
                )
            )


def _assign(session: Session, ctx: Context, plan_id: int, seats: Sequence[EntryLine], by: str) -> int:
    there = staffing_queries.assignments_to(session, ctx.org, [s.project.id for s in seats if s.project.id])
    known = {(a.project_id, a.candidate_id): a for a in there}
    new = 0
    for _entry, who, project in seats:
        assert who.id is not None and project.id is not None
        row = known.get((project.id, who.id)) or Assignment(
            organisation_id=ctx.org, project_id=project.id, candidate_id=who.id, assigned_by=by, assigned_at=ctx.now(),
            state="",
        )  # fmt: skip
        if row.state != staffing_queries.ASSIGNED:
            row.state, row.plan_id, row.assigned_by, row.assigned_at = staffing_queries.ASSIGNED, plan_id, by, ctx.now()
            row.ended_by, row.ended_at = "", None
            session.add(row)
            new += 1
    return new
