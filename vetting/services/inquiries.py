"""No evidence turned into a question: facts on a page of the expert's own, competencies in an interview.

What was asked stands with the project as pending until it is answered; an answer counts in the next ranking.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlmodel import Session

from vetting.db import project_queries, shortlist_queries
from vetting.db.engine import reading, writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, Interview
from vetting.db.project_models import Project
from vetting.db.project_queries import EntryLine
from vetting.db.shortlist_models import Inquiry
from vetting.domain.facts import Fact
from vetting.domain.faults import first_fault
from vetting.domain.inquiry import Needed, needed
from vetting.domain.profile import Facts
from vetting.domain.shortlist import State
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Expired, NotFound
from vetting.services import accounts, audit, interviews, rubrics
from vetting.services.context import Context
from vetting.services.interviews import token_sha256

DAYS = 30
FACTS, INTERVIEW = "facts", "interview"
GONE = N_("These questions are no longer open. Whoever sent them to you can say more.")


class Asked(NamedTuple):
    """Something asked of a person; `token` opens it and is shown once. None: it was under way already, or cannot be
    asked, as `note` says.
    """

    name: str
    kind: str
    subjects: tuple[str, ...]
    token: str | None
    note: str = ""


@dataclass(frozen=True)
class Questions:
    """What an expert is asked on a page of their own."""

    name: str
    organisation: str
    asked_by: str
    project: str
    facts: tuple[Fact, ...]
    answered_at: datetime | None


def vet(
    ctx: Context, shortlist_id: str, entry_id: str | None = None, *, by: str, only: Collection[str] | None = None
) -> list[Asked]:
    """Ask what is not known of one entry of a shortlist, or of all (or `only` these) that were not declined.

    What a person was asked and has not answered is not asked twice; for one entry a new link is made for it. Raises
    NotFound.
    """
    with reading(ctx.engine) as session:
        row, project = project_queries.shortlist(session, ctx.org, shortlist_id)
        assert row.id is not None and project.id is not None
        lines = project_queries.entries(session, ctx.org, row.id)
    if entry_id is not None:
        lines = [line for line in lines if line.entry.public_id == entry_id]
        if not lines:
            raise NotFound
    wanted = [line for line in lines if entry_id or line.entry.state != State.DECLINED]
    wanted = [line for line in wanted if only is None or line.entry.public_id in only]
    requirements = row.query.get("requirements", ())
    return [
        asked
        for line in wanted
        for asked in _ask(ctx, project, line, needed(requirements, line.entry.requirements), entry_id is not None, by)
    ]


def read(ctx: Context, token: str) -> Questions:
    """The questions of a link; reading them changes nothing. Raises Expired."""
    with reading(ctx.engine) as session:
        row = _found(ctx, session, token)
        person, project = session.get(Candidate, row.candidate_id), session.get(Project, row.project_id)
        organisation = accounts.organisation_name(session, row.organisation_id)
    assert person is not None and project is not None
    facts = tuple(Fact(name) for name in row.subjects)
    return Questions(person.name, organisation, row.asked_by, project.title, facts, row.answered_at)


def answer(ctx: Context, token: str, facts: Mapping[str, Any]) -> None:
    """What an expert states, as claims in their profile; what is not among `facts` stays as it was.

    Only what was asked is taken. Raises Expired, BadInput naming the fact; then nothing is kept.
    """
    if not facts:
        raise BadInput(_("Nothing was answered yet; answer at least one of the questions."))
    with writing(ctx.engine) as session:
        row = _found(ctx, session, token)
        person = session.get(Candidate, row.candidate_id)
        assert person is not None
        given = {name: value for name, value in facts.items() if name in row.subjects}
        try:
            stated = Facts.model_validate({**person.facts, **given})
        except ValidationError as error:
            raise BadInput(f"{first_fault(error)}.") from None
        scoped = ctx.for_organisation(row.organisation_id)
        person.facts, person.updated_at, row.answered_at = stated.document(), ctx.now(), ctx.now()
        session.add_all((person, row))
        bump_revision(session, row.organisation_id, [row.candidate_id])
        subject, by = f"inquiry:{row.public_id}", f"expert:{person.public_id}"
        audit.record(scoped, session, "inquiry.answer", subject, by=by, facts=len(given))


def _ask(ctx: Context, project: Project, line: EntryLine, what: Needed, again: bool, by: str) -> Iterable[Asked]:
    if what.facts:
        yield _ask_facts(ctx, project, line.candidate, tuple(f.value for f in what.facts), again, by)
    for rubric, competencies in what.rubrics.items():
        yield _ask_interview(ctx, project, line.candidate, rubric, competencies, again, by)


def _ask_facts(
    ctx: Context, project: Project, person: Candidate, facts: tuple[str, ...], again: bool, by: str
) -> Asked:
    token, asked = secrets.token_urlsafe(32), Asked(person.name, FACTS, facts, None)
    with writing(ctx.engine) as session:
        pending = shortlist_queries.open_facts(session, ctx.org, project.id or 0, person.id or 0, ctx.now())
        if pending is not None and not again:
            return asked._replace(note="asked before, no answer yet")
        row = pending or _inquiry(ctx, project, person, FACTS, by)
        row.subjects, row.token_sha256 = list(facts), token_sha256(token)
        row.expires_at = ctx.now() + timedelta(days=DAYS)
        _keep(ctx, session, row, by)
    return asked._replace(token=token)


def _ask_interview(
    ctx: Context, project: Project, person: Candidate, rubric: str, competencies: tuple[str, ...], again: bool, by: str
) -> Asked:
    """An interview of the rubric: one that is not over is taken for it, else the person is invited to a new one."""
    asked = Asked(person.name, INTERVIEW, competencies, None)
    with reading(ctx.engine) as session:
        running = shortlist_queries.unfinished_interview(session, ctx.org, person.id or 0, rubric)
    if running is not None:
        _link_interview(ctx, project, person, running, competencies, by)
        token = interviews.new_link(ctx, running.id or 0) if again else None
        return asked._replace(token=token, note="" if token else "an interview of this rubric is under way")
    try:
        version = rubrics.ensure(ctx, rubric)
    except NotFound:
        return asked._replace(note=f"the rubric {rubric} is not installed here, so nobody can be invited to it")
    purpose = f"A follow-up for the project {project.title}"[:300]
    made = interviews.invite(ctx, interviews.Ask(person.id or 0, version, invited_by=by, purpose=purpose))
    with reading(ctx.engine) as session:
        row = session.get(Interview, made.interview_id)
    assert row is not None
    _link_interview(ctx, project, person, row, competencies, by)
    return asked._replace(token=made.token)


def _link_interview(
    ctx: Context, project: Project, person: Candidate, interview: Interview, competencies: tuple[str, ...], by: str
) -> None:
    """Have an interview stand with the project as asked for; once."""
    with writing(ctx.engine) as session:
        if shortlist_queries.inquiry_of_interview(session, ctx.org, project.id or 0, interview.id or 0) is None:
            row = _inquiry(ctx, project, person, INTERVIEW, by)
            row.subjects, row.interview_id = list(competencies), interview.id
            _keep(ctx, session, row, by)


def _inquiry(ctx: Context, project: Project, person: Candidate, kind: str, by: str) -> Inquiry:
    assert project.id is not None and person.id is not None
    return Inquiry(
        organisation_id=ctx.org, candidate_id=person.id, project_id=project.id, kind=kind, subjects=[], asked_by=by,
        created_at=ctx.now(), expires_at=ctx.now() + timedelta(days=DAYS),
    )  # fmt: skip


def _keep(ctx: Context, session: Session, row: Inquiry, by: str) -> None:
    session.add(row)
    session.flush()
    audit.record(ctx, session, f"inquiry.{row.kind}", f"inquiry:{row.public_id}", by=by, subjects=len(row.subjects))


def _found(ctx: Context, session: Session, token: str) -> Inquiry:
    row = shortlist_queries.inquiry_of_token(session, token_sha256(token))
    if row is None or row.expires_at < ctx.now():
        raise Expired(_(GONE))
    return row
