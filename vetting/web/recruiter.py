"""What recruiters see and do: import people, look at one, read the record of an interview."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, Response, UploadFile
from sqlmodel import Session
from starlette.background import BackgroundTask

from vetting.db import people_queries, queries, review_queries
from vetting.db.engine import reading
from vetting.domain.tongue import _, ngettext
from vetting.errors import BadInput, NotFound, VettingError
from vetting.services import candidates, reviews
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.likenesses import alike
from vetting.web.deps import Ctx, require
from vetting.web.fact_view import known_of
from vetting.web.files import JSON, download
from vetting.web.interview_page import interview_page
from vetting.web.interview_view import export, read_interview
from vetting.web.own_view import ARRANGES, voices
from vetting.web.people_view import embed_new
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Recruiter = Annotated[Account, Depends(require(Role.RECRUITER))]
Looker = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER))]
Staff = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER, Role.PROJECT_MANAGER))]

SUFFIXES = (".jsonl", ".csv", ".json", ".pdf", ".docx")


@router.post("/candidates/import")
def import_people(
    request: Request, ctx: Ctx, account: Recruiter, file: Annotated[list[UploadFile], File()]
) -> Response:
    """Take experts from files of records and from CVs; good ones go in, bad ones are named."""
    names = [Path(one.filename or "").name for one in file]
    for name in names:
        if not name.lower().endswith(SUFFIXES):
            wanted = ", ".join(SUFFIXES)
            words = _("'{name}' is none of {wanted}; choose files of these kinds.")
            raise BadInput(words.format(name=name or _("the file"), wanted=wanted))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(n) / name for n, name in enumerate(names)]
        for path, one in zip(paths, file, strict=True):
            path.parent.mkdir()
            path.write_bytes(one.file.read())
        try:
            report = candidates.import_experts(ctx, paths)
        except VettingError as error:
            raise type(error)(_short(error.message, folder)) from None
    faults, notes = ([_short(said, folder) for said in told] for told in (report.faults, report.notes))
    several = ngettext("{count} file", "{count} files", len(names)).format(count=len(names))
    name = names[0] if len(names) == 1 else several
    response = page(request, "recruiter/imported.html", name=name, report=report, faults=faults, notes=notes)
    response.background = BackgroundTask(embed_new, ctx)
    return response


@router.get("/candidates/{public_id}")
def candidate_page(request: Request, ctx: Ctx, account: Staff, public_id: str) -> Response:
    """One person: facts, what they wrote of themselves, interviews, what they ask for."""
    with reading(ctx.engine) as session:
        person = queries.candidate(session, ctx.org, public_id)
        assert person.id is not None
        _require_business(session, ctx, account, person.id)
        items = queries.profile_items(session, ctx.org, person.id)
        lines = queries.interviews_of(session, ctx.org, person.id)
        others = alike(session, ctx.org, person.id)
        known = known_of(session, ctx.org, person, ctx.now().date())
        asked = voices(session, ctx.org, arranges=account.role in ARRANGES, candidate_id=person.id)
        rated = review_queries.newest_scorecard(session, ctx.org, person.id)
    return page(
        request,
        "recruiter/candidate.html",
        person=person,
        items=items,
        interviews=lines,
        known=known,
        others=others,
        voices=asked,
        rated=rated,
    )


@router.get("/interviews/{public_id}")
def interview(request: Request, ctx: Ctx, account: Staff, public_id: str) -> Response:
    """The scorecard with its quotes in the transcript, or how far the interview has come."""
    if account.role is Role.PROJECT_MANAGER:
        with reading(ctx.engine) as session:
            _require_business(session, ctx, account, queries.interview(session, ctx.org, public_id).candidate_id)
    return interview_page(request, ctx, account, public_id)


@router.get("/interviews/{public_id}/export.json")
def interview_export(ctx: Ctx, account: Looker, public_id: str) -> Response:
    """The record of an interview as a file; who takes it has seen the machine's ratings."""
    with reading(ctx.engine) as session:
        shown = read_interview(session, ctx.org, public_id)
    if shown.card is not None and shown.row.id is not None:
        reviews.note_sight(ctx, shown.row.id, account)
    document = export(shown)
    content = json.dumps(document, ensure_ascii=False, indent=2)
    return download(content, JSON, f"interview-{public_id}.json")


def _require_business(session: Session, ctx: Context, account: Account, candidate_id: int) -> None:
    """Managers read of people whom a project has to do with, and of nobody else. Raises NotFound."""
    if account.role is Role.PROJECT_MANAGER and not people_queries.considered(session, ctx.org, candidate_id):
        raise NotFound


def _short(sentence: str, folder: str) -> str:
    """The sentence with the names of files as they were chosen."""
    return re.sub(rf"{re.escape(folder)}/\d+/", "", sentence)
